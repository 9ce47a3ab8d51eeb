"""The register as the linkage compares it: identity numbers and phones in plain, for the worker's memory only."""

from collections.abc import Callable

import polars as pl
from django.conf import settings

from lianfang.apps.areas.selectors import townships_of, villages_of
from lianfang.apps.core import identity
from lianfang.apps.core.copying import fetch

_REGISTERED = {
    "key": pl.Int64, "name": pl.String, "sex": pl.String, "birth_date": pl.Date, "id_number_cipher": pl.Binary,
    "phone_cipher": pl.Binary, "area_code": pl.String,
}  # fmt: skip
_ENDINGS = r"(村民委员会|居民委员会|村委会|居委会)$"


def register_records(*, subject_ids: list[int] | None = None) -> pl.DataFrame:
    """Return the register's persons (or only these) in the linkage's columns."""
    query = """
        SELECT subject_id, name, sex, birth_date, id_number_cipher, phone_cipher, area_code
        FROM people_person WHERE %s::bigint[] IS NULL OR subject_id = ANY(%s)
    """
    rows = opened(fetch(query, [subject_ids, subject_ids], _REGISTERED))
    units = [
        (unit.code, unit.name) for unit in (*townships_of(settings.COUNTY_CODE), *villages_of(settings.COUNTY_CODE))
    ]
    names = dict(units)
    spoken = {code: pl.Series([name]).str.replace(_ENDINGS, "")[0] for code, name in names.items()}

    def named(code: pl.Expr) -> pl.Expr:
        return code.replace_strict(spoken, default=None, return_dtype=pl.String)

    area = pl.col("area_code")
    return rows.with_columns(
        pl.col("name").replace("", None), village=named(area), town=named(area.str.slice(0, 9))
    ).drop("area_code")


def opened(rows: pl.DataFrame) -> pl.DataFrame:
    """Decrypt the identity columns."""
    return rows.with_columns(
        id_number=_plain(rows["id_number_cipher"], identity.decrypt),
        phone=_plain(rows["phone_cipher"], identity.decrypt),
    ).drop("id_number_cipher", "phone_cipher")


def _plain(values: pl.Series, decrypt: Callable[[bytes], str]) -> pl.Series:
    return pl.Series([None if value is None else decrypt(value) for value in values], dtype=pl.String)
