"""Every verdict replays from the facts known then; an edit behind the system's back is found and named."""

import argparse
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from lianfang.apps.core import outbox, work
from lianfang.apps.core.models import Task, Verdict
from lianfang.apps.places.models import Presence
from lianfang.apps.places.services import expire_presences
from lianfang.apps.tracing import services
from lianfang.apps.tracing.models import Run
from lianfang.cli import verify
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.case import Case, classes, investigation_of

pytestmark = pytest.mark.django_db(transaction=True)
Outcome = Callable[[], tuple[int, str]]


@pytest.fixture
def outcome(capsys: pytest.CaptureFixture[str]) -> Outcome:
    def run() -> tuple[int, str]:
        code = verify.run(argparse.Namespace(json=False, no_log=False, log=False))
        return code, capsys.readouterr().out

    return run


def edit(statement: str) -> None:
    """Change a row as somebody with the database's own rights could: with the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        assert cursor.rowcount == 1
        cursor.execute("SET session_replication_role = DEFAULT")


def test_a_long_story_replays(outcome: Outcome) -> None:
    """Positives, late facts, a task done, a release, an annulment: each verdict matches what was known at its time."""
    case = Case().cast()
    first = case.signed("LOT-P1")
    case.stays(("mate", "home", 39, 38))
    services.decide_again(investigation_id=investigation_of("LOT-P1").pk, at=timezone.now(), by=case.command)
    case.signed("wang", hours_ago=1)
    case.signed("child", SpecimenResult.NEGATIVE, hours_ago=1)
    check = Task.objects.filter(subject__code="OTHER", kind="check_disinfection").first()
    assert check is not None
    work.finish_task(task_id=check.pk, proof=work.Proof("checked"), at=timezone.now(), by=case.command)
    outbox.deliver_pending()
    services.review_measures(at=timezone.now() + timedelta(days=40))
    case.annul(first)
    code, text = outcome()
    assert code == 0, text
    assert "expired 0" in text
    assert "mismatched 0" in text
    assert Run.objects.count() >= 4


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE lab_result SET value = 'negative' WHERE value = 'positive'", "lab_result "),
        ("UPDATE core_profileedition SET toml = replace(toml, 'days = 14', 'days = 13')", "core_profileedition "),
        (
            (
                "UPDATE core_verdict SET outcome = '\"general_contact\"' WHERE kind = 'classify' AND subject_id ="
                " (SELECT id FROM core_subject WHERE code = 'zhao')"
            ),
            "core_verdict ",
        ),
        (
            (
                "UPDATE places_presence SET ends_at = ends_at + interval '1 hour' WHERE subject_id ="
                " (SELECT id FROM core_subject WHERE code = 'mate')"
            ),
            "places_presence (subject_id=",
        ),
        ("DELETE FROM goods_lotlink", "goods_lotlink (source_id="),
        ("UPDATE places_place SET kind = 'shop' WHERE code = 'cold'", "places_place (code=cold"),
        ("UPDATE core_evidenceentry SET ref = ref + 1 WHERE seq = 1", "core_evidenceentry 1"),
        (
            (
                "UPDATE tracing_exposure SET generation = 2 WHERE exposure_class = 'close_contact' AND subject_id ="
                " (SELECT id FROM core_subject WHERE code = 'zhao')"
            ),
            "tracing_exposure ",
        ),
        ("DELETE FROM core_treehead WHERE size = (SELECT max(size) FROM core_treehead)", "core_treehead "),
        (
            (
                "UPDATE core_measure SET ends_at = ends_at - interval '7 days' WHERE kind = 'central_quarantine' AND"
                " subject_id = (SELECT id FROM core_subject WHERE code = 'zhao')"
            ),
            "core_measure ",
        ),
    ],
)
def test_an_edit_is_found_and_the_row_named(statement: str, named: str, outcome: Outcome) -> None:
    Case().cast().signed("LOT")
    assert outcome()[0] == 0
    edit(statement)
    code, text = outcome()
    assert code == verify.EXIT_MISMATCH
    assert any(line.startswith(named) for line in text.splitlines()), text


def test_a_removed_verdict_is_missed(outcome: Outcome) -> None:
    Case().cast().signed("LOT")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM tracing_exposure")
        cursor.execute("DELETE FROM core_verdict WHERE kind = 'classify'")
        cursor.execute("SET session_replication_role = DEFAULT")
    code, text = outcome()
    assert code == verify.EXIT_MISMATCH
    assert "missing: recorded as evidence" in text


def test_expired_presences_leave_expired_verdicts_and_a_whole_log(outcome: Outcome) -> None:
    case = Case().cast()
    case.signed("LOT")
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert expire_presences(before=tomorrow, at=timezone.now(), by=None)
    assert expire_presences(before=tomorrow, at=timezone.now(), by=None) == []
    code, text = outcome()
    assert code == 0, text
    colours = Verdict.objects.filter(kind="decide_colour").count()  # they rest on verdicts, not on presences
    assert f"matched {colours} + expired" in text


def test_what_goes_on_outlives_its_day_and_verdicts_on_later_days_are_replayed(outcome: Outcome) -> None:
    case = Case().cast()
    case.stays(("passer", "home", 24 * 30, 24 * 30 - 2), ("OTHER", "market", 24 * 30, 10), ("mate", "home", 24 * 30, 2))
    case.signed("LOT")
    before = timezone.localdate() - timedelta(days=20)
    days = expire_presences(before=before, at=timezone.now(), by=None)
    assert len(days) >= 1
    left = Presence.objects.filter(starts_at__lt=case.ago(24 * 25))
    assert sorted(left.values_list("subject__code", flat=True)) == ["OTHER", "mate"]
    code, text = outcome()
    assert code == 0, text
    assert "expired 0" in text
    case.signed("mate", hours_ago=1)
    assert "child" in classes("mate")
