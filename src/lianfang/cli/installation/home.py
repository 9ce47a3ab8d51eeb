"""The directory where one installation keeps what is its own: database, keys, logs, uploads."""

import os
import secrets
from collections.abc import Callable, MutableMapping
from pathlib import Path

# Variable -> how its value is made at the first start.
SECRETS: dict[str, Callable[[], str]] = {
    "LIANFANG_SECRET_KEY": lambda: secrets.token_urlsafe(64),
    "LIANFANG_IDENTITY_KEYS": lambda: secrets.token_hex(32),
    "LIANFANG_IDENTITY_HASH_KEY": lambda: secrets.token_hex(32),
    "LIANFANG_CODE_KEY": lambda: secrets.token_hex(32),
}


def home_dir() -> Path:
    """Return LIANFANG_HOME, else ``var`` in the checkout."""
    if named := os.environ.get("LIANFANG_HOME"):
        return Path(named).expanduser().resolve()
    return Path(__file__).resolve().parents[4] / "var"


def provide_secrets(home: Path, environ: MutableMapping[str, str] | None = None) -> list[str]:
    """Set the secrets the environment lacks from files under ``home``, making a missing file once.

    A secret given as NAME or NAME_FILE is left alone. Files are readable by their owner only.
    Returns: names of the secrets made now.
    """
    environ = os.environ if environ is None else environ
    made = []
    for name, make in SECRETS.items():
        if environ.get(name) or environ.get(f"{name}_FILE"):
            continue
        path = home / "secrets" / name.lower()
        if not path.exists():
            _write_private(path, make())
            made.append(name)
        environ[f"{name}_FILE"] = str(path)
    return made


def _write_private(path: Path, value: str) -> None:
    """Write whole or not at all: a key cut short by a crash would lock the data away."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".part")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
