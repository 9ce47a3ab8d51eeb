"""Two records, one person: the trace reads both as one, old verdicts replay as they were known, undoing restores."""

import polars as pl
import pytest
from django.utils import timezone

from lianfang.apps.core import outbox
from lianfang.apps.core.integrity import check_rows
from lianfang.apps.core.models import Role
from lianfang.apps.people.models import MergeWish, Person, PersonMerge
from lianfang.apps.people.services import import_persons
from lianfang.apps.places.selectors import place_ids
from lianfang.apps.tracing.models import Exposure, Investigation
from lianfang.apps.tracing.replay import replay_all
from tests.support.case import Case
from tests.support.staff import OTHER_COUNTY, VILLAGE, signed_in, staff

pytestmark = pytest.mark.django_db
NUMBERS = {"a": "140826199003070429", "b": "14082619900307042X", "c": "110101199003070425"}


def exposed() -> set[str]:
    run = Investigation.objects.get().current_run
    return set(Exposure.objects.filter(run=run).values_list("subject__code", flat=True))


def replays_cleanly() -> bool:
    return not [problem for _, tally in replay_all() for problem in tally.problems]


def test_the_trace_follows_who_stands_and_back_again() -> None:
    case = Case().cast()
    case.signed("LOT")
    before = exposed()
    assert "wang" in before
    client = signed_in(case.command)
    client.post("/people/wang/merge/", {"step": "merge", "code": "passer", "reason": "同一人"})
    outbox.deliver_pending()
    assert exposed() == (before - {"wang"}) | {"passer"}
    assert replays_cleanly()  # the first run with wang, the second with the one who stands
    assert "wang" not in client.get("/people/").content.decode()
    assert "passer" in client.get("/people/wang/").content.decode()
    client.post("/people/wang/merge/", {"step": "part", "reason": "弄错了"})
    outbox.deliver_pending()
    assert exposed() == before
    assert replays_cleanly()
    assert list(check_rows()) == []


def register() -> None:
    table = pl.DataFrame(
        {"code": ["a", "b", "c"], "name": ["王明"] * 3, "id_number": list(NUMBERS.values()), "area_code": [VILLAGE] * 3}
    )
    import_persons(table, by=None, at=timezone.now(), household_ids=place_ids)


def test_contradicting_numbers_need_a_second_person_or_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from lianfang.formats import id_numbers

    monkeypatch.setattr(id_numbers, "_check_fits", lambda numbers: [True] * len(numbers))
    register()
    first, second = signed_in(staff(username="first")), signed_in(staff(username="second"))
    wish = {"step": "merge", "code": "b", "reason": "录入错误"}
    assert first.post("/people/a/merge/", {**wish, "code": "c"}).status_code == 422
    assert first.post("/people/a/merge/", {**wish, "code": "a"}).status_code == 422
    assert first.post("/people/a/merge/", {**wish, "reason": ""}).status_code == 422
    assert first.post("/people/a/merge/", wish).status_code == 302
    assert (MergeWish.objects.count(), PersonMerge.objects.count()) == (1, 0)
    assert first.post("/people/a/merge/", {"step": "confirm"}).status_code == 422  # not by who wished it
    assert second.post("/people/a/merge/", {"step": "confirm"}).status_code == 302
    fact = PersonMerge.objects.get()
    assert (fact.by.username, fact.confirmed_by.username) == ("first", "second")
    assert Person.objects.get(subject__code="a").survivor.code == "b"
    assert second.post("/people/a/merge/", {"step": "confirm"}).status_code == 422
    assert second.post("/people/b/merge/", {**wish, "code": "a"}).status_code == 422  # a ring
    assert signed_in(staff(Role.COMMUNITY)).get("/people/a/merge/").status_code == 403
    assert signed_in(staff(username="far", area_code=OTHER_COUNTY)).get("/people/a/merge/").status_code == 404
