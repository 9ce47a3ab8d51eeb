"""What holds for all facts and profiles: a verdict with reasons, the same one again, and no weaker for more."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.rules.contact import ExposureFacts, PlaceExposure, classify
from lianfang.rules.custody import CustodyFacts, Timeliness, Whereabouts, judge_custody, late_after_s
from lianfang.rules.goods import LotDecision, decide_lot
from lianfang.rules.measure import MeasureFacts, order_measures, specimen_windows
from lianfang.rules.profile import Profile, builtin_profiles, load_builtin
from lianfang.rules.reasons import explain
from lianfang.rules.release import ReleaseDecision, ReleaseFacts, decide_release
from lianfang.rules.replay import RULES, Rule, decide_again, verdict_from_json
from lianfang.rules.standing import StandingFacts, decide_standing
from lianfang.rules.vocabulary import ExposureClass, strictness
from lianfang.rules.window import IndexFacts, index_windows

EDITIONS = sorted(builtin_profiles())
profiles = st.sampled_from(EDITIONS).map(load_builtin)
instants = st.integers(1_500_000_000, 1_700_000_000)
spans = st.integers(0, 40 * 86400)

facts_of = {name: st.from_type(rule.facts_type) for name, rule in RULES.items()}
stays = st.from_type(PlaceExposure)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@given(data=st.data(), profile=profiles)
def test_every_fact_gets_the_same_explained_verdict_again(rule: Rule, data: st.DataObject, profile: Profile) -> None:
    facts: Any = data.draw(st.from_type(rule.facts_type))
    verdict = rule.decide(facts, profile)
    assert verdict.reasons
    for reason in verdict.reasons:
        assert explain(reason, "en")
        assert explain(reason, "zh")
    stored = verdict_from_json(verdict.to_json())
    assert stored == verdict
    assert decide_again(stored, profile).to_json() == verdict.to_json()


@given(facts=facts_of["classify"], more=stays, profile=profiles)
def test_a_further_stay_never_weakens_the_class(facts: ExposureFacts, more: PlaceExposure, profile: Profile) -> None:
    longer = replace(facts, places=(*facts.places, more))
    assert strictness(classify(longer, profile).outcome) >= strictness(classify(facts, profile).outcome)


@given(facts=facts_of["classify"], stay=stays, extra=spans, profile=profiles)
def test_a_longer_stay_never_weakens_the_class(
    facts: ExposureFacts, stay: PlaceExposure, extra: int, profile: Profile
) -> None:
    short = replace(facts, places=(*facts.places, stay))
    long = replace(facts, places=(*facts.places, replace(stay, seconds=stay.seconds + extra)))
    assert strictness(classify(long, profile).outcome) >= strictness(classify(short, profile).outcome)


@given(facts=facts_of["classify"], stay=stays, profile=profiles)
def test_protection_and_lingering_never_strengthen_the_class(
    facts: ExposureFacts, stay: PlaceExposure, profile: Profile
) -> None:
    full = classify(replace(facts, places=(replace(stay, protected=False, lingering_only=False),)), profile)
    less = classify(replace(facts, places=(stay,)), profile)
    assert strictness(less.outcome) <= strictness(full.outcome)


@given(facts=facts_of["order_measures"], profile=profiles)
def test_measures_lie_in_time_and_their_tests_in_them(facts: MeasureFacts, profile: Profile) -> None:
    orders = order_measures(facts, profile).outcome
    assert not orders or facts.exposure_class is not ExposureClass.NOT_EXPOSED
    for order in orders:
        assert order.starts_at >= facts.decided_at
        assert order.ends_at is None or order.ends_at > order.starts_at
        assert all(start < until for start, until in specimen_windows(order))
        assert list(order.test_offsets_days) == sorted(set(order.test_offsets_days))


@given(
    collected_at=instants,
    onset=st.none() | spans,
    negative=st.none() | spans,
    kind=st.sampled_from(list(IndexFacts.__annotations__["kind"])),
    profile=profiles,
)
def test_windows_are_not_empty_and_a_negative_only_shortens_the_search(
    collected_at: int, onset: int | None, negative: int | None, kind: Any, profile: Profile
) -> None:
    facts = IndexFacts(kind, collected_at, None if onset is None else collected_at + 10 * 86400 - onset)
    plain = index_windows(facts, profile).outcome
    tested = index_windows(
        replace(facts, last_negative_at=None if negative is None else collected_at - negative), profile
    ).outcome
    assert tested.forward == plain.forward
    for span in (plain.forward, plain.backward, tested.backward):
        assert span is None or span[0] < span[1]
    if plain.backward and tested.backward:
        assert plain.backward[0] <= tested.backward[0]
        assert plain.backward[1] == tested.backward[1]


@given(facts=facts_of["decide_release"], profile=profiles)
def test_nothing_is_released_early_and_what_has_no_cause_is(facts: ReleaseFacts, profile: Profile) -> None:
    outcome = decide_release(facts, profile).outcome
    if not facts.cause_stands:
        assert outcome.decision is ReleaseDecision.RELEASE
    if outcome.decision is ReleaseDecision.EXTEND:
        assert outcome.ends_at is not None
        assert outcome.ends_at > facts.now


@given(facts=facts_of["decide_standing"], profile=profiles)
def test_the_order_of_causes_does_not_matter(facts: StandingFacts, profile: Profile) -> None:
    turned = StandingFacts(facts.causes[::-1])
    assert decide_standing(turned, profile).outcome == decide_standing(facts, profile).outcome


@given(facts=facts_of["decide_lot"], profile=profiles)
def test_a_lot_leaves_only_with_its_documents(facts: Any, profile: Profile) -> None:
    if decide_lot(facts, profile).outcome is LotDecision.RELEASE:
        assert facts.passed_inspection
        assert not facts.missing_documents


@given(place=st.sampled_from(Whereabouts), waiting_s=st.integers(0, 30 * 86400), profile=profiles)
def test_a_tube_is_late_exactly_after_the_time_its_place_allows(
    place: Whereabouts, waiting_s: int, profile: Profile
) -> None:
    after_s = late_after_s(place, profile)
    for waited_s in (waiting_s, after_s or 0, (after_s or 0) + 1):
        verdict = judge_custody(CustodyFacts(place, waited_s, is_signed=False), profile)
        assert (verdict.outcome is Timeliness.LATE) == (after_s is not None and waited_s > after_s)
