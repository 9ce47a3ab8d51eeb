"""From the files and options of a trace to the engine's arrays: ids and times of all files on one footing."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import polars as pl

from lianfang.cli.trace_read import SourceFile, TraceFileError, first_true
from lianfang.cli.trace_times import Clock, parse_one
from lianfang.trace import Controls, IndexWindow, Links, PresenceIndex, Presences

_INTEGER = r"^(?:0|-?[1-9][0-9]*)$"  # as integers are printed: 007 and +7 stay texts, or two ids would become one


@dataclass(frozen=True, eq=False)
class Ids:
    """Ids of one kind as the engine's int64: themselves if all are integers, else ranks in code-point order of `names`."""

    names: pl.Series | None

    def codes(self, values: pl.Series) -> pl.Series:
        """Int64 of ids that are all known."""
        if self.names is None:
            return values.cast(pl.Int64)
        return values.cast(pl.String).cast(pl.Enum(self.names)).to_physical().cast(pl.Int64)

    def code(self, text: str) -> int | None:
        """The code of one id given as an option; None if it cannot be an id of these files."""
        if self.names is None:
            value = pl.Series([text]).str.to_integer(strict=False)[0]
            return value if value is not None and str(value) == text else None
        at = int(self.names.search_sorted(text))
        return at if at < len(self.names) and self.names[at] == text else None

    def shown(self, codes: pl.Series) -> pl.Series:
        """The ids behind codes, null where they are null."""
        return codes if self.names is None else self.names.gather(codes)


class Coding(Protocol):
    """Between ids as users write them and the engine's int64."""

    def codes(self, values: pl.Series) -> pl.Series:
        """Int64 of ids that are all known."""

    def code(self, text: str) -> int | None:
        """The code of one id given as an option; None if there is none."""

    def shown(self, codes: pl.Series) -> pl.Series:
        """The ids behind codes, null where they are null."""


class Asked(NamedTuple):
    """Everything the engine needs, and what is needed to print its answer as the files are written."""

    presences: Presences | PresenceIndex
    links: Links | None
    controls: Controls | None
    subjects: Coding
    places: Coding
    clock: Clock


def are_integers(values: pl.Series) -> bool:
    """Whether every id is an integer, or a text that prints one."""
    if values.dtype != pl.String:
        return values.cast(pl.Int64, strict=False).null_count() == values.null_count()
    return bool(values.str.contains(_INTEGER).all()) and values.cast(pl.Int64, strict=False).null_count() == 0


def _ids(columns: list[pl.Series], *, integers: bool) -> Ids:
    if integers:
        return Ids(None)
    return Ids(pl.concat([column.cast(pl.String).unique() for column in columns]).unique().sort())


def read_ids(presences: SourceFile, links: SourceFile | None, controls: SourceFile | None) -> tuple[Ids, Ids]:
    """Subjects and places. They are integers if every id of every file is one, else all are texts."""
    subjects = [presences.frame["subject"]]
    subjects += [links.frame["from"], links.frame["to"]] if links else []
    subjects += [controls.frame["subject"]] if controls else []
    places = [presences.frame["place"]]
    integers = all(are_integers(column) for column in subjects + places)
    return _ids(subjects, integers=integers), _ids(places, integers=integers)


def _array(values: pl.Series) -> np.ndarray:
    return values.to_numpy()


def read_presences(file: SourceFile, subjects: Ids, places: Ids, horizon: int | None) -> Presences:
    """The stays; an empty t_out is closed at the horizon.

    Raises:  TraceFileError: an empty t_out without a horizon, a stay that ends no later than it starts.
    """
    start, end = file.times["t_in"].seconds, file.times["t_out"].seconds
    still_open = end.is_null()
    at = first_true(still_open) if horizon is None else None
    backwards = first_true(end <= start)
    if at is not None and (backwards is None or at < backwards):
        raise file.failure(at, "t_out", "is empty; --until T says when open stays end")
    if backwards is not None:
        raise file.failure(backwards, "t_out", f"is not after t_in {file.frame['t_in'][backwards]!s}")
    if horizon is not None:
        # Longer than 0 even if it began at the horizon or later: the engine then cuts it away.
        closed = pl.select(pl.max_horizontal(pl.lit(horizon, dtype=pl.Int64), start + 1)).to_series()
        end = end.zip_with(~still_open, closed) if len(end) else end
    return Presences(
        _array(subjects.codes(file.frame["subject"])),
        _array(places.codes(file.frame["place"])),
        _array(start),
        _array(end),
    )


def read_links(file: SourceFile, subjects: Coding) -> Links:
    """What became what."""
    columns = (subjects.codes(file.frame["from"]), subjects.codes(file.frame["to"]), file.times["at"].seconds)
    return Links(*(_array(column) for column in columns))


def read_controls(file: SourceFile, subjects: Coding) -> Controls:
    """From when subjects are no source."""
    return Controls(_array(subjects.codes(file.frame["subject"])), _array(file.times["controlled_at"].seconds))


def read_window(text: str, asked: Asked) -> IndexWindow:
    """An --index option: SUBJECT, or SUBJECT@FROM..UNTIL where either end may be left out.

    Raises:  TraceFileError: nobody has this id, a time in another form, a window that ends no later than it starts.
    """
    subject, mark, window = text.rpartition("@")
    if not mark or ".." not in window:
        subject, window = text, ".."
    code = asked.subjects.code(subject)
    if code is None or not _is_named(code, asked):
        raise TraceFileError(f"--index {text}: no presence and no link has the subject {subject!r}")
    bounds: list[int | None] = []
    for bound in window.split("..", 1):
        try:
            bounds.append(parse_one(bound, asked.clock)[0] if bound else None)
        except ValueError as error:
            raise TraceFileError(f"--index {text}: {error}") from None
    start, end = bounds
    if start is not None and end is not None and start >= end:
        raise TraceFileError(f"--index {text}: the window ends no later than it starts")
    return IndexWindow(code, start, end)


def _is_named(code: int, asked: Asked) -> bool:
    presences = asked.presences
    columns = [presences.subjects if isinstance(presences, PresenceIndex) else presences.subject]
    if asked.links is not None:
        columns += [asked.links.from_, asked.links.to]
    return any(bool((column == code).any()) for column in columns)
