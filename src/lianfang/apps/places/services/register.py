"""Importing places."""

from datetime import datetime

import polars as pl
from django.db import transaction

from lianfang.apps.core import evidence
from lianfang.apps.core.copying import copy_rows, lock_imports, next_ids
from lianfang.apps.core.imports import AS_WRITTEN, Actor, CodeBook, ImportOptions, Intake, Outcome, Progress, silent
from lianfang.apps.core.models import User
from lianfang.apps.core.registers import open_batch, organisation_ids, whole, without_known
from lianfang.apps.places import selectors
from lianfang.formats.reasons import Reason
from lianfang.formats.tables import Source


@transaction.atomic
def import_places(
    source: Source, *, by: User | None, at: datetime, options: ImportOptions = AS_WRITTEN, progress: Progress = silent
) -> Outcome:
    """Register the places of a list. Importing it again: nothing. Raises: FileUnusable, ImportRefused."""
    intake = Intake("places", source, Actor(by, at), options, progress)
    rows = intake.within_area(intake.rows())
    rows = intake.resolve(rows, "organisation_code", CodeBook(organisation_ids), Reason.UNKNOWN_ORGANISATION)
    lock_imports()
    stored = selectors.stored_places(rows["code"].to_list())
    new = without_known(intake, rows, stored, ["kind", "name", "area_code", "organisation_code_id"])
    intake.settle()
    n_accepted = intake.standing(rows).height
    if new.is_empty():
        return intake.outcome(0, n_accepted, None)
    batch = open_batch(intake, "places")
    facts = new.select(
        "code",
        "kind",
        id=next_ids("places_place", new.height),
        area_code="area",
        organisation_id="organisation_code_id",
    )
    names = new.select(name=pl.coalesce("name", "code"), batch_id=pl.lit(batch.pk))
    copy_rows("places_place", facts.hstack(names))
    # Names stay out of the evidence: a household's is a family's.
    evidence.record_batch(batch, [whole(facts)])
    return intake.outcome(new.height, n_accepted - new.height, batch)
