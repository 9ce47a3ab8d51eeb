"""Who and what a run found, one row a subject, and how far the response has come for each."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lianfang.apps.core import work
from lianfang.apps.core.models import Control, Measure, Subject, Task
from lianfang.apps.tracing.selectors.affected import (
    Counts,
    RowFilter,
    count,
    earliest_release,
    kinds_among,
    n_of_kind,
    rows_of,
)
from lianfang.apps.tracing.selectors.reading import Occasion, Reader, occasion_of
from lianfang.apps.tracing.selectors.rows import Row, shown_rows
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.case import Case, investigation_of
from tests.support.kept import made_once, with_positive_lot
from tests.support.staff import OTHER_TOWNSHIP, staff

pytestmark = pytest.mark.django_db
kept_case = made_once(with_positive_lot)


def seen(case: Case, **changes: object) -> Occasion:
    number = investigation_of("LOT").number
    return occasion_of(case.command, number, run="", at=timezone.now() + timedelta(**changes))  # type: ignore[arg-type]


def rows(occasion: Occasion, **wanted: object) -> list[Row]:
    return shown_rows(rows_of(occasion, RowFilter(**wanted)), occasion)  # type: ignore[arg-type]


def codes(occasion: Occasion, **wanted: object) -> list[str]:
    return [row.subject.code for row in rows(occasion, **wanted)]


def finish(case: Case, code: str, kind: str) -> None:
    task = Task.objects.get(subject__code=code, kind=kind)
    work.finish_task(task_id=task.pk, proof=work.Proof("done"), at=timezone.now(), by=case.command)


def test_each_subject_has_one_row_of_its_strictest_class(case: Case) -> None:
    found = {row.subject.code: row for row in rows(seen(case))}
    assert {"LOT", "LOT-a", "wang", "child", "zhao"} <= set(found)
    assert found["wang"].cls == "close_contact"
    assert found["wang"].direction == "forward"
    assert found["wang"].also == "backward"
    assert found["LOT"].cls == "index"
    assert found["child"].generation == 2
    assert found["wang"].reasons[0].code.startswith("C-")


def test_the_strictest_come_first_and_each_order_can_be_turned_round(case: Case) -> None:
    occasion = seen(case)
    assert codes(occasion)[0] == "LOT"
    for sort in ("class", "subject", "generation", "first", "seconds", "place", "due"):
        assert set(codes(occasion, sort=sort)) == set(codes(occasion, sort=f"-{sort}"))
    firsts = [row.first_at for row in rows(occasion, sort="first")]
    assert firsts == sorted(firsts)
    assert [row.first_at for row in rows(occasion, sort="-first")] == sorted(firsts, reverse=True)
    assert codes(occasion, sort="nonsense") == codes(occasion)


def test_filters_narrow_down(case: Case) -> None:
    occasion = seen(case)
    assert codes(occasion, cls="close_contact", q="wang") == ["wang"]
    assert set(codes(occasion, kind="person")) <= {"wang", "child", "zhao", "passer", "mate"}
    assert "wang" not in codes(occasion, kind="goods")
    assert {"LOT", "LOT-a"} <= set(codes(occasion, kind="goods"))
    assert codes(occasion, q="WANG") == ["wang"]
    assert codes(occasion, area="140826999") == []
    assert "wang" in codes(occasion, direction="backward")
    assert "child" not in codes(occasion, direction="backward")


def test_a_person_is_not_found_by_name_but_goods_are(case: Case) -> None:
    Subject.objects.filter(code="wang").update(label="Somebody")
    occasion = seen(case)
    assert codes(occasion, q="Somebody") == []
    assert "LOT" in codes(occasion, q=Subject.objects.get(code="LOT").label)


def test_those_not_exposed_are_shown_only_when_asked_for(case: Case) -> None:
    occasion = seen(case)
    cleared = codes(occasion, cls="not_exposed")
    assert not set(cleared) & set(codes(occasion))
    assert count(occasion).n_not_exposed == len(cleared)


def test_the_funnel_follows_the_work(case: Case) -> None:
    before = count(seen(case))
    assert before.n_all == len(codes(seen(case)))
    assert before.n_all == before.n_people + before.n_goods + before.n_surfaces
    assert (before.n_located, before.n_controlled, before.n_sampled, before.n_released) == (1, 0, 1, 0)
    finish(case, "wang", "locate")
    located = count(seen(case))
    assert (located.n_located, located.n_controlled) == (2, 0)
    assert located.n_uncontrolled == before.n_uncontrolled
    finish(case, "wang", "transfer")
    controlled = count(seen(case))
    assert (controlled.n_located, controlled.n_controlled) == (2, 1)
    assert controlled.n_uncontrolled == before.n_uncontrolled - 1
    assert codes(seen(case), state="controlled") == ["wang"]
    assert "wang" not in codes(seen(case), state="uncontrolled")
    assert {row.subject.code: row.state for row in rows(seen(case))}["wang"] == "controlled"


def test_every_figure_of_the_funnel_opens_as_many_rows(case: Case) -> None:
    finish(case, "zhao", "transfer")
    occasion = seen(case, hours=5)
    counts = count(occasion)
    for state in ("located", "controlled", "uncontrolled", "sampled", "unsampled", "released"):
        assert len(codes(occasion, state=state)) == getattr(counts, f"n_{state}"), state
    assert len(codes(occasion, state="unlocated")) == counts.n_all - counts.n_located
    assert len(codes(occasion, late=True)) == counts.n_late > 0
    assert len(codes(occasion, state="unreleased")) == counts.n_all - counts.n_released


def test_control_before_the_exposure_does_not_count(case: Case) -> None:
    wang = Subject.objects.get(code="wang")
    Control.objects.create(subject=wang, controlled_at=case.ago(200), cause="import", recorded_at=case.now)
    assert codes(seen(case), state="controlled") == []
    Control.objects.create(subject=wang, controlled_at=case.ago(10), cause="import", recorded_at=case.now)
    assert codes(seen(case), state="controlled") == ["wang"]


def test_a_specimen_taken_since_the_opening_counts_as_sampled(case: Case) -> None:
    assert codes(seen(case), state="sampled") == ["LOT"]
    case.now = timezone.now()
    case.signed("wang", SpecimenResult.NEGATIVE, hours_ago=0)
    assert set(codes(seen(case), state="sampled")) == {"LOT", "wang"}


def test_released_once_every_measure_is(case: Case) -> None:
    Measure.objects.filter(subject__code="child").update(ended_at=timezone.now(), end="released")
    occasion = seen(case)
    assert codes(occasion, state="released") == ["child"]
    assert {row.subject.code: row.state for row in rows(occasion)}["child"] == "released"
    Measure.objects.filter(subject__code="child").update(end="withdrawn")
    assert codes(seen(case), state="released") == []


def test_the_next_task_is_the_first_to_fall_due(case: Case) -> None:
    row = next(row for row in rows(seen(case, hours=5)) if row.subject.code == "wang")
    assert row.task is not None
    assert row.task.kind == "locate"
    assert row.task.is_late
    assert row.task.n_late == 1
    assert row.measures
    assert row.measures[0].test_days


def test_a_reader_of_another_township_sees_none_of_it(case: Case) -> None:
    whole = seen(case)
    reader = Reader(staff("command", area_code=OTHER_TOWNSHIP, username="neighbour"))
    narrow = Occasion(whole.investigation, whole.run, reader, whole.at)
    assert count(narrow) == Counts()
    assert codes(narrow) == []
    assert earliest_release(narrow) is None
    assert earliest_release(whole) is not None


def test_a_measure_counts_whichever_investigation_ordered_it(case: Case) -> None:
    alone = {row.subject.code: row for row in rows(seen(case))}["OTHER"]
    assert alone.state == "uncontrolled"
    case.signed("OTHER", hours_ago=1)
    row = {row.subject.code: row for row in rows(seen(case))}["OTHER"]
    assert row.state == "uncontrolled"
    assert {line.kind for line in row.measures} >= {"lot_hold", "lot_destruction"}
    assert {line.ordered_by for line in row.measures} == {investigation_of("OTHER").number}
    assert row.task is not None
    assert "OTHER" in codes(seen(case), state="uncontrolled")


def test_a_direct_contact_is_named_by_its_kind(case: Case) -> None:
    place = next(row for row in rows(seen(case)) if row.subject.code == "wang").place
    assert place is not None
    assert place.kind == "contact"
    assert place.name


def test_kinds_are_counted_whatever_kind_is_asked_for(case: Case) -> None:
    occasion = seen(case)
    counted = kinds_among(occasion, RowFilter(kind="person"))
    counts = count(occasion)
    assert n_of_kind(counted, "") == counts.n_all
    assert n_of_kind(counted, "person") == counts.n_people
    assert n_of_kind(counted, "goods") == counts.n_goods
