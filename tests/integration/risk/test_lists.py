"""Importing lists, letting them take effect, the history they make, and where their places are."""

import threading
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from lianfang.apps.areas import services
from lianfang.apps.areas.models import (
    Area,
    RiskChange,
    RiskInterval,
    RiskList,
    RiskListDecision,
    RiskListRow,
    RiskPlace,
    RiskResolution,
)
from lianfang.apps.areas.selectors import AreaNotFound, risk
from lianfang.apps.areas.selectors.risk_history import risk_on_day
from lianfang.apps.areas.services import Placement, decide_risk_list, resolve_place
from lianfang.apps.areas.services.resolutions import ResolutionOutside
from lianfang.apps.areas.services.risk_lists import AlreadyDecided, RiskListRefused, SecondPersonNeeded
from lianfang.apps.core import outbox
from lianfang.apps.core.integrity import check_batches, check_log, check_rows
from lianfang.apps.core.models import AuditEvent, OutboxEvent, Role, User
from lianfang.apps.core.permissions import PermissionMissing
from lianfang.rules.risk import RiskStanding
from lianfang.rules.vocabulary import RiskLevel
from tests.integration.risk.lists import AT, LUBEI_WHOLE, LUNAN, OWN, XINJIANG_REST, YANHU, ZONE, at_hour, load
from tests.support.risk_lists import BULLETIN, entry
from tests.support.staff import staff

pytestmark = pytest.mark.django_db


def confirm(outcome: services.ListImported, by: User) -> None:
    decide_risk_list(list_id=outcome.risk_list.pk, takes_effect=True, note="compared", at=AT, by=by)


def intervals() -> list[tuple[str, str, int, int | None]]:
    """Community, level and the hours of each interval."""
    return [
        (
            each.place.community,
            each.level,
            (each.starts_at + timedelta(hours=8)).hour,
            each.ends_at and (each.ends_at + timedelta(hours=8)).hour,
        )
        for each in RiskInterval.objects.select_related("place").order_by("starts_at", "place__community")
    ]


def test_a_list_takes_effect_and_the_same_again_changes_nothing(first: User) -> None:
    outcome = load(at_hour(10, high=(YANHU,), low=(XINJIANG_REST,)), by=first)
    assert (outcome.is_new, outcome.takes_effect) == (True, True)
    assert outcome.risk_list.categories == ["high", "middle", "low"]
    again = load(at_hour(10, low=(XINJIANG_REST,), high=(YANHU,)), name="copy.json", by=first)
    assert (again.is_new, again.takes_effect, again.risk_list.pk) == (False, True, outcome.risk_list.pk)
    assert again.verdict.outcome == outcome.verdict.outcome
    assert RiskList.objects.count() == RiskListDecision.objects.count() == 1
    assert AuditEvent.objects.filter(action="areas.risk_list_imported").count() == 1


def test_intervals_are_half_open_and_levels_have_their_own() -> None:
    load(at_hour(8, high=(LUNAN,)))
    load(at_hour(12, high=(YANHU,), middle=(LUNAN,)))
    load(at_hour(16, middle=(LUNAN,)))
    assert intervals() == [
        ("乙小区", "high", 8, 12),
        ("甲小区", "high", 8, 12),
        ("乙小区", "middle", 12, None),
        ("甲小区", "middle", 12, None),
        ("龙兴镇朝殿社区", "high", 12, 16),
    ]


def test_a_list_that_comes_late_is_put_in_its_place() -> None:
    load(at_hour(8, high=(LUNAN,)))
    load(at_hour(16, high=(LUNAN,)))
    load(at_hour(12, high=(YANHU,)))
    assert intervals() == [
        ("乙小区", "high", 8, 12),
        ("甲小区", "high", 8, 12),
        ("龙兴镇朝殿社区", "high", 12, 16),
        ("乙小区", "high", 16, None),
        ("甲小区", "high", 16, None),
    ]
    outbox.deliver_pending()
    last = RiskChange.objects.get(risk_list__stamp=RiskList.objects.latest("stamp").stamp)
    assert (last.n_added, last.n_lifted) == (2, 1)


def test_two_lists_of_one_hour_the_second_waits_and_replaces_the_first(second: User) -> None:
    load(at_hour(8, high=(LUNAN,)))
    other = load(at_hour(8, high=(YANHU,)))
    assert not other.takes_effect
    assert [reason.code for reason in other.verdict.reasons] == ["L-2"]
    assert {text for text, *_ in intervals()} == {"甲小区", "乙小区"}
    confirm(other, second)
    assert intervals() == [("龙兴镇朝殿社区", "high", 8, None)]


def test_a_failed_self_check_and_an_entry_without_a_community_wait() -> None:
    outcome = load(at_hour(8, high=(YANHU, entry("河北省", "沧州市", "泊头市")), hcount=5))
    assert [reason.code for reason in outcome.verdict.reasons] == ["L-1", "L-4"]
    assert intervals() == []
    assert risk.list_in_force(AT) is None


