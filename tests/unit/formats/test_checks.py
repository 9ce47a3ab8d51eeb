"""Rows come out typed, or with every fault of theirs named by line, field and reason."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from lianfang.formats.checks import ROW
from lianfang.formats.dates import DateForm
from lianfang.formats.errors import TableError
from lianfang.formats.fields import SPECS, FieldType
from lianfang.formats.id_numbers import valid_id_number
from lianfang.formats.reading import ReadOptions, TableReader, marked_as_text
from lianfang.formats.tables import LINE

COUNTY = ZoneInfo("Asia/Shanghai")
CLEANERS = {FieldType.PHONE: lambda text: text if text.startswith("1") else None, FieldType.USCC: lambda text: None}
AS_WRITTEN = ReadOptions()
WANG = "140826198001010015"


def read(kind: str, table: dict[str, list[object]], options: ReadOptions = AS_WRITTEN) -> tuple[pl.DataFrame, set]:
    reader = TableReader(pl.DataFrame(table, strict=False), SPECS[kind], options, CLEANERS)
    parts = list(reader.checked())
    rejects = pl.concat([part.rejects for part in parts])
    return pl.concat([part.good for part in parts]), set(rejects.select(LINE, "field", "reason").iter_rows())


def column(kind: str, name: str, values: list[object], options: ReadOptions = AS_WRITTEN) -> tuple[list, set]:
    needed: dict[str, list[object]] = {
        field.name: ["x"] * len(values) for field in SPECS[kind].fields if field.required and field.name != name
    }
    good, rejects = read(kind, {**needed, name: values}, options)
    return good[name].to_list(), rejects


@pytest.mark.parametrize("word", ["", "  ", "NA", "n/a", "#N/A", "null", "-", "——", "无", "不详", "\u3000", None])
def test_words_for_nothing_are_nothing(word: str | None) -> None:
    assert column("persons", "name", ["王", word]) == (["王", None], set())


def test_na_is_namibia_where_countries_are_meant() -> None:
    options = ReadOptions(columns={})
    good, _ = read("lots", {"code": ["L1", "L2"], "product": ["虾", "虾"], "country": ["NA", ""]}, options)
    assert good["country"].to_list() == ["NA", None]


def test_sexes_in_many_words() -> None:
    words = ["男", "女", "M", "f", "Male", "女性", "1", "2", "未知", "x"]
    values, rejects = column("persons", "sex", words)
    assert values == ["male", "female"] * 4 + ["unknown"]
    assert rejects == {(10, "sex", "bad_choice")}


def test_numbers() -> None:
    assert column("persons", "age_years", ["31", "31.0", "31.5", "old", "inf", None]) == (
        [31, 31, None],
        {(3, "age_years", "bad_number"), (4, "age_years", "bad_number"), (5, "age_years", "bad_number")},
    )
    assert column("persons", "age_years", [31.0, None])[0] == [31, None]


def test_codes_are_text_even_when_a_spreadsheet_thinks_otherwise() -> None:
    assert column("persons", "code", [1001.0, 7.0])[0] == ["1001", "7"]
    assert column("persons", "code", [1001, 7])[0] == ["1001", "7"]


def test_a_code_that_is_too_long_or_an_identity_number_is_rejected() -> None:
    number = valid_id_number(WANG[:17] + "0") or next(
        found for check in "0123456789X" if (found := valid_id_number(WANG[:17] + check))
    )
    _, rejects = column("persons", "code", ["P1", "x" * 65, number])
    assert rejects == {(2, "code", "too_long"), (3, "code", "code_is_identity")}


def test_a_phone_number_is_no_code_of_a_person_or_household() -> None:
    phones = ["13800138000", "+86 138-0013-8000", "008613800138000"]
    _, rejects = column("persons", "code", [*phones, "12800138000", "138001380001"])
    assert rejects == {(line, "code", "code_is_identity") for line in (1, 2, 3)}
    _, rejects = column("lots", "code", ["13800138000"])
    assert not {reject for reject in rejects if reject[1] == "code"}


def test_a_zero_byte_is_rejected_before_the_database_does() -> None:
    assert column("persons", "name", ["王\0", "李"])[1] == {(1, "name", "bad_character")}


def test_what_is_required_is_missed() -> None:
    _, rejects = column("places", "code", ["S1", "NA", None])
    assert {reject for reject in rejects if reject[1] == "code"} == {(2, "code", "missing"), (3, "code", "missing")}


def test_divisions_have_their_five_lengths() -> None:
    values, rejects = column("persons", "area_code", ["140826", "140826100201", "1408", "14082", "绛县"])
    assert values == ["140826", "140826100201", "1408"]
    assert rejects == {(4, "area_code", "bad_area"), (5, "area_code", "bad_area")}


def test_phones_go_through_their_cleaner() -> None:
    assert column("persons", "phone", ["13800138000", "abc", None]) == (
        ["13800138000", None],
        {(2, "phone", "bad_phone")},
    )


def times(values: list[object], options: ReadOptions = AS_WRITTEN) -> tuple[list, set]:
    table = {
        "subject": ["P1"] * len(values),
        "place": ["S1"] * len(values),
        "t_in": values,
        "t_out": [None] * len(values),
    }
    good, rejects = read("presences", table, options)
    return good["t_in"].to_list(), rejects


def test_times_with_a_zone_need_none() -> None:
    values, rejects = times(["2020-12-10T08:00:00+08:00"])
    assert (values, rejects) == ([datetime(2020, 12, 10, tzinfo=UTC)], set())


def test_times_without_a_zone_are_refused_until_it_is_said() -> None:
    with pytest.raises(TableError) as refused:
        times(["2020-12-10 08:00"])
    assert refused.value.remark.code == "zone_needed"
    assert times(["2020-12-10 08:00"], ReadOptions(zone=COUNTY))[0] == [datetime(2020, 12, 10, tzinfo=UTC)]


def test_hours_the_clocks_skipped_or_showed_twice_are_rejected() -> None:
    berlin = ReadOptions(zone=ZoneInfo("Europe/Berlin"))
    values, rejects = times(["2020-03-29 02:30", "2020-10-25 02:30", "2020-07-01 02:30"], berlin)
    assert values == [datetime(2020, 7, 1, 0, 30, tzinfo=UTC)]
    assert {reason for _, _, reason in rejects} == {"no_such_time"}


def test_a_day_is_no_time_for_a_presence_but_is_for_an_arrival() -> None:
    assert {reason for _, field, reason in times(["2020-12-10"], ReadOptions(zone=COUNTY))[1]} == {"time_missing"}
    arrived, _ = column("lots", "arrived_at", ["2020-12-10"], ReadOptions(zone=COUNTY))
    assert arrived == [datetime(2020, 12, 9, 16, tzinfo=UTC)]


def test_typed_columns_are_taken_as_they_are() -> None:
    instant = datetime(2020, 12, 10, tzinfo=UTC)
    assert times([instant])[0] == [instant]
    assert times([int(instant.timestamp())])[0] == [instant]
    assert times([instant.replace(tzinfo=None)], ReadOptions(zone=COUNTY))[0] == [datetime(2020, 12, 9, 16, tzinfo=UTC)]
    assert times([44175.5], ReadOptions(zone=COUNTY))[0] == [datetime(2020, 12, 10, 4, tzinfo=UTC)]
    assert column("persons", "birth_date", [date(1980, 1, 1)])[0] == [date(1980, 1, 1)]


def test_a_declared_form_rejects_the_rows_of_another() -> None:
    given = ReadOptions(date_form=DateForm.DMY)
    assert column("persons", "onset_date", ["10/12/2020", "2020-12-10"], given) == (
        [date(2020, 12, 10)],
        {(2, "onset_date", "bad_date")},
    )


def test_a_zoned_instant_falls_on_a_day_of_the_zone() -> None:
    values, _ = column("persons", "onset_date", ["2020-12-10T20:00:00Z"], ReadOptions(zone=COUNTY))
    assert values == [date(2020, 12, 11)]


def test_every_fault_of_a_row_is_named() -> None:
    good, rejects = read("persons", {"code": ["P1"], "sex": ["?"], "age_years": ["x"]})
    assert good.is_empty()
    assert rejects == {(1, "sex", "bad_choice"), (1, "age_years", "bad_number")}


def test_a_field_of_several_columns_makes_a_row_of_each_filled_one() -> None:
    table = {"case": ["T1", "T2", "T3"], "e1": ["A", None, " B "], "e2": ["C", "", None]}
    options = ReadOptions({"to": ["case"], "from": ["e1", "e2"]})
    good, rejects = read("contacts", table, options)
    assert good.select(ROW, LINE, "from", "to").rows() == [(0, 1, "A", "T1"), (1, 1, "C", "T1"), (3, 3, "B", "T3")]
    assert rejects == {(2, "from", "missing")}


def test_rows_count_on_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lianfang.formats.tables.CHUNK_ROWS", 2)
    good, _ = read("persons", {"code": [f"P{n}" for n in range(5)], "sex": ["M", "?", "F", "?", "M"]})
    assert good[ROW].to_list() == [0, 2, 4]


def test_a_header_without_rows_is_refused() -> None:
    with pytest.raises(TableError) as refused:
        read("persons", {"code": []})
    assert refused.value.remark.code == "no_rows"


def test_what_a_spreadsheet_would_run_is_marked_as_text_and_read_back() -> None:
    texts = ["=cmd()", "+1 more", "-x", "@a", "+8613800138000", "-5", "王"]
    marked = pl.Series("v", texts).to_frame().select(marked_as_text(pl.col("v")))["v"].to_list()
    assert marked == ["'=cmd()", "'+1 more", "'-x", "'@a", "+8613800138000", "-5", "王"]
    assert column("persons", "name", marked)[0] == texts
