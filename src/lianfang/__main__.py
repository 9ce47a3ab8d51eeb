"""``python -m lianfang``: the same as the command ``lianfang``."""

import sys

from lianfang.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