def test_a_list_that_lifts_most_counties_waits(second: User) -> None:
    names = [f"甲{letter}县" for letter in "子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒"]
    city = Area.objects.get(pk="1309")
    Area.objects.bulk_create(
        Area(code=f"1309{number}", name=name, level=3, parent=city) for number, name in enumerate(names, 31)
    )
    load(at_hour(8, middle=tuple(entry("河北省", "沧州市", name, "某村") for name in names)))
    emptied = load(at_hour(9, middle=(entry("河北省", "沧州市", names[0], "某村"),)))
    assert not emptied.takes_effect
    (reason,) = emptied.verdict.reasons
    assert (reason.code, dict(reason.params)) == ("L-3", {"lifted_percent": 95, "counties": 20})
    assert len([each for each in intervals() if each[3] is None]) == 20
    confirm(emptied, second)
    assert len([each for each in intervals() if each[3] is None]) == 1
    # From one county to none is no surprise.
    assert load(at_hour(10)).takes_effect


def test_whoever_imported_a_list_does_not_confirm_it(first: User, second: User) -> None:
    outcome = load(at_hour(8, hcount=3), by=first)
    with pytest.raises(SecondPersonNeeded):
        confirm(outcome, first)
    with pytest.raises(PermissionMissing):
        confirm(outcome, staff(Role.COMMUNITY))
    confirm(outcome, second)
    confirm(outcome, second)
    assert RiskListDecision.objects.count() == 1
    with pytest.raises(AlreadyDecided):
        decide_risk_list(list_id=outcome.risk_list.pk, takes_effect=False, note="", at=AT, by=second)
    with pytest.raises(risk.RiskListNotFound):
        decide_risk_list(list_id=0, takes_effect=True, note="", at=AT, by=second)


def test_a_refused_list_stays_without_effect(second: User) -> None:
    outcome = load(at_hour(8, high=(YANHU,), hcount=3))
    decide_risk_list(list_id=outcome.risk_list.pk, takes_effect=False, note="damaged", at=AT, by=second)
    assert intervals() == []
    assert load(at_hour(8, high=(LUNAN,))).takes_effect


def test_what_is_not_understood_is_refused_and_nothing_stored(first: User) -> None:
    with pytest.raises(RiskListRefused, match=r"notes\.txt: text: says nothing"):
        load(b"hello", name="notes.txt", by=first)
    with pytest.raises(PermissionMissing):
        load(at_hour(8), by=staff(Role.LABORATORY))
    assert RiskList.objects.count() == 0


def test_a_bulletin_s_counties_go_on_within_a_clause() -> None:
    text = (
        "发布日期：2021-01-15 09:23:00\n"
        "1月14日，全国有4个中风险地区：河北省唐山市（4个）：路南区甲村、乙村，丙村；高新区丁村。\n"
    )
    load(text.encode(), name="bulletin.txt")
    placed = RiskResolution.objects.order_by("place__rows__number").values_list("area_code", "community", "is_certain")
    assert list(placed) == [
        ("130202", "甲村", True),
        ("130202", "乙村", True),
        ("130202", "丙村", True),
        ("1302", "高新区丁村", False),
    ]


def test_the_own_county_is_resolved_down_to_its_villages() -> None:
    load(at_hour(8, high=(OWN, entry("山西省", "运城市", "绛县", "不知何处小区"))))
    placed = RiskResolution.objects.order_by("place__rows__number").values_list("area_code", "extent", "community")
    assert list(placed) == [("140826100200", "whole", ""), ("140826", "part", "不知何处小区")]
    for code, standing in (
        ("140826100200", RiskStanding.LISTED),
        ("140826100", RiskStanding.PARTLY),
        ("140826", RiskStanding.PARTLY),
        ("140826100005", RiskStanding.NOT_LISTED),
    ):
        assert risk_on_day(code, date(2022, 10, 28)).answer.standing is standing, code


def test_an_answer_names_the_lists_and_the_rows() -> None:
    load(at_hour(8, day=27, high=(LUNAN,)), name="a.json")
    load(at_hour(12, middle=(LUNAN,), low=(XINJIANG_REST,)), name="b.json")
    found = risk_on_day("130202", date(2022, 10, 28), community="甲小区")
    assert (found.answer.standing, found.answer.level) == (RiskStanding.LISTED, RiskLevel.HIGH)
    assert found.answer.sources == ("a.json", "b.json")
    assert [each.source for each in found.lists] == ["b.json", "a.json"]
    later = risk_on_day("130202", date(2022, 10, 29), community="甲小区")
    assert (later.answer.level, later.answer.sources) == (RiskLevel.MIDDLE, ("b.json",))
    assert risk_on_day("130202", date(2022, 10, 26)).answer.standing is RiskStanding.UNKNOWN
    assert risk_on_day("140825", date(2022, 10, 27)).answer.standing is RiskStanding.NOT_LISTED
    assert risk_on_day("140825", date(2022, 10, 28)).answer.level is RiskLevel.LOW
    with pytest.raises(AreaNotFound):
        risk_on_day("999999", date(2022, 10, 28))


