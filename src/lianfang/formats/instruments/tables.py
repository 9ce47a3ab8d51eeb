"""Tables of wells: the header is looked for, its columns are known by many names, each row is a reading or refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lianfang.formats.instruments.cells import amplified, ct_of, flag_of, position_of, quality_of, task_of
from lianfang.formats.instruments.grids import Grid
from lianfang.formats.instruments.model import (
    InstrumentError,
    InstrumentRun,
    RefusedWell,
    RowError,
    RunFormat,
    Task,
    WellReading,
    once,
)

# First names first: QuantStudio has a running number under "Well" and the position under "Well Position".
NAMES: Mapping[str, tuple[str, ...]] = {
    "position": ("wellposition", "well", "position", "pos"),
    "sample": ("samplename", "sample", "name"),
    "target": ("targetname", "target", "detectorname", "detector", "genename", "gene", "assay"),
    "ct": ("ct", "cq", "cp"),
    "task": ("task", "content", "sampletype"),
    "dye": ("reporter", "fluor", "dye"),
    "amplified": ("ampstatus",),
    "quality": ("cqconf", "cqconfidence", "ctconf"),
    "omit": ("omit",),
    "include": ("include",),
    "status": ("status",),
}
# Cyrillic letters that some software writes where Latin ones belong.
_LOOKALIKES = str.maketrans("тТсСрРаАеЕоО", "tTcCpPaAeEoO")
_FILTER = re.compile(r"Experiment:\s*(?P<name>.*?)\s+Selected Filter:\s*(?P<filter>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table's header stands and which cell is which."""

    at: int
    columns: Mapping[str, int]
    format: RunFormat


def plain(name: str) -> str:
    """A column's name without case, blanks, signs and look-alikes."""
    return re.sub(r"[^a-z0-9]", "", name.translate(_LOOKALIKES).casefold())


def layout_of(grid: Grid) -> Layout | None:
    """The first row that names a well and a Ct, None if there is none. Raises InstrumentError for a name given twice."""
    for at, (line, cells) in enumerate(grid.rows):
        named = [plain(cell) for cell in cells]
        columns = {field: place for field, names in NAMES.items() if (place := _place(named, names)) is not None}
        if {"position", "ct"} <= set(columns) and len(columns) >= 3:
            doubled = next((name for name in ("ct", "cq", "cp") if named.count(name) > 1), None)
            if doubled:
                raise InstrumentError("column_twice", line=line, column=doubled)
            return Layout(at, columns, _format(named))
    return None


def _place(named: Sequence[str], names: Sequence[str]) -> int | None:
    return next((named.index(name) for name in names if name in named), None)


def _format(named: Sequence[str]) -> RunFormat:
    if "wellposition" in named:
        return RunFormat.QUANTSTUDIO
    if "fluor" in named or "content" in named:
        return RunFormat.CFX
    if "cp" in named or "genename" in named or "pos" in named:
        return RunFormat.LIGHTCYCLER
    return RunFormat.ABI_7500


def read_table(grid: Grid, layout: Layout) -> InstrumentRun:
    """Read all rows below the header; rows after a blank one that are no wells are the file's footer."""
    header = _above(grid, layout)
    target = header.get("Selected Filter", "") if "target" not in layout.columns else ""
    if "target" not in layout.columns and not target:
        raise InstrumentError("no_target_column", line=grid.rows[layout.at][0])
    wells: list[WellReading] = []
    refused: list[RefusedWell] = []
    seen: dict[tuple[str, ...], int] = {}
    after_blank = False
    for line, cells in grid.rows[layout.at + 1 :]:
        if not any(cells):
            after_blank = True
            continue
        row = {field: cells[place] if place < len(cells) else "" for field, place in layout.columns.items()}
        if after_blank and _is_footer(row):
            header[cells[0].rstrip(" :=")] = next((cell for cell in cells[1:] if cell), "")
            continue
        try:
            well = _well(line, row, target)
            once(seen, (well.position, well.target), line)
            wells.append(well)
        except RowError as error:
            refused.append(RefusedWell(line, row["position"][:40], error.code, error.params))
    if not wells and not refused:
        raise InstrumentError("no_wells", line=grid.rows[layout.at][0])
    return InstrumentRun(layout.format, header, tuple(wells), tuple(refused), len(wells) + len(refused))


def _above(grid: Grid, layout: Layout) -> dict[str, str]:
    header: dict[str, str] = {}
    for _, cells in grid.rows[: layout.at]:
        found = _FILTER.match(" ".join(cell for cell in cells if cell))
        if found:
            header |= {"Experiment": found["name"], "Selected Filter": found["filter"].strip()}
            continue
        said = [cell for cell in cells if cell]
        if not said:
            continue
        name, _, value = said[0].lstrip("* ").partition("=") if len(said) == 1 else (said[0], "", said[1])
        header[name.strip(" :")] = value.strip()
    return header


def _is_footer(row: Mapping[str, str]) -> bool:
    try:
        position_of(row["position"])
    except RowError:
        return not row["ct"]
    return False


def _well(line: int, row: Mapping[str, str], target: str) -> WellReading:
    position = position_of(row["position"])
    if flag_of(row.get("omit", "")) or not flag_of(row.get("include") or "true"):
        raise RowError("omitted")
    ct = ct_of(row["ct"])
    named = row.get("target", "") or target
    task = task_of(row.get("task", ""))
    sample = row.get("sample", "")
    if task is Task.EMPTY or not (sample or row.get("target", "") or row.get("task", "")):
        if ct is not None:
            raise RowError("ct_in_empty_well")
        return WellReading(line, position, "", "", row.get("dye", ""), None, Task.EMPTY)
    if not named:
        raise RowError("no_target")
    if task is Task.UNKNOWN and not sample:
        raise RowError("no_sample")
    return WellReading(
        line=line,
        position=position,
        sample=sample,
        target=named,
        dye=row.get("dye", ""),
        ct_milli=ct,
        task=task,
        is_amplified=amplified(row.get("amplified", "")),
        quality_milli=quality_of(row.get("quality", "")),
    )
