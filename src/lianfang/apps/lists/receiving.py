"""Receiving a list: every row stored as it came, once, and the columns of its source remembered."""

import json
from datetime import datetime
from typing import Any

import polars as pl
from django.db import transaction

from lianfang.apps.areas.selectors import townships_of, villages_of
from lianfang.apps.core import audit, evidence, identity
from lianfang.apps.core.copying import copy_rows, fetch, lock_imports, next_ids
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.imports import AS_WRITTEN, Actor, ImportOptions, Intake, Outcome, Progress, silent
from lianfang.apps.core.models import FactBatch, User
from lianfang.apps.core.registers import open_batch, whole
from lianfang.apps.lists.models import Comparison, ListSource
from lianfang.formats.checks import ROW
from lianfang.formats.reasons import Reason
from lianfang.formats.tables import LINE, Source

_CONTENT = (
    "name",
    "id_number",
    "phone",
    "birth_date",
    "sex",
    "address",
    "area_code",
    "from_area",
    "date",
    "transport",
    "seat",
)
_ENDINGS = r"(村民委员会|居民委员会|村委会|居委会)$"


class SourceMissing(DomainError):
    """A list needs the name of who sends it."""

    code = "source_missing"
    http_status = 422
    exit_code = 2


def columns_of(source: str) -> dict[str, tuple[str, ...]]:
    """Return the columns last confirmed for a source; nothing for one that is new."""
    known = ListSource.objects.filter(name=source.strip()).first()
    return {} if known is None else {name: tuple(columns) for name, columns in known.mapping.items()}


def source_names() -> list[str]:
    """Return the names of the sources known, the last used first."""
    return list(ListSource.objects.order_by("-used_at").values_list("name", flat=True)[:100])


@transaction.atomic
def import_list(
    source: Source,
    *,
    by: User | None,
    at: datetime,
    options: ImportOptions = AS_WRITTEN,
    progress: Progress = silent,
) -> Outcome:
    """Store the rows of a list that its source has not sent before; the worker then compares them with the register.

    Raises: SourceMissing, FileUnusable, ImportRefused; then nothing was stored.
    """
    name = options.list_source.strip()
    if not name:
        raise SourceMissing("Say who sends this list.", field="source")
    intake = Intake("list", source, Actor(by, at), options, progress)
    rows = intake.rows()
    nobody = pl.all_horizontal(pl.col("name", "id_number", "phone").is_null())
    rows = intake.reject(rows, nobody, "name", Reason.NO_IDENTITY)
    rows = intake.within_area(intake.not_future(_placed(rows, intake.reach), "birth_date", "date"))
    intake.settle()
    lock_imports()
    columns = {field: list(chosen) for field, chosen in intake.reader.columns.items()}
    sender, _ = ListSource.objects.update_or_create(name=name[:100], defaults={"mapping": columns, "used_at": at})
    hashed = rows.with_columns(content_hash=_hashes(rows, name))
    new = _without_known(hashed)
    if new.is_empty():
        return intake.outcome(0, rows.height, None)
    batch = open_batch(intake, "list")
    Comparison.objects.create(batch=batch, total=new.height)
    stored = _store(new, intake, (sender.pk, batch))
    evidence.record_batch(batch, [whole(stored)])
    audit.record("lists.received", by=by, at=at, batch=batch.pk, rows=new.height)
    return intake.outcome(new.height, rows.height - new.height, batch)


def _placed(rows: pl.DataFrame, reach: str) -> pl.DataFrame:
    """Fill a missing division from the address, where the address names a village of the importer's area."""
    units = [(unit.code, unit.name) for unit in (*townships_of(reach), *villages_of(reach))]
    spoken = pl.DataFrame(units, schema={"code": pl.String, "unit": pl.String}, orient="row").with_columns(
        pl.col("unit").str.replace(_ENDINGS, "")
    )
    villages = spoken.filter((pl.col("code").str.len_chars() == 12) & (pl.col("unit").str.len_chars() >= 2))
    names = list(dict.fromkeys(villages["unit"].to_list()))
    towns = {code: unit for code, unit in spoken.iter_rows() if len(code) == 9}
    lacking = rows.filter(pl.col("area_code").is_null() & pl.col("address").is_not_null()).select(ROW, "address")
    if not names or lacking.is_empty():
        return rows
    named = lacking.with_columns(unit=pl.col("address").str.extract_many(names, overlapping=True)).explode("unit")
    town = pl.col("code").str.slice(0, 9).replace_strict(towns, default=None, return_dtype=pl.String)
    meant = named.join(villages, on="unit").filter(pl.col("address").str.contains(town, literal=True))
    longest = meant.sort(pl.col("unit").str.len_chars(), descending=True).group_by(ROW).first()
    filled = rows.join(longest.select(ROW, "code"), on=ROW, how="left", maintain_order="left")
    return filled.with_columns(area_code=pl.coalesce("area_code", "code")).drop("code")


def _hashes(rows: pl.DataFrame, source: str) -> pl.Series:
    texts = [json.dumps([source, *(_plain(value) for value in row)]) for row in rows.select(_CONTENT).iter_rows()]
    return pl.Series([bytes(each or b"").hex() for each in identity.search_hashes(texts)], dtype=pl.String)


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _without_known(rows: pl.DataFrame) -> pl.DataFrame:
    query = """
        SELECT encode(content_hash, 'hex') FROM lists_listedrow
        WHERE content_hash IN (SELECT decode(hash, 'hex') FROM unnest(%s::text[]) AS given(hash))
    """
    known = fetch(query, [rows["content_hash"].to_list()], {"content_hash": pl.String})
    first = rows.filter(pl.col("content_hash").is_first_distinct())
    return first.join(known, on="content_hash", how="anti", maintain_order="left")


def _store(new: pl.DataFrame, intake: Intake, to: tuple[int, FactBatch]) -> pl.DataFrame:
    """COPY the rows; return what the evidence keeps of them: ids, divisions and days, nothing of a person."""
    source_id, batch = to
    rows = new.with_columns(id=next_ids("lists_listedrow", new.height))
    intake.report(0, "storing")
    copy_rows(
        "lists_listedrow",
        rows.select(
            "id",
            pl.col("name", "sex", "address", "from_area", "transport", "seat").fill_null(""),
            "birth_date",
            id_number_cipher=pl.Series(list(identity.encrypt_all(rows["id_number"])), dtype=pl.Binary),
            phone_cipher=pl.Series(list(identity.encrypt_all(rows["phone"])), dtype=pl.Binary),
            content_hash=pl.col("content_hash").str.decode("hex"),
            source_id=pl.lit(source_id),
            batch_id=pl.lit(batch.pk),
            line=pl.col(LINE),
            area_code="area",
            on_date="date",
            received_at=pl.lit(intake.actor.at),
        ),
    )
    return rows.select(row_id="id", area_code="area", on_date="date")
