"""Importing presences: any number of rows, a chunk at a time, stored by county day."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl
from django.db import transaction

from lianfang.apps.core import evidence
from lianfang.apps.core.copying import lock_imports
from lianfang.apps.core.evidence import Part
from lianfang.apps.core.imports import AS_WRITTEN, Actor, CodeBook, ImportOptions, Intake, Outcome, Progress, silent
from lianfang.apps.core.models import FactBatch, User
from lianfang.apps.core.registers import open_batch, parquet, subject_ids
from lianfang.apps.places import selectors
from lianfang.apps.places.partitions import PRESENCE, county_days, store_day
from lianfang.formats.reasons import LONG_STAY_S, Reason
from lianfang.formats.tables import Source


@transaction.atomic
def import_presences(
    source: Source, *, by: User | None, at: datetime, options: ImportOptions = AS_WRITTEN, progress: Progress = silent
) -> Outcome:
    """Store who or what was where. Importing the same rows again: nothing. Raises: FileUnusable, ImportRefused.

    Memory holds one county day at a time: the checked chunks wait in a temporary directory. Counted besides: stays
    over LONG_STAY_S (`long_stay`) and stays without an end (`open_stay`).
    """
    intake = Intake("presences", source, Actor(by, at), options, progress)
    with tempfile.TemporaryDirectory(prefix="lianfang-import-") as name:
        waiting = _Waiting(Path(name))
        for rows in _resolved(intake):
            waiting.add(rows)
        intake.settle()
        lock_imports()
        batch = open_batch(intake, "presences")
        parts, n_stored = store_presences(waiting.days(), batch, intake)
    n_duplicates = waiting.n_rows - n_stored
    if not n_stored:
        batch.delete()
        return intake.outcome(0, n_duplicates, None)
    evidence.record_batch(batch, parts)
    return intake.outcome(n_stored, n_duplicates, batch)


def store_presences(days: Iterator[pl.DataFrame], batch: FactBatch, intake: Intake) -> tuple[list[Part], int]:
    """Store frames of one county day each (PRESENCE and `day`); return the evidence parts and how many rows were new.

    Call it with imports locked.
    """
    parts, n_stored, n_done = [], 0, 0
    for rows in days:
        result = store_day(rows["day"][0], rows, batch)
        n_done += rows.height
        n_stored += result.stored.height
        intake.report(n_done, "storing")
        if result.stored.height:
            parts.append(Part(result.day, result.stored.height, parquet(result.stored)))
    return parts, n_stored


def _resolved(intake: Intake) -> Iterator[pl.DataFrame]:
    """Yield the rows that stand, as PRESENCE and `day`."""
    within = intake.actor.by.area_code if intake.actor.by else ""
    subjects = CodeBook(lambda codes: subject_ids(codes, within))
    places = CodeBook(selectors.place_ids)
    for chunk in intake.chunks():
        rows = intake.reject(chunk, pl.col("t_out") <= pl.col("t_in"), "t_out", Reason.NOT_AFTER_START)
        rows = intake.not_future(rows, "t_in", "t_out")
        rows = intake.resolve(rows, "subject", subjects, Reason.UNKNOWN_SUBJECT)
        rows = intake.resolve(rows, "place", places, Reason.UNKNOWN_PLACE)
        intake.note("long_stay", _count(rows, pl.col("t_out") - pl.col("t_in") > pl.duration(seconds=LONG_STAY_S)))
        intake.note("open_stay", _count(rows, pl.col("t_out").is_null()))
        yield rows.select("subject_id", "place_id", starts_at="t_in", ends_at="t_out", day=county_days(pl.col("t_in")))


def _count(rows: pl.DataFrame, condition: pl.Expr) -> int:
    return int(rows.select(condition.sum()).item())


class _Waiting:
    """Checked rows on disk, given back by county day."""

    def __init__(self, directory: Path) -> None:
        self.n_rows = 0
        self._directory = directory
        self._files: list[Path] = []

    def add(self, rows: pl.DataFrame) -> None:
        path = self._directory / f"{len(self._files)}.arrow"
        rows.write_ipc(path)
        self._files.append(path)
        self.n_rows += rows.height

    def days(self) -> Iterator[pl.DataFrame]:
        if not self.n_rows:
            return
        waiting = pl.scan_ipc(self._files)
        for day in waiting.select(pl.col("day").unique().sort()).collect()["day"]:
            yield waiting.filter(pl.col("day") == day).select([*PRESENCE, "day"]).collect()
