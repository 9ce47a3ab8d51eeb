"""Nobody of one village sees, changes or guesses anything of another village's people, by no address there is."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import polars as pl
import pytest
from django.urls import reverse

from lianfang.apps.core.imports import ImportOptions
from lianfang.apps.core.models import Role, Task, TaskEvent
from lianfang.apps.core.permissions import ROLE_PERMISSIONS
from lianfang.apps.followup.models import HealthRecord, Transfer
from lianfang.apps.lab import services as lab
from lianfang.apps.lists.models import ListedRow, RowDecision, RowState
from lianfang.apps.lists.receiving import import_list
from lianfang.apps.lists.verifying import give_tasks
from lianfang.apps.people.models import CaseReport, Person, PersonEdit, PersonMerge
from lianfang.apps.returnees.models import Confirmation, Declaration, Return
from tests.integration.returnees.conftest import nation, now  # noqa: F401 - fixtures
from tests.integration.test_every_url import ADDRESSES, Address
from tests.support.returnees import declared, list_of, person
from tests.support.staff import VILLAGE, signed_in, staff

pytestmark = pytest.mark.django_db
THEIRS, PHONE = "140826402498", "13800000077"
# What must never be read: name and masked name of who came back, of who is only listed, and the phone.
SECRETS = ("邴隔离", "邴**", "仉名单", "仉**", PHONE)
FACTS = (HealthRecord, Transfer, Confirmation, Declaration, PersonEdit, PersonMerge, CaseReport, TaskEvent, RowDecision)
# Public by design: a declaration's own address cannot be guessed, and whoever holds it is the person.
HELD_BY_THE_PERSON = {"return_own", "return_own_correct", "return_own_report"}


class Theirs(NamedTuple):
    """Every number and code by which something of the other village could be asked for."""

    numbers: list[int]
    codes: list[str]
    handles: list[uuid.UUID]


@pytest.fixture
def theirs(now: datetime) -> Theirs:  # noqa: F811
    list_of(now - timedelta(days=2), high=("增村镇小果庄村",))
    returned = declared(now, who=person("邴隔离", PHONE, area_code=THEIRS), area_code=THEIRS)
    technician = staff(Role.LABORATORY)
    specimen = lab.register_specimen(code="T0000001", subject=returned.subject, collected_at=now, at=now, by=technician)
    table = pl.DataFrame({"name": ["仉名单"], "phone": [PHONE], "area_code": [THEIRS]})
    batch = import_list(table, by=None, at=now, options=ImportOptions(list_source="铁路")).batch
    assert batch is not None
    row = ListedRow.objects.get()
    state = RowState(row=row, state="verify")
    give_tasks([state], {row.pk: THEIRS}, batch_id=batch.pk, at=now)
    state.save()
    tasks = [task.pk for task in Task.objects.filter(area_code=THEIRS)]
    numbers = [row.pk, batch.pk, returned.subject_id, specimen.pk, tasks[0], state.task_id or 0]
    return Theirs(sorted(set(numbers)), [returned.subject.code, specimen.code], [returned.handle])


def addresses() -> Iterator[Address]:
    """Those that village staff may open at all, and what needs no permission; the others refuse by role."""
    own = ROLE_PERMISSIONS[Role.COMMUNITY]
    for address in ADDRESSES:
        if getattr(address.view, "permission", None) in {None, *own} and address.name not in HELD_BY_THE_PERSON:
            yield address


def filled(address: Address, theirs: Theirs) -> Iterator[str]:
    """The address with everything of theirs in the place of each parameter."""
    parameters = address.parameters
    choices: list[Any] = (
        theirs.numbers
        if any(isinstance(value, int) for value in parameters.values())
        else theirs.handles
        if any(value == "00000000-0000-0000-0000-000000000001" for value in parameters.values())
        else theirs.codes
    )
    for choice in choices if parameters else [None]:
        yield reverse(address.name, kwargs=dict.fromkeys(parameters, choice))


def test_no_address_shows_or_changes_anything_of_another_village(theirs: Theirs) -> None:
    client = signed_in(staff(Role.COMMUNITY, area_code=VILLAGE))
    before = [model.objects.count() for model in FACTS]
    records = list(Person.objects.order_by("pk").values()) + list(Return.objects.order_by("pk").values())
    asked = 0
    for address in addresses():
        if address.name in {"logout", "password_change"}:
            continue
        for url in filled(address, theirs):
            for ask in (client.get, client.post) if address.parameters else (client.get,):
                response = ask(url)
                asked += 1
                shown = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
                leaked = [secret for secret in SECRETS if secret in shown.decode(errors="ignore")]
                assert leaked == [], f"{ask.__name__} {address.name}"
                if not address.parameters:
                    assert theirs.codes[0] not in shown.decode(errors="ignore"), address.name
    assert asked > 100
    assert [model.objects.count() for model in FACTS] == before
    assert list(Person.objects.order_by("pk").values()) + list(Return.objects.order_by("pk").values()) == records


def test_the_secrets_are_there_for_their_own_village(theirs: Theirs) -> None:
    """Without this the test above could look for what no page ever says."""
    client = signed_in(staff(Role.COMMUNITY, area_code=THEIRS))
    pages = [reverse("today"), reverse("return", args=theirs.handles), reverse("person", args=theirs.codes[:1])]
    shown = "".join(client.get(page).content.decode() for page in pages)
    shown += "".join(
        client.get(reverse("list_row", args=[pk])).content.decode()
        for pk in ListedRow.objects.values_list("pk", flat=True)
    )
    assert [secret for secret in SECRETS if secret not in shown and not secret.startswith("仉*")] == []
