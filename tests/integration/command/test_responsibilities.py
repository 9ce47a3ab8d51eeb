"""The four responsibilities kept apart: who sees a task, who does it, for whom, and where a returned one goes."""

import pytest
from django.test import Client

from lianfang.apps.core.models import Control, Organisation, Role, Task, TaskEvent, User
from tests.support.case import VILLAGE, Case
from tests.support.staff import TOWNSHIP, organisation, signed_in, staff


class Parties:
    """A village, its township, the health bureau and a firm, each with an account."""

    def __init__(self) -> None:
        self.village, self.village_staff = self._make("v", "village", "territory", Role.COMMUNITY, VILLAGE)
        self.township, self.township_staff = self._make("t", "township", "territory", Role.COMMUNITY, TOWNSHIP)
        self.bureau, self.bureau_staff = self._make("b", "regulator", "regulator", Role.REGULATOR, "140826")
        self.firm, self.firm_staff = self._make("f", "employer", "unit", Role.UNIT, "140826")

    @staticmethod
    def _make(code: str, kind: str, party: str, role: str, area: str) -> tuple[Organisation, User]:
        made = organisation(code, kind, party, area)
        return made, staff(role, area_code=area, username=f"{code}-staff", organisation=made)


@pytest.fixture
def parties(case: Case) -> Parties:
    return Parties()


def given(kind: str, subject: str, to: Organisation) -> Task:
    task = Task.objects.filter(kind=kind, subject__code=subject).latest("pk")
    task.organisation = to
    task.save()
    return task


def done(client: Client, task: Task, **more: str) -> int:
    return client.post(f"/tasks/{task.pk}/done/", {"note": "done", **more}).status_code


def test_the_laboratory_sees_only_what_is_its_own(case: Case, parties: Parties) -> None:
    transfer = given("transfer", "wang", parties.village)
    laboratory = signed_in(case.technician)
    assert laboratory.get("/tasks/").context["counts"]["open"] == 0
    assert laboratory.get(f"/tasks/{transfer.pk}/").status_code == 404
    assert done(laboratory, transfer, on_behalf="x") == 404
    assert not Control.objects.filter(cause="task:transfer").exists()
    hospital = organisation("h", "hospital", "unit")
    User.objects.filter(pk=case.technician.pk).update(organisation=hospital)
    collect = given("collect_specimens", "wang", hospital)
    assert done(laboratory, collect) == 302


def test_territories_do_not_do_what_the_regulator_or_a_unit_answers_for(parties: Parties) -> None:
    report = given("notify", "wang", parties.bureau)
    seal = given("seal_lot", "LOT", parties.firm)
    for user in (parties.village_staff, parties.township_staff):
        for task in (report, seal):
            assert done(signed_in(user), task, on_behalf="x") == 404
    assert done(signed_in(parties.bureau_staff), report) == 302
    assert done(signed_in(parties.firm_staff), seal) == 302


def test_the_territory_above_and_the_command_say_why_they_act_for_it(case: Case, parties: Parties) -> None:
    for user, kind in ((parties.township_staff, "locate"), (case.command, "transfer")):
        task, client = given(kind, "wang", parties.village), signed_in(user)
        assert 'name="on_behalf"' in client.get(f"/tasks/{task.pk}/").content.decode()
        assert done(client, task) == 422
        assert Task.objects.get(pk=task.pk).status == "open"
        assert done(client, task, on_behalf="nobody is in the village office") == 302
        events = TaskEvent.objects.filter(task=task).order_by("pk")
        assert list(events.values_list("action", flat=True)) == ["on_behalf", "done"]
        assert all(event.seq for event in events)
        assert "nobody is in the village office" in client.get(f"/tasks/{task.pk}/").content.decode()
    own = given("locate", "zhao", parties.village)
    client = signed_in(parties.village_staff)
    assert 'name="on_behalf"' not in client.get(f"/tasks/{own.pk}/").content.decode()
    assert done(client, own) == 302


def test_nobody_confirms_what_they_did(case: Case, parties: Parties) -> None:
    seal, confirm = given("seal_lot", "LOT", parties.firm), given("confirm_hold", "LOT", parties.bureau)
    assert seal.measure_id == confirm.measure_id
    command = signed_in(case.command)
    assert done(command, seal, on_behalf="no account") == 302
    assert done(command, confirm, on_behalf="no account") == 403
    Task.objects.filter(pk=confirm.pk).update(organisation=parties.firm)
    assert done(signed_in(parties.firm_staff), confirm) == 403
    Task.objects.filter(pk=confirm.pk).update(organisation=parties.bureau)
    assert done(signed_in(parties.bureau_staff), confirm) == 302


def test_what_a_colleague_has_taken_is_neither_finished_nor_returned(parties: Parties) -> None:
    task = given("locate", "wang", parties.village)
    assert signed_in(parties.village_staff).post(f"/tasks/{task.pk}/take/").status_code == 302
    other = signed_in(staff(Role.COMMUNITY, area_code=VILLAGE, username="other", organisation=parties.village))
    assert done(other, task) == 409
    assert other.post(f"/tasks/{task.pk}/return/", {"note": "x"}).status_code == 409
    assert f"/tasks/{task.pk}/done/" not in other.get(f"/tasks/{task.pk}/").content.decode()


def test_a_returned_task_is_seen_and_given_to_another_organisation(case: Case, parties: Parties) -> None:
    task = given("locate", "wang", parties.village)
    signed_in(parties.village_staff).post(f"/tasks/{task.pk}/return/", {"note": "lives elsewhere"})
    neighbour = organisation("v2", "village", "territory", "140826100006")
    for user in (case.command, parties.township_staff):
        client = signed_in(user)
        assert client.get("/tasks/?segment=returned").context["counts"]["returned"] == 1
        assert client.get("/desk/").context["work"].n_returned == 1
        assert f"/tasks/{task.pk}/reassign/" in client.get(f"/tasks/{task.pk}/").content.decode()
    township = signed_in(parties.township_staff)
    refused = {"receiver": parties.bureau.code, "note": "x"}
    assert township.post(f"/tasks/{task.pk}/reassign/", refused).status_code == 422
    assert township.post(f"/tasks/{task.pk}/reassign/", {"receiver": "v2", "note": "lives there"}).status_code == 302
    task.refresh_from_db()
    assert (task.organisation_id, task.status, task.assignee_id) == (neighbour.pk, "open", None)
    there = staff(Role.COMMUNITY, area_code=neighbour.area_code, username="v2-staff", organisation=neighbour)
    assert done(signed_in(there), task) == 302
    assert "lives there" in township.get(f"/tasks/{task.pk}/").content.decode()


def test_an_account_without_organisation_does_not_get_what_nobody_answers_for(case: Case) -> None:
    assert Task.objects.filter(organisation=None).exists()
    for role in (Role.UNIT, Role.REGULATOR, Role.WAREHOUSE):
        assert signed_in(staff(role)).get("/tasks/").context["counts"]["open"] == 0
