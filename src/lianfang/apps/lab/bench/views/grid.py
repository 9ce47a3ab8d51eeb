"""A plate drawn: rows of cells with what each holds and, once it is read, what was called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lianfang.apps.lab.bench.selectors import ReadWell, Well
from lianfang.formats.instruments.plates import SHAPES, PlateSize, rows_of


@dataclass(frozen=True, slots=True)
class Cell:
    """One well on the page; `tail`: the end of a tube's code, which is what differs within a plate."""

    position: str
    tube: str = ""
    control: str = ""
    call: str = ""
    is_next: bool = False

    @property
    def tail(self) -> str:
        """The last characters of the code."""
        return self.tube[-7:]


@dataclass(frozen=True, slots=True)
class Grid:
    """The columns' numbers and the rows with their letters."""

    columns: Sequence[int]
    rows: Sequence[tuple[str, Sequence[Cell]]]


def grid_of(size: PlateSize, wells: Mapping[str, Well | ReadWell], *, next_free: str | None = None) -> Grid:
    """Return a plate as it is drawn; `next_free`: where the next tube goes."""
    columns = range(1, SHAPES[size][1] + 1)

    def cell(position: str) -> Cell:
        well = wells.get(position)
        if well is None:
            return Cell(position, is_next=position == next_free)
        call = well.call.call if isinstance(well, ReadWell) and hasattr(well, "call") else ""
        return Cell(position, well.tube, well.control, call)

    return Grid(columns, [(row, [cell(f"{row}{column:02d}") for column in columns]) for row in rows_of(size)])
