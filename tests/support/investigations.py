"""A large investigation for tests, written straight into the tables: tracing thousands would take its time."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from lianfang.apps.core import evidence
from lianfang.apps.core.models import Control, Measure, MeasureCause, Subject, Task, Verdict
from lianfang.apps.lab.models import Specimen
from lianfang.apps.places.models import Place
from lianfang.apps.tracing.models import Exposure, ExposureEdge, Investigation, Run
from lianfang.rules.contact import ExposureFacts, PlaceExposure
from lianfang.rules.verdict import Reason
from lianfang.rules.verdict import Verdict as Ruling
from lianfang.rules.vocabulary import Direction, ExposureClass, PlaceKind, SubjectKind
from tests.support.staff import staff

VILLAGE = "140826100200"
OTHER_VILLAGE = "140826402498"
EDITION = "covid19-2020-12"
HOUR = dt.timedelta(hours=1)


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


def large_case(n: int = 5_000, n_places: int = 60, *, number: int = 0) -> LargeCase:
    """Write an investigation with `n` exposures, three edges, a measure and four tasks each, without tracing.

    Two cases can stand side by side when their numbers differ; people are P000000.., those of number 1 SP000000...
    """
    now = timezone.now().replace(microsecond=0)
    start = now - dt.timedelta(days=3)
    prefix = "S" if number == 1 else ""
    index = Subject.objects.create(kind="lot", code=f"BIG-{number}", label="冷冻带鱼", area_code=VILLAGE)
    places = Place.objects.bulk_create(
        Place(code=f"{prefix}PL{i:04d}", kind=KINDS[i % len(KINDS)], name=f"地点{i}", area_code=VILLAGE)
        for i in range(n_places)
    )
    areas = (VILLAGE, OTHER_VILLAGE)
    people = Subject.objects.bulk_create(
        Subject(kind="person", code=f"{prefix}P{i:06d}", label="张**", area_code=areas[i % 2]) for i in range(n)
    )
    by = staff("laboratory", username=f"large-{number}")
    specimen = Specimen.objects.create(
        code=f"T-BIG-{number}", subject=index, collected_at=start, collected_by=by, registered_at=start
    )
    investigation = Investigation.objects.create(
        number=f"{now.year}-{900 + number}",
        index_subject=index,
        specimen=specimen,
        area_code=VILLAGE,
        edition=EDITION,
        opened_at=now,
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
                source=f"investigation:{investigation.pk}", test_offsets_days=measure.test_offsets_days,
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
