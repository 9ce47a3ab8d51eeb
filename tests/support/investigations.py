"""Investigations for tests: a small case through the services, and a large one written straight into the tables."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from lianfang.apps.core import evidence, outbox
from lianfang.apps.core.models import Control, Measure, MeasureCause, Subject, Task, User, Verdict
from lianfang.apps.goods.models import Lot, LotLink
from lianfang.apps.lab import services as lab
from lianfang.apps.lab.models import Specimen
from lianfang.apps.people.models import Person
from lianfang.apps.places.models import Place
from lianfang.apps.tracing.models import Exposure, ExposureEdge, Investigation, Run
from lianfang.rules.contact import ExposureFacts, PlaceExposure
from lianfang.rules.verdict import Reason
from lianfang.rules.verdict import Verdict as Ruling
from lianfang.rules.vocabulary import Direction, ExposureClass, PlaceKind, SpecimenResult, SubjectKind
from tests.support.staff import COUNTY, staff

VILLAGE = "140826100200"
OTHER_VILLAGE = "140826402498"
OTHER_COUNTY_VILLAGE = "140825100001"
EDITION = "covid19-2020-12"
HOUR = dt.timedelta(hours=1)


def subject(kind: str, code: str, label: str = "", area: str = VILLAGE) -> Subject:
    made = Subject.objects.create(kind=kind, code=code, label=label or code, area_code=area)
    if kind == SubjectKind.PERSON:
        Person.objects.create(subject=made, name=label or code, area_code=area)
    if kind == SubjectKind.LOT:
        Lot.objects.create(subject=made, product=label or code, arrived_at=timezone.now() - dt.timedelta(days=3))
    return made


def place(code: str, kind: str, name: str, area: str = VILLAGE) -> Place:
    return Place.objects.create(code=code, kind=kind, name=name, area_code=area)


def presences(rows: Iterable[tuple[Subject, Place, dt.datetime, dt.datetime]], at: dt.datetime) -> evidence.FactBatch:
    """Store stays as one batch of facts."""
    rows = list(rows)
    with connection.cursor() as cursor:
        for day in sorted({start.astimezone(dt.UTC).date() for _, _, start, _ in rows}):
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS presence_test_{day:%Y%m%d} PARTITION OF places_presence"
                f" FOR VALUES FROM ('{day} 00:00Z') TO ('{day + dt.timedelta(days=1)} 00:00Z')"
            )
        with transaction.atomic():
            batch = evidence.open_batch(kind="presences", source="test", at=at, by=None)
            for who, where, start, end in rows:
                cursor.execute(
                    "INSERT INTO places_presence VALUES (%s, %s, %s, %s, %s)", [who.pk, where.pk, start, end, batch.pk]
                )
            evidence.record_batch(batch, [])
    return batch


@dataclass
class Case:
    """The small case: a positive lot, the porter Wang who handled it, his child, a classmate, the stall's keeper Zhao."""

    investigation: Investigation
    specimen: Specimen
    signer: User
    lot: Subject
    part: Subject
    wang: Subject
    child: Subject
    mate: Subject
    zhao: Subject
    room: Place
    home: Place
    now: dt.datetime


