"""A list from elsewhere: received once, compared with the register, reviewed by one person at a time, verified."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import polars as pl
import pytest
from django.db import connections
from django.utils import timezone

from lianfang.apps.core.imports import ImportOptions, Outcome
from lianfang.apps.core.integrity import check_batches, check_rows
from lianfang.apps.core.models import Role, Task, Verdict
from lianfang.apps.core.verdicts import text_of
from lianfang.apps.lists import reviewing, selectors
from lianfang.apps.lists.comparing import compare_list
from lianfang.apps.lists.matches import match_again
from lianfang.apps.lists.models import ListedRow, RowState
from lianfang.apps.lists.receiving import SourceMissing, columns_of, import_list
from lianfang.apps.people.services import import_persons
from lianfang.apps.places.selectors import place_ids
from tests.support.staff import COUNTY, OTHER_COUNTY, VILLAGE, signed_in, staff

NOW = timezone.now()
WANG, LI = "11010519491231002X", "110101199003070425"
PEOPLE = pl.DataFrame(
    {
        "code": ["wang", "li", "zhao"],
        "name": ["王小明", "李四娘", "赵五"],
        "id_number": [WANG, LI, None],
        "phone": ["17400000001", "17400000002", "17400000003"],
        "birth_date": ["1949-12-31", "1990-03-07", "1980-05-06"],
        "area_code": [VILLAGE] * 3,
    }
)
LIST = pl.DataFrame(
    {
        "旅客": ["王晓明", "赵武", "钱多多", None],
        "证件": [WANG, None, "330106********1234", None],
        "电话": [None, "17400000003", "13900000000", None],
        "到达日期": ["2020-12-18"] * 4,
        "车次": ["D5366"] * 4,
    }
)
COLUMNS = {"name": ("旅客",), "id_number": ("证件",), "phone": ("电话",)}


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def register(_django_db_helper: None) -> None:
    import_persons(PEOPLE, by=None, at=NOW, household_ids=place_ids)


def receive(table: pl.DataFrame = LIST, **more: object) -> Outcome:
    said = {"columns": COLUMNS, "list_source": "铁路", "keep_good": True, **more}
    return import_list(table, by=None, at=NOW, options=ImportOptions(**said))  # type: ignore[arg-type]


def compared() -> dict[str, RowState]:
    outcome = receive()
    assert outcome.batch is not None
    assert compare_list(outcome.batch.pk, at=NOW) == 3
    assert compare_list(outcome.batch.pk, at=NOW) == 0
    return {state.row.name: state for state in RowState.objects.select_related("row", "subject")}


def test_every_row_is_accounted_for_and_a_second_time_changes_nothing() -> None:
    first = receive()
    assert (first.rows_in, first.n_stored, first.n_duplicates, first.n_rejected) == (4, 3, 0, 1)
    assert first.rejects.select("field", "reason").row(0) == ("name", "no_identity")
    again = receive()
    assert (again.n_stored, again.n_duplicates, again.n_rejected) == (0, 3, 1)
    assert receive(list_source="电信").n_stored == 3
    assert columns_of("铁路")["id_number"] == ("证件",)
    with pytest.raises(SourceMissing):
        receive(list_source=" ")


def test_the_certain_join_the_possible_wait_the_rest_become_tasks_and_all_can_be_replayed() -> None:
    states = compared()
    assert (states["王晓明"].state, states["王晓明"].subject.code) == ("joined", "wang")  # a homophone, the same number
    assert states["钱多多"].state == "verify"
    task = Task.objects.get(kind="verify_listed")
    assert (states["钱多多"].task_id, task.area_code) == (task.pk, COUNTY)
    assert states["赵武"].state == "joined"  # a homophone with the same phone, and no rival
    verdicts = Verdict.objects.filter(kind="decide_match")
    assert verdicts.exists()
    assert all(match_again(verdict) == text_of(verdict) for verdict in verdicts)
    assert list(check_batches()) == []
    assert list(check_rows()) == []


def to_review() -> RowState:
    """The number of one person and the name of another: the reviewer decides."""
    import_list(
        pl.DataFrame({"name": ["周一围"], "id_number": [LI], "date": ["2020-12-18"]}),
        by=None,
        at=NOW,
        options=ImportOptions(list_source="外县"),
    )
    row = ListedRow.objects.get(name="周一围")
    compare_list(row.batch_id, at=NOW)
    return RowState.objects.get(row=row)


def test_a_reviewer_answers_and_nobody_else_has_the_pair() -> None:
    assert to_review().state == "review"
    first, second = staff(username="first"), staff(username="second")
    pair = reviewing.next_pair(by=first, at=NOW)
    assert pair is not None
    assert reviewing.next_pair(by=second, at=NOW) is None
    with pytest.raises(reviewing.ReviewTaken):
        reviewing.skip_pair(row_id=pair.row.pk, at=NOW, by=second)
    later = NOW + reviewing.HELD_FOR + timedelta(seconds=1)
    assert reviewing.next_pair(by=second, at=later) is not None
    said = {"row_id": pair.row.pk, "subject_id": pair.candidate.subject_id, "at": later}
    with pytest.raises(reviewing.ReviewTaken):
        reviewing.decide_pair(**said, is_same=True, by=first)
    reviewing.decide_pair(**said, is_same=False, by=second)
    state = RowState.objects.get(row=pair.row)
    assert (state.state, state.task.kind) == ("verify", "verify_listed")
    reviewing.settle_row(row_id=pair.row.pk, code="li", note="电话核实", at=later, by=first)
    state.refresh_from_db()
    assert (state.state, state.subject.code, Task.objects.get(pk=state.task_id).status) == ("joined", "li", "done")
    with pytest.raises(reviewing.RowDecided):
        reviewing.settle_row(row_id=pair.row.pk, code="", note="again", at=later, by=first)
    assert list(check_rows()) == []


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_get_two_pairs_or_nothing() -> None:
    to_review()
    users = [staff(username=f"r{n}") for n in range(4)]

    def ask(user: object) -> object:
        try:
            return reviewing.next_pair(by=user, at=NOW)  # type: ignore[arg-type]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        pairs = list(pool.map(ask, users))
    assert sum(pair is not None for pair in pairs) == 1


def test_listed_and_not_declared_is_everybody_but_who_declared() -> None:
    states = compared()
    wang = states["王晓明"].subject_id
    assert {each.row_id for each in selectors.listed_not_declared([wang], area=COUNTY)} == {
        states["赵武"].row_id,
        states["钱多多"].row_id,
    }
    assert selectors.listed_not_declared([], area=OTHER_COUNTY) == []


def test_the_pages_ask_for_role_and_area() -> None:
    state = to_review()
    assert signed_in(staff()).get("/lists/review/").status_code == 200
    assert signed_in(staff(Role.COMMUNITY, area_code=VILLAGE)).get("/lists/review/").status_code == 403
    assert (
        signed_in(staff(Role.COMMUNITY, area_code=OTHER_COUNTY)).get(f"/lists/rows/{state.row_id}/").status_code == 404
    )
    page = signed_in(staff(username="x")).get("/lists/").content.decode()
    assert "外县" in page
    answer = {"row": state.row_id, "subject": 0, "answer": "same"}
    assert signed_in(staff(username="y")).post("/lists/review/", answer).status_code == 409
    assert signed_in(staff(username="z")).post("/lists/review/", {"row": "x"}).status_code == 422
