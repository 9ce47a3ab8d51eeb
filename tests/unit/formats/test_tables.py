"""Files as people send them become tables with the right rows on the right lines, or are refused by name."""

import datetime as dt
import gzip
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from lianfang.formats import workbook
from lianfang.formats.errors import TableError
from lianfang.formats.opening import open_table
from lianfang.formats.tables import LINE, SURPLUS


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(path: Path, **options: int) -> list[dict[str, object]]:
    table = open_table(path, **options)
    return pl.concat(list(table.chunks())).drop(SURPLUS, strict=False).to_dicts()


@pytest.mark.parametrize(
    "content",
    [
        "code,name\r\nP1,王\r\nP2,李\r\n",
        "code,name\nP1,王\nP2,李",
        "\ufeffcode,name\nP1,王\nP2,李\n",
        "code;name\nP1;王\nP2;李\n",
        "code\tname\nP1\t王\nP2\t李\n",
        "code|name\nP1|王\nP2|李\n",
        "code,name\rP1,王\rP2,李\r",
        "code,name\nP1,王\nP2,李\n".encode("gb18030"),
        "code,name\nP1,王\nP2,李\n".encode("utf-16"),
    ],
    ids=["crlf", "no last line end", "bom", "semicolon", "tab", "bar", "cr", "gb18030", "utf-16"],
)
def test_text_files_in_all_their_dialects_read_the_same(tmp_path: Path, content: str | bytes) -> None:
    assert rows(write(tmp_path / "a.csv", content)) == [
        {LINE: 2, "code": "P1", "name": "王"},
        {LINE: 3, "code": "P2", "name": "李"},
    ]


def test_lines_are_physical_lines_even_behind_quoted_line_breaks_and_blank_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'code,"a\nnote"\nP1,"two\nlines"\n\nP2,"say ""hi"""\nP3,x\n')
    assert [(row[LINE], row["code"], row["a\nnote"]) for row in rows(path)] == [
        (3, "P1", "two\nlines"),
        (6, "P2", 'say "hi"'),
        (7, "P3", "x"),
    ]


def test_lines_go_on_counting_across_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lianfang.formats.csvfile.CHUNK_ROWS", 2)
    path = write(tmp_path / "a.csv", "code,note\n" + "".join(f'P{n},"a\nb"\n' for n in range(7)))
    assert [row[LINE] for row in rows(path)] == [2, 4, 6, 8, 10, 12, 14]


def test_a_row_with_too_many_fields_keeps_the_surplus_and_a_short_one_is_filled(tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "a.csv", "code,n\nP1,1,234\nP2\nP3,3\n"))
    found = pl.concat(list(table.chunks()))
    assert found.select("code", "n", SURPLUS).rows() == [("P1", "1", "234"), ("P2", None, None), ("P3", "3", None)]


def test_a_first_row_with_many_fields_too_many_does_not_stop_the_file(tmp_path: Path) -> None:
    table = open_table(write(tmp_path / "a.csv", "code,n\nP1,1,2,3,4\nP2,2\n"))
    assert pl.concat(list(table.chunks())).select("code", "n", SURPLUS).rows() == [("P1", "1", "2"), ("P2", "2", None)]


@pytest.mark.parametrize(
    ("content", "line"),
    [('code,n\nP1,"a\nP2,b\n', 2), ('code,n\nP1,"a\nb"\nP2,"b" c\n', 4)],
    ids=["never closed", "text behind the quotes"],
)
def test_quotes_that_do_not_close_are_refused_with_their_line(tmp_path: Path, content: str, line: int) -> None:
    with pytest.raises(TableError) as refused:
        rows(write(tmp_path / "a.csv", content))
    assert refused.value.remark.params == {"file": "a.csv", "line": line}


def test_titles_above_the_header_are_skipped_when_its_row_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "密接人员名单\n\ncode,name\nP1,王\n")
    assert rows(path, header_row=3) == [{LINE: 4, "code": "P1", "name": "王"}]


