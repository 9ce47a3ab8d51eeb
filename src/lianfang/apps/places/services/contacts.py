"""Importing direct contacts: what was reported, and where it has a date, two presences at a place made for it."""

from collections.abc import Iterator
from datetime import datetime

import polars as pl
from django.conf import settings
from django.db import transaction

from lianfang.apps.core import evidence
from lianfang.apps.core.copying import copy_rows, lock_imports, next_ids
from lianfang.apps.core.imports import AS_WRITTEN, Actor, CodeBook, ImportOptions, Intake, Outcome, Progress, silent
from lianfang.apps.core.models import FactBatch, User
from lianfang.apps.core.registers import open_batch, subject_areas, subject_ids, whole
from lianfang.apps.people.selectors import reported_exposure_periods
from lianfang.apps.places import selectors
from lianfang.apps.places.partitions import PRESENCE, county_days
from lianfang.apps.places.services.presences import store_presences
from lianfang.formats.checks import ROW
from lianfang.formats.reasons import Reason
from lianfang.formats.tables import Source
from lianfang.rules.vocabulary import PlaceKind

MOMENT_S = 1  # a contact reported at an instant: the shortest stay there is
_STORED = ["source_id", "exposed_id", "starts_at", "ends_at", "setting", "by_period"]
# What was reported, without dates the system derived: those change with what becomes known of the exposed person.
_REPORTED = ["source_id", "exposed_id", "reported_start", "reported_end", "setting"]


@transaction.atomic
def import_contacts(
    source: Source, *, by: User | None, at: datetime, options: ImportOptions = AS_WRITTEN, progress: Progress = silent
) -> Outcome:
    """Store who was with whom. Importing the same rows again: nothing. Raises: FileUnusable, ImportRefused.

    A contact is dated by t_in and t_out, an instant `at`, or a county day `date`; else by the exposed person's reported
    exposure period, if there is one (counted as `dated_by_period`). What remains undated is stored and counted as
    `undated`: it cannot be traced until it is dated.
    """
    intake = Intake("contacts", source, Actor(by, at), options, progress)
    rows = _dated(intake, _resolved(intake, intake.rows()))
    intake.settle()
    lock_imports()
    first = rows.unique(_REPORTED, keep="first", maintain_order=True)
    stored = selectors.stored_contacts(first["source_id"].unique().to_list())
    # One stored without a date is stored again when a period dates it at last, and only then.
    stored = pl.concat([stored, stored.filter("by_period").with_columns(by_period=pl.lit(value=False))])
    new = first.join(stored, on=[*_REPORTED, "by_period"], how="anti", nulls_equal=True, maintain_order="left")
    n_duplicates = rows.height - new.height
    if new.is_empty():
        return intake.outcome(0, n_duplicates, None)
    intake.note("dated_by_period", int(new["by_period"].sum()))
    intake.note("undated", int(new["starts_at"].null_count()))
    batch = open_batch(intake, "contacts")
    reports = _create(new, batch)
    parts, _ = store_presences(_presences(reports), batch, intake)
    archived = reports.select("id", "source_id", "exposed_id", "place_id", "starts_at", "ends_at")
    evidence.record_batch(batch, [whole(archived), *parts])
    return intake.outcome(new.height, n_duplicates, batch)


def _resolved(intake: Intake, rows: pl.DataFrame) -> pl.DataFrame:
    within = intake.actor.by.area_code if intake.actor.by else ""
    subjects = CodeBook(lambda codes: subject_ids(codes, within))
    for column in ("from", "to"):
        rows = intake.resolve(rows, column, subjects, Reason.UNKNOWN_PERSON)
    rows = intake.reject(rows, pl.col("from_id") == pl.col("to_id"), "to", Reason.SAME_SUBJECT)
    return rows.rename({"from_id": "source_id", "to_id": "exposed_id"}).with_columns(pl.col("setting").fill_null(""))


def _dated(intake: Intake, rows: pl.DataFrame) -> pl.DataFrame:
    """Add reported_start and reported_end, starts_at and ends_at by the best that is known, and `by_period`."""
    halves = pl.col("t_in").is_null() != pl.col("t_out").is_null()
    rows = intake.reject(rows, halves, "t_out", Reason.END_WITHOUT_START)
    rows = intake.reject(rows, pl.col("t_out") <= pl.col("t_in"), "t_out", Reason.NOT_AFTER_START)
    rows = intake.not_future(rows, "t_in", "t_out", "at", "date")
    rows = rows.join(_periods(rows), on="exposed_id", how="left", maintain_order="left")
    moment, day = pl.duration(seconds=MOMENT_S), pl.duration(days=1)
    own = rows.with_columns(
        reported_start=pl.coalesce("t_in", "at", _midnight(pl.col("date"))),
        reported_end=pl.coalesce("t_out", pl.col("at") + moment, _midnight(pl.col("date") + day)),
    )
    return own.with_columns(
        by_period=pl.col("reported_start").is_null() & pl.col("first_day").is_not_null(),
        starts_at=pl.coalesce("reported_start", _midnight(pl.col("first_day"))),
        ends_at=pl.coalesce("reported_end", _midnight(pl.col("last_day") + day)),
    )


def _periods(rows: pl.DataFrame) -> pl.DataFrame:
    """Return exposed_id, first_day, last_day of the reported exposure periods that run forward."""
    periods = reported_exposure_periods(rows["exposed_id"].unique().to_list())
    return pl.DataFrame(
        [(subject, start, end) for subject, (start, end) in periods.items() if start <= end],
        schema={"exposed_id": pl.Int64, "first_day": pl.Date, "last_day": pl.Date},
        orient="row",
    )


def _midnight(day: pl.Expr) -> pl.Expr:
    """The first instant of a county day."""
    wall = day.cast(pl.Datetime("us"))
    return wall.dt.replace_time_zone(settings.TIME_ZONE, ambiguous="earliest").dt.convert_time_zone("UTC")


def _create(new: pl.DataFrame, batch: FactBatch) -> pl.DataFrame:
    """Insert the reports, and a place for each dated one; return them with id and place_id."""
    dated = new.filter(pl.col("starts_at").is_not_null())
    made = dated.select(ROW, place_id=next_ids("places_place", dated.height))
    reports = new.join(made, on=ROW, how="left", maintain_order="left")
    reports = reports.with_columns(id=next_ids("places_contactreport", reports.height), batch_id=pl.lit(batch.pk))
    placed = reports.filter(pl.col("place_id").is_not_null())
    areas = subject_areas(placed["exposed_id"].unique().to_list()).rename({"id": "exposed_id"})
    copy_rows(
        "places_place",
        placed.join(areas, on="exposed_id", maintain_order="left").select(
            "area_code",
            "batch_id",
            id="place_id",
            code=pl.lit("contact-") + pl.col("place_id").cast(pl.String),
            kind=pl.lit(PlaceKind.CONTACT.value),
            name=pl.col("setting").str.head(200),
        ),
    )
    copy_rows("places_contactreport", reports.select("id", "place_id", "batch_id", *_STORED))
    return reports


def _presences(reports: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield, by county day, both sides of every dated contact as stays at its place."""
    placed = reports.filter(pl.col("place_id").is_not_null()).with_columns(day=county_days(pl.col("starts_at")))
    sides = [
        placed.select("place_id", "starts_at", "ends_at", "day", subject_id=side)
        for side in ("source_id", "exposed_id")
    ]
    yield from pl.concat(sides).select(*PRESENCE, "day").sort("day").partition_by("day", maintain_order=True)
