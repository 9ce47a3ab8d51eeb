"""From declaration to release: what the rules order, follow up, extend and end; time passes, nothing is set by hand."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from lianfang.apps.core import clock, outbox
from lianfang.apps.core.measures import Owner, hold, keep_in_line
from lianfang.apps.core.models import Measure, MeasureCause, Role, Subject, Task, User, Verdict
from lianfang.apps.core.profiles import profile_of
from lianfang.apps.core.verdicts import text_of
from lianfang.apps.followup import services as followup
from lianfang.apps.followup.selectors import lines_of, recorded_today, records_of
from lianfang.apps.lab import services as lab
from lianfang.apps.people.merging import merge_persons, unmerge_person
from lianfang.apps.people.models import Person
from lianfang.apps.returnees import services
from lianfang.apps.returnees.models import Return
from lianfang.apps.tracing.measure_check import check_measures
from lianfang.apps.tracing.replay import replay_all
from lianfang.apps.tracing.services import review_measures
from lianfang.rules.replay import verdict_from_json
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.returnees import GAOCHENG, day_of, declared, list_of, person, said
from tests.support.staff import staff

pytestmark = pytest.mark.django_db


def standing(returned: Return) -> dict[str, Measure]:
    return {each.kind: each for each in Measure.objects.filter(subject=returned.subject_id, ended_at=None)}


def told(returned: Return, at: datetime, by: User, **more: object) -> None:
    fields = {"way": "call", "tenths_celsius": 366, **more}
    entry = followup.HealthEntry(uuid.uuid4(), returned.subject_id, taken_at=at, **fields)  # type: ignore[arg-type]
    followup.record_health(entry=entry, at=at, by=by)


def negative(returned: Return, at: datetime, number: int) -> None:
    subject = Subject.objects.get(pk=returned.subject_id)
    technician = User.objects.filter(username="technician").first() or staff(Role.LABORATORY, username="technician")
    signer = User.objects.filter(username="signer").first() or staff(Role.LABORATORY, username="signer")
    tube = lab.register_specimen(code=f"R{number:04d}", subject=subject, collected_at=at, at=at, by=technician).pk
    lab.record_result(specimen_id=tube, value=SpecimenResult.NEGATIVE, at=at, by=technician)
    lab.sign_result(specimen_id=tube, at=at, by=signer)
    with clock.playing(at):
        while outbox.deliver_pending():
            pass


def clean() -> None:
    assert [problem for _, tally in replay_all() for problem in tally.problems] == []
    assert list(check_measures()) == []


def test_a_stay_at_high_risk_orders_central_quarantine_and_says_why(now: datetime) -> None:
    list_of(now - timedelta(days=2), high=("增村镇小果庄村",))
    returned = declared(now)
    measure = standing(returned)["central_quarantine"]
    assert measure.test_offsets_days == [0, 13]
    assert measure.area_code == returned.area_code
    verdict = Verdict.objects.get(subject=returned.subject_id, kind="screen_return")
    assert verdict.reasons[0]["code"] == "RT-1"
    assert set(Task.objects.filter(measure=measure).values_list("responsible_kind", flat=True)) >= {
        "territory",
        "citizen",
    }
    clean()


def test_release_comes_by_rule_on_the_last_day_and_not_before(now: datetime, villager: User) -> None:
    start = now - timedelta(days=30)
    list_of(start - timedelta(days=2), middle=("增村镇小果庄村",))
    returned = declared(start)
    home = standing(returned)["home_quarantine"]
    assert home.ends_at is not None
    negative(returned, home.starts_at + timedelta(hours=20), 1)
    for day in range(1, 14):
        told(returned, home.starts_at + timedelta(days=day), villager)
        review_measures(at=home.starts_at + timedelta(days=day, hours=1))
        assert "home_quarantine" in standing(returned), "early release"
    review_measures(at=home.ends_at)
    assert "home_quarantine" in standing(returned), "the last test is missing: R-14"
    later = home.ends_at + timedelta(hours=3)
    negative(returned, later, 2)
    review_measures(at=later + timedelta(days=2))
    home.refresh_from_db()
    assert home.end == "released"
    assert not Task.objects.filter(measure=home, status="open").exists()
    clean()


def test_a_missed_report_is_late_then_extends_until_it_is_made_up(now: datetime, villager: User) -> None:
    start = now - timedelta(days=30)
    list_of(start - timedelta(days=2), middle=("别的村",))
    returned = declared(start, community="西关街道")
    home = standing(returned)["home_quarantine"]
    first = home.starts_at
    negative(returned, first + timedelta(hours=2), 1)
    assert set(standing(returned)) == {"health_monitoring"}, "the negative spares the 48 hours at home"
    measure = standing(returned)["health_monitoring"]
    for day in (*range(1, 5), *range(6, 14)):
        told(returned, first + timedelta(days=day), villager)
    evening = timezone.localtime(first).replace(hour=18, minute=30) + timedelta(days=5)
    (line,) = lines_of(Measure.objects.filter(pk=measure.pk), at=evening)
    assert line.reports.is_late
    assert line.day == 6
    assert measure.ends_at is not None
    review_measures(at=measure.ends_at)
    measure.refresh_from_db()
    assert measure.ended_at is None, "R-15: one day is missing"
    told(returned, first + timedelta(days=14, hours=1), villager)
    review_measures(at=first + timedelta(days=16))
    measure.refresh_from_db()
    assert measure.end == "released"
    clean()


def test_the_records_of_merged_persons_are_one_persons_and_part_again(now: datetime, villager: User) -> None:
    start = now - timedelta(days=3)
    list_of(start - timedelta(days=2), middle=("增村镇小果庄村",))
    returned, other = declared(start), declared(start, who=person(name="李返香", phone="13800000002"))
    told(returned, start + timedelta(days=1), villager)
    first, second = standing(returned)["home_quarantine"], standing(other)["home_quarantine"]
    command, evening = staff(), timezone.localtime(start).replace(hour=22) + timedelta(days=2)

    def missed() -> list[int]:
        both = Measure.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk")
        return [line.reports.missed for line in lines_of(both, at=evening)]

    apart = missed()
    assert apart[1] == apart[0] + 1
    merged, survivor = (Person.objects.get(pk=each.subject_id) for each in (other, returned))
    merge_persons(merged=merged, survivor=survivor, reason="同一人", at=now, by=command)
    assert missed() == [apart[0]] * 2
    assert records_of(merged.pk).count() == records_of(survivor.pk).count() == 1
    told(returned, start + timedelta(days=2), villager)
    assert recorded_today([merged.pk], at=start + timedelta(days=2, minutes=1)).keys() == {merged.pk}
    unmerge_person(merged=merged, reason="弄错了", at=now, by=command)
    assert missed() == apart
    clean()


def test_symptoms_order_a_test_and_hold_the_release(now: datetime, villager: User) -> None:
    start = now - timedelta(days=3)
    returned = declared(start)
    at = start + timedelta(days=1)
    told(returned, at, villager, tenths_celsius=379, symptoms=("cough",))
    test = standing(returned)["test_schedule"]
    assert Task.objects.filter(measure=test, kind="collect_specimens", status="open").exists()
    told(returned, at + timedelta(hours=1), villager, tenths_celsius=380)
    assert MeasureCause.objects.filter(source=f"symptoms:{returned.subject_id}").count() == 1
    clean()


def test_an_area_listed_after_the_stay_reaches_those_who_were_there(now: datetime) -> None:
    list_of(now - timedelta(days=9), middle=("石家庄别处村",))
    returned = declared(now - timedelta(days=8))
    assert Return.objects.get(pk=returned.pk).category == "nearby"
    list_of(now - timedelta(hours=2), high=("增村镇小果庄村",))
    while outbox.deliver_pending():
        pass
    assert Return.objects.get(pk=returned.pk).category == "high"
    assert standing(returned)["central_quarantine"].starts_at >= now - timedelta(minutes=1)
    clean()


def test_a_measure_of_two_causes_lasts_until_the_last_and_tasks_go_on(now: datetime) -> None:
    list_of(now - timedelta(days=2), middle=("增村镇小果庄村",))
    returned = declared(now)
    home = standing(returned)["home_quarantine"]
    verdict = Verdict.objects.get(subject=returned.subject_id, kind="screen_return")
    orders, profile = verdict_from_json(text_of(verdict)).outcome.orders, profile_of("covid19-2020-12", at=now)
    owner = Owner(returned.subject_id, returned.area_code)
    hold([returned.subject_id])
    assert keep_in_line(owner, "held_lot:5", verdict, orders, profile) == []
    keep_in_line(Owner(returned.subject_id, returned.area_code), f"return:{returned.pk}", verdict, (), profile)
    home.refresh_from_db()
    assert home.ended_at is None
    assert [each.source for each in home.causes.filter(ended_at=None)] == ["held_lot:5"]
    assert Task.objects.filter(measure=home, status="open").exists()
    keep_in_line(owner, "held_lot:5", verdict, (), profile)
    home.refresh_from_db()
    assert home.end == "withdrawn"
    assert not Task.objects.filter(measure=home, status="open").exists()


def test_correction_is_a_new_version_and_a_stale_one_is_refused(now: datetime) -> None:
    list_of(now - timedelta(days=2), high=("增村镇小果庄村",))
    returned = declared(now)
    elsewhere = services.Stay(GAOCHENG, "别处", day_of(now) - timedelta(days=30), day_of(now) - timedelta(days=20))
    source = services.Source("citizen")
    services.correct(returned=returned, said=said(now, stays=(elsewhere,)), seen_version=1, source=source, at=now)
    assert Return.objects.get(pk=returned.pk).category == "other"
    assert set(standing(returned)) == {"health_monitoring"}
    with pytest.raises(services.DeclarationChanged):
        services.correct(returned=returned, said=said(now), seen_version=1, source=source, at=now)
    assert returned.declarations.count() == 2
    clean()


def test_declared_twice_is_one_return_and_another_name_is_another_person(now: datetime) -> None:
    number = "110101199003077758"
    first = declared(now, who=person(id_number=number))
    again = declared(now, who=person(id_number=number))
    other = declared(now, who=person(name="张三", phone="13800000002", id_number=number))
    assert first.pk == again.pk
    assert again.version == 2
    assert other.subject_id != first.subject_id
    content = said(now)
    source = services.Source("citizen")
    once = services.declare(person=person(name="赵六", phone="13800000003"), said=content, source=source, at=now)
    twice = services.declare(person=person(name="赵六", phone="13800000003"), said=content, source=source, at=now)
    assert once.pk == twice.pk
    assert twice.declarations.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("area_code", "140826"), ("area_code", "140825100001"), ("stays", ()), ("transport", "train")],
)
def test_what_cannot_be_is_refused(now: datetime, field: str, value: object) -> None:
    far = {"expected_on": timezone.localdate(now) + timedelta(days=90)} if field == "transport" else {}
    with pytest.raises(services.DeclarationInvalid):
        declared(now, **{field: value, **far})
