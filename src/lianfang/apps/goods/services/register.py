"""Bringing lots, packages and what became of them into the store."""

from datetime import datetime

import polars as pl
from django.db import transaction

from lianfang.apps.core import evidence
from lianfang.apps.core.copying import copy_rows, lock_imports, next_ids
from lianfang.apps.core.imports import AS_WRITTEN, Actor, CodeBook, ImportOptions, Intake, Outcome, Progress, silent
from lianfang.apps.core.models import User
from lianfang.apps.core.registers import (
    create_subjects,
    open_batch,
    organisation_ids,
    subject_areas,
    subject_ids,
    whole,
    without_known,
)
from lianfang.apps.goods import selectors
from lianfang.formats.reasons import Reason
from lianfang.formats.tables import Source

_LOT_TEXTS = ("country", "declaration_no", "quarantine_cert_no", "production_lot")
_LOT_FACTS = ("product", *_LOT_TEXTS, "n_pieces", "net_weight_kg", "arrived_at")
_LINK = ["source_id", "target_id", "at"]


@transaction.atomic
def import_lots(
    source: Source, *, by: User | None, at: datetime, options: ImportOptions = AS_WRITTEN, progress: Progress = silent
) -> Outcome:
    """Register the lots of a list. Importing it again: nothing. Raises: FileUnusable, ImportRefused."""
    intake = Intake("lots", source, Actor(by, at), options, progress)
    rows = intake.within_area(intake.not_future(intake.rows(), "arrived_at")).with_columns(
        pl.col("net_weight_kg").round(2)
    )
    rows = intake.resolve(rows, "owner_code", CodeBook(organisation_ids), Reason.UNKNOWN_ORGANISATION)
    lock_imports()
    rows = _free_codes(intake, rows, "lot")
    stored = selectors.stored_lots(rows["code"].to_list())
    new = without_known(intake, rows, stored, [*_LOT_FACTS, "owner_code_id", "area_code"])
    intake.settle()
    n_accepted = intake.standing(rows).height
    if new.is_empty():
        return intake.outcome(0, n_accepted, None)
    batch = open_batch(intake, "lots")
    created = create_subjects(new.with_columns(label=pl.col("product")), "lot")
    lots = created.select("subject_id", *_LOT_FACTS, owner_id="owner_code_id", batch_id=pl.lit(batch.pk)).with_columns(
        pl.col(_LOT_TEXTS).fill_null("")
    )
    copy_rows("goods_lot", lots)
    evidence.record_batch(batch, [whole(created.select("code", area_code="area").hstack(lots.drop("batch_id")))])
    return intake.outcome(new.height, n_accepted - new.height, batch)


@transaction.atomic
def import_packages(
    source: Source, *, by: User | None, at: datetime, options: ImportOptions = AS_WRITTEN, progress: Progress = silent
) -> Outcome:
    """Register packages of known lots. Importing them again: nothing. Raises: FileUnusable, ImportRefused."""
    intake = Intake("packages", source, Actor(by, at), options, progress)
    rows = intake.resolve(intake.rows(), "lot_code", CodeBook(_lot_ids), Reason.UNKNOWN_LOT)
    areas = subject_areas(rows["lot_code_id"].unique().to_list()).rename({"id": "lot_code_id"})
    rows = intake.within_area(rows.join(areas, on="lot_code_id", how="left", maintain_order="left"))
    lock_imports()
    rows = _free_codes(intake, rows, "package")
    new = without_known(intake, rows, selectors.stored_packages(rows["code"].to_list()), ["lot_code_id"])
    intake.settle()
    n_accepted = intake.standing(rows).height
    if new.is_empty():
        return intake.outcome(0, n_accepted, None)
    batch = open_batch(intake, "packages")
    created = create_subjects(new.with_columns(label=pl.col("code")), "package")
    packages = created.select("subject_id", lot_id="lot_code_id", batch_id=pl.lit(batch.pk))
    copy_rows("goods_package", packages)
    evidence.record_batch(batch, [whole(created.select("code", area_code="area").hstack(packages.drop("batch_id")))])
    return intake.outcome(new.height, n_accepted - new.height, batch)


@transaction.atomic
def import_links(
    source: Source, *, by: User | None, at: datetime, options: ImportOptions = AS_WRITTEN, progress: Progress = silent
) -> Outcome:
    """Store what became part of what. Importing the same rows again: nothing. Raises: FileUnusable, ImportRefused."""
    intake = Intake("links", source, Actor(by, at), options, progress)
    rows = intake.not_future(intake.rows(), "at").with_columns(pl.col("kind").fill_null("split"))
    goods = CodeBook(lambda codes: subject_ids(codes, by.area_code if by else "").filter(pl.col("kind") != "person"))
    for column in ("from", "to"):
        rows = intake.resolve(rows, column, goods, Reason.UNKNOWN_LOT)
    rows = intake.reject(rows, pl.col("from_id") == pl.col("to_id"), "to", Reason.SAME_SUBJECT)
    rows = rows.rename({"from_id": "source_id", "to_id": "target_id"})
    intake.settle()
    lock_imports()
    first = rows.unique(_LINK, keep="first", maintain_order=True)
    new = first.join(selectors.stored_links(first["source_id"].to_list()), on=_LINK, how="anti", maintain_order="left")
    if new.is_empty():
        return intake.outcome(0, rows.height, None)
    batch = open_batch(intake, "links")
    links = new.select(*_LINK, "kind", id=next_ids("goods_lotlink", new.height), batch_id=pl.lit(batch.pk))
    copy_rows("goods_lotlink", links)
    evidence.record_batch(batch, [whole(links.drop("batch_id"))])
    return intake.outcome(new.height, rows.height - new.height, batch)


def _lot_ids(codes: list[str]) -> pl.DataFrame:
    return subject_ids(codes).filter(pl.col("kind") == "lot")


def _free_codes(intake: Intake, rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Reject rows whose code belongs to a subject of another kind."""
    others = subject_ids(rows["code"].to_list()).filter(pl.col("kind") != kind)["code"]
    return intake.reject(rows, pl.col("code").is_in(others.implode()), "code", Reason.CODE_TAKEN)
