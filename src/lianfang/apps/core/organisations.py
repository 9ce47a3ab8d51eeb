"""Importing the organisations of the four responsibilities (S-1.1)."""

from datetime import datetime

import polars as pl
from django.db import transaction

from lianfang.apps.core import evidence
from lianfang.apps.core.copying import copy_rows, fetch, lock_imports, next_ids
from lianfang.apps.core.imports import AS_WRITTEN, Actor, ImportOptions, Intake, Outcome, Progress, silent
from lianfang.apps.core.models import User
from lianfang.apps.core.registers import open_batch, whole, without_known
from lianfang.formats.tables import Source

_COLUMNS = ["code", "name", "responsible_kind", "kind", "area_code", "uscc"]


@transaction.atomic
def import_organisations(
    source: Source, *, by: User | None, at: datetime, options: ImportOptions = AS_WRITTEN, progress: Progress = silent
) -> Outcome:
    """Register the organisations of a list. Importing it again: nothing. Raises: FileUnusable, ImportRefused."""
    intake = Intake("organisations", source, Actor(by, at), options, progress)
    rows = intake.within_area(intake.rows())
    lock_imports()
    new = without_known(intake, rows, _stored(rows["code"].to_list()), _COLUMNS[1:])
    intake.settle()
    n_accepted = intake.standing(rows).height
    if new.is_empty():
        return intake.outcome(0, n_accepted, None)
    batch = open_batch(intake, "organisations")
    organisations = new.select(
        "code",
        "name",
        "responsible_kind",
        "kind",
        id=next_ids("core_organisation", new.height),
        area_code="area",
        uscc=pl.col("uscc").fill_null(""),
    )
    copy_rows("core_organisation", organisations)
    evidence.record_batch(batch, [whole(organisations)])
    return intake.outcome(new.height, n_accepted - new.height, batch)


def _stored(codes: list[str]) -> pl.DataFrame:
    query = f"SELECT {', '.join(_COLUMNS)} FROM core_organisation WHERE code = ANY(%s)"  # noqa: S608 - constant names
    return fetch(query, [codes], dict.fromkeys(_COLUMNS, pl.String))
