"""EPCIS capture, durable; a positive package to its whole recall; a trace-back of ten steps beside a recursive SQL query.

python -m tests.bench.bench_goods [--events 1000000] [--documents 40] [--workers 1 2] [--shops 40]
"""

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import psutil

from tests.bench.database import bench_database

PER_DOCUMENT = 500
STEPS = 10
ASKED = 30
NODE = "urn:example:lot:"
RECURSIVE = """
    WITH RECURSIVE back(key, step) AS (
        SELECT %s::text, 0
        UNION
        SELECT l.source, b.step + 1 FROM back b JOIN epcis_link l ON l.target = b.key WHERE b.step < %s
    )
    SELECT key, min(step) FROM back WHERE step > 0 GROUP BY key
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--documents", type=int, default=40, help="for each worker")
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[1, 2], help="processes that capture at the same time"
    )
    parser.add_argument("--shops", type=int, default=40, help="that hold the lot which is called back")
    args = parser.parse_args()
    with bench_database("goods"):
        cores = f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}"
        print(f"machine: {cores}, load {os.getloadavg()[0]:.1f}")
        for n_workers in args.workers:
            capture(args.documents, n_workers)
        recall(args.shops)
        fill(args.events)
        trace_back()


def capture(n_documents: int, n_workers: int = 1) -> None:
    """Capture documents as partners would send them, in as many workers; every commit reaches the disk."""
    from django.db import connections

    from lianfang.apps.core.models import Role, User
    from lianfang.apps.goods.epcis.models import Event
    from tests.support.staff import staff

    if not User.objects.exists():
        staff(Role.WAREHOUSE)
    before = Event.objects.count()
    connections.close_all()
    ready = multiprocessing.get_context("fork").Barrier(n_workers)
    shares = [range(before + n_documents * number, before + n_documents * (number + 1)) for number in range(n_workers)]
    with ProcessPoolExecutor(n_workers, multiprocessing.get_context("fork"), _wait_at, (ready,)) as pool:
        spans = list(pool.map(capture_share, shares))
    seconds = max(span[1] for span in spans) - min(span[0] for span in spans)
    own, database = (sum(span[place] for span in spans) for place in (2, 3))
    n = (n_documents - 1) * n_workers * PER_DOCUMENT
    assert Event.objects.count() - before == n + n_workers * PER_DOCUMENT
    print(
        f"capture, {n_workers} worker{'s' if n_workers > 1 else ''}: {n:,} events in documents of {PER_DOCUMENT}:"
        f" {n / seconds:,.0f} events/s, checked, hashed, durable (processor time an event: Python {1e6 * own / n:.0f} us,"
        f" PostgreSQL {1e6 * database / n:.0f} us; load {os.getloadavg()[0]:.1f})"
    )


_ready: Any = None


def _wait_at(ready: Any) -> None:
    global _ready  # noqa: PLW0603 - a barrier reaches the workers of a pool only so
    _ready = ready


def capture_share(numbers: range) -> tuple[float, float, float, float]:
    """Capture these documents in this process, the first to warm up.

    Returns: when it began and ended, its processor time, and that of the database for it.
    """
    from django.utils import timezone

    from lianfang.apps.core.models import User
    from lianfang.apps.goods.epcis import services

    by = User.objects.earliest("pk")
    contents = [json.dumps(document(number)).encode() for number in numbers]
    services.process(services.take(contents.pop(), at=timezone.now(), by=by).pk, at=timezone.now())
    backend = _backend()
    _ready.wait()
    began, own, database = time.perf_counter(), time.process_time(), sum(backend.cpu_times()[:2])
    for content in contents:
        kept = services.process(services.take(content, at=timezone.now(), by=by).pk, at=timezone.now())
        assert kept.n_stored == PER_DOCUMENT, kept.errors
    return began, time.perf_counter(), time.process_time() - own, sum(backend.cpu_times()[:2]) - database


def _backend() -> psutil.Process:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return psutil.Process(cursor.fetchone()[0])


def recall(n_shops: int) -> None:
    """Send parts of a lot to shops, then sign one package positive: the two-hour rule, from signature to all that is ordered."""
    from django.db import transaction

    from lianfang.apps.core import outbox
    from lianfang.apps.core.models import Measure
    from lianfang.apps.goods import services as goods
    from lianfang.apps.goods.models import RecallNotice
    from lianfang.apps.lab import services as lab
    from lianfang.apps.lab.models import Specimen
    from lianfang.apps.tracing.models import Exposure
    from lianfang.rules.vocabulary import SpecimenResult
    from tests.support.warehouse import Warehouse

    store = Warehouse()
    lot = store.released()
    shops = store.more_shops(n_shops)
    for shop in shops:
        store.in_shop(lot, 10, shop)
    box = goods.single_out(lot, package="BOX-1", place=store.place("room-1"), act=store.act(1))[1]
    goods.sample(box, tubes=["BOX-TUBE"], act=store.act(0.5))
    specimen = Specimen.objects.get(code="BOX-TUBE")
    lab.record_result(specimen_id=specimen.pk, value=SpecimenResult.POSITIVE, at=store.ago(0.4), by=store.technician)
    backend = _backend()
    began, own, database = time.perf_counter(), time.process_time(), sum(backend.cpu_times()[:2])
    with transaction.atomic():
        lab.sign_result(specimen_id=specimen.pk, at=store.ago(0.3), by=store.signer)
    outbox.deliver_pending()
    seconds, own = time.perf_counter() - began, time.process_time() - own
    database = sum(backend.cpu_times()[:2]) - database
    assert RecallNotice.objects.count() == n_shops
    print(
        f"recall: from the signature of one positive package to {n_shops} holders asked, {Exposure.objects.count()} people,"
        f" lots and places classified, {Measure.objects.count()} measures ordered: {seconds:.1f} s by the clock"
        f" (processor time: Python {own:.1f} s, PostgreSQL {database:.1f} s; the rule allows two hours)"
    )


def document(number: int) -> dict[str, object]:
    events = [
        {
            "type": "ObjectEvent", "eventTime": f"2020-12-01T08:{place // 60:02}:{place % 60:02}.000+08:00",
            "eventTimeZoneOffset": "+08:00",
            "action": "OBSERVE", "bizStep": "receiving", "disposition": "in_progress",
            "epcList": [f"urn:epc:id:sgtin:4012345.011111.{number * PER_DOCUMENT + place}"],
            "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"},
            "bizLocation": {"id": "urn:epc:id:sgln:4012345.00002.0"},
            "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000016:1152"}],
        }
        for place in range(PER_DOCUMENT)
    ]  # fmt: skip
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2020-12-01T00:00:00Z", "epcisBody": {"eventList": events},
    }  # fmt: skip


def fill(n_events: int) -> None:
    """Fill the store with transformations: lot n is made of lots n-1000 and n-1001, the same rows that captures store."""
    from django.db import connection
    from django.utils import timezone

    from lianfang.apps.core import evidence
    from lianfang.apps.goods.epcis.services.storing import context_id

    began = time.perf_counter()
    batch = evidence.open_batch(kind="epcis", source="bench", at=timezone.now(), by=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO epcis_event (id, batch_id, context_id, event_id, hash, is_error, type, event_time, record_time,"
            " action, biz_step, disposition, read_point, biz_location, area_code, body)"
            " SELECT 1000000 + n, %s, %s, 'urn:x:' || n, 'urn:x:' || n, false, 'TransformationEvent',"
            " timestamptz '2020-12-01' + n * interval '1 s', now(), '', 'commissioning', '', '', '', '140826', '{}'"
            " FROM generate_series(1, %s) n",
            [batch.pk, context_id([]), n_events],
        )
        for back in (1000, 1001):
            cursor.execute(
                "INSERT INTO epcis_link (event_id, source, target, at)"
                f" SELECT 1000000 + n, %s || (n - {back}), %s || n, timestamptz '2020-12-01' + n * interval '1 s'"
                f" FROM generate_series({back} + 1, %s) n",
                [NODE, NODE, n_events],
            )
        cursor.execute("ANALYZE epcis_event")
        cursor.execute("ANALYZE epcis_link")
    print(f"store: {n_events:,} events, {2 * n_events:,} links, filled in {time.perf_counter() - began:.0f} s")


def trace_back() -> None:
    """Ask the engine and the database the same question and compare the answers."""
    from django.db import connection

    from lianfang.apps.goods.epcis.models import Link
    from lianfang.apps.goods.epcis.selectors.following import follow
    from lianfang.trace import warm_up

    warm_up()
    last = Link.objects.order_by("-pk").values_list("event_id", flat=True)[0] - 1_000_000
    roots = [f"{NODE}{last - min(7_919, last // (2 * ASKED)) * number}" for number in range(ASKED + 1)]
    follow([roots[0]], "backward", area="", steps=STEPS)
    engine_s, sql_s, n = [], [], 0
    for root in roots[1:]:
        began = time.perf_counter()
        found = follow([root], "backward", area="", steps=STEPS)
        engine_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(RECURSIVE, [root, STEPS])
            rows = dict(cursor.fetchall())
        sql_s.append(time.perf_counter() - began)
        assert {each.key: each.step for each in found} == rows
        n += len(found)
    print(f"trace-back of {STEPS} steps, {n / ASKED:.0f} lots reached, {ASKED} questions, answers equal:")
    print(f"  engine        {spread(engine_s)}   (with times and via, leaving out events declared in error)")
    print(f"  recursive SQL {spread(sql_s)}")


def spread(seconds: Sequence[float]) -> str:
    return f"median {1000 * statistics.median(seconds):6.1f} ms, slowest {1000 * max(seconds):6.1f} ms"


if __name__ == "__main__":
    main()
