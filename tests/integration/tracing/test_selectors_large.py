"""An investigation of 5,000 exposures: right figures, and a page that costs the same queries as a small one's."""

import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianfang.apps.tracing.selectors.affected import RowFilter, count, kinds_among, rows_of
from lianfang.apps.tracing.selectors.reading import occasion_of
from tests.support.investigations import LargeCase, large_case
from tests.support.staff import signed_in, staff

pytestmark = pytest.mark.django_db

PARTS = {
    "": 25,
    "?state=uncontrolled&late=yes&sort=-due": 25,
    "?sort=-seconds&page=70": 25,
    "?q=P00001": 25,
    "places/": 20,
    "network/": 18,
    "work/": 20,
    "runs/": 18,
    "timeline.json": 18,
    "graph.json": 22,
    "exposures/P000003/": 26,
}
CPU_S = 3.0  # of Python alone; measured 0.3 s on two shared cores


def cost(client: Client, url: str) -> tuple[int, float]:
    """Queries and CPU seconds of one request."""
    with CaptureQueriesContext(connection) as queries:
        started = time.process_time()
        response = client.get(url)
        spent = time.process_time() - started
    assert response.status_code == 200
    return len(queries), spent


def small_part(part: str) -> str:
    """The same part of the small case: its people have another prefix, its list one page."""
    return part.replace("page=70", "page=1").replace("exposures/P", "exposures/SP")


def test_a_large_investigation_costs_no_more_queries_than_a_small_one() -> None:
    client = signed_in(staff("command"))
    small, large = large_case(60, 10, number=1), large_case(number=2)
    for part, most in PARTS.items():
        client.get(f"/investigations/{small.investigation.number}/{small_part(part)}")  # templates loaded, names cached
        few, _ = cost(client, f"/investigations/{small.investigation.number}/{small_part(part)}")
        n, spent = cost(client, f"/investigations/{large.investigation.number}/{part}")
        assert n <= most, part
        assert n <= few + 4, part
        assert spent < CPU_S, part
    n, spent = cost(client, "/investigations/")
    assert n <= 16
    assert spent < CPU_S
    n, spent = cost(client, f"/api/investigations/{large.investigation.number}/exposures")
    assert n <= 18
    assert spent < CPU_S


def test_the_figures_of_a_large_investigation() -> None:
    case: LargeCase = large_case(5_000)
    occasion = occasion_of(staff("command"), case.investigation.number, run="", at=timezone.now())
    counts = count(occasion)
    held = [i for i in range(5_000) if i % 5 != 4]
    controlled = sum(1 for n, _ in enumerate(held) if n % 3 == 0)
    late = sum(1 for n, _ in enumerate(held) if n % 7 == 0)
    assert counts.n_all == len(held) + 1
    assert counts.n_people == len(held)
    assert counts.n_not_exposed == 1_000
    assert counts.n_controlled == controlled
    assert counts.n_uncontrolled == len(held) - controlled
    assert counts.n_unsampled == len(held)
    assert counts.n_late == late
    assert rows_of(occasion, RowFilter(late=True)).count() == late
    assert kinds_among(occasion, RowFilter(state="controlled")) == {"person": controlled}
