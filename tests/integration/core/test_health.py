"""What operators are told: whether the process answers and whether the system can work."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lianfang.apps.core import health
from lianfang.apps.core.models import OutboxEvent

NOW = datetime(2020, 12, 7, 1, 0, tzinfo=UTC)


def heartbeat(at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [at])


def event(at: datetime, *, delivered: bool = False) -> None:
    made = OutboxEvent.objects.create(kind="test", payload={}, delivered_at=at if delivered else None)
    OutboxEvent.objects.filter(pk=made.pk).update(created_at=at)


def test_the_process_answers_without_a_database() -> None:
    response = Client().get(reverse("healthz"))
    assert (response.status_code, response.json()) == (200, {"ok": True})


@pytest.mark.django_db
def test_ready_with_a_worker_alive_and_nothing_waiting() -> None:
    heartbeat(timezone.now())
    response = Client().get(reverse("readyz"))
    content = response.json()
    assert (response.status_code, content["ok"]) == (200, True)
    assert set(content["checks"]) == {"database", "migrations", "worker", "outbox"}
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_not_ready_without_a_worker() -> None:
    response = Client().get(reverse("readyz"))
    assert response.status_code == 503
    assert response.json()["checks"]["worker"] == {"ok": False, "figure": None}


@pytest.mark.django_db
def test_a_silent_worker_and_a_late_outbox_are_named_with_their_age() -> None:
    heartbeat(NOW - timedelta(seconds=90))
    heartbeat(NOW - timedelta(seconds=31))
    event(NOW - timedelta(seconds=500), delivered=True)
    event(NOW - timedelta(seconds=75))
    event(NOW - timedelta(seconds=5))
    found = health.checks(NOW)
    assert found["worker"] == health.Check(ok=False, figure=31.0)
    assert found["outbox"] == health.Check(ok=False, figure=75.0)


@pytest.mark.django_db
def test_one_living_worker_and_a_young_event_are_well() -> None:
    heartbeat(NOW - timedelta(seconds=3600))
    heartbeat(NOW - timedelta(seconds=2))
    event(NOW - timedelta(seconds=2))
    found = health.checks(NOW)
    assert all(check.ok for check in found.values())


@pytest.mark.django_db
def test_missing_migrations_are_counted_and_nothing_else_is_asked() -> None:
    MigrationRecorder(connection).record_unapplied("core", "0003_append_only")
    assert health.checks(NOW) == {"database": health.Check(ok=True), "migrations": health.Check(ok=False, figure=1)}


def test_a_database_that_does_not_answer_is_said(django_db_blocker, monkeypatch) -> None:
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
        response = Client().get(reverse("readyz"))
    assert (response.status_code, response.json()["checks"]) == (503, {"database": {"ok": False, "figure": None}})
