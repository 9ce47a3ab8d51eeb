"""Importing into registers (things with a code): what is new, what is known already, what contradicts the store."""

import io
from collections.abc import Sequence

import polars as pl
import pyarrow.parquet as pq

from lianfang.apps.core import evidence
from lianfang.apps.core.copying import copy_rows, fetch, next_ids
from lianfang.apps.core.evidence import Part
from lianfang.apps.core.imports import Intake
from lianfang.apps.core.models import FactBatch
from lianfang.formats.checks import ROW
from lianfang.formats.reasons import Reason

_CODE_ID = {"code": pl.String, "id": pl.Int64}


def subject_ids(codes: list[str], within: str = "") -> pl.DataFrame:
    """Return code, id and kind of the subjects with these codes in an area (a code's prefix)."""
    query = "SELECT code, id, kind FROM core_subject WHERE code = ANY(%s) AND starts_with(area_code, %s)"
    return fetch(query, [codes, within], {**_CODE_ID, "kind": pl.String})


def subject_areas(ids: list[int]) -> pl.DataFrame:
    """Return id and area_code of these subjects."""
    query = "SELECT id, area_code FROM core_subject WHERE id = ANY(%s)"
    return fetch(query, [ids], {"id": pl.Int64, "area_code": pl.String})


def organisation_ids(codes: list[str]) -> pl.DataFrame:
    """Return code and id of the organisations with these codes."""
    return fetch("SELECT code, id FROM core_organisation WHERE code = ANY(%s)", [codes], _CODE_ID)


def create_subjects(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Insert a subject per row (code, label, area) and add `subject_id`; a null code is made of kind and id."""
    ids = next_ids("core_subject", rows.height)
    made = pl.lit(kind[0].upper()) + ids.cast(pl.String).str.zfill(9)
    numbered = rows.with_columns(ids.alias("subject_id")).with_columns(pl.col("code").fill_null(made))
    copy_rows(
        "core_subject",
        numbered.select(id="subject_id", kind=pl.lit(kind), code="code", label="label", area_code="area"),
    )
    return numbered


def without_known(intake: Intake, rows: pl.DataFrame, stored: pl.DataFrame, compared: Sequence[str]) -> pl.DataFrame:
    """Return the rows whose code is new; reject those that contradict the store or an earlier row, drop repetitions.

    stored: code and the compared columns. A value the row does not give contradicts nothing.
    """
    known = rows.join(stored.select("code"), on="code", how="semi", maintain_order="left")
    _reject_contradictions(intake, known, stored, compared)
    unknown = rows.join(stored.select("code"), on="code", how="anti", maintain_order="left")
    first = unknown.filter(pl.col("code").is_first_distinct())
    again = unknown.join(first.select(ROW), on=ROW, how="anti", maintain_order="left")
    _reject_contradictions(intake, again, first.select("code", *compared), compared)
    return first


def _reject_contradictions(intake: Intake, rows: pl.DataFrame, stored: pl.DataFrame, compared: Sequence[str]) -> None:
    if rows.is_empty():
        return
    beside = rows.join(stored.select("code", *compared), on="code", how="left", suffix="_stored", maintain_order="left")
    for name in compared:
        given, had = pl.col(name), pl.col(f"{name}_stored")
        beside = intake.reject(beside, given.is_not_null() & given.ne_missing(had), field_of(name), Reason.DIFFERS)


def field_of(column: str) -> str:
    """Return the file's field that a compared column comes from: `phone` for phone_hash, `owner_code` for its id."""
    return {"id_hash": "id_number", "phone_hash": "phone"}.get(column, column.removesuffix("_id"))


def open_batch(intake: Intake, kind: str) -> FactBatch:
    """Start the batch of an import."""
    source = intake.options.source_name or "table"
    return evidence.open_batch(kind=kind, source=source, at=intake.actor.at, by=intake.actor.by)


def whole(rows: pl.DataFrame) -> Part:
    """Return a batch part that is not a day's: the rows as Parquet. No personal data may be among them."""
    return Part(None, rows.height, parquet(rows))


def parquet(rows: pl.DataFrame) -> bytes:
    """Return rows as Parquet: integers and instants delta-coded, all zstd; 5 to 6 bytes a presence."""
    table = rows.to_arrow()
    packed = [name for name, dtype in rows.schema.items() if dtype.is_integer() or dtype.is_temporal()]
    content = io.BytesIO()
    pq.write_table(
        table,
        content,
        compression="zstd",
        use_dictionary=[name for name in rows.columns if name not in packed],
        column_encoding=dict.fromkeys(packed, "DELTA_BINARY_PACKED"),
    )
    return content.getvalue()
