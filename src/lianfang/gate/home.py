"""A door's directory: its key, the word its scanners know, what it carries, and its events."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from lianfang.wire.keys import Algorithm, SigningKey

_FILE = "door.json"


@dataclass(frozen=True, slots=True)
class Home:
    """What a door is. `word`: scanners show it, so that nobody else on the network counts as one."""

    path: Path
    code: str
    word: str
    key: SigningKey


def make(path: Path, code: str) -> Home:
    """Make a door's key; in a directory that has one nothing changes. Raises: ValueError for a code that is none."""
    if not (code.isascii() and code.replace("-", "").isalnum() and len(code) <= 40):
        raise ValueError("a door's code has up to 40 letters, digits and hyphens")
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (path / _FILE).exists():
        secret = SigningKey.made(code.encode(), Algorithm.EDDSA).secret()
        content = {"code": code, "word": secrets.token_urlsafe(16), "secret": secret.hex()}
        descriptor = os.open(path / _FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
    return load(path)


def load(path: Path) -> Home:
    """Read a door's directory. Raises: OSError, ValueError, LookupError."""
    content = json.loads((path / _FILE).read_text())
    code = content["code"]
    key = SigningKey.from_secret(code.encode(), Algorithm.EDDSA, bytes.fromhex(content["secret"]))
    return Home(path, code, content["word"], key)
