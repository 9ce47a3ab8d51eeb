"""The laboratories: what they enter, what waits and by when, the forecast, and the steps of the new ones."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from lianfang.apps.capacity import forecasting, selectors, services
from lianfang.apps.capacity.models import LaboratoryEntry, Milestone, MilestoneEvidence
from lianfang.apps.core import outbox, work
from lianfang.apps.core.models import Measure, Organisation, Role, Subject, Task, User
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab import custody
from lianfang.apps.lab import services as lab
from lianfang.apps.lab.pooling import add_to_pool
from lianfang.rules.custody import Whereabouts
from lianfang.rules.profile_laboratory import Priority
from lianfang.rules.routing import Route
from tests.support.staff import OTHER_COUNTY, VILLAGE, organisation, signed_in, staff

pytestmark = pytest.mark.django_db
SHEET = services.Sheet(date(2020, 1, 1), 2, 4, 92, 60, 100, 20, 60, 2, 1_000, ((0, 24, 4),))


@pytest.fixture
def hospital() -> Organisation:
    return organisation("HOSPITAL", "hospital", "unit", name="县医院")


@pytest.fixture
def technician(hospital: Organisation) -> User:
    return staff(Role.LABORATORY, username="technician", organisation=hospital)


def enter(by: User, of: Organisation, seen: int = 0, **changed: object) -> LaboratoryEntry:
    sheet = services.Sheet(**{**{name: getattr(SHEET, name) for name in SHEET.__slots__}, **changed})  # type: ignore[arg-type]
    return services.enter_laboratory(organisation=of, sheet=sheet, seen=seen, at=timezone.now(), by=by)


def subject(number: int) -> Subject:
    return Subject.objects.create(kind="person", code=f"P{number}", label="王小明", area_code=VILLAGE)


def tube(by: User, of: Subject, code: str, hours_ago: float) -> None:
    now = timezone.now()
    at = now - timedelta(hours=hours_ago)
    lab.register_specimen(code=code, subject=of, collected_at=at, at=now, by=by)


def rows(by: User) -> list[selectors.QueueRow]:
    now = timezone.now()
    return selectors.queue(profile=profile_in_force(at=now), at=now, by=by)


def test_a_laboratory_enters_its_own_capacity_version_by_version(technician: User, hospital: Organisation) -> None:
    first = enter(technician, hospital)
    assert enter(technician, hospital, seen=0) == first
    with pytest.raises(services.EntryChanged):
        enter(technician, hospital, seen=0, extractors=3)
    assert enter(technician, hospital, seen=1, extractors=3).version == 2
    other = organisation("CDC", "laboratory", "unit")
    with pytest.raises(services.NotYourLaboratory):
        enter(technician, other)
    with pytest.raises(services.ShiftsInvalid):
        enter(technician, hospital, seen=2, shifts=((8, 20, 4), (19, 24, 2)))
    with pytest.raises(IntegrityError), transaction.atomic():
        LaboratoryEntry.objects.filter(pk=first.pk).update(extractors=9)
    client = signed_in(technician)
    page = client.get(f"/capacity/{hospital.pk}/").content.decode()
    assert "0-24 4" in page
    assert client.post(f"/capacity/{hospital.pk}/", {"shifts": "eight"}).status_code == 422
    assert signed_in(staff(area_code=OTHER_COUNTY)).get(f"/capacity/{hospital.pk}/").status_code == 404


def test_the_queue_shows_late_tubes_first_each_with_its_priority_and_a_shared_tube_once(
    technician: User, hospital: Organisation
) -> None:
    enter(technician, hospital)
    isolated, plain = subject(1), subject(2)
    now = timezone.now()
    Measure.objects.create(kind="isolation", subject=isolated, area_code=VILLAGE, starts_at=now, ordered_at=now)
    tube(technician, isolated, "URGENT", 7)
    tube(technician, plain, "PLAIN", 7)
    tube(technician, subject(9), "SIGNED", 7)
    signed = lab.record_result(specimen_id=lab.Specimen.objects.get(code="SIGNED").pk, value="negative", at=now, by=technician)  # type: ignore[arg-type]  # fmt: skip
    lab.sign_result(specimen_id=signed.specimen_id, at=now, by=staff(Role.LABORATORY, username="signer"))
    for number in range(3, 6):
        add_to_pool(tube="SHARED", subject=subject(number), collected_at=now, at=now, by=technician)
    move = custody.Move(Whereabouts.RECEIVED, organisation=hospital)
    custody.move_tubes(codes=["URGENT", "SHARED"], move=move, at=timezone.now(), by=technician)
    found = rows(technician)
    assert [(row.tube.code, row.priority, row.is_late, row.tube.members) for row in found] == [
        ("URGENT", Priority.URGENT, True, 1),
        ("PLAIN", Priority.SCREENING, False, 1),
        ("SHARED", Priority.SCREENING, False, 3),
    ]
    (load,) = selectors.loads(found, selectors.entries(by=technician), at=now)
    assert (load.n_here, load.n_late, load.is_short) == (2, 1, False)
    page = signed_in(technician).get("/capacity/").content.decode()
    assert page.index("URGENT") < page.index("PLAIN")
    assert signed_in(staff(Role.UNIT)).get("/capacity/").status_code == 403


def test_advice_sends_what_would_be_late_to_a_laboratory_that_has_it_sooner(
    technician: User, hospital: Organisation
) -> None:
    command, cdc = staff(), organisation("CDC", "laboratory", "unit", name="县疾控")
    enter(technician, hospital, amplify_minutes=900, thermocyclers=100)
    enter(command, cdc, transport_minutes=30)
    isolated, now = subject(1), timezone.now()
    Measure.objects.create(kind="isolation", subject=isolated, area_code=VILLAGE, starts_at=now, ordered_at=now)
    tube(technician, isolated, "URGENT", 0.1)
    custody.move_tubes(
        codes=["URGENT"], move=custody.Move(Whereabouts.RECEIVED, organisation=hospital), at=timezone.now(), by=technician
    )  # fmt: skip
    at = timezone.now()
    (advised,) = selectors.advice(
        rows(technician), selectors.entries(by=technician), profile=profile_in_force(at=at), at=at
    )
    assert (advised.organisation, advised.n_tubes, advised.verdict.outcome.route) == (hospital, 1, Route.SEND)
    assert advised.verdict.outcome.laboratory == "县疾控"


def test_the_forecast_begins_with_the_live_queue_and_tells_what_another_extractor_gains(
    technician: User, hospital: Organisation
) -> None:
    enter(technician, hospital, extractors=1)
    for number in range(3):
        tube(technician, subject(number), f"T{number}", 1)
    at, known = timezone.now(), selectors.entries(by=technician)
    profile, waiting = profile_in_force(at=at), rows(technician)
    now = forecasting.forecast(waiting, known, forecasting.Assumed(), profile=profile, at=at)
    assert now.n_tubes == 3
    assert now.done_at is not None
    assert at + timedelta(minutes=60 + 60 + 100 + 20) <= now.done_at < at + timedelta(hours=6)
    assumed = forecasting.Assumed(people=20_000, pool_size=10)
    busy = forecasting.forecast(waiting, known, assumed, profile=profile, at=at)
    more = forecasting.Assumed(laboratory=hospital.pk, extra_lines=1, people=20_000, pool_size=10)
    eased = forecasting.forecast(waiting, known, more, profile=profile, at=at)
    assert busy.done_at is not None
    assert eased.done_at is not None
    assert eased.done_at <= busy.done_at
    with pytest.raises(forecasting.TooManyTubes):
        forecasting.forecast(waiting, known, forecasting.Assumed(people=500_000), profile=profile, at=at)
    client = signed_in(technician)
    asked = "?laboratory=&extra_lines=0&people=5000&days=1&pool_size=10&positives_per_100000=10"
    assert client.get("/capacity/forecast/" + asked).status_code == 200
    assert client.get("/capacity/forecast/" + asked.replace("pool_size=10", "pool_size=30")).status_code == 422


def test_a_late_step_makes_one_task_and_its_proof_is_the_evidence(hospital: Organisation) -> None:
    command, unit = staff(), organisation("HEALTH", "regulator", "regulator", name="县卫健局")
    at = timezone.now()
    late, soon = timezone.localdate(at) - timedelta(days=2), timezone.localdate(at) + timedelta(days=20)

    def plan(kind: Milestone.Kind, day: date, reason: str = "") -> Milestone:
        return services.plan_step(step=services.Step(hospital, kind, day, unit, reason), at=at, by=command)

    rooms, trial = plan(Milestone.Kind.ROOMS, late), plan(Milestone.Kind.TRIAL, soon)
    assert plan(Milestone.Kind.ROOMS, late) == rooms
    assert services.watch(at=at) == 1
    assert services.watch(at=at) == 0
    task = Task.objects.get(kind="commission_laboratory", organisation=unit)
    worker = staff(Role.REGULATOR, username="worker", organisation=unit)
    work.finish_task(task_id=task.pk, proof=work.Proof("验收单 12 号"), at=timezone.now(), by=worker)
    outbox.deliver_pending()
    assert MilestoneEvidence.objects.get(milestone=rooms).by == worker
    with pytest.raises(services.MilestoneDone):
        plan(Milestone.Kind.ROOMS, soon, "延期")
    with pytest.raises(services.EvidenceMissing):
        plan(Milestone.Kind.TRIAL, late)
    moved = plan(Milestone.Kind.TRIAL, late, "设备晚到")
    assert services.watch(at=at) == 1
    client = signed_in(command)
    page = client.get("/capacity/plan/").content.decode()
    assert "验收单 12 号" in page
    assert "设备晚到" in page
    given = {"done_on": f"{late:%Y-%m-%d}", "note": "试运行报告"}
    assert client.post(f"/capacity/plan/{trial.pk}/done/", given).status_code == 404
    assert client.post(f"/capacity/plan/{moved.pk}/done/", {**given, "note": ""}).status_code == 422
    assert client.post(f"/capacity/plan/{moved.pk}/done/", given).status_code == 302
    assert client.post(f"/capacity/plan/{moved.pk}/done/", given).status_code == 302
    assert Task.objects.filter(kind="commission_laboratory", status="cancelled").count() == 1
    connection.check_constraints()
