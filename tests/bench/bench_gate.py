"""Codes verified a second, events taken in a second, sizes of status lists: each beside what it is measured by.

python -m tests.bench.bench_gate [--events 100000] [--codes 4000] [--workers 1 2]
"""

import argparse
import multiprocessing
import os
import platform
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from lianfang.rules.vocabulary import Colour
from lianfang.wire import code, cose, doors, status
from lianfang.wire.code import DayCode
from lianfang.wire.doors import Batch, Clock, DoorEvent, EventKind
from lianfang.wire.keys import Algorithm, KeyUse, SigningKey, TrustList
from tests.bench.database import bench_database

BATCH = doors.MOST_EVENTS
PEOPLE = (300_000, 50_000_000, 1_400_000_000)
NOT_GREEN = 0.001
DOWNGRADES_A_DAY = 21  # of 300,000 people, 0.1 % not green for 14 days each
SHARD = 1 << 20
BOOT = b"boot0001"
FACTS = (
    '{"cap":null,"first_tenths_celsius":null,"inside":12,"list_issued_at":1608393600,"now":1608393660,"read":{"colour":"green",'
    '"expires_at":1608480000,"has_holder":false,"issued_at":1608393600,"shown_at":null,"state":"as_issued"},"refusal":"",'
    '"tenths_celsius":365}'
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--codes", type=int, default=4_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="processes that take at the same time")
    args = parser.parse_args()
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}")
    verifying(args.codes)
    with bench_database("gate"):
        taking(args.events, args.workers)
    sizes()


