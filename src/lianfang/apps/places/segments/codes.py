"""The codes behind the numbers of subjects and places, beside the segments: who reads these needs no database."""

from pathlib import Path
from typing import Final

import polars as pl
from django.db import connection

from lianfang.apps.places.segments.manifest import Manifest

_TABLES: Final = {"subjects": "core_subject", "places": "places_place"}


def write_codes(home: Path, before: Manifest | None) -> tuple[str, str]:
    """Write the codes of all subjects and places, where there are new ones; return the names of both files.

    Codes are never changed and numbers only grow, so a file that ends at the newest number is complete.
    """
    kept = {} if before is None else {"subjects": before.subjects, "places": before.places}
    return _write(home, "subjects", kept), _write(home, "places", kept)


def _write(home: Path, kind: str, kept: dict[str, str]) -> str:
    table = _TABLES[kind]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608 - a constant name
        name = f"{kind}-{cursor.fetchone()[0]}.parquet"
        if kept.get(kind) == name and (home / name).is_file():
            return name
        with cursor.copy(f"COPY (SELECT id, code FROM {table} ORDER BY id) TO STDOUT (FORMAT csv)") as copy:  # noqa: S608
            content = b"".join(bytes(chunk) for chunk in copy)
    part = home / f".{name}.part"
    pl.read_csv(content, has_header=False, schema={"id": pl.Int64, "code": pl.String}).write_parquet(part)
    part.rename(home / name)
    return name
