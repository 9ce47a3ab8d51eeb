"""Every row and every word can be said in both languages."""

import re
from enum import StrEnum

import pytest

from lianfang.rules import vocabulary
from lianfang.rules.reasons import REASONS, duration, explain
from lianfang.rules.verdict import Reason
from lianfang.rules.vocabulary import STRICTEST_FIRST, ExposureClass, MeasureKind, strictness
from lianfang.rules.words import WORDS, label


@pytest.mark.parametrize("code", REASONS)
def test_both_languages_use_only_parameters_the_other_knows(code: str) -> None:
    names = [set(re.findall(r"\{(\w+)\}", text)) for text in (REASONS[code].en, REASONS[code].zh)]
    assert names[1] == names[0]


def test_a_reason_is_explained_with_its_parameters() -> None:
    reason = Reason("C-1", {"place_kind": "ward", "seconds": 5400})
    assert explain(reason, "en") == "With a case, without protection, at a ward for 1 hour 30 minutes: close contact"
    assert explain(reason, "zh") == "在病房与病例无有效防护共处1小时30分钟：密切接触者"
    assert explain(Reason("M-19", {"measure": "home_quarantine"}), "en") == "Proven immune: no home quarantine"
    assert "A7" in explain(Reason("X-3", {"investigation": "A7", "exposure_class": "close_contact"}), "zh")
    assert explain(Reason("R-14", {"missing": 2}), "en") == "2 test(s) due have no negative result"


def test_spans_are_said_in_the_largest_units() -> None:
    assert [duration(seconds, "en") for seconds in (0, 1, 86400, 172800)] == [
        "0 seconds",
        "1 second",
        "1 day",
        "2 days",
    ]
    assert duration(90061, "zh") == "1天1小时1分钟1秒"


def test_every_closed_set_has_words() -> None:
    sets = {kind for kind in vars(vocabulary).values() if isinstance(kind, type) and issubclass(kind, StrEnum)}
    assert sets - {StrEnum} <= set(WORDS)
    for kind, words in WORDS.items():
        assert set(words) == set(kind)
        assert all(text.strip() for pair in words.values() for text in pair)


def test_labels() -> None:
    assert label(MeasureKind.LOT_HOLD, "zh") == "封存"
    assert label(MeasureKind.LOT_HOLD, "en") == "hold"


def test_index_is_strictest_and_not_exposed_weakest() -> None:
    assert strictness(ExposureClass.NOT_EXPOSED) == 0
    assert max(ExposureClass, key=strictness) is ExposureClass.INDEX
    assert sorted(STRICTEST_FIRST, key=strictness, reverse=True) == list(STRICTEST_FIRST)
