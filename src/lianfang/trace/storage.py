"""Segments on disk: raw columns that are mapped as they are, and a header. docs/trace.md describes the format."""

import json
import mmap
import os
import shutil
import tempfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lianfang.trace.segment import InputCounts, Segment, Shelf, empty_shelf

LAYOUT_VERSION: Final = 1
HEADER: Final = "header.json"
FORMAT: Final = "lianfang trace segment"
COLUMNS: Final = tuple(name for name in Shelf._fields if name not in {"base", "bounds"})
DTYPES: Final[dict[str, np.dtype[Any]]] = {"<i4": np.dtype("<i4"), "<i8": np.dtype("<i8")}


class SegmentError(ValueError):
    """A directory that is no whole segment of this layout version; the message names it and says why."""

    code = "trace.segment"


def write_segment(segment: Segment, directory: Path) -> None:
    """Write a segment into a new directory: into a hidden one beside it, to the disk, then renamed in one step.

    A kill leaves at most a hidden directory `.<name>.<random>.part`, which nothing reads; `sweep_parts` removes them.
    Raises:  FileExistsError if the directory is there already; OSError.
    """
    if directory.exists():
        raise FileExistsError(f"{directory} is there already: segments are never changed")
    part = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", suffix=".part", dir=directory.parent))
    try:
        shelves = {name: _write_shelf(shelf, part, name) for name, shelf in _named(segment).items()}
        header = {
            "format": FORMAT,
            "layout": LAYOUT_VERSION,
            "stays": len(segment),
            "counts": asdict(segment.counts),
            "shelves": shelves,
        }
        _write_file(part / HEADER, json.dumps({**header, "checksum": _checksum(header)}, indent=1).encode())
        part.chmod(0o755)
        _sync_directory(part)
        part.rename(directory)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync_directory(directory.parent)


def open_segment(directory: Path, *, check: bool = False) -> Segment:
    """Map a segment: O(1) but for the header. check: also read all columns and compare their checksums.

    Raises:  SegmentError: missing, incomplete, of another layout version, or damaged.
    """
    header = _read_header(directory)
    try:
        shelves = {name: _open_shelf(told, directory, name, check=check) for name, told in header["shelves"].items()}
        return Segment(shelves["short"], shelves["long"], InputCounts(**header["counts"]))
    except (KeyError, TypeError) as error:
        raise SegmentError(f"{directory}: the header lacks or mistakes {error}") from None


def drop_segment(directory: Path) -> None:
    """Remove a segment in one step as far as readers can see; indexes that have it mapped go on working.

    Raises:  FileNotFoundError, OSError.
    """
    gone = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", suffix=".part", dir=directory.parent))
    directory.rename(gone / directory.name)
    _sync_directory(directory.parent)
    shutil.rmtree(gone, ignore_errors=True)


def sweep_parts(parent: Path) -> int:
    """Remove what writes and drops that were killed left beside segments; return how many. Not while another process writes."""
    left = [path for path in parent.glob(".*.part") if path.is_dir()]
    for path in left:
        shutil.rmtree(path)
    return len(left)


def _named(segment: Segment) -> dict[str, Shelf]:
    return {"short": segment.short, "long": segment.long}


def _checksum(header: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(header, sort_keys=True, separators=(",", ":")).encode())


def _write_shelf(shelf: Shelf, part: Path, name: str) -> dict[str, Any]:
    """Write the columns of a shelf; return what the header says about it."""
    columns = {}
    for column in COLUMNS:
        array: npt.NDArray[Any] = getattr(shelf, column)
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        content = little.reshape(-1).view(np.uint8).data
        _write_file(part / f"{name}.{column}", content)
        columns[column] = {"dtype": little.dtype.str, "shape": list(array.shape), "crc32": zlib.crc32(content)}
    return {"base": shelf.base, "bounds": list(shelf.bounds), "columns": columns}


def _write_file(path: Path, content: bytes | memoryview) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    """Make renames in a directory last; where directories cannot be opened (Windows) the system does without."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_header(directory: Path) -> dict[str, Any]:
    try:
        header = json.loads((directory / HEADER).read_bytes())
    except FileNotFoundError:
        raise SegmentError(f"{directory}: no segment here") from None
    except ValueError:
        raise SegmentError(f"{directory}: the header is damaged") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise SegmentError(f"{directory}: no segment")
    if header.get("layout") != LAYOUT_VERSION:
        raise SegmentError(f"{directory}: layout {header.get('layout')}, this version reads {LAYOUT_VERSION}")
    if header.pop("checksum", None) != _checksum(header):
        raise SegmentError(f"{directory}: the header is damaged")
    return header


def _open_shelf(told: dict[str, Any], directory: Path, name: str, *, check: bool) -> Shelf:
    columns = {
        column: _map_column(directory / f"{name}.{column}", told["columns"][column], check=check) for column in COLUMNS
    }
    if not len(columns["subject"]):
        return empty_shelf()
    first, last, end = told["bounds"]
    return Shelf(base=told["base"], bounds=(first, last, end), **columns)


def _map_column(path: Path, told: dict[str, Any], *, check: bool) -> npt.NDArray[Any]:
    """Map a column privately: pages are the page cache's, and kernels compiled for writable arrays take it. Nobody writes."""
    dtype, shape = DTYPES[told["dtype"]], tuple(told["shape"])
    n_bytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if not path.is_file() or path.stat().st_size != n_bytes:
        raise SegmentError(f"{path}: missing or not of {n_bytes} bytes")
    if not n_bytes:
        return np.empty(shape, dtype=dtype)
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    if check and zlib.crc32(mapped) != told["crc32"]:
        raise SegmentError(f"{path}: damaged")
    array: npt.NDArray[Any] = np.frombuffer(mapped, dtype=dtype).reshape(shape)
    return array if dtype.isnative else array.astype(dtype.newbyteorder("="))