def test_an_undecided_place_may_be_anywhere_in_its_city_until_a_person_decides(first: User) -> None:
    load(at_hour(8, high=(ZONE, entry("河北省", "唐山市", "高新区", "丁小区"))))
    day = date(2022, 10, 28)
    assert risk_on_day("130203", day).answer.standing is RiskStanding.PARTLY
    assert risk.unresolved(now=AT).count() == 2
    (undecided, _other) = risk.unresolved(now=AT)
    made = resolve_place(place_id=undecided.pk, placement=Placement("130202", True, "zone office"), at=AT, by=first)
    assert len(made) == 2
    assert risk.unresolved(now=AT).count() == 0
    assert risk_on_day("130203", day).answer.standing is RiskStanding.NOT_LISTED
    assert risk_on_day("130202", day).answer.standing is RiskStanding.PARTLY
    assert [each.by for each in undecided.resolutions.order_by("id")] == [None, first]


def test_a_decision_stays_inside_what_the_list_names(first: User) -> None:
    load(at_hour(8, high=(ZONE,)))
    place = RiskPlace.objects.get()
    with pytest.raises(ResolutionOutside):
        resolve_place(place_id=place.pk, placement=Placement("140826"), at=AT, by=first)
    with pytest.raises(AreaNotFound):
        resolve_place(place_id=place.pk, placement=Placement("130299"), at=AT, by=first)
    with pytest.raises(risk.RiskPlaceNotFound):
        resolve_place(place_id=0, placement=Placement("130202"), at=AT, by=first)
    with pytest.raises(PermissionMissing):
        resolve_place(place_id=place.pk, placement=Placement("130202"), at=AT, by=staff(Role.COMMUNITY))


def test_the_difference_tells_places_apart_not_spellings() -> None:
    load(at_hour(8, high=(LUNAN, YANHU), middle=(LUBEI_WHOLE,)))
    spelt = entry("河北省", "唐山市", "路南区", "路南区甲小区")
    load(at_hour(12, high=(LUBEI_WHOLE,), middle=(spelt, OWN)))
    outbox.deliver_pending()
    change = RiskChange.objects.latest("risk_list__stamp")
    assert (change.n_added, change.n_lifted, change.n_raised, change.n_lowered) == (1, 2, 1, 1)
    assert [(each.kind, each.division) for each in risk.changes_of(change)] == [
        ("added", "山西省运城市绛县古绛镇东关村委会"),
        ("raised", "河北省唐山市路北区"),
        ("lowered", "河北省唐山市路南区"),
        ("lifted", "河北省唐山市路南区"),
        ("lifted", "山西省运城市新绛县"),
    ]


def test_a_change_is_published_once_and_again_without_harm() -> None:
    outcome = load(at_hour(8, high=(LUNAN,)))
    assert OutboxEvent.objects.filter(kind="areas.risk_changed").count() == 1
    outbox.deliver_pending()
    services.publish_change(list_id=outcome.risk_list.pk)
    assert RiskChange.objects.get().n_added == 2


def test_everything_said_is_in_the_evidence_and_stays_as_it_is(first: User, second: User) -> None:
    load(at_hour(8, high=(ZONE, LUNAN)), by=first)
    confirm(load(BULLETIN.replace("69", "70").replace("6个中", "9个中").encode(), name="b.txt", by=first), second)
    resolve_place(place_id=RiskPlace.objects.first().pk, placement=Placement("130202"), at=AT, by=first)  # type: ignore[union-attr]
    assert [*check_log(), *check_rows(), *check_batches()] == []
    for model in (RiskList, RiskListDecision, RiskPlace, RiskListRow, RiskResolution):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.all()._raw_delete(using="default")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RiskListRow.objects.update(level="low")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE areas_risklistrow DISABLE TRIGGER USER")
        cursor.execute("UPDATE areas_risklistrow SET level = 'low' WHERE number = 1")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE areas_risklistrow ENABLE TRIGGER USER")
    assert any("areas_risklistrow" in mismatch.row for mismatch in check_batches())


@pytest.mark.django_db(transaction=True)
def test_one_list_brought_in_by_two_at_once_is_stored_once() -> None:
    outcomes: list[services.ListImported] = []

    def bring() -> None:
        try:
            outcomes.append(load(at_hour(8, high=(LUNAN,))))
        finally:
            connection.close()

    threads = [threading.Thread(target=bring) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.is_new for outcome in outcomes) == [False, False, True]
    assert RiskInterval.objects.count() == 2
