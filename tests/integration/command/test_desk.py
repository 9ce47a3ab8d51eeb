"""The desk: every figure is the number of rows its link opens, each role and area sees its own."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lianfang.apps.core.models import AuditEvent, Role, Task
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.case import Case, investigation_of
from tests.support.staff import TOWNSHIP, organisation, signed_in, staff

HX = {"HX-Request": "true"}


def rows_behind(client: Client, page: str, link: str) -> tuple[int, int]:
    """The figure of a desk link, and how many tasks its address opens."""
    found = re.search(rf'id="{link}" href="([^"]+)">\D*(\d+)', page)
    assert found, link
    return int(found[2]), client.get(found[1]).context["page"].paginator.count


def test_the_start_leads_to_the_desk(command: Client) -> None:
    assert command.get("/").headers["Location"] == "/desk/"


def test_figures_of_tasks_open_just_as_many_rows(case: Case, command: Client) -> None:
    locate = Task.objects.filter(kind="locate").values_list("pk", flat=True)
    Task.objects.filter(pk__in=list(locate)[:2]).update(due_at=timezone.now() - timedelta(hours=5))
    page = command.get("/desk/").content.decode()
    assert rows_behind(command, page, "desk-overdue") == (2, 2)
    assert len(set(rows_behind(command, page, "desk-unfinished"))) == 1
    assert len(set(rows_behind(command, page, "desk-locate"))) == 1
    figure, _ = rows_behind(command, page, "desk-control")
    tasks = command.get("/tasks/?group=control").context["page"].paginator.object_list
    assert figure == len({task.subject_id for task in tasks}) > 0


def test_a_positive_stands_there_with_what_answered_it(case: Case, command: Client) -> None:
    number = investigation_of("LOT").number
    page = command.get("/desk/").content.decode()
    assert rf'href="/investigations/{number}/"' in page
    listed = command.get("/desk/positives/").context["lines"]
    assert [(line.subject.code, line.answered.number) for line in listed] == [("LOT", number)]
    assert listed[0].answered.seconds >= 0
    assert command.get("/desk/positives/?span=7d").context["span"] == "7d"
    assert command.get("/desk/positives/?span=bogus").context["span"] == "24h"


def test_an_annulled_positive_is_none(case: Case, command: Client) -> None:
    tube = case.signed("wang")
    assert len(command.get("/desk/positives/").context["lines"]) == 2
    assert AuditEvent.objects.filter(action="desk.positives_read").exists()
    case.annul(tube)
    assert [line.subject.code for line in command.get("/desk/positives/").context["lines"]] == ["LOT"]


def test_an_answer_under_way_is_told_as_such(case: Case, command: Client) -> None:
    from lianfang.apps.lab import services

    tube = case.specimen("wang")
    services.record_result(specimen_id=tube, value=SpecimenResult.POSITIVE, at=case.now, by=case.technician)
    services.sign_result(specimen_id=tube, at=timezone.now(), by=case.signer)
    (newest, _) = command.get("/desk/").context["positives"]
    assert newest.answered is None
    assert command.get("/desk/").context["fresh"].n_pending == 1


def test_without_a_worker_the_desk_says_that_nothing_is_followed_up(case: Case, command: Client) -> None:
    page = command.get("/desk/").content.decode()
    assert not command.get("/desk/").context["fresh"].is_ok
    assert "alert-triangle" in page


def test_the_four_responsibilities_by_area_add_up(case: Case, command: Client) -> None:
    lines = command.get("/desk/").context["lines"]
    cells = [cell for line in lines for cell in line.cells]
    assert sum(cell.n_unfinished for cell in cells) == Task.objects.filter(status="open").count()
    for cell in cells:
        if cell.n_unfinished and "area=140826100&" in cell.href:
            assert command.get(cell.href).context["page"].paginator.count == cell.n_unfinished


def test_the_wall_screen_renews_itself(case: Case, command: Client) -> None:
    whole = command.get("/desk/").content.decode()
    part = command.get("/desk/", headers=HX).content.decode()
    assert 'hx-trigger="every 30s"' in part
    assert "<html" not in part
    assert whole.count('id="desk"') == part.count('id="desk"') == 1


def test_township_staff_find_their_tasks_and_nothing_of_others(
    case: Case, community: Client, neighbour: Client
) -> None:
    page = community.get("/desk/")
    assert len(page.context["today"]) > 0
    assert "investigations" not in page.context
    assert "positives" not in page.context
    assert b"/investigations/" not in page.content
    theirs = neighbour.get("/desk/")
    assert theirs.context["today"] == []
    assert theirs.context["work"].n_unfinished == 0
    assert neighbour.get("/desk/positives/").status_code == 403


@pytest.mark.parametrize("role", Role.values)
def test_every_role_has_a_desk(case: Case, role: str) -> None:
    client = signed_in(staff(role, area_code=TOWNSHIP, organisation=organisation(role, "venue", "unit")))
    assert client.get("/desk/").status_code == 200
    assert client.get("/desk/", headers=HX).status_code == 200


@pytest.mark.parametrize(("by", "n"), [("day", 14), ("hour", 24)])
def test_the_chart_counts_what_was_ordered_and_done(case: Case, command: Client, by: str, n: int) -> None:
    task = Task.objects.filter(kind="locate").latest("pk")
    command.post(f"/tasks/{task.pk}/done/", {"note": "at home"})
    chart = command.get(f"/desk/chart.json?by={by}").json()
    assert len(chart["categories"]) == n
    under, ordered, done = (series["data"] for series in chart["series"])
    assert {len(under), len(ordered), len(done)} == {n}
    assert ordered[-1] == Task.objects.count()
    assert done[-1] == 1
    assert under[-1] > 0


def test_the_desk_costs_the_same_whatever_there_is(
    case: Case, command: Client, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(32):  # type: ignore[operator]
        command.get("/desk/")
