"""Opening the segments for a question: exactly the presences known at one evidence entry, or nothing at all."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
from django.db import connection

from lianfang.apps.core import evidence
from lianfang.apps.places.segments.keeping import segments_home, usable
from lianfang.apps.places.segments.manifest import Manifest, read_manifest
from lianfang.apps.places.segments.rows import index_of_rows, root_at, rows_of, stale_days
from lianfang.apps.places.store import int64_columns
from lianfang.rules.vocabulary import PlaceKind
from lianfang.trace import PresenceIndex
from lianfang.trace.storage import SegmentError

REREAD_ROWS: Final = 2_000_000
"""Presences of changed days read from PostgreSQL for a question; with more, reading only the neighbourhood is cheaper."""

KIND_NUMBER: Final[Mapping[PlaceKind, int]] = {kind: number for number, kind in enumerate(PlaceKind)}


@dataclass(frozen=True, slots=True)
class Current:
    """The presences known at an entry. `seq`: what the segments hold; `reread`: days newer than that, from PostgreSQL."""

    index: PresenceIndex
    seq: int
    reread: tuple[date, ...]


class _Opened:
    """The index opened last in this process: a question asked again with nothing new maps nothing anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: tuple[Manifest, frozenset[date], int] | None = None
        self._current: Current | None = None

    def get(self, home: Path, manifest: Manifest, stale: frozenset[date], seq: int) -> Current:
        key = (manifest, stale, seq if stale else manifest.seq)
        with self._lock:
            if self._current is None or self._key != key:
                self._current = _open(home, manifest, stale, seq)
                self._key = key
            return self._current


_OPENED: Final = _Opened()


def current(seq: int) -> Current | None:
    """Return the presences known at `seq`, with the kinds of their places.

    None when the segments cannot say: there are none yet, they belong to another database, they know more than was known at
    `seq` (an old decision is replayed), or too much has come since. The caller then reads PostgreSQL.
    """
    home = segments_home()
    manifest = read_manifest(home)
    if manifest is None or manifest.seq > seq or root_at(manifest.seq) != manifest.root:
        return None
    stale = frozenset(stale_days(manifest, seq))
    if _n_rows(manifest, stale, seq) > REREAD_ROWS:
        return None
    try:
        return _OPENED.get(home, manifest, stale, seq)
    except SegmentError:  # replaced since the manifest was read, or damaged: `update` and `verify` see to that
        return None


def _n_rows(manifest: Manifest, days: frozenset[date], seq: int) -> int:
    """About how many presences those days have: what the segments know of them and what came since."""
    known = sum(entry.rows for entry in manifest.entries if days & set(entry.days))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(a.n_rows), 0) FROM core_factarchive a JOIN core_factbatch b ON b.id = a.batch_id"
            " WHERE b.seq > %s AND b.seq <= %s AND a.part = ANY(%s)",
            [manifest.seq, seq, sorted(days)],
        )
        return known + int(cursor.fetchone()[0])


def _open(home: Path, manifest: Manifest, stale: frozenset[date], seq: int) -> Current:
    touched = [entry for entry in manifest.entries if stale & set(entry.days)]
    reread = sorted(stale.union(*(entry.days for entry in touched)))
    parts = [PresenceIndex.open(home / entry.directory) for entry in manifest.entries if entry not in touched]
    if reread:
        parts.append(index_of_rows(rows_of(reread, seq)))
    return Current(_with_kinds(PresenceIndex.of_segments(parts)), manifest.seq, tuple(reread))


def _with_kinds(index: PresenceIndex) -> PresenceIndex:
    """Let the index know the kind of each place (kinds are facts: they never change)."""
    numbers = ", ".join(f"('{kind.value}', {number})" for kind, number in KIND_NUMBER.items())
    statement = (
        "COPY (SELECT p.id, k.number::bigint FROM places_place p"  # noqa: S608 - words and numbers of the vocabulary
        f" JOIN (VALUES {numbers}) k (kind, number) ON k.kind = p.kind) TO STDOUT (FORMAT binary)"
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        rows = int64_columns(b"".join(bytes(chunk) for chunk in copy), 2)
    places, kinds = (np.ascontiguousarray(rows[:, column]) for column in range(2))
    return index.with_place_kinds(places, kinds)


@dataclass(frozen=True, slots=True)
class Status:
    """How fresh the segments are: `stale` days have received or lost presences since. `manifest` None: no segments."""

    home: Path
    manifest: Manifest | None
    newest_seq: int
    stale: tuple[date, ...]
    n_bytes: int

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON values."""
        manifest = self.manifest
        return {
            "home": str(self.home),
            "seq": None if manifest is None else manifest.seq,
            "made_at": None if manifest is None else manifest.made_at.isoformat(),
            "presences": 0 if manifest is None else manifest.rows,
            "days": [] if manifest is None else [day.isoformat() for day in sorted(manifest.days)],
            "newest_seq": self.newest_seq,
            "stale_days": [day.isoformat() for day in self.stale],
            "bytes": self.n_bytes,
        }


def status() -> Status:
    """Return what the segments hold and what has come since; those of another database count as none."""
    home = segments_home()
    manifest, newest = usable(home), evidence.known_seq()
    if manifest is None:
        return Status(home, None, newest, (), 0)
    stale = stale_days(manifest, newest)
    files = (path for entry in manifest.entries for path in (home / entry.directory).iterdir())
    return Status(home, manifest, newest, tuple(sorted(stale)), sum(path.stat().st_size for path in files))
