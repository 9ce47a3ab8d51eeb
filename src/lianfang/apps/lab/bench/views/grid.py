"""A plate drawn: rows of cells with what each holds and, once it is read, what was called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.safestring import SafeString

from lianfang.apps.core.signs import sign_for
from lianfang.apps.core.templatetags.lianfang_ui import kind_icon
from lianfang.apps.lab.bench.selectors import ReadWell, Well
from lianfang.formats.instruments.plates import SHAPES, PlateSize, rows_of


@dataclass(frozen=True, slots=True)
class Cell:
    """One well on the page; `tail`: the end of a tube's code, which is what differs within a plate; `tone`: its colour."""

    position: str
    title: str
    tone: str = ""
    control: str = ""
    control_word: str | Promise = ""
    tail: str = ""
    sign: SafeString | str = ""
    is_next: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """The columns' numbers and the rows with their letters."""

    columns: Sequence[int]
    rows: Sequence[tuple[str, Sequence[Cell]]]


TAIL = 7


def grid_of(size: PlateSize, wells: Mapping[str, Well | ReadWell], *, next_free: str | None = None) -> Grid:
    """Return a plate as it is drawn; `next_free`: where the next tube goes."""
    columns = range(1, SHAPES[size][1] + 1)
    sign_of = cache(sign_for)  # hundreds of wells, a handful of signs
    icon_of = cache(kind_icon)

    def cell(position: str) -> Cell:
        well = wells.get(position)
        if well is None:
            return Cell(position, position, is_next=position == next_free)
        if well.control:
            word = sign_of("control_kind", well.control).word
            return Cell(position, f"{position} {word}", "purple", well.control, word)
        if not (isinstance(well, ReadWell) and hasattr(well, "call")):
            return Cell(position, f"{position} {well.tube}", "blue", tail=well.tube[-TAIL:])
        called = sign_of("call", well.call.call)
        title = f"{position} {well.tube}: {called.word}"
        return Cell(position, title, called.tone, tail=well.tube[-TAIL:], sign=icon_of("call", well.call.call))

    return Grid(columns, [(row, [cell(f"{row}{column:02d}") for column in columns]) for row in rows_of(size)])
