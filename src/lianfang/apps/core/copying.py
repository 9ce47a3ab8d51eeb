"""Rows between polars and PostgreSQL in bulk: COPY in, one query out, ids allotted beforehand."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import psycopg
from django.db import connection
from psycopg import sql

from lianfang.apps.core.locks import Lock, wait_for

_NULL = "\\N"
_WRITE_BLOCK = 1 << 20
POSTGRES_EPOCH_US = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970: binary timestamps count from there


def copy_rows(table: str, rows: pl.DataFrame) -> int:
    """COPY the rows into the columns of the same names and return how many; bytes and instants arrive exactly."""
    if rows.is_empty():
        return 0
    names = sql.SQL(", ").join(sql.Identifier(name) for name in rows.columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, NULL {})").format(
        sql.Identifier(table), names, sql.Literal(_NULL)
    )
    content = io.BytesIO()
    _as_text(rows).write_csv(content, include_header=False, null_value=_NULL, quote_style="non_numeric")
    with connection.cursor() as cursor, _raw(cursor).copy(statement) as copy:
        view = content.getbuffer()
        for start in range(0, len(view), _WRITE_BLOCK):
            copy.write(view[start : start + _WRITE_BLOCK])
    return rows.height


def copy_columns(table: str, columns: Mapping[str, tuple[str, Sequence[Any]]]) -> None:
    """COPY rows given column by column, each with PostgreSQL's type for it, in the binary form: a row costs 3 us, and one
    row no more. An instant may be given as int8, in microseconds since POSTGRES_EPOCH_US."""
    names = sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, _raw(cursor).copy(statement) as copy:
        copy.set_types([kind for kind, _ in columns.values()])
        write = copy.write_row
        for row in zip(*(column for _, column in columns.values()), strict=True):
            write(row)


def _as_text(rows: pl.DataFrame) -> pl.DataFrame:
    columns = []
    for name, dtype in rows.schema.items():
        column = pl.col(name)
        if isinstance(dtype, pl.Datetime):
            column = column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00")
        elif dtype == pl.Binary:
            column = pl.lit("\\x") + column.bin.encode("hex")
        columns.append(column.alias(name))
    return rows.select(columns)


def _raw(cursor: Any) -> "psycopg.Cursor[Any]":
    raw: psycopg.Cursor[Any] = cursor.cursor
    return raw


def fetch(query: str, params: Sequence[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Return a query's rows as a frame with the given columns and types, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return pl.DataFrame(cursor.fetchall(), schema=dict(schema), orient="row")


def next_ids(table: str, n: int) -> pl.Series:
    """Take n numbers from a table's id sequence."""
    query = (
        "SELECT nextval(own.sequence) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence OFFSET 0) own,"
        " generate_series(1, %s)"
    )
    return fetch(query, [table, n], {"id": pl.Int64})["id"]


def lock_imports() -> None:
    """Wait for every other import to commit, and let none compare with the store until this transaction ends."""
    wait_for(Lock.IMPORT)
