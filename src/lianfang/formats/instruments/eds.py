"""Applied Biosystems' .eds: a zip file with the analysis as text; each well's readings are lines with curves between."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lianfang.formats.instruments.cells import ct_of, position_at, task_of
from lianfang.formats.instruments.grids import text_of
from lianfang.formats.instruments.model import (
    InstrumentError,
    InstrumentRun,
    RefusedWell,
    RowError,
    RunFormat,
    WellReading,
)

RESULT = "apldbio/sds/analysis_result.txt"
PLATE = "apldbio/sds/plate_setup.xml"
UNPACKED_LIMIT = 256 << 20


def read_eds(path: Path) -> InstrumentRun:
    """Read the stored analysis. Raises InstrumentError when the file holds none: the run was not analysed."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if RESULT not in names:
            raise InstrumentError("eds_not_analysed")
        if archive.getinfo(RESULT).file_size > UNPACKED_LIMIT:
            raise InstrumentError("too_large", size=archive.getinfo(RESULT).file_size)
        text = text_of(archive.read(RESULT))
        plate = text_of(archive.read(PLATE)) if PLATE in names else ""
    return read_analysis(text, columns_of(plate, text))


def columns_of(plate: str, text: str) -> int:
    """How many wells a row has: as the plate's setup says, else by the highest well."""
    said = re.search(r"<(?:ColumnCount|Columns)>\s*(\d+)", plate)
    if said and 1 <= int(said[1]) <= 24:
        return int(said[1])
    if "384" in (re.search(r"<PlateKind>.*?</PlateKind>", plate, re.DOTALL) or [""])[0]:
        return 24
    highest = max((int(number) for number in re.findall(r"^(\d+)\t", text, re.MULTILINE)), default=0)
    return 12 if highest < 96 else 24


def read_analysis(text: str, columns: int) -> InstrumentRun:
    """Read the analysis text. A Ct equal to the number of cycles is how this software writes "undetermined"."""
    lines = text.splitlines()
    head = next((at for at, line in enumerate(lines) if line.startswith("Well\t")), None)
    if head is None:
        raise InstrumentError("no_header")
    names = [name.strip() for name in lines[head].split("\t")]
    missing = [name for name in ("Well", "Sample Name", "Detector", "Task", "Ct") if name not in names]
    if missing:
        raise InstrumentError("no_column", line=head + 1, column=missing[0])
    wells: list[WellReading] = []
    refused: list[RefusedWell] = []
    for line, cells, cycles in _readings(lines, head + 1):
        row = dict(zip(names, cells, strict=False))
        try:
            wells.append(_well(line, row, columns, cycles))
        except RowError as error:
            refused.append(RefusedWell(line, row["Well"][:40], error.code, error.params))
    if not wells and not refused:
        raise InstrumentError("no_wells", line=head + 1)
    return InstrumentRun(RunFormat.EDS, {}, tuple(wells), tuple(refused), len(wells) + len(refused))


def _readings(lines: list[str], start: int) -> Iterator[tuple[int, list[str], int]]:
    """Each reading with how many cycles its curve has, 0 when none follows."""
    for at in range(start, len(lines)):
        cells = lines[at].split("\t")
        if cells[0].strip().isdigit():
            curve = lines[at + 1].split("\t") if at + 1 < len(lines) else [""]
            yield at + 1, cells, len([each for each in curve[1:] if each]) if curve[0] == "Rn values" else 0


def _well(line: int, row: dict[str, str], columns: int, cycles: int) -> WellReading:
    position = position_at(int(row["Well"]), columns)
    sample, target = row.get("Sample Name", "").strip(), row.get("Detector", "").strip()
    if not target:
        raise RowError("no_target")
    ct = ct_of(row.get("Ct", ""))
    is_last = ct is not None and cycles > 0 and ct >= cycles * 1000
    task = task_of(row.get("Task", ""))
    return WellReading(line, position, sample, target, "", None if is_last else ct, task)
