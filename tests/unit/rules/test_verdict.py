"""Verdicts are stored as canonical JSON and decided again from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from lianfang.rules.codec import CodecError, canonical, from_plain, to_plain
from lianfang.rules.contact import ExposureFacts, PlaceExposure, classify
from lianfang.rules.health import TemperatureFacts, has_fever
from lianfang.rules.profile import load_builtin
from lianfang.rules.replay import decide_again, verdict_from_json
from lianfang.rules.verdict import Reason, Verdict, distinct
from lianfang.rules.vocabulary import Direction, ExposureClass, PlaceKind, SubjectKind

COVID = load_builtin("covid19-2020-12")
AT_HOME = PlaceExposure(PlaceKind.HOUSEHOLD, 3600, False, SubjectKind.PERSON, ExposureClass.INDEX)
FACTS = ExposureFacts(SubjectKind.PERSON, Direction.FORWARD, 1, (SubjectKind.PERSON,), (AT_HOME,))


def test_json_is_canonical_and_reads_back() -> None:
    verdict = classify(FACTS, COVID)
    text = verdict.to_json()
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert verdict_from_json(text) == verdict
    assert verdict_from_json(text).to_json() == text


def test_a_stored_verdict_is_decided_again() -> None:
    stored = verdict_from_json(classify(FACTS, COVID).to_json())
    assert decide_again(stored, COVID) == stored
    with pytest.raises(ValueError, match="edition"):
        decide_again(stored, load_builtin("mers-2015"))


def test_a_verdict_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        Verdict(True, (), TemperatureFacts(373), COVID.edition, "has_fever")


def test_repeated_reasons_are_said_once_in_order() -> None:
    first, second = Reason("C-1", {"seconds": 1}), Reason("C-1", {"seconds": 2})
    assert distinct([first, second, Reason("C-1", {"seconds": 1})]) == (first, second)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rule": "guess"}, "no rule"),
        ({"rule": 7}, "no rule"),
        ({"extra": 1}, "keys of a verdict"),
        ({"outcome": "friend"}, "no ExposureClass"),
        ({"outcome": 3}, r"\$.outcome: expected ExposureClass, got int"),
        ({"reasons": {}}, r"\$.reasons: expected a list"),
        ({"reasons": [{"code": "C-1"}]}, "keys of Reason"),
        ({"reasons": [{"code": "C-1", "params": []}]}, r"\$.reasons\[0\].params: expected an object"),
        ({"reasons": [{"code": "C-1", "params": {"seconds": 1.5}}]}, "no member"),
        ({"facts": []}, "keys of ExposureFacts"),
        ({"edition": None}, r"\$.edition: expected str, got NoneType"),
    ],
)
def test_a_damaged_verdict_is_refused(change: dict[str, object], message: str) -> None:
    stored = {**json.loads(classify(FACTS, COVID).to_json()), **change}
    with pytest.raises(CodecError, match=message):
        verdict_from_json(json.dumps(stored))


def test_json_that_is_no_object_is_refused() -> None:
    with pytest.raises(CodecError, match="no rule"):
        verdict_from_json("[]")
    with pytest.raises(CodecError, match="keys of a verdict"):
        Verdict.from_json("[]", outcome_type=bool, facts_type=TemperatureFacts)


@dataclass(frozen=True)
class Pair:
    span: tuple[int, int] | None
    names: Mapping[str, str]


def test_the_codec_reads_what_it_wrote() -> None:
    for pair in (Pair((1, 2), {"a": "甲"}), Pair(None, {})):
        assert from_plain(Pair, json.loads(canonical(pair))) == pair
    assert from_plain(int | str, "x") == "x"
    assert from_plain(bool, True) is True


def test_the_codec_refuses_what_has_no_canonical_form() -> None:
    with pytest.raises(CodecError, match="float"):
        to_plain(1.5)
    with pytest.raises(CodecError, match="set has no"):
        to_plain({1})
    with pytest.raises(CodecError, match="type has no"):
        to_plain(Pair)
    with pytest.raises(CodecError, match="no member"):
        from_plain(Pair, {"span": [1, 2, 3], "names": {}})
    with pytest.raises(CodecError, match="expected 2 items, got 3"):
        from_plain(tuple[int, int], [1, 2, 3])
    with pytest.raises(CodecError, match="expected int, got bool"):
        from_plain(int, True)


def test_an_edited_fact_gives_another_verdict() -> None:
    verdict = has_fever(TemperatureFacts(373), COVID)
    edited = replace(verdict, facts=TemperatureFacts(372))
    assert decide_again(edited, COVID) != edited
