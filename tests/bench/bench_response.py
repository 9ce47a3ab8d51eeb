"""Signed positive to durable measures for some 500 and 5,000 exposures, and the lists' page times, in one county.

python -m tests.bench.bench_response [--population 300000]
"""

import argparse
import os
import platform
import statistics
import time
from datetime import datetime, timedelta

import polars as pl

from tests.bench.database import bench_database

# Guests of one long dinner; each brings in household and colleagues, which makes about this many exposures.
DINNERS = {500: 20, 5_000: 200}
PAGES = ("/desk/", "/investigations/", "/people/", "/goods/", "/places/", "/tasks/", "/investigations/{number}/")
VISITS = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--population", type=int, default=300_000)
    args = parser.parse_args()
    with bench_database("response"):
        from lianfang.apps.command.demo import load_county
        from lianfang.apps.core.demo_accounts import create_demo_accounts
        from lianfang.trace import warm_up

        now = datetime.now().astimezone()
        county = load_county(
            population=args.population, seed=7, last_day=now.date() - timedelta(days=1), at=now, report=lambda _: None
        )
        create_demo_accounts(at=now)
        warm_up()
        print(
            f"machine: {os.cpu_count()} cores, {platform.processor() or platform.machine()}, load {os.getloadavg()[0]:.1f}"
        )
        print(f"county: {args.population:,} people, {county.presences.num_rows:,} presences")
        answers = [answer(wanted, guests, county) for wanted, guests in DINNERS.items()]
        (few, quick), (many, slow) = answers
        print(f"ratio {many / few:.1f} x the exposures: {slow / quick:.1f} x the seconds")
        page_times()


def answer(wanted: int, guests: int, county: object) -> tuple[int, float]:
    """Seat the guests, sign the host's positive, deliver; return how many were found and the seconds it took."""
    from lianfang.apps.core import outbox
    from lianfang.apps.core.models import Measure, Subject, Task, User
    from lianfang.apps.lab import services as lab
    from lianfang.apps.places import services as places
    from lianfang.apps.tracing.selectors.outcome import outcome_of
    from lianfang.rules.vocabulary import SpecimenResult

    now = datetime.now().astimezone()
    people = county.persons["code"].to_pylist()[wanted : wanted + guests * 20 : 20]  # type: ignore[attr-defined]
    hall = f"HALL-{wanted}"
    area = Subject.objects.get(code=people[0]).area_code
    row = pl.DataFrame([{"code": hall, "kind": "restaurant", "name": "banquet hall", "area_code": area}])
    places.import_places(row, by=None, at=now)
    evening = (now - timedelta(days=2)).replace(hour=18, minute=0, second=0, microsecond=0)
    stays = {"subject": people, "place": hall, "t_in": evening, "t_out": evening + timedelta(hours=2)}
    places.import_presences(pl.DataFrame(stays), by=None, at=now)
    outbox.deliver_pending()
    technician, signer = User.objects.filter(role="laboratory").order_by("id")[:2]
    host = Subject.objects.get(code=people[0])
    specimen = lab.register_specimen(
        code=f"B{wanted}", subject=host, collected_at=now - timedelta(hours=5), at=now, by=technician
    )
    lab.record_result(specimen_id=specimen.pk, value=SpecimenResult.POSITIVE, at=now, by=technician)
    before = Measure.objects.count(), Task.objects.count()
    began = time.perf_counter()
    lab.sign_result(specimen_id=specimen.pk, at=datetime.now().astimezone(), by=signer)
    outbox.deliver_pending()
    seconds = time.perf_counter() - began
    outcome = outcome_of(host.pk)
    assert outcome is not None
    found = sum(outcome.classes.values())
    measures, tasks = Measure.objects.count() - before[0], Task.objects.count() - before[1]
    print(
        f"{found:,} exposures {outcome.classes}: {seconds:.2f} s to {measures:,} measures and {tasks:,} tasks durable"
    )
    return found, seconds


def page_times() -> None:
    """Print the median answer time of the lists, after one visit that warms caches."""
    from django.test import Client

    from lianfang.apps.core.models import User
    from lianfang.apps.tracing.models import Investigation

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="command"), backend="django.contrib.auth.backends.ModelBackend")
    newest = Investigation.objects.order_by("-id").first()
    assert newest is not None
    for page in PAGES:
        path, times = page.format(number=newest.number), []
        for _ in range(VISITS + 1):
            began = time.perf_counter()
            response = client.get(path)
            assert response.status_code == 200, (path, response.status_code)
            times.append(time.perf_counter() - began)
        print(f"{path}: median {statistics.median(times[1:]) * 1000:.0f} ms of {VISITS} visits")


if __name__ == "__main__":
    main()
