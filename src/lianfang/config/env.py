"""Typed reading of the environment; a secret may also come from the file named by ``NAME_FILE``."""

import os
from pathlib import Path


class SettingMissing(RuntimeError):
    """A required setting is absent; the message names the variable."""


def text(name: str, default: str | None = None) -> str:
    """Return ``NAME``, else the content of the file ``NAME_FILE`` names, else the default.

    Raises: SettingMissing if all three are absent.
    """
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    if default is None:
        raise SettingMissing(f"set {name} or {name}_FILE")
    return default


def flag(name: str, *, default: bool) -> bool:
    """Return a yes/no variable: 1, true, yes, on and 0, false, no, off are understood.

    Raises: ValueError naming the variable for anything else.
    """
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ValueError(f"{name} must be yes or no, not {value!r}")


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated variable as a list without blanks."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]
