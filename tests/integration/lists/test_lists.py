"""A list from elsewhere: received once, compared with the register, reviewed by one person at a time, verified."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.db import connections
from django.utils import timezone

from lianfang.apps.areas.services import import_divisions
from lianfang.apps.core import work
from lianfang.apps.core.imports import ImportOptions, Outcome
from lianfang.apps.core.integrity import check_batches, check_rows
from lianfang.apps.core.models import Role, Task, User, Verdict
from lianfang.apps.core.verdicts import text_of
from lianfang.apps.lists import reviewing, selectors, verifying
from lianfang.apps.lists.comparing import compare_list
from lianfang.apps.lists.matches import match_again
from lianfang.apps.lists.models import Comparison, ListedRow, RowState
from lianfang.apps.lists.receiving import SourceMissing, columns_of, import_list
from lianfang.apps.lists.verifying import Settled
from lianfang.apps.people.merging import merge_persons
from lianfang.apps.people.models import Person
from lianfang.apps.people.services import import_persons
from lianfang.apps.places.selectors import place_ids
from lianfang.linkage.linking import link
from tests.support.divisions import write_lists
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


def is_counted() -> bool:
    """Whether the pages count each list's rows, by state, as they really stand."""
    names = ("joined", "review", "verify", "elsewhere")
    shown = Counter(
        {
            (each.batch_id, name): n
            for each in selectors.received(area="")
            for name in names
            if (n := getattr(each, name))
        }
    )
    return shown == Counter(RowState.objects.values_list("row__batch", "state"))


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
    verifying.settle_row(row_id=pair.row.pk, said=Settled("电话核实", code="li"), at=later, by=first)
    state.refresh_from_db()
    assert (state.state, state.subject.code, Task.objects.get(pk=state.task_id).status) == ("joined", "li", "done")
    with pytest.raises(verifying.RowDecided):
        verifying.settle_row(row_id=pair.row.pk, said=Settled("again"), at=later, by=first)
    assert is_counted()
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
    long_ago = NOW - timedelta(days=9_999)
    twice = ImportOptions(columns=COLUMNS, list_source="电信", keep_good=True)
    outcome = import_list(LIST.head(2), by=None, at=NOW, options=twice)
    assert outcome.batch is not None
    compare_list(outcome.batch.pk, at=NOW)

    def missing(*codes: str, area: str = COUNTY, since: datetime = long_ago) -> list[int]:
        declared = Person.objects.filter(subject__code__in=codes).values("pk")
        return sorted(selectors.not_declared(declared, area=area, since=since).values_list("pk", flat=True))

    assert missing("wang") == sorted([states["赵武"].row_id, states["钱多多"].row_id])
    assert missing() == sorted(state.row_id for state in states.values()), "of a person listed twice the first row"
    assert missing("wang", area=VILLAGE) == [states["赵武"].row_id], "a person counts where they live"
    assert missing(area=OTHER_COUNTY) == missing(since=NOW) == []
    zhao, li = (Person.objects.get(subject__code=code) for code in ("zhao", "li"))
    merge_persons(merged=zhao, survivor=li, reason="同一人", at=NOW, by=staff())
    assert missing("wang", "li") == [states["钱多多"].row_id], "merged into somebody who declared"


def strangers(n: int = 3) -> list[RowState]:
    """Rows of one list that nobody came near."""
    table = pl.DataFrame({"name": [f"陌生{i}" for i in range(n)], "phone": [f"1390000000{i}" for i in range(n)]})
    options = ImportOptions(list_source="电信", area_code=VILLAGE)
    outcome = import_list(table.with_columns(area_code=pl.lit(VILLAGE)), by=None, at=NOW, options=options)
    assert outcome.batch is not None
    compare_list(outcome.batch.pk, at=NOW)
    return list(RowState.objects.filter(row__batch=outcome.batch).order_by("pk"))


def test_strangers_of_one_village_are_one_task_done_with_the_last_of_them(tmp_path: Path) -> None:
    import_divisions(write_lists(tmp_path), county_code=COUNTY, by=None, at=NOW)
    first, second, third = strangers()
    assert first.task_id == second.task_id == third.task_id
    by = staff(Role.COMMUNITY, area_code=VILLAGE)
    with pytest.raises(work.TaskHasRows):
        work.finish_task(task_id=first.task_id, proof=work.Proof("都问过"), at=NOW, by=staff())
    client = signed_in(by)
    assert client.get(f"/tasks/{first.task_id}/").content.decode().count(f"/lists/{first.row.batch_id}/") == 1
    page = client.get(f"/lists/rows/{first.pk}/").content.decode()
    assert 'value="陌生0"' in page
    said = {"who": "new", "name": "陌生0", "phone": "13900000000", "area_code": VILLAGE, "sex": "male", "note": "上门"}
    wrong = client.post(f"/lists/rows/{first.pk}/", said | {"phone": "12"})
    assert (wrong.status_code, Person.objects.count()) == (422, 3)
    done = client.post(f"/lists/rows/{first.pk}/", said)
    assert done.headers["Location"] == f"/lists/rows/{second.pk}/"
    assert client.post(f"/lists/rows/{first.pk}/", said).status_code == 409
    person = Person.objects.get(name="陌生0")
    assert (RowState.objects.get(pk=first.pk).subject_id, person.sex, person.area_code) == (person.pk, "male", VILLAGE)
    assert Task.objects.get(pk=first.task_id).status == "open"
    rest = {"rows": [second.pk, third.pk], "note": "查无此人"}
    assert client.post(f"/lists/{first.row.batch_id}/elsewhere/", {"rows": rest["rows"]}).status_code == 422
    assert client.post(f"/lists/{first.row.batch_id}/elsewhere/", rest).status_code == 302
    assert Task.objects.get(pk=first.task_id).status == "done"
    assert is_counted()
    assert list(check_rows()) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_settle_the_last_two_rows_at_once_finish_the_task() -> None:
    first, second = strangers(2)
    by = staff(Role.COMMUNITY, area_code=VILLAGE)

    def settle(state: RowState) -> None:
        try:
            verifying.settle_row(row_id=state.pk, said=Settled("查无此人"), at=NOW, by=by)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(settle, (first, second)))
    assert is_counted()
    assert Task.objects.get(pk=first.task_id).status == "done"


@pytest.mark.django_db(transaction=True)
def test_how_far_a_comparison_is_can_be_seen_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = receive()
    assert outcome.batch is not None
    seen = []

    def watched(*args: object, **more: object) -> pl.DataFrame:
        with ThreadPoolExecutor(1) as pool:  # another session
            seen.append(pool.submit(lambda: (look(), connections.close_all())[0]).result())
        return link(*args, **more)  # type: ignore[arg-type]

    def look() -> str:
        return signed_in(User.objects.get()).get(f"/lists/{outcome.batch.pk}/?part=state").content.decode()

    staff()
    monkeypatch.setattr("lianfang.linkage.linking.link", watched)
    assert 'hx-trigger="every 2s"' in look()
    compare_list(outcome.batch.pk, at=NOW)
    assert "Looks for persons" in seen[0] or "逐行查找" in seen[0]
    assert "hx-trigger" not in look()
    monkeypatch.setattr("lianfang.linkage.linking.link", lambda *_args, **_more: 1 / 0)
    again = receive(list_source="电信")
    assert again.batch is not None
    with pytest.raises(ZeroDivisionError):
        compare_list(again.batch.pk, at=NOW)
    assert (Comparison.objects.get(pk=again.batch.pk).state, RowState.objects.count()) == ("failed", 3)


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
