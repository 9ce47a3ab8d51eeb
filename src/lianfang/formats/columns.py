"""Which column of a file holds which field: by the header's own words, or as the user says."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from lianfang.formats.errors import TableError
from lianfang.formats.fields import Field, TableSpec

ColumnMap = Mapping[str, tuple[str, ...]]  # field -> its columns: one, or several for a field that allows many


def match_columns(spec: TableSpec, columns: Sequence[str], given: Mapping[str, Sequence[str]]) -> ColumnMap:
    """Return the columns of every field found.

    given: what the user says; it wins over the header's names, and no columns for a field leaves it out.
    Raises: TableError for an unknown field or column, two candidates for one field, a required field without column.
    """
    _check_given(spec, columns, given)
    taken = {column for chosen in given.values() for column in chosen}
    free = [column for column in columns if column not in taken]
    found: dict[str, tuple[str, ...]] = {}
    for field in spec.fields:
        chosen = tuple(given[field.name]) if field.name in given else _by_name(field, free)
        if chosen:
            found[field.name] = chosen
        elif field.required or field.column_required:
            raise TableError("missing_column", field=field.name, name=field.name, columns=", ".join(columns))
    return found


def suggest_columns(
    spec: TableSpec, columns: Sequence[str], given: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Return the columns of the fields about which there is no doubt; the rest is left to the user."""
    taken = {column for chosen in given.values() for column in chosen}
    free = [column for column in columns if column not in taken]
    found = {name: tuple(column for column in chosen if column in columns) for name, chosen in given.items()}
    for field in spec.fields:
        candidates = _candidates(field, free)
        if field.name not in given and len(candidates) == 1:
            found[field.name] = tuple(candidates)
    return found


def unused_columns(columns: Sequence[str], found: ColumnMap) -> tuple[str, ...]:
    """Return the columns nothing is read from, in file order."""
    used = {column for chosen in found.values() for column in chosen}
    return tuple(column for column in columns if column not in used)


def _check_given(spec: TableSpec, columns: Sequence[str], given: Mapping[str, Sequence[str]]) -> None:
    names = {field.name for field in spec.fields}
    for name, chosen in given.items():
        if name not in names:
            raise TableError("unknown_field", name=name, fields=", ".join(sorted(names)))
        for column in chosen:
            if column not in columns:
                raise TableError("unknown_column", field=name, column=column, columns=", ".join(columns))
        if len(chosen) > 1 and not spec.field(name).many:
            raise TableError("several_columns", field=name, name=name)


def _by_name(field: Field, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the one column a field is called like, if any. Raises: TableError if several may be meant."""
    found = _candidates(field, columns)
    if len(found) > 1:
        raise TableError("ambiguous_column", field=field.name, name=field.name, columns=", ".join(found))
    return tuple(found)


def _candidates(field: Field, columns: Sequence[str]) -> list[str]:
    """The columns called like the field itself win, else those whose name is an alias."""
    exact = [column for column in columns if _plain(column) == _plain(field.name)]
    aliases = {_plain(alias) for alias in field.aliases}
    return exact or [column for column in columns if _plain(column) in aliases]


def _plain(name: str) -> str:
    """A header name without case, width, blanks and punctuation: "Symptom Onset " and symptom_onset are the same."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).casefold()
