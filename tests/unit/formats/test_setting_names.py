"""Venues are recognised in free text in spite of spelling; codes of other cases are found."""

import pytest

from lianfang.formats.setting_names import codes_in, venues_named, within_one_edit


@pytest.mark.parametrize(
    ("text", "venues"),
    [
        ("shopping in mall", {"department store"}),
        ("shuperstore worker", {"department store"}),
        ("shopping at the BaoDi Superstore", {"department store"}),
        ("living at the proximity of the mail, wife shopped at the mall", {"department store"}),
        ("宝坻百货大楼售货员", {"department store"}),
        ("Wuhan; train import", {"train"}),
        ("Colleague in a high schook", {"school"}),
        ("县医院发热门诊", {"hospital"}),
        ("contact with shoppers living in the same village", set()),
        ("training course", set()),
        ("family of case TJ17", set()),
        ("", set()),
    ],
)
def test_venues(text: str, venues: set[str]) -> None:
    assert venues_named(text) == venues


def test_codes_of_cases() -> None:
    assert codes_in("Coworker of TJ43 and TJ53; SK_14/SK_1, case 109") == {"TJ43", "TJ53", "SK_14", "SK_1"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("school", "schook", True),
        ("school", "schol", True),
        ("school", "sschool", True),
        ("school", "schoks", False),
        ("a", "abc", False),
        ("", "", True),
    ],
)
def test_one_edit(one: str, other: str, same: bool) -> None:
    assert within_one_edit(one, other) is within_one_edit(other, one) is same
