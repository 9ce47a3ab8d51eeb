"""Records as the linkage compares them: the given fields with their forms and fragments as columns of their own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import polars as pl

from lianfang.linkage.names import forms

# id_number: 18 characters, * where one is not known. phone: digits, * likewise. address: text. village, town: names of the
# register's division, by which an address is recognised.
RECORD_SCHEMA: Mapping[str, Any] = MappingProxyType(
    {
        "key": pl.Int64, "name": pl.String, "sex": pl.String, "birth_date": pl.Date, "id_number": pl.String,
        "phone": pl.String, "address": pl.String, "village": pl.String, "town": pl.String,
    }
)  # fmt: skip
_NAME_FORMS = ("name", "name_swapped", "letters", "letters_swapped", "alike", "surname")
_ID_LENGTH = 18


def prepare(records: pl.DataFrame) -> pl.DataFrame:
    """Add what is compared and blocked on. records: RECORD_SCHEMA; a column that is missing is null throughout."""
    absent = [
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in RECORD_SCHEMA.items() if name not in records.columns
    ]
    given = records.with_columns(absent).select(
        pl.col("key"),
        pl.col("name"),
        pl.col("sex").replace("unknown", None),
        pl.col("birth_date"),
        pl.col("id_number").replace("", None),
        *(pl.col(name).replace("", None) for name in ("phone", "address", "village", "town")),
    )
    return _numbers(_named(given))


def _named(given: pl.DataFrame) -> pl.DataFrame:
    names = given["name"].fill_null("").unique()
    rows = [(name, *forms(name)) for name in names.to_list()]
    schema = {"written": pl.String, **dict.fromkeys(_NAME_FORMS, pl.String)}
    table = pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col(_NAME_FORMS).replace("", None))
    written = given.with_columns(written=pl.col("name").fill_null("")).drop("name")
    return written.join(table, on="written", how="left", maintain_order="left").drop("written")


def _numbers(given: pl.DataFrame) -> pl.DataFrame:
    """Add head and tail of masked numbers, whether they are whole, and the birth date inside the identity number."""
    head = pl.col("id_number").str.extract(r"^([0-9X]*)").replace("", None)
    tail = pl.col("id_number").str.extract(r"\*([0-9X]+)$")
    inside = pl.col("id_number").str.extract(r"^.{6}(\d{8})").str.to_date("%Y%m%d", strict=False)
    phone_head = pl.col("phone").str.extract(r"^(\d*)").replace("", None)
    phone_tail = pl.col("phone").str.extract(r"\*(\d+)$")
    whole = ~pl.col("id_number").str.contains("*", literal=True)
    return given.with_columns(
        id_head=head,
        id_tail=tail,
        id_last=pl.col("id_number").str.extract(r"([0-9X]{4})$"),
        id_whole=pl.when(whole).then(pl.col("id_number")),
        id_shown=pl.col("id_number").str.replace_all("*", "", literal=True).str.len_chars(),
        phone_head=phone_head,
        phone_tail=phone_tail,
        phone_last=pl.col("phone").str.extract(r"(\d{4})$"),
        phone_whole=pl.when(~pl.col("phone").str.contains("*", literal=True)).then(pl.col("phone")),
        phone_shown=pl.col("phone").str.replace_all("*", "", literal=True).str.len_chars(),
        birth_date=pl.coalesce("birth_date", inside),
    ).with_columns(
        born_on=pl.col("birth_date").dt.strftime("%Y%m%d"),
        born_in=pl.col("birth_date").dt.year(),
        id_start=pl.col("id_whole").str.slice(0, 14),
        id_end=pl.col("id_whole").str.slice(-8),
        phone_start=pl.col("phone_whole").str.slice(0, 7),
        phone_end=pl.col("phone_whole").str.slice(-8),
    )
