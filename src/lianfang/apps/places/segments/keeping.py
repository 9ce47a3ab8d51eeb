"""Writing segments: those whose days changed anew, the rest stay; then one rename makes the new set the current one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from shutil import rmtree
from typing import Final
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from lianfang.apps.core import evidence
from lianfang.apps.places.partitions import day_oids
from lianfang.apps.places.segments.codes import write_codes
from lianfang.apps.places.segments.manifest import (
    Manifest,
    SegmentEntry,
    read_manifest,
    unlisted,
    write_manifest,
    writing,
)
from lianfang.apps.places.segments.rows import index_of_rows, root_at, rows_of, stale_days

QUIET_DAYS: Final = 2
"""A calendar week becomes one segment when its last day is this long past the newest: late scans have arrived by then."""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """What one update did: the manifest now current, and how many segments were written, kept and dropped."""

    manifest: Manifest
    written: int
    kept: int
    dropped: int


def segments_home() -> Path:
    """Return the directory of this installation's segments."""
    return Path(settings.SEGMENTS_DIR)


def update(*, rebuild: bool = False, report: Report = lambda _: None) -> Kept:
    """Bring the segments up to the newest evidence entry. Repeating it: nothing. Safe to kill at any moment.

    Segments are written beside the current ones and count from the moment the manifest names them. Days that lost their
    presences (retention) are dropped, quiet weeks become one segment. `rebuild`: write all of them anew.
    """
    home = segments_home()
    with writing(home):
        before = None if rebuild else usable(home)
        with _snapshot():
            seq = evidence.known_seq()
            root = root_at(seq)
            assert root is not None, "the newest entry is where the log ends"
            stale = stale_days(before, seq) if before else set()
            tables = day_oids()
            there = {entry.days: entry for entry in before.entries if not stale & set(entry.days)} if before else {}
            entries = tuple(
                there.get(days) or _written(home, (days, tables), seq, report) for days in weeks(set(tables))
            )
            codes = write_codes(home, before)
        written = sum(entry.days not in there for entry in entries)
        if before and not written and before.seq == seq and len(entries) == len(before.entries):
            return Kept(before, 0, len(entries), 0)
        manifest = Manifest(seq, root, timezone.now(), entries, *codes)
        write_manifest(home, manifest)
        return Kept(manifest, written, len(entries) - written, _sweep(unlisted(home, manifest)))


def _sweep(left: Sequence[Path]) -> int:
    """Remove what no manifest names; who has it mapped goes on reading. Return how many segments."""
    segments = [path for path in left if path.is_dir()]
    for path in segments:
        rmtree(path, ignore_errors=True)
    for path in left:
        if path.is_file():
            path.unlink(missing_ok=True)
    return len(segments)


def weeks(days: set[date]) -> list[tuple[date, ...]]:
    """Return days in groups, one for each segment: whole weeks once they are quiet, single days after."""
    if not days:
        return []
    quiet = max(days) - timedelta(days=QUIET_DAYS)
    groups: dict[date, list[date]] = {}
    for day in sorted(days):
        monday = day - timedelta(days=day.weekday())
        groups.setdefault(monday if monday + timedelta(days=6) <= quiet else day, []).append(day)
    return [tuple(group) for group in groups.values()]


def usable(home: Path) -> Manifest | None:
    """Return the current manifest, if it is of this database and its segments are there."""
    manifest = read_manifest(home)
    if manifest is None or root_at(manifest.seq) != manifest.root:
        return None
    parts = [*(entry.directory for entry in manifest.entries), manifest.subjects, manifest.places]
    return manifest if all((home / name).exists() for name in parts) else None


def _written(home: Path, source: tuple[tuple[date, ...], Mapping[date, int]], seq: int, report: Report) -> SegmentEntry:
    days, tables = source
    rows = rows_of(days, seq)
    name = f"{days[0]:%Y%m%d}-{len(days)}d-{seq}-{uuid4().hex[:8]}"
    index_of_rows(rows).write(home / name)
    report(f"{days[0]}{f' to {days[-1]}' if len(days) > 1 else ''}: {len(rows):,} presences")
    return SegmentEntry(name, days, tuple(tables[day] for day in days), len(rows))


@contextmanager
def _snapshot() -> Iterator[None]:
    """Let all reads of the block see the database at one moment; inside a transaction it is that of its own reads."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
