"""``lianfang demo``: make the demo county in an empty database and play its incident."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

DEFAULT_POPULATION, DEFAULT_SEED = 20_000, 7
# The script ends 39 hours after the first midnight of the incident: that far back it must begin to lie in the past.
SCRIPT_HOURS = 39


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("demo", help="make the demo county and play its incident")
    parser.add_argument("--population", type=int, default=DEFAULT_POPULATION, help="people (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="same seed, same county (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Load and print what was found; exit 3 when the database is not empty."""
    from lianfang.apps.core.models import Subject
    from lianfang.cli.prepare import tables_ready

    tables_ready()
    if Subject.objects.exists():
        print("lianfang: the database is not empty; the demo needs one of its own", file=sys.stderr)
        return 3
    load(population=args.population, seed=args.seed, report=print)
    return 0


def load(*, population: int, seed: int, report: Callable[[str], None]) -> None:
    """Make the county, create the demo accounts, play the incident; report every step with its seconds."""
    from datetime import timedelta

    from django.utils import timezone

    from lianfang.apps.command.demo import (
        load_county,
        open_venues,
        play_bench,
        play_incident,
        play_laboratories,
        play_returnees,
        play_warehouse,
        tell_public,
    )
    from lianfang.apps.core.demo_accounts import create_demo_accounts

    now = timezone.now()
    last_day = timezone.localdate(now - timedelta(hours=SCRIPT_HOURS))
    with _told("County loaded", report):
        county = load_county(population=population, seed=seed, last_day=last_day, at=now, report=report)
        create_demo_accounts(at=now)
    with _told("Incident played", report):
        play_incident(county, report=report)
    with _told("People coming back", report):
        play_returnees(county, at=now, report=report)
        tell_public(at=now)
    with _told("Warehouse filled", report):
        play_warehouse(now=now, report=report)
    with _told("Laboratories set up", report):
        play_laboratories(now=now)
    with _told("Key places opened", report):
        open_venues(now=now, report=report)
    with _told("Bench filled", report):
        play_bench(now=now, report=report)


@contextmanager
def _told(what: str, report: Callable[[str], None]) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    report(f"{what} in {time.perf_counter() - begun:.1f} s")
