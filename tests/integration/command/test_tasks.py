"""The list of tasks, one task, and what is done with it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from lianfang.apps.core.models import AuditEvent, Control, Role, Task, TaskEvent
from tests.support.case import Case
from tests.support.staff import TOWNSHIP, organisation, signed_in, staff

HX = {"HX-Request": "true"}
CARD = re.compile(r'id="task-(\d+)"')


def cards(client: Client, query: str = "") -> list[int]:
    answer = client.get(f"/tasks/{query}", headers=HX)
    assert answer.status_code == 200
    return [int(number) for number in CARD.findall(answer.content.decode())]


def one(kind: str, subject: str) -> Task:
    return Task.objects.filter(kind=kind, subject__code=subject).order_by("due_at").earliest("due_at")


def test_the_most_urgent_stands_first_and_late_ones_say_so(case: Case, command: Client) -> None:
    late = one("locate", "wang")
    Task.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=3))
    shown = cards(command)
    assert shown[0] == late.pk
    due = [Task.objects.get(pk=number).due_at for number in shown]
    assert due == sorted(due)
    assert cards(command, "?segment=overdue") == [late.pk]
    page = command.get("/tasks/?segment=overdue").content.decode()
    assert "lf-task-late" in page
    assert "alert-circle" in page


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("?kind=locate", {"kind": "locate"}),
        ("?responsible=unit", {"responsible_kind": "unit"}),
        ("?subject=zhao", {"subject__code": "zhao"}),
        ("?group=locate", {"kind": "locate"}),
        ("?area=140826999", None),
        ("?kind=bogus&group=bogus&segment=bogus", {}),
    ],
)
def test_filters_stand_in_the_address(
    case: Case, command: Client, query: str, condition: dict[str, str] | None
) -> None:
    wanted = Task.objects.filter(status="open", **(condition or {})).count()
    answer = command.get(f"/tasks/{query}", headers=HX)
    assert answer.context["counts"]["open"] == wanted
    assert answer.context["page"].paginator.count == wanted


def test_not_under_control_opens_just_what_is_not(case: Case, command: Client) -> None:
    before = command.get("/tasks/?group=control").context["counts"]["open"]
    seal = one("seal_lot", "LOT")
    assert seal.pk in cards(command, "?group=control&subject=LOT")
    command.post(f"/tasks/{seal.pk}/done/", {"note": "sealed"})
    # Still to be destroyed, but under control.
    assert Task.objects.filter(subject__code="LOT", kind="destroy_lot", status="open").exists()
    assert cards(command, "?group=control&subject=LOT") == []
    assert command.get("/tasks/?group=control").context["counts"]["open"] < before


def test_each_sees_the_tasks_of_their_area_or_organisation(case: Case, community: Client, neighbour: Client) -> None:
    assert cards(community)
    assert cards(neighbour) == []
    task = one("locate", "wang")
    assert neighbour.get(f"/tasks/{task.pk}/").status_code == 404
    firm = organisation("firm", "employer", "unit")
    mine = one("notify", "wang")
    Task.objects.filter(pk=mine.pk).update(organisation=firm)
    assert cards(signed_in(staff(Role.UNIT, organisation=firm))) == [mine.pk]
    for action, content in (("take", {}), ("done", {"note": "x"}), ("return", {"note": "x"})):
        assert neighbour.post(f"/tasks/{task.pk}/{action}/", content).status_code == 404
        assert Client().post(f"/tasks/{task.pk}/{action}/", content).status_code == 302
        assert signed_in(staff(Role.AUDITOR, username=action)).post(f"/tasks/{task.pk}/{action}/").status_code == 403


def test_a_task_is_taken_and_the_row_swapped(case: Case, community: Client) -> None:
    task = one("locate", "wang")
    for _ in range(2):
        answer = community.post(f"/tasks/{task.pk}/take/", headers=HX)
        assert answer.status_code == 200
        assert CARD.findall(answer.content.decode()) == [str(task.pk)]
    assert TaskEvent.objects.filter(task=task, action="taken").count() == 1
    assert cards(community, "?segment=mine") == [task.pk]
    # Somebody else of the township cannot take it over; the command can.
    other = signed_in(staff(Role.COMMUNITY, area_code=TOWNSHIP, username="other"))
    assert other.post(f"/tasks/{task.pk}/take/", headers=HX).status_code == 409
    assert signed_in(case.command).post(f"/tasks/{task.pk}/take/", headers=HX).status_code == 200


def test_without_scripts_one_comes_back_to_the_list(case: Case, community: Client) -> None:
    task = one("locate", "wang")
    answer = community.post(f"/tasks/{task.pk}/take/", {"next": "/tasks/?kind=locate"})
    assert answer.headers["Location"] == "/tasks/?kind=locate"
    answer = community.post(f"/tasks/{task.pk}/done/", {"note": "at home", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == f"/tasks/{task.pk}/"


def test_done_needs_a_proof_and_keeps_what_was_typed(case: Case, community: Client) -> None:
    task = one("locate", "wang")
    refused = community.post(f"/tasks/{task.pk}/done/", {"note": " "}, headers=HX)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert re.search(r'<details class="lf-confirm" open>', page)
    assert f'id="task-{task.pk}-done-note_error"' in page
    returned = community.post(f"/tasks/{task.pk}/return/", {"note": ""}, headers=HX)
    assert returned.status_code == 422
    assert Task.objects.get(pk=task.pk).status == "open"


def test_done_with_a_photo_that_only_those_of_the_task_may_open(
    case: Case, community: Client, neighbour: Client, tmp_path: Path, settings: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    task = one("transfer", "wang")
    photo = SimpleUploadedFile("door.png", b"\x89PNG\r\n\x1a\n", content_type="image/png")
    assert community.post(f"/tasks/{task.pk}/done/", {"proof": photo}, headers=HX).status_code == 200
    event = TaskEvent.objects.get(task=task, action="done")
    assert Control.objects.filter(subject=task.subject, cause="task:transfer").exists()
    shown = community.get(f"/tasks/proofs/{event.pk}/")
    assert shown.headers["Content-Type"] == "image/png"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert b"".join(shown.streaming_content) == b"\x89PNG\r\n\x1a\n"
    assert AuditEvent.objects.filter(action="task.proof_read", subject_ids=[task.subject_id]).exists()
    assert neighbour.get(f"/tasks/proofs/{event.pk}/").status_code == 404
    assert Client().get(f"/tasks/proofs/{event.pk}/").status_code == 302
    assert f"/tasks/proofs/{event.pk}/" in community.get(f"/tasks/{task.pk}/").content.decode()


def test_a_page_sent_as_proof_never_runs_here(case: Case, community: Client, tmp_path: Path, settings: object) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    task = one("transfer", "wang")
    page = SimpleUploadedFile("x.html", b"<script>1</script>", content_type="text/html")
    community.post(f"/tasks/{task.pk}/done/", {"proof": page})
    event = TaskEvent.objects.get(task=task, action="done")
    handed = community.get(f"/tasks/proofs/{event.pk}/")
    assert handed.headers["Content-Type"] == "application/octet-stream"
    assert handed.headers["Content-Disposition"].startswith("attachment")
    b"".join(handed.streaming_content)


def test_finished_meanwhile_is_a_conflict_that_says_why(case: Case, community: Client, command: Client) -> None:
    task = one("locate", "wang")
    command.post(f"/tasks/{task.pk}/done/", {"note": "by telephone"})
    answer = community.post(f"/tasks/{task.pk}/done/", {"note": "visited"}, headers=HX)
    assert answer.status_code == 409
    assert "data-error-message" in answer.content.decode()
    assert TaskEvent.objects.filter(task=task, action="done").count() == 1


def test_returned_with_a_reason_it_is_open_again(case: Case, community: Client) -> None:
    task = one("locate", "wang")
    community.post(f"/tasks/{task.pk}/take/")
    community.post(f"/tasks/{task.pk}/return/", {"note": "moved to another town"})
    page = community.get(f"/tasks/{task.pk}/").content.decode()
    assert "moved to another town" in page
    assert task.pk in cards(community)


def test_a_task_says_why_and_leads_on_only_where_the_role_may_go(case: Case, community: Client) -> None:
    task = one("transfer", "wang")
    by_command = signed_in(case.command).get(f"/tasks/{task.pk}/").content.decode()
    by_township = community.get(f"/tasks/{task.pk}/").content.decode()
    assert task.investigation is not None
    for page in (by_command, by_township):
        assert "<code>M-2</code>" in page
        assert task.investigation.number in page
    assert f"/investigations/{task.investigation.number}/" in by_command
    assert f"/investigations/{task.investigation.number}/" not in by_township
    assert AuditEvent.objects.filter(action="task.read", subject_ids=[task.subject_id]).count() == 2


def test_the_list_costs_the_same_whatever_its_length(
    case: Case, command: Client, django_assert_num_queries: object, django_assert_max_num_queries: object
) -> None:
    assert Task.objects.count() > 30
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        command.get("/tasks/")
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        command.get("/tasks/?subject=wang")