def test_a_quoted_delimiter_in_the_header_does_not_mislead(tmp_path: Path) -> None:
    assert open_table(write(tmp_path / "a.csv", '"name; alias",code\n王,P1\n')).columns == ("name; alias", "code")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n", "no_header"),
        (b"code,code\nP1,P2\n", "duplicate_column"),
        (b"code\n\xff\xfe\xfa\n", "unknown_encoding"),
        (b"\xef\xbb\xbfcode\n\xff\n", "unknown_encoding"),
        (b"PAR1 but not really", "unreadable"),
        (b"PK\x03\x04 but not really", "unreadable"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(TableError) as refused:
        open_table(write(tmp_path / "a.csv", content))
    assert refused.value.remark.code == code


def test_a_duplicate_column_is_named_with_both_positions(tmp_path: Path) -> None:
    with pytest.raises(TableError) as refused:
        open_table(write(tmp_path / "a.csv", "code,name,code\n"))
    assert refused.value.remark.params == {"file": "a.csv", "column": "code", "first": 1, "second": 3}


def test_the_byte_that_fits_no_encoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError) as refused:
        open_table(write(tmp_path / "a.csv", "编码\n".encode() + b"\xff\n"))
    assert refused.value.remark.params["byte"] == len("编码\n".encode()) + 1


def sheet(path: Path, cells: list[list[object]], *, at_row: int = 0, extra_sheet: bool = False) -> Path:
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("名单")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for r, values in enumerate(cells):
        for c, value in enumerate(values):
            if isinstance(value, dt.date):
                page.write_datetime(at_row + r, c, dt.datetime.combine(value, dt.time()), day)
            elif value is not None:
                page.write(at_row + r, c, value)
    if extra_sheet:
        book.add_worksheet("other").write(0, 0, "x")
    book.close()
    return path


def test_a_spreadsheet_reads_with_its_row_numbers_and_dates(tmp_path: Path) -> None:
    cells = [["code", "n", "day"], ["P1", 7, dt.date(2020, 12, 10)], [None, None, None], ["P2", 1.5, "2020-12-11"]]
    path = sheet(tmp_path / "a.xlsx", cells, at_row=2, extra_sheet=True)
    assert rows(path) == [
        {LINE: 4, "code": "P1", "n": "7", "day": "2020-12-10 00:00:00"},
        {LINE: 6, "code": "P2", "n": "1.5", "day": "2020-12-11"},
    ]
    notes = {note.code: note.params for note in open_table(path).notes}
    assert notes["sheet_read"] == {"sheet": "名单", "rows": 2}
    assert notes["sheets_not_read"] == {"sheets": "other"}


def test_a_full_sheet_warns_that_rows_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "XLS_LIMIT", 3)
    table = open_table(sheet(tmp_path / "a.xlsx", [["code"], ["P1"], ["P2"]]))
    assert "sheet_full" in {note.code for note in table.notes}


def test_a_spreadsheet_that_unpacks_beyond_measure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "UNPACKED_LIMIT", 100)
    with pytest.raises(TableError) as refused:
        open_table(sheet(tmp_path / "a.xlsx", [["code"], ["P1"]]))
    assert refused.value.remark.code == "too_large"


def test_an_empty_sheet_and_a_missing_header_row_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError) as empty:
        open_table(sheet(tmp_path / "a.xlsx", []))
    with pytest.raises(TableError) as short:
        open_table(sheet(tmp_path / "b.xlsx", [["code"], ["P1"]]), header_row=9)
    assert (empty.value.remark.code, short.value.remark.code) == ("empty_file", "no_header")


def test_parquet_and_memory_number_their_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lianfang.formats.tables.CHUNK_ROWS", 2)
    frame = pl.DataFrame({"code": ["P1", "P2", "P3"], "t": [1, 2, 3]})
    frame.write_parquet(tmp_path / "a.parquet")
    for source in (tmp_path / "a.parquet", frame, frame.to_arrow()):
        table = open_table(source)
        assert pl.concat(list(table.chunks(["code"]))).rows() == [("P1", 1), ("P2", 2), ("P3", 3)] or (
            pl.concat(list(table.chunks(["code"]))).rows() == [(1, "P1"), (2, "P2"), (3, "P3")]
        )
        assert sum(chunk.height for chunk in table.chunks([])) == 3


def test_a_compressed_file_is_not_taken_for_text(tmp_path: Path) -> None:
    with pytest.raises(TableError):
        open_table(write(tmp_path / "a.csv.gz", gzip.compress(b"code\nP1\n" * 50)))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", bytes(range(1, 256)) * 9, "not_as_named"),
        ("a.xls", b"code\nP1\n", "not_as_named"),
        ("a.parquet", b"code\nP1\n", "not_as_named"),
        ("a.csv", b"\x01\x02\x03code\nP1\n", "not_text"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    with pytest.raises(TableError) as refused:
        open_table(write(tmp_path / name, content))
    assert refused.value.remark.code == code
