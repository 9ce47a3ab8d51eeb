"""A column's dates are read in its one form; what is ambiguous is refused, what is impossible is null."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from lianfang.formats.dates import DateForm, DateProfile, parse_times
from lianfang.formats.errors import TableError


def profile(*values: str | None) -> DateProfile:
    seen = DateProfile("onset")
    texts = pl.Series(values, dtype=pl.String)
    seen.see(texts, pl.int_range(2, 2 + len(texts), eager=True))
    return seen


def read(form: DateForm, *values: str | None) -> list[datetime | None]:
    return parse_times(pl.Series(values, dtype=pl.String), form).at.to_list()


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("2020-12-10", DateForm.ISO),
        ("2020/1/5 8:30", DateForm.ISO),
        ("2020-12-10T08:30:00+08:00", DateForm.ISO),
        ("31/01/2020", DateForm.DMY),
        ("1.31.2020", DateForm.MDY),
        ("2020年12月10日", DateForm.CHINESE),
        ("20201210", DateForm.COMPACT),
        ("44175", DateForm.EXCEL),
        ("44175.354166", DateForm.EXCEL),
        ("1607562000", DateForm.EPOCH),
    ],
)
def test_every_form_is_recognised(value: str, form: DateForm) -> None:
    assert profile(value, None).form() is form


def test_day_and_month_are_told_apart_by_any_value_of_the_column() -> None:
    assert profile("01/02/2020", "03/04/2020", "14/01/2020").form() is DateForm.DMY
    assert profile("01/02/2020", "01/31/2020").form() is DateForm.MDY


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (("01/02/2020", "03/04/2020"), "ambiguous_dates"),
        (("31/01/2020", "01/31/2020"), "contradicting_dates"),
        (("2020-01-02", "31/01/2020"), "mixed_dates"),
        (("2020-01-02", "44175"), "mixed_dates"),
    ],
)
def test_doubt_is_refused_with_the_column_and_a_line(values: tuple[str, ...], code: str) -> None:
    with pytest.raises(TableError) as refused:
        profile(*values).form()
    assert refused.value.remark.code == code
    assert refused.value.remark.params["column"] == "onset"


def test_a_column_without_any_date_has_no_form() -> None:
    assert profile("soon", "1/2/20", None).form() is None


def test_profiles_add_up_over_chunks() -> None:
    seen = profile("01/02/2020")
    seen.see(pl.Series(["20/02/2020"]), pl.Series([99]))
    assert seen.form() is DateForm.DMY


def test_iso_with_and_without_zone() -> None:
    texts = pl.Series(["2020-12-10T08:30:00.5+08:00", "2020-12-10 08:30", "2020-12-10", "2020-12-10 08:30:01Z"])
    parsed = parse_times(texts, DateForm.ISO)
    assert parsed.at.to_list() == [
        datetime(2020, 12, 10, 0, 30, 0, 500_000, UTC),
        datetime(2020, 12, 10, 8, 30, tzinfo=UTC),
        datetime(2020, 12, 10, tzinfo=UTC),
        datetime(2020, 12, 10, 8, 30, 1, tzinfo=UTC),
    ]
    assert parsed.zoned.to_list() == [True, False, False, True]
    assert parsed.has_time.to_list() == [True, True, False, True]


def test_the_quick_way_gives_what_the_general_one_gives() -> None:
    zoned = ["2020-12-10T08:30:00+08:00", "2020-12-10T08:30:00Z"]
    assert read(DateForm.ISO, *zoned) == read(DateForm.ISO, *zoned, "2020-12-10 08:30")[:2]


def test_slashes_are_read_as_the_form_says() -> None:
    assert read(DateForm.DMY, "10/12/2020", "5.1.2020 5:06") == [
        datetime(2020, 12, 10, tzinfo=UTC),
        datetime(2020, 1, 5, 5, 6, tzinfo=UTC),
    ]
    assert read(DateForm.MDY, "10/12/2020") == [datetime(2020, 10, 12, tzinfo=UTC)]


def test_chinese_dates_and_times() -> None:
    values = ("2020年12月10日", "2020年1月5日 8时30分", "2020年1月5日8点", "2020年1月5日08:30:15", "2020年1月5号")
    assert read(DateForm.CHINESE, *values) == [
        datetime(2020, 12, 10, tzinfo=UTC),
        datetime(2020, 1, 5, 8, 30, tzinfo=UTC),
        datetime(2020, 1, 5, 8, tzinfo=UTC),
        datetime(2020, 1, 5, 8, 30, 15, tzinfo=UTC),
        datetime(2020, 1, 5, tzinfo=UTC),
    ]


def test_spreadsheet_days_and_seconds_since_1970() -> None:
    assert read(DateForm.EXCEL, "44175", "44175.354166", "x") == [
        datetime(2020, 12, 10, tzinfo=UTC),
        datetime(2020, 12, 10, 8, 30, tzinfo=UTC),
        None,
    ]
    assert read(DateForm.EPOCH, "1607562000") == [datetime(2020, 12, 10, 1, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (DateForm.ISO, "2020-02-30"),
        (DateForm.ISO, "2020-12-10 25:00"),
        (DateForm.ISO, "1899-12-31"),
        (DateForm.ISO, "0020-12-10"),
        (DateForm.DMY, "31/02/2020"),
        (DateForm.COMPACT, "20201310"),
        (DateForm.CHINESE, "2020年13月1日"),
        (DateForm.ISO, "31/01/2020"),
        (DateForm.ISO, "NA"),
    ],
)
def test_what_is_no_date_of_the_form_is_null(form: DateForm, value: str) -> None:
    assert read(form, value) == [None]


def test_the_last_day_of_february_1900_that_excel_invented_does_not_shift_later_days() -> None:
    assert read(DateForm.EXCEL, "36526")[0].date() == date(2000, 1, 1)
