"""Bringing persons, and what line lists say about them, into the register."""

from collections.abc import Callable
from datetime import datetime

import polars as pl
from django.db import transaction

from lianfang.apps.core import evidence, identity
from lianfang.apps.core.copying import copy_rows, lock_imports, next_ids
from lianfang.apps.core.imports import AS_WRITTEN, Actor, CodeBook, ImportOptions, Intake, Outcome, Progress, silent
from lianfang.apps.core.models import FactBatch, User
from lianfang.apps.core.registers import (
    create_subjects,
    open_batch,
    organisation_ids,
    whole,
)
from lianfang.apps.people import selectors
from lianfang.apps.people.completing import complete_persons
from lianfang.apps.people.matching import WHO, tell_apart
from lianfang.formats.checks import ROW
from lianfang.formats.reasons import Reason
from lianfang.formats.tables import Source

# Codes -> a frame with `code` and `id`. Households are places, which this app does not know: the caller does.
PlaceLookup = Callable[[list[str]], pl.DataFrame]

_REPORT = ["onset_date", "exposure_start_date", "exposure_end_date", "confirmed_date", "setting"]


@transaction.atomic
def import_persons(
    source: Source,
    *,
    by: User | None,
    at: datetime,
    household_ids: PlaceLookup,
    options: ImportOptions = AS_WRITTEN,
    progress: Progress = silent,
) -> Outcome:
    """Register the persons of a list, and a case report for each row that reports a case. Importing it again: nothing.

    household_ids: usually `places.selectors.place_ids`. A row about somebody known may fill fields that are empty; one
    that says nothing new is a duplicate; one that contradicts what is stored is rejected.
    Raises: FileUnusable, ImportRefused; then nothing was stored.
    """
    intake = Intake("persons", source, Actor(by, at), options, progress)
    rows = _resolved(intake, intake.rows(), household_ids)
    lock_imports()
    cast = tell_apart(intake, rows, _REPORT)
    intake.settle()
    batch = open_batch(intake, "persons")
    created = _create_persons(intake, cast.new, batch)
    reports = _create_reports(intake, _with_subjects(cast.rows, created), batch)
    complete_persons(cast.additions, intake.actor)
    added = cast.rows.filter(pl.col("adds"))
    n_stored = pl.concat([created.select(ROW), added.select(ROW), reports.select(ROW)])[ROW].n_unique()
    if not n_stored:
        batch.delete()
        return intake.outcome(0, cast.rows.height, None)
    evidence.record_batch(batch, [whole(_archived(created, reports, cast.additions))])
    return intake.outcome(n_stored, cast.rows.height - n_stored, batch)


def _resolved(intake: Intake, rows: pl.DataFrame, household_ids: PlaceLookup) -> pl.DataFrame:
    """Reject what cannot be placed or told apart; add ids of household and work unit, and the search hashes (hex)."""
    rows = intake.reject(rows, pl.col("code").is_null() & pl.col("id_number").is_null(), "code", Reason.NO_IDENTITY)
    rows = intake.within_area(intake.not_future(rows, "birth_date", *_REPORT[:-1]))
    rows = intake.resolve(rows, "household_code", CodeBook(household_ids), Reason.UNKNOWN_PLACE)
    rows = intake.resolve(rows, "work_unit_code", CodeBook(organisation_ids), Reason.UNKNOWN_ORGANISATION)
    return rows.with_columns(id_hash=_hashes(rows["id_number"]), phone_hash=_hashes(rows["phone"]))


def _hashes(values: pl.Series) -> pl.Series:
    return pl.Series(list(identity.search_hashes(values)), dtype=pl.Binary).bin.encode("hex")


def _create_persons(intake: Intake, new: pl.DataFrame, batch: FactBatch) -> pl.DataFrame:
    """Insert subjects and persons and return the rows with `subject_id`."""
    label = pl.coalesce(pl.col("name").map_elements(identity.mask_name, return_dtype=pl.String), pl.col("code"))
    created = create_subjects(new.with_columns(label=label.fill_null("")), "person")
    persons = created.select(
        "subject_id",
        "birth_date",
        "age_years",
        name=pl.col("name").fill_null(""),
        sex=pl.col("sex").fill_null("unknown"),
        id_number_cipher=_encrypted(intake, created["id_number"]),
        id_number_hash=pl.col("id_hash").str.decode("hex"),
        phone_cipher=_encrypted(intake, created["phone"]),
        phone_hash=pl.col("phone_hash").str.decode("hex"),
        area_code="area",
        household_id="household_code_id",
        work_unit_id="work_unit_code_id",
        batch_id=pl.lit(batch.pk),
    )
    copy_rows("people_person", persons)
    return created


def _encrypted(intake: Intake, values: pl.Series) -> pl.Series:
    """Encrypt a column: most of the time a long list takes, so the progress is told meanwhile."""
    done = []
    for number, content in enumerate(identity.encrypt_all(values)):
        done.append(content)
        if number % 10_000 == 0:
            intake.report(number, "storing")
    return pl.Series(done, dtype=pl.Binary)


def _with_subjects(accepted: pl.DataFrame, created: pl.DataFrame) -> pl.DataFrame:
    """Add `subject_id` to the rows that report a case."""
    reporting = accepted.filter(pl.any_horizontal(pl.col(_REPORT).is_not_null()))
    own = created.select(pl.col(ROW).alias(WHO), own_id="subject_id")
    found = reporting.join(own, on=WHO, how="left", maintain_order="left")
    return found.with_columns(subject_id=pl.coalesce("own_id", -pl.col(WHO)))


def _create_reports(intake: Intake, rows: pl.DataFrame, batch: FactBatch) -> pl.DataFrame:
    """Insert the case reports not stored yet and return their rows with `report_id`."""
    key = ["subject_id", *_REPORT]
    reports = rows.with_columns(pl.col("setting").fill_null("")).unique(key, keep="first", maintain_order=True)
    stored = selectors.stored_case_reports(reports["subject_id"].unique().to_list())
    new = reports.join(stored, on=key, how="anti", nulls_equal=True, maintain_order="left")
    new = new.with_columns(report_id=next_ids("people_casereport", new.height))
    copy_rows(
        "people_casereport",
        new.select(
            *key,
            id="report_id",
            reported_at=pl.lit(intake.actor.at),
            reported_by_id=pl.lit(intake.actor.by.pk if intake.actor.by else None, dtype=pl.Int64),
            batch_id=pl.lit(batch.pk),
        ),
    )
    return new


def _archived(created: pl.DataFrame, reports: pl.DataFrame, additions: pl.DataFrame) -> pl.DataFrame:
    """What the evidence keeps: ids, division codes, dates, names of completed fields.

    No name, number, phone, birth date or free text.
    """
    persons = created.select(
        ROW,
        "subject_id",
        kind=pl.lit("person"),
        area_code="area",
        household_id="household_code_id",
        work_unit_id="work_unit_code_id",
    )
    dates = reports.select(ROW, "report_id", *_REPORT[:-1], reported_id="subject_id")
    completed = additions.select(ROW, "completed", completed_id="subject_id")
    joined = persons.join(dates, on=ROW, how="full", coalesce=True).join(completed, on=ROW, how="full", coalesce=True)
    about = pl.coalesce("subject_id", "reported_id", "completed_id").alias("subject_id")
    return joined.with_columns(about).sort(ROW).drop(ROW, "reported_id", "completed_id")
