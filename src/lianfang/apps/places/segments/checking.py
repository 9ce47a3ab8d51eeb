"""Comparing segments with PostgreSQL, row for row, by a way of its own: polars joins the stays here, not the engine."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from django.db import transaction

from lianfang.apps.places.partitions import day_oids
from lianfang.apps.places.segments.keeping import segments_home
from lianfang.apps.places.segments.manifest import SegmentEntry, read_manifest
from lianfang.apps.places.segments.rows import root_at, rows_of
from lianfang.trace import PresenceIndex
from lianfang.trace.model import Int64
from lianfang.trace.storage import SegmentError

SHOWN = 20
_NAMES = ("subject", "place", "t_in", "t_out")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One segment against its rows: how many stays both have, and the first differences, each in words."""

    days: tuple[date, ...]
    rows: int
    stays: int
    problems: tuple[str, ...]


@transaction.atomic
def compare() -> Iterator[Comparison]:
    """Compare every segment with the presences known at its entry. Nothing to compare: one problem that says so."""
    home = segments_home()
    manifest = read_manifest(home)
    if manifest is None:
        yield Comparison((), 0, 0, ("there are no segments",))
        return
    if root_at(manifest.seq) != manifest.root:
        yield Comparison(
            (), 0, 0, (f"evidence no. {manifest.seq} of this database is not the one the segments end at",)
        )
        return
    tables = day_oids()
    for entry in manifest.entries:
        expired = [day for day, table in zip(entry.days, entry.tables, strict=True) if tables.get(day) != table]
        yield _compared(entry, home / entry.directory, manifest.seq, expired=expired)
    days = tables.keys()
    if missing := days - manifest.days.keys():
        late = {day for day in missing if len(rows_of([day], manifest.seq))}
        problems = tuple(f"{day}: no segment" for day in sorted(late))
        yield Comparison(tuple(sorted(missing)), 0, 0, problems)


def _compared(entry: SegmentEntry, path: object, seq: int, *, expired: list[date]) -> Comparison:
    if expired:
        return Comparison(
            entry.days, 0, 0, tuple(f"{day}: presences expired, but are still in their segment" for day in expired)
        )
    rows = rows_of(entry.days, seq)
    wanted = joined(rows)
    try:
        index = PresenceIndex.open(str(path), check=True)
    except SegmentError as error:
        return Comparison(entry.days, len(rows), wanted.height, (str(error),))
    found = _frame(np.column_stack(index.columns())).sort(_NAMES)
    problems = [] if entry.rows == len(rows) else [f"the manifest counts {entry.rows} rows, PostgreSQL has {len(rows)}"]
    if not found.equals(wanted):
        problems += _differences("only in PostgreSQL", wanted.join(found, on=_NAMES, how="anti"))
        problems += _differences("only in the segment", found.join(wanted, on=_NAMES, how="anti"))
    return Comparison(entry.days, len(rows), wanted.height, tuple(problems))


def joined(rows: Int64) -> pl.DataFrame:
    """Return stays (int64[n, 4]) with those of one subject at one place that overlap or touch made one, sorted."""
    frame = _frame(rows).sort(_NAMES)
    before = pl.col("t_out").cum_max().shift(1).over("subject", "place")
    stay = (before.is_null() | (pl.col("t_in") > before)).cum_sum().alias("stay")
    firsts = (pl.col("subject", "place", "t_in").first(), pl.col("t_out").max())
    return frame.group_by(stay).agg(*firsts).select(_NAMES).sort(_NAMES)


def _frame(rows: Int64) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(_NAMES, pl.Int64), orient="row")


def _differences(where: str, rows: pl.DataFrame) -> list[str]:
    shown = [f"{where}: subject {s}, place {p}, {a} to {b}" for s, p, a, b in rows.head(SHOWN).rows()]
    return shown + ([f"{where}: {rows.height - SHOWN:,} more"] if rows.height > SHOWN else [])
