"""Reading the published lists: what is taken, what is refused and how it is named."""

from pathlib import Path

import pytest

from lianfang.apps.areas.published import MAX_TOLD, DivisionsRefused, read_published
from tests.support.divisions import FILES, write_lists

COUNTY = "140826"


def problems(directory: Path, **changed: str) -> list[str]:
    with pytest.raises(DivisionsRefused) as refused:
        read_published(write_lists(directory, **changed), county_code=COUNTY)
    return refused.value.rows


def test_the_nation_is_taken_to_its_counties_and_one_county_to_its_villages(tmp_path: Path) -> None:
    published = read_published(write_lists(tmp_path), county_code=COUNTY)
    assert [unit.code for unit in published.units] == [
        "14",
        "1408",
        "140825",
        "140826",
        "140826100",
        "140826402",
        "140826100005",
        "140826100200",
        "140826402498",
    ]
    assert published.rows_read == {
        "provinces.csv": 1,
        "cities.csv": 1,
        "areas.csv": 2,
        "streets.csv": 3,
        "villages.csv": 4,
    }


def test_a_byte_order_mark_and_crlf_are_no_news(tmp_path: Path) -> None:
    directory = write_lists(tmp_path)
    for name in FILES:
        path = directory / f"{name}.csv"
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read_published(directory, county_code=COUNTY).units) == 9


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    directory = write_lists(tmp_path)
    (directory / "streets.csv").unlink()
    with pytest.raises(DivisionsRefused, match=r"streets\.csv: no such file"):
        read_published(directory, county_code=COUNTY)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    changed = FILES["villages"].replace("streetCode", "street")
    assert problems(tmp_path, villages=changed) == ["villages.csv: no column streetCode"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("14082610020,短,140826100,14,1408,140826", "villages.csv line 6: code '14082610020' has not 12 digits"),
        ("１40826100201,全角,140826100,14,1408,140826", "villages.csv line 6: code '１40826100201' has not 12 digits"),
        ("140826100201,,140826100,14,1408,140826", "villages.csv line 6: 140826100201 has no name"),
        (
            "140826100201,别处,140826402,14,1408,140826",
            "villages.csv line 6: code 140826100201 does not lie in its parent '140826402'",
        ),
        (
            "140826100005,又一次,140826100,14,1408,140826",
            "villages.csv line 6: code 140826100005 is listed twice",
        ),
        (
            "140826999001,无主,140826999,14,1408,140826",
            "villages.csv line 6: parent 140826999 of 140826999001 is not listed",
        ),
    ],
)
def test_a_wrong_row_is_named_with_its_line(tmp_path: Path, row: str, problem: str) -> None:
    assert problems(tmp_path, villages=FILES["villages"] + row + "\n") == [problem]


def test_a_list_without_the_county_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DivisionsRefused) as refused:
        read_published(write_lists(tmp_path), county_code="999999")
    assert refused.value.rows == [
        "areas.csv: the county 999999 is not listed",
        "streets.csv: no row of the county 999999",
        "villages.csv: no row of the county 999999",
    ]


def test_a_refusal_tells_the_first_rows_and_counts_the_rest(tmp_path: Path) -> None:
    bad = "".join(f"x{n},名,140826100,14,1408,140826\n" for n in range(MAX_TOLD + 3))
    with pytest.raises(DivisionsRefused, match="and 3 more"):
        read_published(write_lists(tmp_path, villages=FILES["villages"] + bad), county_code=COUNTY)
