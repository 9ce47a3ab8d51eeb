"""The demo's laboratories: one that works, two on their way; what waits there, a round of shared tubes, and the plan."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.timezone import localdate

from lianfang.apps.capacity import services as capacity
from lianfang.apps.capacity.services import Milestone
from lianfang.apps.core.models import Organisation, Subject, User
from lianfang.apps.core.services import OrganisationEntry, register_organisation
from lianfang.apps.lab import custody, labelling, order_upkeep, orders, pool_results, pooling
from lianfang.apps.lab import services as lab
from lianfang.rules.custody import Whereabouts
from lianfang.rules.vocabulary import ResponsibleKind, SpecimenResult

_CDC: Final = "LAB-CDC"
_TCM: Final = "LAB-TCM"
_ORDER: Final = UUID("6c000000-0000-4000-8000-000000000001")
_ROUND: Final = UUID("6c000000-0000-4000-8000-000000000002")
_PLAN: Final = (
    # step, days from the start of the plan, done after so many days or None
    (Milestone.Kind.ROOMS, 10, 9),
    (Milestone.Kind.EQUIPMENT, 18, 20),
    (Milestone.Kind.BIOSAFETY, 22, None),
    (Milestone.Kind.STAFF, 27, None),
    (Milestone.Kind.ASSESSMENT, 34, None),
    (Milestone.Kind.TRIAL, 37, None),
)
_PLAN_DAYS: Final = 40
_SHEET: Final = capacity.Sheet(
    opens_on=date(2020, 1, 1), extractors=2, thermocyclers=4, batch=92, extract_minutes=60, amplify_minutes=100,
    sign_minutes=30, transport_minutes=60, staff_per_line=2, tubes_per_day=0, shifts=(),
)  # fmt: skip
_POOLS, _IN_POOL, _SINGLE = 24, 10, 12


def play_laboratories(*, now: datetime) -> None:
    """Enter three laboratories, plan the two new ones, fill a queue; needs the demo accounts and persons."""
    command, technician = (User.objects.get(username=name) for name in ("command", "lab"))
    hospital = technician.organisation
    assert hospital is not None
    cdc, tcm = (
        register_organisation(
            OrganisationEntry(code, name, "laboratory", ResponsibleKind.UNIT, settings.COUNTY_CODE), by=None, at=now
        )
        for code, name in ((_CDC, "县疾控中心核酸检测实验室"), (_TCM, "县中医院核酸检测实验室"))
    )
    today = localdate(now)
    opening = _opening(today)
    works = today - timedelta(days=60)
    for of, by, opens_on, tubes, shifts in (
        (hospital, technician, works, 1_200, ((0, 8, 2), (8, 20, 6), (20, 24, 4))),
        (cdc, command, opening, 600, ((8, 22, 4),)),
        (tcm, command, opening, 600, ((8, 18, 2),)),
    ):
        sheet = replace(_SHEET, opens_on=opens_on, tubes_per_day=tubes, shifts=shifts)
        capacity.enter_laboratory(organisation=of, sheet=sheet, seen=0, at=now, by=by)
    _plan((cdc, tcm), opening, now, command)
    capacity.watch(at=now)
    _fill(hospital, now, technician)
    _order(now, technician, command)
    order_upkeep.keep_all()


def _opening(today: date) -> date:
    """The plan ends on 31 December 2020; a demo of another time has its plan as far ahead."""
    return max(date(2020, 12, 31), today + timedelta(days=14))


def _plan(laboratories: tuple[Organisation, Organisation], opening: date, at: datetime, by: User) -> None:
    begins, today = opening - timedelta(days=_PLAN_DAYS), localdate(at)
    for laboratory in laboratories:
        for kind, days, done in (*_PLAN, (Milestone.Kind.OPENING, _PLAN_DAYS, None)):
            step = capacity.Step(laboratory, kind, begins + timedelta(days=days), laboratory)
            made = capacity.plan_step(step=step, at=at, by=by)
            if done is not None and begins + timedelta(days=done) <= today:
                shown = capacity.Shown(begins + timedelta(days=done), "演示:验收单已归档")
                capacity.show_done(milestone_id=made.pk, shown=shown, at=at, by=by)


def _fill(hospital: Organisation, now: datetime, by: User) -> None:
    """Shared and single tubes of the last hours: some at the laboratory, some on the way, a few to be signed, one late."""
    free = Subject.objects.filter(kind="person", area_code__startswith=settings.COUNTY_CODE, measures__isnull=True)
    persons = list(free.filter(specimens__isnull=True).order_by("pk")[: _POOLS * _IN_POOL + _SINGLE])
    shared, own = persons[: _POOLS * _IN_POOL], persons[_POOLS * _IN_POOL :]
    codes = labelling.new_codes(n=_POOLS + _SINGLE, at=now, by=by)
    for number, subject in enumerate(shared):
        taken = now - timedelta(minutes=20 * (_POOLS - number // _IN_POOL))
        pooling.add_to_pool(tube=codes[number // _IN_POOL], subject=subject, collected_at=taken, at=now, by=by)
    for number, subject in enumerate(own):
        taken = now - timedelta(hours=26 if number == 0 else 2, minutes=number)
        lab.register_specimen(code=codes[_POOLS + number], subject=subject, collected_at=taken, at=now, by=by)
    move = custody.Move(Whereabouts.RECEIVED, organisation=hospital)
    custody.move_tubes(codes=[*codes[:12], *codes[_POOLS:]], move=move, at=now, by=by)
    custody.move_tubes(codes=codes[12:18], move=custody.Move(Whereabouts.SENT, organisation=hospital), at=now, by=by)
    for code in codes[:3]:
        pool_results.record_pool_result(code=code, value=SpecimenResult.NEGATIVE, at=now, by=by)


def _order(now: datetime, technician: User, command: User) -> None:
    """An order by hand, and a round of the county that has begun."""
    person = Subject.objects.filter(kind="person", area_code__startswith=settings.COUNTY_CODE).order_by("-pk").first()
    if person is not None:
        given = orders.Order(_ORDER, person, "发热门诊就诊", now - timedelta(hours=2), now + timedelta(hours=10))
        orders.order_sampling(given=given, at=now, by=technician)
    span = (now - timedelta(hours=12), now + timedelta(days=2))
    orders.start_round(
        given=orders.Round(_ROUND, "全县第一轮核酸筛查", settings.COUNTY_CODE, None, *span), at=now, by=command
    )
