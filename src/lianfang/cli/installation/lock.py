"""A file that one living program holds: the kernel lets go of it when the program ends, however it ends."""

import fcntl
import os
from pathlib import Path
from typing import IO

from lianfang.cli.installation.errors import StartError


def hold(path: Path, what: str) -> IO[str]:
    """Take the lock; closing the file gives it back. Raises: StartError naming the process that holds ``what``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        pid = file.read().strip() or "unknown"
        file.close()
        raise StartError(f"{what} is in use by process {pid}; stop that program first") from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
