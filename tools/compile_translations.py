"""Compile the translation catalogues with Babel, so that no gettext program is needed."""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_DIR = Path(__file__).resolve().parent.parent / "src" / "lianfang" / "locale"


def main() -> int:
    for source in sorted(LOCALE_DIR.rglob("*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
        with source.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
        print(f"{source.relative_to(LOCALE_DIR)}: {len(catalogue)} messages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
