"""Colours follow evidence: recorded, appealed against, run out; and nothing else moves them."""

import argparse
import json
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from lianfang.apps.areas import services as areas
from lianfang.apps.core import outbox
from lianfang.apps.core.models import Measure, Role, Subject, User, Verdict
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.healthcode import services
from lianfang.apps.healthcode.grounds import explained
from lianfang.apps.healthcode.known import facts_of
from lianfang.apps.healthcode.models import Appeal, AppealDecision, CurrentCode, RiskStay
from lianfang.apps.people import reports
from lianfang.apps.people.selectors import person_by_code
from lianfang.apps.returnees import services as returnees
from lianfang.apps.tracing import services as tracing
from lianfang.cli import verify
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.case import Case
from tests.support.returnees import declared, said
from tests.support.risk_lists import entry, series
from tests.support.staff import COUNTY, OTHER_TOWNSHIP, staff

pytestmark = pytest.mark.django_db

LUNAN_PLACE = ("河北省", "唐山市", "路南区", "丁小区")


def today() -> date:
    return timezone.localdate()


def stay(case: Case, by: User, person: str = "passer", **changed: object) -> RiskStay:
    values: dict[str, object] = {
        "area_code": "130203",
        "starts_on": today() - timedelta(days=1),
        "ends_on": today() - timedelta(days=1),
        "basis": "telecom",
        **changed,
    }
    made = services.record_stay(
        person_code=person,
        report=services.StayReport(**values),
        at=timezone.now(),
        by=by,  # type: ignore[arg-type]
    )
    outbox.deliver_pending()
    return made


def code(person: str) -> tuple[str, list[str]] | None:
    outbox.deliver_pending()
    found = CurrentCode.objects.filter(subject__code=person).select_related("verdict").first()
    return None if found is None else (found.colour, [reason["code"] for reason in found.verdict.reasons])


def verified(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    outbox.deliver_pending()
    capsys.readouterr()
    verify.run(argparse.Namespace(json=True, no_log=False, log=False))
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_positive_colours_everybody_it_reached_and_all_replays(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    specimen = case.signed("wang")
    assert code("wang") == ("red", ["H-1", "H-2"])
    assert code("child") == ("red", ["H-2", "H-2"])
    assert code("passer") is None
    for person in ("wang", "child", "mate", "zhao"):
        found = CurrentCode.objects.filter(subject__code=person).first()
        kinds = {
            reason["params"]["measure"]
            for reason in (found.verdict.reasons if found else ())
            if reason["code"] == "H-2"
        }
        standing = Measure.objects.filter(subject__code=person, ended_at=None).values_list("kind", flat=True)
        coloured = {"isolation", "central_quarantine", "home_quarantine", "health_monitoring"}
        assert kinds == set(standing) & coloured, person
    case.annul(specimen)
    assert code("wang") == ("green", ["H-6"])
    assert code("child") == ("green", ["H-6"])
    outcome = verified(capsys)
    assert outcome["problems"] == []
    assert outcome["mismatched"] == 0


def test_a_release_turns_green_and_not_the_calendar(case: Case) -> None:
    case.signed("wang")
    case.signed("child", SpecimenResult.NEGATIVE, hours_ago=1)
    tracing.review_measures(at=timezone.now() + timedelta(days=15))
    services.bring_up_to_date(at=timezone.now() + timedelta(days=15))
    standing = set(Measure.objects.filter(subject__code="child", ended_at=None).values_list("kind", flat=True))
    child = Subject.objects.get(code="child").pk
    at = timezone.now()
    facts = facts_of([child], seq=10**9, at=at, profile=profile_in_force(at=at))[child]
    assert {measure.kind.value for measure in facts.measures} == standing


def test_symptoms_are_yellow_until_a_negative_test(case: Case, community: User) -> None:
    person = person_by_code("passer", area=COUNTY)
    reports.report_onset(
        person=person, onset_date=today(), earliest=today() - timedelta(days=9), at=timezone.now(), by=community
    )
    outbox.deliver_pending()
    assert code("passer") == ("yellow", ["H-5"])
    case.signed("passer", SpecimenResult.NEGATIVE, hours_ago=0)
    assert code("passer") == ("green", ["H-6"])


def test_the_lists_say_the_level_of_a_stay_and_time_ends_it(case: Case, community: User) -> None:
    found = stay(case, community)
    assert (found.level, found.listed_on) == ("middle", today() - timedelta(days=1))
    assert code("passer") == ("yellow", ["H-4"])
    assert stay(case, community) == found, "repeated: nothing"
    stay(case, community, area_code="130202", community="甲小区")
    assert code("passer") == ("red", ["H-3", "H-4"])
    assert services.bring_up_to_date(at=timezone.now() + timedelta(days=13)) == 0
    assert services.bring_up_to_date(at=timezone.now() + timedelta(days=16)) == 1
    assert code("passer") == ("green", ["H-6"])


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"area_code": "130902"}, "stay_not_at_risk"),
        ({"area_code": "130202", "community": "丁小区"}, "stay_not_at_risk"),
        ({"area_code": "999999"}, "area_not_found"),
        ({"ends_on": date(2020, 1, 1)}, "stay_impossible"),
        ({"ends_on": timezone.localdate() + timedelta(days=3)}, "stay_impossible"),
        ({"starts_on": date(2020, 1, 1)}, "stay_impossible"),
    ],
)
def test_what_no_list_says_is_no_evidence(case: Case, community: User, changed: dict[str, object], code: str) -> None:
    with pytest.raises(services.DomainError) as caught:
        stay(case, community, **changed)
    assert caught.value.code == code
    assert not RiskStay.objects.exists()


