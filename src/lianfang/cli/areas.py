"""``lianfang areas import``: the published divisions, from provinces to the county's villages."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lianfang.apps.areas.services import DivisionsImported


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("areas", help="import the published administrative divisions")
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    importer = actions.add_parser("import", help="import provinces.csv cities.csv areas.csv streets.csv villages.csv")
    importer.add_argument("directory", type=Path, metavar="DIR", help="where the five files lie, as published")
    importer.add_argument("--county", metavar="CODE", help="six digits (default: the installation's county)")
    importer.add_argument("--organisations", action="store_true", help="also enter who answers for each unit")
    importer.add_argument("--json", action="store_true", help="print the reconciliation as JSON")


def run(args: argparse.Namespace) -> None:
    """Import and print, for each file, what became of its rows."""
    from django.conf import settings
    from django.utils import timezone

    from lianfang.apps.areas.services import import_divisions, register_territories

    county, at = args.county or settings.COUNTY_CODE, timezone.now()
    report = import_divisions(args.directory, county_code=county, by=None, at=at)
    if args.json:
        json.dump(asdict(report), sys.stdout, ensure_ascii=False)
        print()
    else:
        _print(report)
    if args.organisations:
        added = register_territories(county_code=county, by=None, at=at)
        print(f"organisations entered: {added}", file=sys.stderr)


def _print(report: "DivisionsImported") -> None:
    columns = ("rows", "skipped", "added", "renamed", "unchanged", "restored", "withdrawn")
    print("file".ljust(14), *(name.rjust(9) for name in columns))
    for filename, count in report.levels.items():
        print(filename.ljust(14), *(f"{getattr(count, name):9d}" for name in columns))
    for rename in report.renamed:
        print(f"renamed {rename.code}: {rename.before} -> {rename.after}")
    for code in report.withdrawn:
        print(f"withdrawn {code}")
    for code in report.restored:
        print(f"restored {code}")
