"""Plates of 96 and 384 wells, and an instrument's file beside the plate it should be of: every difference is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from lianfang.formats.instruments.cells import position_of
from lianfang.formats.instruments.model import InstrumentRun, RefusedWell, RowError, Task, WellReading
from lianfang.formats.instruments.tables import plain


class PlateSize(IntEnum):
    """How many wells a plate has."""

    SMALL = 96
    LARGE = 384


# Rows and columns.
SHAPES: Mapping[PlateSize, tuple[int, int]] = {PlateSize.SMALL: (8, 12), PlateSize.LARGE: (16, 24)}


def rows_of(size: PlateSize) -> list[str]:
    """The letters of the rows."""
    return [chr(ord("A") + row) for row in range(SHAPES[size][0])]


def positions(size: PlateSize) -> list[str]:
    """All wells in the order in which they are filled: down the first column, then the next."""
    return [f"{row}{column:02d}" for column in range(1, SHAPES[size][1] + 1) for row in rows_of(size)]


def spread(size: PlateSize, n: int) -> list[str]:
    """So many wells spread evenly over a plate: where controls stand among the specimens."""
    wells = positions(size)
    return [wells[(2 * number + 1) * len(wells) // (2 * n)] for number in range(n)]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a well of the plate holds: the tube's code, or "" for a control with the tasks an instrument may call it."""

    tube: str
    tasks: tuple[Task, ...] = (Task.UNKNOWN,)


class MismatchKind(StrEnum):
    """How a file differs from the plate."""

    OTHER_SAMPLE = "other_sample"
    OTHER_TASK = "other_task"
    NOT_ON_PLATE = "not_on_plate"
    NOT_IN_FILE = "not_in_file"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One difference; `line` 0 for a well that the file does not have."""

    kind: MismatchKind
    line: int
    position: str
    in_file: str
    on_plate: str


@dataclass(frozen=True, slots=True)
class Matched:
    """The readings by well, the rows left out with their reasons, and the differences: with any, the file is not of the plate."""

    readings: Mapping[str, Sequence[WellReading]]
    refused: tuple[RefusedWell, ...]
    mismatches: tuple[Mismatch, ...]


def match_plate(run: InstrumentRun, plate: Mapping[str, Expected], targets: Mapping[str, str]) -> Matched:
    """The rows of a file by the wells of a plate, filled wells alone. targets: plain name -> the kit's name."""
    readings: dict[str, list[WellReading]] = {}
    refused, mismatches = list(run.refused), list[Mismatch]()
    tubes = {_plain(each.tube) for each in plate.values() if each.tube}
    for row in run.wells:
        if row.task is Task.EMPTY and row.position not in plate:
            refused.append(RefusedWell(row.line, row.position, "empty_well"))
        elif (kind := _difference(row, plate.get(row.position), tubes)) is not None:
            expected = plate.get(row.position)
            said = row.task.value if kind is MismatchKind.OTHER_TASK else row.sample
            mismatches.append(Mismatch(kind, row.line, row.position, said, expected.tube if expected else ""))
        elif plain(row.target) not in targets:
            refused.append(RefusedWell(row.line, row.position, "unknown_target", {"target": row.target[:40]}))
        else:
            readings.setdefault(row.position, []).append(row)
    told = {row.position for row in run.wells} | {_position(row.position) for row in run.refused}
    absent = (position for position in plate if position not in told)
    mismatches += [Mismatch(MismatchKind.NOT_IN_FILE, 0, each, "", plate[each].tube) for each in absent]
    return Matched(readings, tuple(refused), tuple(mismatches))


def _difference(row: WellReading, expected: Expected | None, tubes: set[str]) -> MismatchKind | None:
    if expected is None:
        return MismatchKind.NOT_ON_PLATE
    if expected.tube and _plain(row.sample) != _plain(expected.tube):
        return MismatchKind.OTHER_SAMPLE
    if not expected.tube and _plain(row.sample) in tubes:
        return MismatchKind.OTHER_SAMPLE
    return None if row.task in expected.tasks else MismatchKind.OTHER_TASK


def _position(written: str) -> str:
    try:
        return position_of(written)
    except RowError:
        return ""


def _plain(name: str) -> str:
    return name.strip().casefold()
