"""A real door whose wall clock jumps and whose disk fills up, as a file says: `python -m tests.chaos.gate_under_fault ...`."""

import json
import os
import resource
import threading
import time
from pathlib import Path

_real = time.time
_faults = {"clock_s": 0.0, "file_bytes": 0}
time.time = lambda: _real() + _faults["clock_s"]


def _follow(path: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    while True:
        try:
            _faults.update(json.loads(path.read_text()))
        except (OSError, ValueError):
            pass
        limit = _faults["file_bytes"] or hard
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), hard))
        threading.Event().wait(0.05)


if "LIANFANG_GATE" in os.environ:
    home = Path(json.loads(os.environ["LIANFANG_GATE"])["home"])
    threading.Thread(target=_follow, args=[home / "faults.json"], daemon=True).start()

from lianfang.gate.server import application  # noqa: E402 - the clock is changed first

__all__ = ["application"]

if __name__ == "__main__":
    import sys

    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    os.environ["LIANFANG_GATE"] = sys.argv[1]
    Granian(
        "tests.chaos.gate_under_fault:application", address="127.0.0.1", port=int(sys.argv[2]),
        interface=Interfaces.ASGI, workers=1, log_level=LogLevels.critical,
    ).serve()  # fmt: skip