def test_who_may_record_evidence(case: Case) -> None:
    for by, refused in (
        (staff(Role.LABORATORY), "permission_missing"),
        (staff(Role.COMMUNITY, area_code=OTHER_TOWNSHIP), "person_not_found"),
    ):
        with pytest.raises(services.DomainError) as caught:
            stay(case, by)
        assert caught.value.code == refused


def test_a_declared_stay_colours_by_itself_and_a_corrected_one_no_longer(
    case: Case, community: User, capsys: pytest.CaptureFixture[str]
) -> None:
    at, yesterday = timezone.now(), today() - timedelta(days=1)
    places = ("130203", ""), ("140825", ""), ("130202", "丁小区")
    there, elsewhere, unlisted = (returnees.Stay(*place, yesterday, yesterday) for place in places)
    returned = declared(at, stays=(there,))
    person = returned.subject.code
    assert "H-4" in coded(person, "red"), "beside the home quarantine that the screening orders"
    reason = next(each for each in explained(CurrentCode.objects.get(subject__code=person)) if each.code == "H-4")
    assert [(ground.stay, ground.declared.returned) for ground in reason.grounds if ground.declared] == [
        (None, returned)
    ], "said by whom, and not to be appealed against but corrected"
    correction = {"returned": returned, "source": returnees.Source("staff", by=community), "at": at}
    returnees.correct(said=said(at, stays=(elsewhere,)), seen_version=1, **correction)
    assert coded(person, "yellow") == ["H-2"], "health is watched of everybody who comes back"
    returnees.correct(said=said(at, stays=(unlisted,)), seen_version=2, **correction)
    assert not {"H-3", "H-4"} & set(coded(person, "red")), "only kept at home until a test"
    content = series(stamp=timezone.localtime(at).strftime("%Y-%m-%d %H时"), high=(entry(*LUNAN_PLACE),), middle=())
    areas.import_risk_list(content, name="list.json", by=None, at=at)
    assert "H-3" in coded(person, "red"), "a list that names the place later colours too"
    outcome = verified(capsys)
    assert (outcome["problems"], outcome["mismatched"]) == ([], 0)


def coded(person: str, colour: str) -> list[str]:
    found = code(person)
    assert found is not None
    assert found[0] == colour
    return found[1]