def small_case() -> Case:
    """Sign a positive for a lot and let the system answer."""
    now = timezone.now().replace(microsecond=0)
    technician, signer = staff("laboratory", username="technician"), staff("laboratory", username="signer")
    lot, part = subject("lot", "JX-0417", "冷冻南美白虾"), subject("lot", "JX-0417-A", "冷冻南美白虾 分装")
    wang, child = subject("person", "P-WANG", "王某某"), subject("person", "P-CHILD", "王小某")
    mate = subject("person", "P-MATE", "李小某", OTHER_VILLAGE)
    zhao = subject("person", "P-ZHAO", "赵某某", OTHER_COUNTY_VILLAGE)
    room, home = place("COLD-2", "cold_room", "总仓 2 号冷库"), place("HOME-1", "household", "王家")
    room.refresh_from_db()
    hand, stall = place("HAND-1", "contact", "搬运"), place("HAND-2", "contact", "摊位交接")
    school = place("CLASS-3", "classroom", "县实验小学三(2)班", OTHER_VILLAGE)

    def ago(hours: int) -> dt.datetime:
        return now - hours * HOUR

    batch = presences(
        [
            (lot, room, ago(60), ago(1)),
            (lot, hand, ago(50), ago(49)),
            (wang, hand, ago(50), ago(49)),
            (wang, home, ago(40), ago(30)),
            (child, home, ago(40), ago(30)),
            (child, school, ago(28), ago(24)),
            (mate, school, ago(28), ago(24)),
            (part, stall, ago(20), ago(19)),
            (zhao, stall, ago(20), ago(19)),
        ],
        now,
    )
    LotLink.objects.create(source=lot, target=part, at=ago(22), kind="split", batch=batch)
    specimen = lab.register_specimen(code="T-1", subject=lot, collected_at=ago(2), at=now, by=technician)
    lab.record_result(specimen_id=specimen.pk, value=SpecimenResult.POSITIVE, at=now, by=technician)
    lab.sign_result(specimen_id=specimen.pk, at=timezone.now(), by=signer)
    outbox.deliver_pending()
    investigation = Investigation.objects.get()
    return Case(investigation, specimen, signer, lot, part, wang, child, mate, zhao, room, home, now)


@dataclass
class LargeCase:
    """An investigation as a large cluster leaves it; people `P000000`.. met at `places`."""

    investigation: Investigation
    run: Run
    index: Subject
    people: Sequence[Subject]
    places: Sequence[Place]


CLASSES = ("close_contact", "secondary_contact", "general_contact", "close_contact", "not_exposed")
KINDS = ("bus", "market", "classroom", "restaurant", "work_unit")


