"""Telling what a run's file is by its content, and reading it."""

import zipfile
from pathlib import Path

from lianfang.formats.instruments.eds import read_eds
from lianfang.formats.instruments.grids import LARGEST_BYTES, Grid, sheet_grids, text_grids
from lianfang.formats.instruments.model import InstrumentError, InstrumentRun
from lianfang.formats.instruments.rdml import read_rdml
from lianfang.formats.instruments.tables import Layout, layout_of, read_table

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


def read_run(path: Path) -> InstrumentRun:
    """Read an instrument's result file. Raises InstrumentError for one that is not understood."""
    size = path.stat().st_size
    if not size:
        raise InstrumentError("empty_file")
    if size > LARGEST_BYTES:
        raise InstrumentError("too_large", size=size)
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(_ZIP):
        return _read_zip(path)
    grids = sheet_grids(path) if start == _OLE else text_grids(path.read_bytes())
    return _read_grids(grids)


def _read_zip(path: Path) -> InstrumentRun:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise InstrumentError("unreadable", why=str(error)) from error
    if "[Content_Types].xml" in names:
        return _read_grids(sheet_grids(path))
    if any(name.startswith("apldbio/") for name in names):
        return read_eds(path)
    return read_rdml(path)


def _read_grids(grids: list[Grid]) -> InstrumentRun:
    """The sheet called Results where there is one, else the only table with wells and Ct."""
    found: list[tuple[Grid, Layout]] = []
    for grid in grids:
        layout = layout_of(grid)
        if layout is not None:
            found.append((grid, layout))
    if not found:
        raise InstrumentError("no_table")
    results = [each for each in found if each[0].name.casefold() == "results"]
    chosen = results or found
    if len(chosen) > 1:
        raise InstrumentError("several_tables", found=len(chosen))
    return read_table(*chosen[0])
