"""RDML 1.0 to 1.4 (rdml.org): a zip file with one XML document, under whatever name the instrument gave it."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeTree

from lianfang.formats.instruments.cells import ct_of, position_at, position_of
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

VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4")
UNPACKED_LIMIT = 256 << 20  # bytes; raw curves are long, a zip file may be made to burst
_TASKS = {
    "unkn": Task.UNKNOWN,
    "ntc": Task.NEGATIVE_CONTROL,
    "nac": Task.NEGATIVE_CONTROL,
    "nrt": Task.NEGATIVE_CONTROL,
    "ntp": Task.NEGATIVE_CONTROL,
    "std": Task.STANDARD,
    "pos": Task.POSITIVE_CONTROL,
    "opt": Task.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class _Known:
    """What the document says of its samples (their type) and targets (their dye), by id."""

    samples: Mapping[str, str]
    dyes: Mapping[str, str]


def read_rdml(path: Path) -> InstrumentRun:
    """Read every reading of every run. Raises InstrumentError."""
    root = _root(path)
    version = root.get("version", "")
    if version not in VERSIONS:
        raise InstrumentError("rdml_version", version=version[:20])
    known = _Known(
        samples={each.get("id", ""): _text(each, "type") or "unkn" for each in _children(root, "sample")},
        dyes={each.get("id", ""): _id_of(each, "dyeId") for each in _children(root, "target")},
    )
    wells: list[WellReading] = []
    refused: list[RefusedWell] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, (run, react, reading) in enumerate(_readings(root), 1):
        try:
            well = _well(number, (run, react, reading), known)
            once(seen, (well.plate, well.position, well.target), number)
            wells.append(well)
        except RowError as error:
            refused.append(RefusedWell(number, react.get("id", ""), error.code, error.params))
    if not wells and not refused:
        raise InstrumentError("no_wells")
    header = {"version": version, "made": _text(root, "dateMade"), "updated": _text(root, "dateUpdated")}
    return InstrumentRun(RunFormat.RDML, header, tuple(wells), tuple(refused), len(wells) + len(refused))


def _root(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [part for part in archive.infolist() if part.filename.lower().endswith(".xml")]
            documents = [part for part in names if part.filename == "rdml_data.xml"] or names
            if not documents:  # Bio-Rad's own files name the document after the run
                documents = [part for part in archive.infolist() if not part.is_dir()]
            if len(documents) != 1:
                raise InstrumentError("rdml_documents", found=len(documents))
            if documents[0].file_size > UNPACKED_LIMIT:
                raise InstrumentError("too_large", size=documents[0].file_size)
            root = SafeTree.fromstring(archive.read(documents[0]))
    except (zipfile.BadZipFile, ParseError, DefusedXmlException, NotImplementedError, RuntimeError) as error:
        raise InstrumentError("unreadable", why=str(error)[:200]) from error
    if _local(root) != "rdml":
        raise InstrumentError("not_rdml", root=_local(root)[:40])
    return root


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Any, name: str) -> list[Any]:
    return [child for child in element if _local(child) == name]


def _text(element: Any, name: str) -> str:
    return next(((child.text or "").strip() for child in _children(element, name)), "")


def _id_of(element: Any, name: str) -> str:
    return next((str(child.get("id", "")) for child in _children(element, name)), "")


def _readings(root: Any) -> Iterator[tuple[Any, Any, Any]]:
    for experiment in _children(root, "experiment"):
        for run in _children(experiment, "run"):
            for react in _children(run, "react"):
                data = _children(react, "data")
                if data:
                    yield from ((run, react, reading) for reading in data)
                else:
                    yield run, react, None


def _well(number: int, found: tuple[Any, Any, Any], known: _Known) -> WellReading:
    run, react, reading = found
    position = _position(run, react.get("id", ""))
    sample = _id_of(react, "sample")
    plate = str(run.get("id", ""))
    if reading is None:
        raise RowError("no_reading", sample=sample)
    target = _id_of(reading, "tar")
    if not sample or not target:
        raise RowError("no_sample" if not sample else "no_target")
    if _children(reading, "excl"):
        raise RowError("omitted", why=_text(reading, "excl")[:80])
    written = known.samples.get(sample)
    if written is None or written not in _TASKS:
        raise RowError("unknown_task", value=str(written)[:40])
    cq = _text(reading, "cq").replace(",", ".")
    undetermined = not cq or cq.startswith("-")  # the standard writes -1 for "no Cq"
    ct = None if undetermined else ct_of(cq)
    return WellReading(number, position, sample, target, known.dyes.get(target, ""), ct, _TASKS[written], plate=plate)


def _position(run: Any, react_id: str) -> str:
    """A well by its number along the rows of the run's own plate, or by its name."""
    if not react_id.isdigit():
        return position_of(react_id)
    plate = next(iter(_children(run, "pcrFormat")), None)
    columns = _text(plate, "columns") if plate is not None else ""
    if not columns.isdigit() or not 1 <= int(columns) <= 24:
        raise RowError("no_plate_format", value=columns[:20])
    return position_at(int(react_id) - 1, int(columns))
