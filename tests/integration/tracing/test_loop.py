"""From a signed positive to durable measures and tasks, and back when the result falls."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import polars as pl
import pytest
from django.db import connection, transaction
from django.utils import timezone

from lianfang.apps.core import evidence, outbox, work
from lianfang.apps.core.models import Control, Measure, Organisation, OutboxEvent, Subject, Task
from lianfang.apps.goods import services as goods
from lianfang.apps.lab import services as lab
from lianfang.apps.places.services import register_surface
from lianfang.apps.tracing import services
from lianfang.apps.tracing.models import Investigation, Run
from lianfang.apps.tracing.replay import replay_all
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.case import VILLAGE, Case, classes, investigation_of
from tests.support.staff import organisation

pytestmark = pytest.mark.django_db


def standing(code: str) -> set[str]:
    return set(Measure.objects.filter(subject__code=code, ended_at=None).values_list("kind", flat=True))


def test_positive_package_reaches_people_and_goods(case: Case) -> None:
    case.signed("LOT-P1")
    assert classes("LOT-P1") == {
        "LOT-P1": (0, "index"),
        "LOT": (1, "positive_lot"),
        "LOT-a": (1, "positive_lot"),
        "OTHER": (1, "implicated_lot"),
        "wang": (1, "close_contact"),
        "zhao": (1, "close_contact"),
        "child": (2, "secondary_contact"),
    }
    assert {"lot_hold", "lot_destruction", "disinfection"} <= standing("LOT-a")
    assert "central_quarantine" in standing("wang")


@transaction.atomic
def _deliver_and_lose_power() -> None:
    outbox.deliver_pending()
    assert Measure.objects.exists()
    raise RuntimeError("power cut")


def test_nothing_is_told_before_it_is_durable(case: Case) -> None:
    """The measures commit with the delivery: while it is uncommitted, another session sees none of it."""
    specimen = case.specimen("LOT")
    lab.record_result(specimen_id=specimen, value=SpecimenResult.POSITIVE, at=case.now, by=case.technician)
    lab.sign_result(specimen_id=specimen, at=case.now, by=case.signer)
    assert not Investigation.objects.exists()
    with pytest.raises(RuntimeError, match="power cut"):
        _deliver_and_lose_power()
    assert not Measure.objects.exists()
    assert not Investigation.objects.exists()
    assert outbox.deliver_pending() > 0
    assert Measure.objects.exists()


def test_delivering_again_changes_nothing(case: Case) -> None:
    case.signed("LOT")
    assert outbox.deliver_pending() == 0
    assert Run.objects.count() == 1


def test_annulled_result_withdraws_every_measure_and_keeps_the_history(case: Case) -> None:
    case.annul(case.signed("LOT"))
    investigation = investigation_of("LOT")
    assert investigation.status == "annulled"
    assert [run.stands for run in investigation.runs.order_by("ordinal")] == [True, False]
    assert not Measure.objects.filter(ended_at=None).exists()
    assert set(Measure.objects.values_list("end", flat=True)) == {"withdrawn"}
    assert not Task.objects.exclude(status="cancelled").exists()
    assert Measure.objects.filter(ended_by__isnull=True).count() == 0


def test_annulment_keeps_what_another_investigation_orders(case: Case) -> None:
    first = case.signed("LOT")
    case.signed("wang", hours_ago=1)
    assert standing("wang") == {"isolation", "disinfection"}
    case.annul(first)
    assert standing("wang") == {"isolation", "disinfection"}
    assert "central_quarantine" in standing("child")
    assert standing("zhao") == set()


def test_corrected_to_negative_and_back(case: Case) -> None:
    specimen = case.signed("LOT")
    at = timezone.now()
    lab.correct_result(specimen_id=specimen, value=SpecimenResult.NEGATIVE, reason="retested", at=at, by=case.signer)
    outbox.deliver_pending()
    assert investigation_of("LOT").status == "annulled"
    lab.correct_result(
        specimen_id=specimen, value=SpecimenResult.POSITIVE, reason="third test", at=timezone.now(), by=case.signer
    )
    outbox.deliver_pending()
    assert investigation_of("LOT").status == "open"
    assert "central_quarantine" in standing("wang")


def test_late_presence_is_found_when_decided_again(case: Case) -> None:
    case.signed("LOT")
    assert "mate" not in classes("LOT")
    case.stays(("mate", "home", 39, 38))
    outbox.deliver_pending()
    runs = Run.objects.count()
    assert services.decide_next_again(at=timezone.now()) is False
    assert Run.objects.count() == runs + 1
    services.decide_next_again(at=timezone.now())
    assert Run.objects.count() == runs + 1
    assert classes("LOT")["mate"] == (2, "secondary_contact")
    assert standing("wang") == {"central_quarantine", "home_quarantine"}
    assert Measure.objects.filter(subject__code="wang", kind="central_quarantine").count() == 1


def test_later_exposure_replaces_the_measure_and_hands_its_tasks_over(case: Case) -> None:
    case.signed("LOT")
    before = Measure.objects.get(subject__code="wang", kind="central_quarantine")
    tasks = set(before.tasks.values_list("pk", flat=True))
    case.handled(("wang", "LOT", 10, 9))
    services.decide_again(investigation_id=investigation_of("LOT").pk, at=timezone.now(), by=case.command)
    after = Measure.objects.get(subject__code="wang", kind="central_quarantine", ended_at=None)
    assert after.pk != before.pk
    assert after.ends_at == before.ends_at + timedelta(hours=40)
    assert set(after.tasks.values_list("pk", flat=True)) == tasks
    before.refresh_from_db()
    assert before.end == "superseded"


def test_control_stops_the_trace(case: Case) -> None:
    """Wang is in quarantine before he comes home: nobody at home is exposed by him."""
    wang = Subject.objects.get(code="wang")
    control = Control.objects.create(subject=wang, controlled_at=case.ago(45), cause="import", recorded_at=case.now)

    evidence.record("control", [control])
    case.signed("LOT")
    assert "wang" in classes("LOT")
    assert "child" not in classes("LOT")


def test_surface_positive_reaches_who_was_there(case: Case) -> None:
    register_surface(code="HANDLE", label="door handle", place_code="cold", at=case.now, by=case.technician)
    case.stays(("passer", "cold", 30, 29))
    case.signed("HANDLE")
    assert classes("HANDLE") == {
        "HANDLE": (0, "index"),
        "LOT": (1, "implicated_lot"),
        "LOT-a": (1, "implicated_lot"),
        "OTHER": (1, "implicated_lot"),
        "passer": (1, "general_contact"),
        "wang": (2, "general_contact"),
        "zhao": (2, "general_contact"),
    }
    assert {"place_closure", "disinfection"} <= standing("HANDLE")
    assert Measure.objects.get(kind="place_closure").place.code == "cold"


def test_tasks_go_to_the_responsible_party(case: Case) -> None:
    village = organisation("V1", "village", "territory", VILLAGE)
    market = organisation("R1", "regulator", "regulator", name="绛县市场监督管理局")
    case.signed("LOT")
    transfer = Task.objects.get(subject__code="wang", kind="transfer")
    assert transfer.organisation == village
    confirm = Task.objects.get(subject__code="LOT", kind="confirm_hold")
    assert confirm.organisation == market
    assert Organisation.objects.count() == 2


def test_done_task_controls_its_subject_and_proof_releases_a_measure(case: Case) -> None:
    case.signed("LOT")
    transfer = Task.objects.get(subject__code="wang", kind="transfer")
    work.finish_task(task_id=transfer.pk, proof=work.Proof("arrived"), at=timezone.now(), by=case.command)
    assert Control.objects.filter(subject__code="wang", cause="task:transfer").exists()
    check = Task.objects.get(subject__code="OTHER", kind="check_disinfection")
    work.finish_task(task_id=check.pk, proof=work.Proof("checked"), at=timezone.now(), by=case.command)
    outbox.deliver_pending()
    assert "disinfection" not in standing("OTHER")
    released = Measure.objects.get(subject__code="OTHER", kind="disinfection")
    assert released.end == "released"
    assert released.ended_by.kind == "decide_release"


def test_negative_result_releases_an_implicated_lot(case: Case) -> None:
    case.signed("LOT")
    later = case.now + timedelta(hours=5)
    specimen = lab.register_specimen(
        code="T9", subject=Subject.objects.get(code="OTHER"), collected_at=later, at=later, by=case.technician
    )
    lab.record_result(specimen_id=specimen.pk, value=SpecimenResult.NEGATIVE, at=later, by=case.technician)
    lab.sign_result(specimen_id=specimen.pk, at=later, by=case.signer)
    outbox.deliver_pending()
    assert "lot_hold" not in standing("OTHER")


@pytest.mark.django_db(transaction=True)
def test_two_positives_at_once_are_decided_one_after_the_other() -> None:
    case = Case().cast()
    for code in ("LOT", "wang"):
        specimen = case.specimen(code)
        lab.record_result(specimen_id=specimen, value=SpecimenResult.POSITIVE, at=case.now, by=case.technician)
        lab.sign_result(specimen_id=specimen, at=case.now, by=case.signer)

    delivered = OutboxEvent.objects.exclude(delivered_at=None)
    before = delivered.count()

    def deliver(_: int) -> int:
        try:
            return outbox.deliver_pending()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        n_delivered = sum(pool.map(deliver, range(4)))
    assert n_delivered == delivered.count() - before
    assert not OutboxEvent.objects.filter(delivered_at=None).exists()
    assert sorted(Investigation.objects.values_list("number", flat=True)) == [
        f"{timezone.localtime(case.now).year}-001",
        f"{timezone.localtime(case.now).year}-002",
    ]
    assert standing("wang") == {"isolation", "disinfection"}


def test_a_positive_after_a_long_pause_is_an_episode_of_its_own(case: Case) -> None:
    case.signed("wang")
    reached = classes("wang")
    assert len(reached) > 1
    case.signed("wang", hours_ago=24 * 120)
    first, second = Investigation.objects.filter(index_subject__code="wang").order_by("id")
    assert (first.status, second.status) == ("open", "open")
    found = first.current_run.exposures.filter(direction="forward").values_list("subject__code", flat=True)
    assert set(found) == set(reached)
    assert "central_quarantine" in standing("child")


def test_an_earlier_positive_of_the_episode_takes_nothing_back(case: Case) -> None:
    case.signed("wang")
    reached = classes("wang")
    case.signed("wang", hours_ago=24 * 30)
    investigation = investigation_of("wang")
    assert investigation.runs.count() == 2
    assert classes("wang").keys() >= reached.keys()


def test_an_investigation_is_closed_once_nothing_of_it_stands(case: Case) -> None:
    case.signed("LOT")
    services.review_measures(at=timezone.now())
    assert investigation_of("LOT").status == "open"
    Measure.objects.filter(ended_at=None).update(ended_at=timezone.now(), end="released")
    services.review_measures(at=timezone.now())
    closed = investigation_of("LOT")
    assert closed.status == "closed"
    assert closed.ended_at is not None
    case.signed("LOT", hours_ago=1)
    assert investigation_of("LOT").status == "open"


def test_a_package_that_becomes_known_late_is_followed(case: Case) -> None:
    case.signed("LOT")
    assert "LOT-P9" not in classes("LOT")
    goods.import_packages(pl.DataFrame([{"code": "LOT-P9", "lot_code": "LOT"}]), by=None, at=case.now)
    case.stays(("LOT-P9", "market", 20, 12))
    outbox.deliver_pending()
    services.decide_next_again(at=timezone.now())
    assert classes("LOT")["LOT-P9"] == (1, "positive_lot")
    tallies = [tally for _, tally in replay_all()]
    assert [tally.problems for tally in tallies] == [[]] * len(tallies)


def test_tasks_of_a_measure_that_goes_on_are_those_of_who_goes_on(case: Case) -> None:
    first = case.signed("LOT")
    case.signed("LOT-a", hours_ago=1)
    open_task = Task.objects.filter(subject__code="wang", status="open")
    assert set(open_task.values_list("investigation__number", flat=True)) == {investigation_of("LOT").number}
    case.annul(first)
    for task in Task.objects.filter(status="open").select_related("measure"):
        standing_causes = task.measure.causes.filter(ended_at=None).values_list("investigation", flat=True)
        assert task.investigation_id in standing_causes
    assert not Task.objects.filter(status="open", investigation=investigation_of("LOT")).exists()
