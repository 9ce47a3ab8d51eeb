"""The one file that says which segments count: replaced in one step, so that a kill leaves the last good set."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

VERSION: Final = 1
_FILE: Final = "manifest.json"
_LOCK: Final = "lock"


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """One segment: the county days it covers and how many presences PostgreSQL had of them (before stays were joined).

    `tables`: for each day, the table it was read from, as PostgreSQL numbers it.
    """

    directory: str
    days: tuple[date, ...]
    tables: tuple[int, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the segments hold: every presence numbered up to `seq` in the evidence log, and no other.

    `root` is the log's root at `seq`: a database that has another log (a restored backup, another installation) does not
    own these segments. `subjects`, `places`: files with the codes behind the numbers (see `codes`).
    """

    seq: int
    root: str
    made_at: datetime
    entries: tuple[SegmentEntry, ...]
    subjects: str
    places: str

    @property
    def days(self) -> dict[date, SegmentEntry]:
        """Each covered day's segment."""
        return {day: entry for entry in self.entries for day in entry.days}

    @property
    def rows(self) -> int:
        """Presences in all segments."""
        return sum(entry.rows for entry in self.entries)


def read_manifest(home: Path) -> Manifest | None:
    """Return the current manifest; None where there is none, or one of another version: then the segments are rebuilt."""
    try:
        stored = json.loads((home / _FILE).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(stored, dict) or stored.get("version") != VERSION:
        return None
    entries = tuple(_entry(each) for each in stored["entries"])
    made_at = datetime.fromisoformat(stored["made_at"])
    return Manifest(stored["seq"], stored["root"], made_at, entries, stored["subjects"], stored["places"])


def _entry(stored: dict[str, Any]) -> SegmentEntry:
    days = tuple(map(date.fromisoformat, stored["days"]))
    return SegmentEntry(stored["directory"], days, tuple(stored["tables"]), stored["rows"])


def write_manifest(home: Path, manifest: Manifest) -> None:
    """Make this manifest the current one: to the disk first, then renamed over the last."""
    content = {"version": VERSION, **asdict(manifest)}
    new = home / f".{_FILE}"
    with new.open("w", encoding="utf-8") as file:
        json.dump(content, file, default=lambda value: value.isoformat(), indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.rename(home / _FILE)
    descriptor = os.open(home, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unlisted(home: Path, manifest: Manifest) -> list[Path]:
    """Return what lies in `home` and is not named by the manifest: left by a killed writer, or replaced by a newer set."""
    names = {entry.directory for entry in manifest.entries} | {manifest.subjects, manifest.places, _FILE, _LOCK}
    return sorted(path for path in home.iterdir() if path.name not in names)


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """Hold the segments for writing; another writer, in any process, waits. The lock falls with its process."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / _LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