def rate(n: int, work: Callable[[], object]) -> float:
    """Return how many of `n` are done a second; the best of three, as the machine has other work too."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return n / min(took)


def verifying(n: int) -> None:
    key = SigningKey.made(b"\x01\x01", Algorithm.EDDSA)
    trust = TrustList([key.trusted(KeyUse.CODE, 0, 2**60)])
    texts = [code.issue(DayCode(Colour.GREEN, 1, i, 100, 1440, i.to_bytes(8)), key) for i in range(n)]
    messages = [cose.read(code.base45.decode(text[len(code.DAY_PREFIX) :])) for text in texts]
    signed = [(m.signature, cose.to_be_signed(m.protected, m.payload)) for m in messages]
    _, verifier = trust.find(key.kid, int(Algorithm.EDDSA), KeyUse.CODE)
    whole = rate(n, lambda: [code.read(text, trust) for text in texts])
    bare = rate(n, lambda: [verifier.accepts(signature, content) for signature, content in signed])
    print(f"\ncodes read and verified      {whole:>10,.0f}/s")
    print(f"bare signature verify        {bare:>10,.0f}/s    ratio {whole / bare:.2f}")


def taking(n: int, workers: Sequence[int]) -> None:
    """Durable on both sides: the server's settings are those of real use; each process is one worker of the centre."""
    from django.utils import timezone

    from lianfang.apps.gates import services

    print("\n                                   a second   us of one core each: Python + PostgreSQL")
    ours, *_ = [_together(n, n_workers) for n_workers in workers]
    key = _enrolled("bench")
    batches = _batches(n, key)
    for batch in batches:
        services.take(content=batch, at=timezone.now())
    n = len(batches) * BATCH
    with _timed(n) as again:
        assert all(services.take(content=batch, at=timezone.now()).repeated == BATCH for batch in batches)
    with _timed(1) as followed:
        followed.n = services.follow(at=timezone.now()).n_events
    n_alone = max(200, n // 500)
    first = n + 1
    single = [_signed(range(number, number + 1), key) for number in range(first, first + n_alone)]
    with _timed(n_alone) as alone:
        for content in single:
            services.take(content=content, at=timezone.now())
    plain = _plain_endpoint(n_alone)
    print(f"the same batches again             {again}    0 stored")
    print(f"followed up afterwards             {followed}    looked up; presences and the rule again where known")
    print(f"batches of one event               {alone}")
    print(f"a plain endpoint, one row          {plain}    Django view, one INSERT and commit")
    print(f"ratio to plain, time {ours.rate / plain.rate:.0f}, processor {plain.busy_us / ours.busy_us:.0f}")


def _together(n: int, n_workers: int) -> "_Rate":
    """Take the batches of as many doors as there are workers at the same time."""
    from django.db import connections

    shares = [_batches(n, _enrolled(f"door-{n_workers}-{number}")) for number in range(n_workers)]
    connections.close_all()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(n_workers, context, _wait_at, (context.Barrier(n_workers),)) as pool:
        spans = list(pool.map(_take_share, shares))
    took = max(ended for _, ended, _, _ in spans) - min(began for began, _, _, _ in spans)
    python_s, database_s = (sum(span[place] for span in spans) for place in (2, 3))
    found = _Rate(sum(len(share) - 1 for share in shares) * BATCH, took, python_s, database_s)
    label = f"batches of {BATCH:,}, {n_workers} worker{'s' if n_workers > 1 else ''}"
    print(f"{label:<35}{found}    verified, once each, COPY, evidence log, commit")
    return found


_ready: Any = None


def _wait_at(ready: Any) -> None:
    global _ready  # noqa: PLW0603 - a barrier reaches the workers of a pool only so
    _ready = ready


def _take_share(batches: list[bytes]) -> tuple[float, float, float, float]:
    """Take a door's batches in this process, the first to warm up; return begin, end, processor time here and in PostgreSQL."""
    from django.utils import timezone

    from lianfang.apps.gates import services

    services.take(content=batches[0], at=timezone.now())
    _ready.wait()
    began = time.perf_counter()
    with _timed(len(batches) - 1) as found:
        assert all(services.take(content=batch, at=timezone.now()).stored == BATCH for batch in batches[1:])
    return began, time.perf_counter(), found.python_s, found.database_s


def _enrolled(code: str) -> SigningKey:
    """Return the key of a door of the bench's place, which is made with the first."""
    import polars as pl
    from django.utils import timezone

    from lianfang.apps.gates import services
    from lianfang.apps.places import services as places

    key = SigningKey.made(code.encode(), Algorithm.EDDSA)
    row = {"code": "bench-place", "kind": "market", "area_code": "140826100005"}
    places.import_places(pl.DataFrame([row]), by=None, at=timezone.now())
    services.enrol(code=code, place_code="bench-place", public=key.public(), at=timezone.now(), by=None)
    return key


def _batches(n: int, key: SigningKey) -> list[bytes]:
    """Return signed batches of n events, and one to warm up."""
    return [_signed(range(start + 1, start + BATCH + 1), key) for start in range(0, n + BATCH, BATCH)]


@dataclass
class _Rate:
    """How long something took for each of `n`: by the clock, and in processor time of Python and of the database."""

    n: int
    took_s: float = 0.0
    python_s: float = 0.0
    database_s: float = 0.0

    @property
    def rate(self) -> float:
        return self.n / self.took_s

    @property
    def busy_us(self) -> float:
        return (self.python_s + self.database_s) / self.n * 1e6

    def __str__(self) -> str:
        python_us, database_us = self.python_s / self.n * 1e6, self.database_s / self.n * 1e6
        return f"{self.rate:>10,.0f}   {self.busy_us:>8,.1f}: {python_us:,.1f} + {database_us:,.1f}"


@contextmanager
def _timed(n: int) -> Iterator[_Rate]:
    """Measure one process of the centre and its one connection: other work on the machine lengthens the time, not these."""
    from django.db import connection

    connection.ensure_connection()
    backend, found = psutil.Process(connection.connection.info.backend_pid), _Rate(n)
    before, python, began = backend.cpu_times(), time.process_time(), time.perf_counter()
    yield found
    found.took_s, found.python_s = time.perf_counter() - began, time.process_time() - python
    after = backend.cpu_times()
    found.database_s = after.user + after.system - before.user - before.system


def _signed(numbers: range, key: SigningKey) -> bytes:
    events = tuple(
        DoorEvent(
            seq, EventKind.ASKED, Clock(1_608_393_660_000, BOOT, seq), seq.to_bytes(8), "admit", ("E-15",), 12, FACTS
        ).to_bytes()
        for seq in numbers
    )
    return doors.sign_batch(Batch(key.kid.decode(), Clock(1_608_393_700_000, BOOT, 10**9), 12, 0, events), key)


def _plain_endpoint(n: int) -> _Rate:
    """Requests through Django's handler without middleware to a view that inserts one row of an event's width.

    Its connection is kept open, as a pool would.
    """
    import sys
    import types

    from django.core.signals import request_started
    from django.db import close_old_connections, connection
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory, override_settings
    from django.urls import path

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE plain_event (id bigserial PRIMARY KEY, door text, number bigint, facts text)")

    def view(request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            statement = "INSERT INTO plain_event (door, number, facts) VALUES (%s, %s, %s)"
            cursor.execute(statement, ["bench", len(request.body), request.body.decode()])
        return HttpResponse("{}")

    urls = types.ModuleType("bench_gate_urls")
    urls.urlpatterns = [path("event", view)]  # type: ignore[attr-defined]
    sys.modules[urls.__name__] = urls
    from django.core.handlers.wsgi import WSGIHandler

    request_started.disconnect(close_old_connections)
    with override_settings(ROOT_URLCONF=urls.__name__, MIDDLEWARE=[]):
        handler, factory = WSGIHandler(), RequestFactory()
        requests = [factory.post("/event", FACTS, content_type="application/json").environ for _ in range(n)]
        with _timed(n) as found:
            for environ in requests:
                handler(environ, lambda _status, _headers: None)
        return found


def sizes() -> None:
    """Every list is made, packed and forgotten: the nation's too, which needs 1,336 of them; nothing is extrapolated."""
    print(f"\nstatus lists, {NOT_GREEN:.1%} not green, two bits, zlib, lists of at most {SHARD:,}")
    shuffled = random.Random(1)
    for n in PEOPLE:
        began, packed, largest = time.perf_counter(), 0, 0
        for start in range(0, n, SHARD):
            size = min(SHARD, n - start)
            changed = dict.fromkeys(shuffled.sample(range(size), round(size * NOT_GREEN)), int(status.Status.NOW_RED))
            one = len(status.StatusList.of(2, size, changed).compressed())
            packed, largest = packed + one, max(largest, one)
        raw = n / 4
        print(
            f"{n:>14,} people  {packed / 1000:>10,.1f} kB    of {raw / 1000:>10,.0f} kB raw: {packed / raw:.2%}"
            f"    {-(-n // SHARD):>5,} lists, the largest {largest / 1000:.1f} kB, {time.perf_counter() - began:.1f} s"
        )
    day = status.Delta(1, 0, 1, 0, tuple((shuffled.randrange(SHARD), 3) for _ in range(DOWNGRADES_A_DAY)))
    key = SigningKey.made(b"\x02\x01", Algorithm.EDDSA)
    print(f"a delta of {DOWNGRADES_A_DAY} changes   {len(status.sign_delta(day, key))} bytes, signed")


if __name__ == "__main__":
    main()
