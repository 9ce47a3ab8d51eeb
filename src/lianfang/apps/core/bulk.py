"""Inserting many model instances by COPY: thousands of verdicts and tasks at the price of a few statements."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from psycopg import sql

from lianfang.apps.core.copying import copy_rows, next_ids

_FEW: Final = 40  # up to here a statement with its values costs less than a COPY, which takes milliseconds to set up
_TYPES: dict[type, Any] = {
    models.DateTimeField: pl.Datetime("us", "UTC"),
    models.BooleanField: pl.Boolean,
    models.ForeignKey: pl.Int64,
    models.BinaryField: pl.Binary,
}


def allot_ids(rows: Sequence[models.Model]) -> None:
    """Give every instance without a primary key the next one of its table."""
    new = [row for row in rows if row.pk is None]
    if new:
        for row, number in zip(new, next_ids(new[0]._meta.db_table, len(new)), strict=True):
            row.pk = number


def insert(rows: Sequence[models.Model]) -> None:
    """Store new instances of one model, many by COPY; ids are allotted where missing. Constraints and triggers apply."""
    if not rows:
        return
    if len(rows) <= _FEW:
        type(rows[0])._base_manager.bulk_create(rows)
        return
    allot_ids(rows)
    fields = rows[0]._meta.concrete_fields
    columns = {
        field.column: pl.Series([_plain(field, getattr(row, field.attname)) for row in rows], dtype=_type(field))
        for field in fields
    }
    copy_rows(rows[0]._meta.db_table, pl.DataFrame(columns))


def _type(field: "models.Field[Any, Any]") -> Any:
    for kind, dtype in _TYPES.items():
        if isinstance(field, kind):
            return dtype
    return pl.Int64 if isinstance(field, models.IntegerField) else pl.String


def _plain(field: "models.Field[Any, Any]", value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, ArrayField):
        return "{" + ",".join(str(item) for item in value) + "}"
    if isinstance(field, models.JSONField):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(field, models.BooleanField | models.IntegerField | models.ForeignKey | models.BinaryField):
        return value
    return str(value)


def assign(model: type[models.Model], column: str, values: Mapping[int, int | None]) -> None:
    """Set a bigint column of many rows, each to its own value, in one statement. values: primary key -> value."""
    if not values:
        return
    statement = sql.SQL(
        "UPDATE {table} SET {column} = given.value FROM unnest(%s::bigint[], %s::bigint[]) AS given(id, value)"
        " WHERE {table}.id = given.id"
    ).format(table=sql.Identifier(model._meta.db_table), column=sql.Identifier(column))
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(values), list(values.values())])
