"""``lianfang expire``: delete the presences of days whose retention has ended."""

import argparse
from datetime import date


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("expire", help="delete presences whose retention has ended")
    parser.add_argument("--before", type=date.fromisoformat, required=True, metavar="DAY", help="first day to keep")


def run(args: argparse.Namespace) -> None:
    """Delete and print the days."""
    from django.utils import timezone

    from lianfang.apps.places.segments import keeping
    from lianfang.apps.places.services import expire_presences

    days = expire_presences(before=args.before, at=timezone.now(), by=None)
    keeping.update()  # what is deleted is gone from the trace's copy too
    for day in days:
        print(day.isoformat())