def test_an_appeal_annuls_the_evidence_and_the_colour_follows(
    case: Case, community: User, cdc: User, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = stay(case, community)
    appeal = services.appeal(stay_id=wrong.pk, statement="I was at home", at=timezone.now(), by=case.command)
    assert appeal.answer_due_at - appeal.recorded_at == timedelta(hours=24)
    with pytest.raises(services.AlreadyAppealed):
        services.appeal(stay_id=wrong.pk, statement="again", at=timezone.now(), by=community)
    with pytest.raises(services.AppealOfOwn):
        decided(appeal, case.command)
    assert code("passer") == ("yellow", ["H-4"])
    decided(appeal, cdc)
    assert code("passer") == ("green", ["H-6"])
    with pytest.raises(services.AppealAlreadyDecided):
        decided(appeal, cdc)
    assert verified(capsys)["problems"] == []


def decided(appeal: Appeal, by: User, *, annuls: bool = True) -> AppealDecision:
    made = services.decide_appeal(appeal_id=appeal.pk, annuls=annuls, note="phone bill", at=timezone.now(), by=by)
    outbox.deliver_pending()
    return made


def test_evidence_that_stands_keeps_its_colour(case: Case, community: User, cdc: User) -> None:
    wrong = stay(case, community)
    appeal = services.appeal(stay_id=wrong.pk, statement="I was at home", at=timezone.now(), by=case.command)
    decided(appeal, cdc, annuls=False)
    assert code("passer") == ("yellow", ["H-4"])


def test_the_database_refuses_one_person_on_both_sides(case: Case, community: User) -> None:
    appeal = services.appeal(stay_id=stay(case, community).pk, statement="no", at=timezone.now(), by=community)
    with pytest.raises(IntegrityError, match="appeal_decided_by_another"), transaction.atomic():
        AppealDecision.objects.create(
            appeal=appeal, appealed_by=community, decided_by=community, annuls=True, note="x", decided_at=timezone.now()
        )


def test_no_statement_sets_a_colour_or_changes_evidence(case: Case, community: User) -> None:
    stay(case, community)
    appeal = services.appeal(stay_id=RiskStay.objects.get().pk, statement="no", at=timezone.now(), by=community)
    verdict = Verdict.objects.filter(kind="decide_colour").latest("id")
    other = Subject.objects.get(code="zhao")
    for change in (
        lambda: CurrentCode.objects.update(colour="green"),
        lambda: CurrentCode.objects.create(subject=other, verdict=verdict, colour="green"),
        lambda: CurrentCode.objects.all().delete(),
        lambda: RiskStay.objects.update(level="low"),
        lambda: RiskStay.objects.all()._raw_delete("default"),
        lambda: Appeal.objects.filter(pk=appeal.pk).update(statement="yes"),
        lambda: Verdict.objects.filter(pk=verdict.pk).update(outcome={"colour": "green"}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert code("passer") == ("yellow", ["H-4"])


def superuser(statement: str) -> None:
    """Change rows as somebody with the database's own rights could: with the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        assert cursor.rowcount == 1
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE healthcode_currentcode SET colour = 'green'", "shows another colour than its verdict"),
        ("DELETE FROM healthcode_currentcode", "missing: a verdict on the colour was stored"),
        ("UPDATE core_verdict SET outcome = jsonb_set(outcome, '{colour}', '\"green\"') WHERE kind = 'decide_colour'",
         "the facts known then give another verdict"),
        ("UPDATE healthcode_riskstay SET level = 'low'", "changed since it was recorded as evidence"),
        ("UPDATE core_evidenceentry SET content_hash = '\\x00' WHERE kind = 'risk_stay'", "its leaf hash does not fit"),
    ],
)  # fmt: skip
def test_what_a_superuser_changes_is_found(
    case: Case, community: User, capsys: pytest.CaptureFixture[str], statement: str, problem: str
) -> None:
    stay(case, community)
    superuser(statement)
    problems = verified(capsys)["problems"]
    assert any(problem in each["problem"] for each in problems), problems  # type: ignore[attr-defined]


def test_a_code_moved_to_an_older_verdict_is_found(
    case: Case, community: User, capsys: pytest.CaptureFixture[str]
) -> None:
    stay(case, community)
    older = Verdict.objects.filter(kind="decide_colour").latest("id").pk
    stay(case, community, area_code="130202", community="甲小区")
    superuser(f"UPDATE healthcode_currentcode SET verdict_id = {older}, colour = 'yellow'")
    assert "does not rest on the newest verdict" in str(verified(capsys)["problems"])