def large_case(n: int = 5_000, n_places: int = 60) -> LargeCase:
    """Write an investigation with `n` exposures, three edges, a measure and four tasks each, without tracing."""
    now = timezone.now().replace(microsecond=0)
    start = now - dt.timedelta(days=3)
    index = subject("lot", "BIG-1", "冷冻带鱼")
    places = Place.objects.bulk_create(
        Place(code=f"PL{i:04d}", kind=KINDS[i % len(KINDS)], name=f"地点{i}", area_code=VILLAGE) for i in range(n_places)
    )
    areas = (VILLAGE, OTHER_VILLAGE)
    people = Subject.objects.bulk_create(
        Subject(kind="person", code=f"P{i:06d}", label="张**", area_code=areas[i % 2]) for i in range(n)
    )
    by = staff("laboratory", username="large")
    specimen = Specimen.objects.create(
        code="T-BIG", subject=index, collected_at=start, collected_by=by, registered_at=start
    )
    investigation = Investigation.objects.create(
        number=f"{now.year}-900", index_subject=index, specimen=specimen, area_code=VILLAGE, edition=EDITION, opened_at=now
    )
    run = Run.objects.create(
        investigation=investigation, ordinal=1, cause="result_signed", known_seq=evidence.known_seq(), decided_at=now,
        edition=EDITION, signed_at=now, recorded_at=now + dt.timedelta(seconds=3.1),
    )  # fmt: skip
    investigation.current_run = run
    investigation.save()
    _write_exposures(run, index, people, places, start)
    _write_work(investigation, people, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return LargeCase(investigation, run, index, people, places)


def _write_exposures(
    run: Run, index: Subject, people: Sequence[Subject], places: Sequence[Place], start: dt.datetime
) -> None:
    plain = json.loads(ruling("close_contact").to_json())
    verdicts = Verdict.objects.bulk_create(
        (
            Verdict(
                kind="classify", subject=each, run=run, outcome=CLASSES[i % 5], reasons=plain["reasons"],
                facts=plain["facts"], edition=EDITION, known_seq=run.known_seq, decided_at=run.decided_at,
            )
            for i, each in enumerate([*people, index])
        ),
        batch_size=2_000,
    )  # fmt: skip
    first = [start + dt.timedelta(minutes=i % 2_000) for i in range(len(people))]
    rows = [
        Exposure(
            run=run, direction="forward", subject=each, generation=1 if i % 5 == 0 else 2, first_at=first[i],
            last_at=first[i] + HOUR, seconds=3_600, union_seconds=600 + i % 3_000, n_places=1, n_sources=1,
            via_subject=index if i % 5 == 0 else people[i - i % 5], via_place=places[i % len(places)],
            exposure_class=CLASSES[i % 5], verdict=verdicts[i],
        )
        for i, each in enumerate(people)
    ]  # fmt: skip
    rows.append(
        Exposure(
            run=run, direction="forward", subject=index, generation=0, first_at=start, last_at=start, seconds=0,
            union_seconds=0, n_places=0, n_sources=0, via_subject=index, exposure_class="index", verdict=verdicts[-1],
        )
    )  # fmt: skip
    Exposure.objects.bulk_create(rows, batch_size=2_000)
    edges = [
        ExposureEdge(
            run=run, direction="forward", source=index if i % 5 == 0 else people[i - i % 5], exposed=each,
            place=places[(i + hop) % len(places)], starts_at=first[i] + hop * HOUR, ends_at=first[i] + (hop + 1) * HOUR,
            lingering=False,
        )
        for i, each in enumerate(people)
        for hop in range(3)
    ]  # fmt: skip
    ExposureEdge.objects.bulk_create(edges, batch_size=5_000)


def _write_work(investigation: Investigation, people: Sequence[Subject], now: dt.datetime) -> None:
    held = [each for i, each in enumerate(people) if i % 5 != 4]
    measures = Measure.objects.bulk_create(
        (
            Measure(
                kind="central_quarantine", subject=each, area_code=each.area_code, starts_at=now,
                ends_at=now + dt.timedelta(days=14), test_offsets_days=[0, 3, 6, 13], ordered_at=now,
            )
            for each in held
        ),
        batch_size=2_000,
    )  # fmt: skip
    verdicts = dict(Verdict.objects.filter(run=investigation.current_run).values_list("subject_id", "pk"))
    MeasureCause.objects.bulk_create(
        (
            MeasureCause(
                measure=measure, verdict_id=verdicts[measure.subject_id], investigation=investigation, row="M-2",
                starts_at=measure.starts_at, ends_at=measure.ends_at,
            )
            for measure in measures
        ),
        batch_size=2_000,
    )  # fmt: skip
    kinds = ("locate", "transfer", "collect_specimens", "notify")
    Task.objects.bulk_create(
        (
            Task(
                kind=kind, measure=measure, investigation=investigation, subject_id=measure.subject_id,
                responsible_kind="territory", area_code=measure.area_code, created_at=now,
                status="done" if i % 3 == 0 and kind in {"locate", "transfer"} else "open",
                due_at=now + dt.timedelta(hours=-1 if i % 7 == 0 else 4, minutes=number),
            )
            for i, measure in enumerate(measures)
            for number, kind in enumerate(kinds)
        ),
        batch_size=5_000,
    )  # fmt: skip
    Control.objects.bulk_create(
        Control(subject_id=measure.subject_id, controlled_at=now, cause="task:transfer", recorded_at=now)
        for i, measure in enumerate(measures)
        if i % 3 == 0
    )


def ruling(outcome: str) -> Ruling[ExposureClass]:
    """A contact verdict of the usual shape."""
    met = PlaceExposure(PlaceKind.BUS, 3_600, False, SubjectKind.PERSON, ExposureClass.INDEX)
    facts = ExposureFacts(SubjectKind.PERSON, Direction.FORWARD, 1, (SubjectKind.PERSON,), (met,))
    reasons = (Reason("C-1", {"place_kind": "bus", "seconds": 3_600}),)
    return Ruling(ExposureClass(outcome), reasons, facts, EDITION, "classify")


__all__ = ["COUNTY", "Case", "LargeCase", "large_case", "place", "presences", "ruling", "small_case", "subject"]
