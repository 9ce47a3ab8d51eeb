"""Columns are matched by their own names, in English and Chinese, or as the user says; doubt is refused."""

import pytest

from lianfang.formats.columns import match_columns, suggest_columns, unused_columns
from lianfang.formats.errors import TableError
from lianfang.formats.fields import CONTACTS, PERSONS, PRESENCES, SPECS


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["subject", "place", "t_in", "t_out"], ("subject", "place", "t_in", "t_out")),
        (["人员编码", "场所编码", "进入时间", "离开时间"], ("人员编码", "场所编码", "进入时间", "离开时间")),
        (["Subject ", " PLACE_CODE", "Starts-At", "ends at"], ("Subject ", " PLACE_CODE", "Starts-At", "ends at")),
    ],
)
def test_headers_are_recognised_whatever_their_case_and_blanks(columns: list[str], expected: tuple[str, ...]) -> None:
    found = match_columns(PRESENCES, columns, {})
    assert tuple(found[name][0] for name in ("subject", "place", "t_in", "t_out")) == expected


def test_chinese_line_list_headers_are_recognised() -> None:
    columns = ["编号", "姓名", "性别", "身份证号", "手机号", "出生日期", "发病日期", "确诊日期", "感染来源", "备注"]
    found = match_columns(PERSONS, columns, {})
    assert {name: chosen[0] for name, chosen in found.items()} == {
        "code": "编号", "name": "姓名", "sex": "性别", "id_number": "身份证号", "phone": "手机号",
        "birth_date": "出生日期", "onset_date": "发病日期", "confirmed_date": "确诊日期", "setting": "感染来源",
    }  # fmt: skip
    assert unused_columns(columns, found) == ("备注",)


def test_what_the_user_says_wins_and_may_leave_a_field_out() -> None:
    found = match_columns(PERSONS, ["id", "name", "sex"], {"code": ["name"], "sex": []})
    assert found == {"code": ("name",)}


def test_the_exact_name_wins_over_an_alias() -> None:
    assert match_columns(PERSONS, ["case_id", "code"], {})["code"] == ("code",)


@pytest.mark.parametrize(
    ("columns", "given", "code"),
    [
        (["subject", "place", "t_in"], {}, "missing_column"),
        (["subject", "place", "t_in", "t_out"], {"person": ["subject"]}, "unknown_field"),
        (["subject", "place", "t_in", "t_out"], {"subject": ["who"]}, "unknown_column"),
        (["subject", "place", "t_in", "t_out", "x"], {"subject": ["x", "subject"]}, "several_columns"),
        (["person_code", "subject_code", "place", "t_in", "t_out"], {}, "ambiguous_column"),
    ],
)
def test_doubt_is_refused_naming_the_field(columns: list[str], given: dict[str, list[str]], code: str) -> None:
    with pytest.raises(TableError) as refused:
        match_columns(PRESENCES, columns, given)
    assert refused.value.remark.code == code


def test_suggestions_leave_doubt_to_the_user() -> None:
    columns = ["person_code", "subject_code", "place", "t_in"]
    assert suggest_columns(PRESENCES, columns, {"place": ["place"]}) == {"place": ("place",), "t_in": ("t_in",)}


def test_a_field_of_several_columns_takes_them_in_order() -> None:
    found = match_columns(CONTACTS, ["case", "edge1", "edge2"], {"to": ["case"], "from": ["edge1", "edge2"]})
    assert found["from"] == ("edge1", "edge2")


def test_no_two_fields_of_a_kind_share_a_name() -> None:
    for spec in SPECS.values():
        names = [name for field in spec.fields for name in (field.name, *field.aliases)]
        assert len(names) == len(set(names)), spec.kind
    with pytest.raises(KeyError):
        PRESENCES.field("nothing")
