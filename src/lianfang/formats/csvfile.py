"""CSV as people send it: BOM or GB18030, CRLF, comma, semicolon or tab, quoted line breaks, ragged rows."""

import codecs
import csv
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from lianfang.formats.errors import Remark, TableError
from lianfang.formats.tables import CHUNK_ROWS, LINE, SURPLUS, checked_header

DELIMITERS = (",", ";", "\t", "|")
_BLOCK = 1 << 20
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class CsvTable:
    """A CSV file; its text is read as UTF-8 through a temporary copy where it is something else."""

    def __init__(self, path: Path, header_row: int | None = None) -> None:
        self._name = path.name
        self._encoding = _encoding(path)
        self._copy: tempfile._TemporaryFileWrapper[bytes] | None = None
        self._path = path if self._encoding in {"utf-8", "utf-8-sig"} else self._transcoded(path)
        self._has_quotes, crlf_only = _scan_marks(self._path)
        self._eol = "\r" if crlf_only else "\n"
        header = _Header(self._path, self._encoding, header_row, path.name)
        self._delimiter = header.delimiter
        self._header_records = header.records
        self._header_lines = header.lines
        if any(_CONTROL.search(name) for name in header.names):  # GB18030 finds characters in nearly any bytes
            raise TableError("not_text", file=path.name)
        self.columns = checked_header(header.names, path.name)
        spelt = {"\t": "TAB"}.get(self._delimiter, self._delimiter)
        self.notes: tuple[Remark, ...] = (Remark("text_read", {"encoding": self._encoding, "delimiter": spelt}),)

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield the rows as text; LINE is the physical line on which the row starts. Blank lines are no rows."""
        names = list(self.columns)
        lazy = pl.scan_csv(
            self._path,
            has_header=False,
            skip_rows=self._header_records,
            separator=self._delimiter,
            eol_char=self._eol,
            schema={**dict.fromkeys(names, pl.String), SURPLUS: pl.String},
            missing_columns="insert",
            extra_columns="ignore",
            truncate_ragged_lines=True,
            row_index_name=LINE,
        )
        chosen = names if columns is None else list(columns)
        line = self._header_lines + 1
        try:
            for frame in lazy.collect_batches(chunk_size=CHUNK_ROWS, maintain_order=True):
                numbered, line = self._number(frame, line)
                blank = pl.all_horizontal(pl.col(*names, SURPLUS).is_null())
                yield numbered.filter(~blank).select(LINE, SURPLUS, *chosen)
        except pl.exceptions.ComputeError as error:
            raise TableError("bad_quotes", file=self._name, line=self._first_bad_line()) from error

    def _number(self, frame: pl.DataFrame, line: int) -> tuple[pl.DataFrame, int]:
        """Replace the record index by physical lines: a quoted field may hold line breaks."""
        if not self._has_quotes:
            return frame.with_columns(pl.col(LINE).cast(pl.Int64) + (self._header_lines + 1)), line
        texts = pl.col(*self.columns, SURPLUS)
        taken = frame.select(1 + pl.sum_horizontal(texts.str.count_matches(self._eol, literal=True).fill_null(0)))
        ends = taken.to_series().cast(pl.Int64).cum_sum()
        starts = ends.shift(1, fill_value=0) + line
        return frame.with_columns(starts.alias(LINE)), line + int(ends[-1] if len(ends) else 0)

    def _first_bad_line(self) -> int:
        """Look, slowly, for the row whose quotes do not close or are not at its field's ends."""
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=self._delimiter, strict=True)
            line = 1
            try:
                for _ in reader:
                    line = reader.line_num + 1
            except csv.Error:
                return line
        return line

    def _transcoded(self, path: Path) -> Path:
        self._copy = tempfile.NamedTemporaryFile(suffix=".csv")  # noqa: SIM115 - lives as long as the table
        with path.open(encoding=self._encoding, newline="") as given:
            while block := given.read(_BLOCK):
                self._copy.write(block.encode())
        self._copy.flush()
        return Path(self._copy.name)


def _encoding(path: Path) -> str:
    """Return the file's encoding, tried on all of it. Raises: TableError naming the first byte that fits none."""
    with path.open("rb") as file:
        start = file.read(4)
    for bom, name in _BOMS:
        if start.startswith(bom):
            _decode_all(path, name)
            return name
    utf8 = _first_failure(path, "utf-8")
    if utf8 is None:
        return "utf-8"
    if _first_failure(path, "gb18030") is None:
        return "gb18030"
    raise TableError("unknown_encoding", file=path.name, byte=utf8 + 1)


def _decode_all(path: Path, encoding: str) -> None:
    failed = _first_failure(path, encoding)
    if failed is not None:
        raise TableError("unknown_encoding", file=path.name, byte=failed + 1)


def _first_failure(path: Path, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                pending = len(decoder.getstate()[0])
                decoder.decode(block)
                offset += len(block)
            pending = len(decoder.getstate()[0])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            return max(offset - pending + error.start, 0)
    return None


def _scan_marks(path: Path) -> tuple[bool, bool]:
    """Return whether the file has quotes, and whether its only line ends are carriage returns."""
    quotes = newline = carriage = False
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            quotes = quotes or b'"' in block
            newline = newline or b"\n" in block
            carriage = carriage or b"\r" in block
    return quotes, carriage and not newline


class _Header:
    """Finds delimiter and header: names, and how many records and lines come before the first row."""

    def __init__(self, path: Path, encoding: str, header_row: int | None, label: str) -> None:
        as_utf8 = "utf-8-sig" if encoding == "utf-8-sig" else "utf-8"
        with path.open(encoding=as_utf8, newline="") as file:
            sample = file.read(_BLOCK)
        lines = sample.splitlines()
        wanted = header_row - 1 if header_row else next((i for i, text in enumerate(lines) if text.strip()), None)
        if wanted is None or wanted >= len(lines):
            raise TableError("no_header", file=label)
        self.delimiter = max(DELIMITERS, key=lambda mark: _fields_of(lines[wanted], mark))
        self.names: list[str] = []
        self.records = self.lines = 0
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=self.delimiter)
        for record in reader:
            self.records += 1
            before, self.lines = self.lines, reader.line_num
            if before >= wanted:
                self.names = record
                break


def _fields_of(line: str, delimiter: str) -> int:
    return len(next(csv.reader([line], delimiter=delimiter), []))
