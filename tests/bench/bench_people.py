"""Server time of the register, the lists, the returns and the numbers at full size.

300,000 persons, 5,000 pairs to be reviewed, a list of 100,000 rows, 20,000 returns.
Run: python -m tests.bench.bench_people [PERSONS] [PAIRS] [ROWS] [RETURNS].
Prints medians; no list may take 300 ms, no sums of a county 600.
"""

import argparse
import re
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import polars as pl

from tests.bench.database import bench_database
from tests.bench.list_data import COUNTY, given

LIMIT_MS = 300
SUMS_LIMIT_MS = 600  # of a whole county, from the facts: 25,000 people due today, 5,000 of them with reports day by day
REPEATS = 10
DECISIONS = 60
MEASURED = 5_000
_DAY = pl.lit("2020-12-18")
_HIDDEN = re.compile(r'name="(\w+)" value="(\d+)"')


def main() -> int:
    """Fill the register and time the pages; exit 1 if one is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("persons", type=int, nargs="?", default=300_000)
    parser.add_argument("pairs", type=int, nargs="?", default=5_000)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("returns", type=int, nargs="?", default=20_000)
    asked = parser.parse_args()
    with bench_database("people"):
        from django.test.utils import override_settings

        people = register(asked.persons)
        _receive(people, asked.pairs, asked.rows)
        _returns(asked.returns)
        with override_settings(ALLOWED_HOSTS=["testserver"]):
            lists = max(_register_pages(people), _review_pages(), _list_pages(), _return_pages())
            sums = _sum_pages()
    kept = lists < LIMIT_MS and sums < SUMS_LIMIT_MS
    print(f"limits {LIMIT_MS} ms, of sums {SUMS_LIMIT_MS} ms: {'kept' if kept else 'NOT kept'}")
    return int(not kept)


def register(n: int) -> pl.DataFrame:
    """Enter the divisions, import the persons, and put 5,000 of them under a measure; return them."""
    from django.utils import timezone

    from lianfang.apps.areas.models import Area
    from lianfang.apps.people.models import Person
    from lianfang.apps.people.services import import_persons
    from lianfang.sim import make_county

    levels = {"county": Area.Level.COUNTY, "township": Area.Level.TOWNSHIP, "village": Area.Level.VILLAGE}
    known = {code for code, *_ in COUNTY}
    units = [
        Area(code=c, name=n, level=levels[kind], parent_id=up if up in known else None) for c, n, kind, up in COUNTY
    ]
    Area.objects.bulk_create(units, ignore_conflicts=True)
    county = make_county(COUNTY, population=n, seed=20201201, start_day=date(2020, 12, 1), days=14)
    people = pl.from_arrow(county.persons)
    assert isinstance(people, pl.DataFrame)
    columns = ["code", "name", "sex", "birth_date", "id_number", "phone", "area_code"]
    none = pl.DataFrame(schema={"code": pl.String, "id": pl.Int64})
    began, at = time.perf_counter(), timezone.now()
    import_persons(people.select(columns), by=None, at=at, household_ids=lambda _codes: none)
    print(f"{n:,} persons imported in {time.perf_counter() - began:.0f} s")
    _follow_up(list(Person.objects.order_by("name", "pk").values_list("pk", "area_code")[:MEASURED]), at)
    return people


def _follow_up(who: list[tuple[int, str]], at: datetime) -> None:
    """Monitor the health of persons for six days now, by verdict; most reported every day, every tenth missed one."""
    from django.conf import settings
    from django.db import transaction

    from lianfang.apps.core import evidence
    from lianfang.apps.core.measures import cause
    from lianfang.apps.core.models import Measure, MeasureCause
    from lianfang.apps.core.profiles import profile_of
    from lianfang.apps.core.verdicts import Occasion, stored
    from lianfang.apps.followup.models import HealthRecord
    from lianfang.rules.measure import AftercareFacts, order_aftercare

    since = at - timedelta(days=6)
    verdict = order_aftercare(AftercareFacts(int(since.timestamp())), profile_of(settings.PROFILE_EDITION, at=at))
    order = verdict.outcome[0]
    verdicts = [stored(verdict, pk, Occasion(0, since)) for pk, _ in who]
    with transaction.atomic():
        evidence.insert("verdict", verdicts)
    measures = Measure.objects.bulk_create(
        Measure(kind=order.kind, subject_id=pk, area_code=area, ordered_at=since, starts_at=since) for pk, area in who
    )
    pairs = zip(measures, verdicts, strict=True)
    MeasureCause.objects.bulk_create(cause(measure, order, of, f"return:{measure.pk}") for measure, of in pairs)
    HealthRecord.objects.bulk_create(
        HealthRecord(subject_id=pk, client_id=uuid4(), way="call", tenths_celsius=366, taken_at=at - timedelta(days=day),
                     recorded_at=at)
        for number, (pk, _) in enumerate(who) for day in range(6) if number % 10 or day != 3
    )  # fmt: skip


def _receive(people: pl.DataFrame, n_pairs: int, n_rows: int) -> None:
    """Receive and compare a list whose rows have the number of one person and the name of another, and an ordinary one."""
    from lianfang.apps.lists.models import RowState

    began = time.perf_counter()
    some = people.sample(n_pairs, seed=1)
    _compared("外县", some.select("id_number", name=pl.col("name").shift(1, fill_value="钱多多"), date=_DAY))
    waiting = RowState.objects.filter(state="review").count()
    print(f"{waiting:,} pairs wait for review, after {time.perf_counter() - began:.0f} s")
    _compared("铁路", given(population=people.height, rows=n_rows).listed.drop("key").with_columns(date=_DAY))
    print(f"{n_rows:,} rows of a list compared, after {time.perf_counter() - began:.0f} s")


def _compared(source: str, rows: pl.DataFrame) -> None:
    from django.utils import timezone

    from lianfang.apps.core.imports import ImportOptions
    from lianfang.apps.lists.comparing import compare_list
    from lianfang.apps.lists.receiving import import_list

    at = timezone.now()
    outcome = import_list(rows, by=None, at=at, options=ImportOptions(list_source=source, keep_good=True))
    if outcome.batch is not None:
        compare_list(outcome.batch.pk, at=at)


def _returns(n: int) -> None:
    """Let every so-manieth person come back, half of them with a confirmed arrival; then tidy up as a running server does."""
    from django.db import connection
    from django.utils import timezone

    from lianfang.apps.people.models import Person
    from lianfang.apps.returnees.models import Return

    at, today = timezone.now(), timezone.localdate()
    some = Person.objects.order_by("pk").values_list("pk", "area_code")[:: max(1, Person.objects.count() // n)]
    Return.objects.bulk_create(
        (
            Return(subject_id=pk, area_code=area, expected_on=today, is_declared=bool(at_row % 3), created_at=at,
                   category=("high", "middle", "other")[at_row % 3], version=1)
            for at_row, (pk, area) in enumerate(some)
        ),
        batch_size=5_000,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _register_pages(people: pl.DataFrame) -> float:
    from lianfang.apps.people.models import Person
    from tests.support.staff import signed_in, staff

    one = people.row(people.height // 2, named=True)
    middle = Person.objects.get(subject__code=one["code"])
    asked: dict[str, tuple[str, str, dict[str, str]]] = {
        "first page": ("get", "/people/", {}),
        "page in the middle": ("get", "/people/", {"after": f"{middle.area_code}.{middle.pk}"}),
        "last page": ("get", "/people/", {"before": "last"}),
        "filter by township": ("get", "/people/", {"area": "140826103"}),
        "filter by village": ("get", "/people/", {"area": "140826103205"}),
        "filter by class": ("get", "/people/", {"cls": "index"}),
        "filter by measure": ("get", "/people/", {"measure": "any"}),
        "name, common beginning": ("post", "/people/find/", {"q": "王"}),
        "name, whole": ("post", "/people/find/", {"q": one["name"]}),
        "name, nobody": ("post", "/people/find/", {"q": "无此人"}),
        "identity number": ("post", "/people/find/", {"q": one["id_number"]}),
        "phone": ("post", "/people/find/", {"q": one["phone"]}),
    }
    client = signed_in(staff(username="people"))
    return max(
        _timed(title, partial(getattr(client, method), path, said), REPEATS)
        for title, (method, path, said) in asked.items()
    )


def _review_pages() -> float:
    """Open the queue, then decide: each answer brings the next pair, as the keys S, D and K do."""
    from tests.support.staff import signed_in, staff

    client, other = signed_in(staff(username="one")), signed_in(staff(username="two"))
    shown = client.get("/lists/review/").content.decode()
    answers = ["same", "different", "skip"] * DECISIONS

    def decide() -> Any:
        nonlocal shown
        said = {name: value for name, value in _HIDDEN.findall(shown) if name in {"row", "subject"}}
        answer = client.post("/lists/review/", said | {"answer": answers.pop()}, headers={"HX-Request": "true"})
        shown = answer.content.decode()
        return answer

    return max(
        _timed("lists and their states", lambda: client.get("/lists/"), REPEATS),
        _timed("review: open", lambda: client.get("/lists/review/"), REPEATS),
        _timed("review: decide and next", decide, DECISIONS),
        _timed("review: second reviewer", lambda: other.get("/lists/review/"), REPEATS),
    )


def _list_pages() -> float:
    """The pages of one long list, for the county and for a village."""
    from lianfang.apps.lists.models import ListedRow
    from tests.support.staff import signed_in, staff

    last = ListedRow.objects.latest("pk")
    middle = ListedRow.objects.filter(batch=last.batch_id).order_by("area_code", "pk")[50_000 % last.batch.n_rows]
    named = ListedRow.objects.filter(batch=last.batch_id, area_code__gt="140826").order_by("area_code", "pk")[0]
    path = f"/lists/{last.batch_id}/"
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "list: first page": (path, {}),
        "list: middle": (path, {"after": f"{middle.area_code}.{middle.pk}"}),
        "list: last page": (path, {"before": "last"}),
        "list: to be verified": (path, {"state": "verify"}),
        "list: joined": (path, {"state": "joined"}),
        "list: to be reviewed": (path, {"state": "review"}),
        "list: of one village": (path, {"area": middle.area_code}),
        "list: one row": (f"/lists/rows/{last.pk}/", {}),
    }
    county = signed_in(staff(username="list-county"))
    village = signed_in(staff(username="list-village", area_code=named.area_code))
    return max(
        *(_timed(title, partial(county.get, *said), REPEATS) for title, said in asked.items()),
        _timed("lists, a village's", lambda: village.get("/lists/"), REPEATS),
        _timed("list, a village's", lambda: village.get(path), REPEATS),
    )


def _return_pages() -> float:
    """Returns."""
    from tests.support.staff import signed_in, staff

    client = signed_in(staff(username="returns"))
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "returns: first page": ("/returnees/", {}),
        "returns: far in": ("/returnees/", {"page": "200"}),
        "returns: of a state": ("/returnees/", {"state": "half"}),
        "returns: by name": ("/returnees/", {"q": "王"}),
        "numbers: rows": ("/numbers/rows/", {"figure": "listed_only"}),
    }
    return max(_timed(title, partial(client.get, *said), REPEATS) for title, said in asked.items())


def _sum_pages() -> float:
    """Today's list and the numbers, of a whole county."""
    from tests.support.staff import signed_in, staff

    client = signed_in(staff(username="sums"))
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "today": ("/today/", {}),
        "numbers": ("/numbers/", {}),
        "numbers: of a township": ("/numbers/", {"area": "140826103"}),
    }
    return max(_timed(title, partial(client.get, *said), REPEATS) for title, said in asked.items())


def _timed(title: str, ask: Callable[[], Any], times: int) -> float:
    """Print and return the median in milliseconds, after one request that warms up."""
    taken = []
    for _ in range(times + 1):
        began = time.perf_counter()
        response = ask()
        taken.append(1_000 * (time.perf_counter() - began))
        assert response.status_code in {200, 302}, response.status_code
    median = statistics.median(taken[1:])
    print(f"{title:<26} median {median:6.0f} ms, slowest {max(taken[1:]):6.0f} ms")
    return median


if __name__ == "__main__":
    sys.exit(main())
