"""Points of the rules that no single table row shows."""

import pytest

from lianfang.rules.contact import ExposureFacts, PlaceExposure, classify, contact_rules
from lianfang.rules.measure import MeasureOrder, specimen_windows, tasks_for
from lianfang.rules.profile import builtin_profiles, load_builtin, load_profile
from lianfang.rules.vocabulary import Direction, ExposureClass, MeasureKind, PlaceKind, SubjectKind

DAY_S = 86400


def test_the_trace_gets_a_rule_for_every_kind_of_place() -> None:
    rules = contact_rules(load_builtin("measles-2020"))
    assert set(rules) == set(PlaceKind)
    assert {rule.linger_s for rule in rules.values()} == {7200}


def test_all_reasons_are_kept_strictest_first() -> None:
    def place(kind: PlaceKind) -> PlaceExposure:
        return PlaceExposure(kind, 3600, False, SubjectKind.PERSON, ExposureClass.INDEX)

    stays = (place(PlaceKind.MARKET), place(PlaceKind.HOUSEHOLD), place(PlaceKind.MARKET))
    facts = ExposureFacts(SubjectKind.PERSON, Direction.FORWARD, 1, (SubjectKind.PERSON,), stays)
    verdict = classify(facts, load_builtin("covid19-2020-12"))
    assert [reason.code for reason in verdict.reasons] == ["C-1", "C-3"]


def test_specimen_days_end_with_the_measure() -> None:
    order = MeasureOrder(MeasureKind.HOME_QUARANTINE, 0, DAY_S + 3600, (0, 1), "M-2")
    assert specimen_windows(order) == ((0, DAY_S), (DAY_S, DAY_S + 3600))
    open_ended = MeasureOrder(MeasureKind.TEST_SCHEDULE, 0, None, (1,), "M-5")
    assert specimen_windows(open_ended) == ((DAY_S, 2 * DAY_S),)


def test_a_measure_the_profile_has_no_tasks_for() -> None:
    order = MeasureOrder(MeasureKind.RECALL, 0, None, (), "M-7")
    assert tasks_for(order, load_builtin("measles-2020")) == ()


@pytest.mark.parametrize(("seconds", "expected"), [(899, "general_contact"), (900, "close_contact")])
def test_a_changed_number_is_a_new_edition_and_the_old_one_still_decides(seconds: int, expected: str) -> None:
    text = builtin_profiles()["covid19-2020-12"]
    later = load_profile(text.replace("covid19-2020-12", "covid19-2021-01").replace("{ minutes = 15", "{ minutes = 10"))
    stay = PlaceExposure(PlaceKind.RESTAURANT, seconds, False, SubjectKind.PERSON, ExposureClass.INDEX)
    facts = ExposureFacts(SubjectKind.PERSON, Direction.FORWARD, 1, (SubjectKind.PERSON,), (stay,))
    assert classify(facts, load_builtin("covid19-2020-12")).outcome == expected
    assert classify(facts, later).outcome == ExposureClass.CLOSE_CONTACT
