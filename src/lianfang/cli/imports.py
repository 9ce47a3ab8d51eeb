"""``lianfang import``: bring a table into the store, with a reconciliation at the end."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from lianfang.cli.risk_lists import import_lists
from lianfang.formats.dates import DateForm
from lianfang.formats.fields import SPECS

if TYPE_CHECKING:
    from lianfang.apps.core.imports import Outcome
    from lianfang.apps.core.models import ImportJob

RISK_LIST = "risk-list"
EXIT_REFUSED = 5
EXIT_USAGE = 2
BAR_WIDTH = 30
SHOWN_REJECTS = 10

EPILOG = """\
Fields and the headers they are recognised by: docs/imports.md. Rows in = stored + duplicates + rejected.
Exit codes: 0 done; 2 the file cannot be read as this kind of table, or an option is wrong; 5 rows were rejected and
nothing was stored (say --keep-good to store the others), or a list of risk areas was not understood."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "import",
        help="import a table: persons, places, presences, contacts, goods; or lists of risk areas",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = [*sorted(SPECS), RISK_LIST]
    parser.add_argument("kind", choices=kinds, metavar="KIND", help=", ".join(kinds))
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="CSV, Parquet, xlsx or xls; for risk-list any number of published lists (JSON series, bulletins)",
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="read a field from this column (from several: A,B,C where a row may name more than one; none: leave it out)",
    )
    parser.add_argument("--date-format", choices=[form.value for form in DateForm], help="the form of dates in text")
    parser.add_argument("--zone", metavar="NAME", help="time zone of times that name none, e.g. Asia/Shanghai")
    parser.add_argument("--source", default="", metavar="NAME", help="who sends it (list); its columns are remembered")
    parser.add_argument("--area", metavar="CODE", help="division of rows that name none (default: the county)")
    parser.add_argument("--header-row", type=int, metavar="N", help="row of the header, if titles stand above it")
    parser.add_argument("--keep-good", action="store_true", help="store the good rows even if others are rejected")
    parser.add_argument("--dry-run", action="store_true", help="check and reconcile, store nothing")
    parser.add_argument("--rejects", type=Path, metavar="CSV", help="also write the rejected rows here, in plain")
    parser.add_argument("--json", action="store_true", help="print the reconciliation as JSON")


def run(args: argparse.Namespace) -> int:
    """Import the file, or all lists of risk areas. Raises: FileUnusable."""
    from django.utils import translation

    for file in args.files:
        if not file.is_file():
            print(f"lianfang: there is no file {file}", file=sys.stderr)
            return EXIT_USAGE
    if args.kind == RISK_LIST:
        return import_lists(args.files, dry_run=args.dry_run, as_json=args.json)
    if len(args.files) > 1:
        print("lianfang: one table at a time", file=sys.stderr)
        return EXIT_USAGE
    (args.file,) = args.files
    columns = _columns(args.map)
    if columns is None:
        print("lianfang: --map takes FIELD=COLUMN", file=sys.stderr)
        return EXIT_USAGE
    with translation.override("en"):
        return _import(args, columns)


def _columns(given: list[str]) -> dict[str, tuple[str, ...]] | None:
    pairs = [text.partition("=") for text in given]
    if not all(mark for _, mark, _ in pairs):
        return None
    return {name.strip(): tuple(part for part in columns.split(",") if part) for name, _, columns in pairs}


def _import(args: argparse.Namespace, columns: Mapping[str, tuple[str, ...]]) -> int:
    from django.db import transaction

    from lianfang.apps.command.importing import IMPORTERS
    from lianfang.apps.core import clock, import_jobs
    from lianfang.apps.core.imports import ImportOptions, ImportRefused

    if args.kind == "list":
        columns = {**_remembered(args), **columns}
    options = ImportOptions(
        columns=columns,
        date_form=DateForm(args.date_format) if args.date_format else None,
        zone=args.zone,
        header_row=args.header_row,
        keep_good=args.keep_good,
        area_code=args.area,
        source_name=args.file.name,
        list_source=args.source,
    )
    at, bar = clock.now(), _Bar(sys.stderr)
    importer = IMPORTERS[args.kind]
    if args.dry_run:
        with transaction.atomic():
            try:
                outcome = importer(args.file, by=None, at=at, options=options, progress=bar)
            except ImportRefused as refusal:
                outcome = refusal.outcome
            transaction.set_rollback(True)
        bar.close()
        return _conclude(args, None, outcome)
    entry = import_jobs.JobEntry(args.kind, args.file.name, import_jobs.sha256_of(args.file), options)
    job = import_jobs.create_job(entry, by=None, at=at)
    job, told = import_jobs.run_job(job.pk, importer, source=args.file, at=at, progress=bar)
    bar.close()
    if told is None:
        print(f"lianfang: {job.message} [{job.mapping['fault']['code']}]", file=sys.stderr)
        return EXIT_USAGE
    return _conclude(args, job, told)


def _remembered(args: argparse.Namespace) -> dict[str, tuple[str, ...]]:
    """Return the columns last chosen for the source of a list, as far as this file has them."""
    from lianfang.apps.lists.receiving import columns_of
    from lianfang.formats.opening import open_table

    here = set(open_table(args.file, header_row=args.header_row).columns)
    return {name: chosen for name, chosen in columns_of(args.source).items() if set(chosen) <= here}


def _conclude(args: argparse.Namespace, job: "ImportJob | None", outcome: "Outcome") -> int:
    if args.rejects and outcome.n_rejected:
        _write_rejects(args.rejects, outcome)
    refused = bool(outcome.n_rejected) and (not args.keep_good or not outcome.n_stored)
    if args.json:
        summary = _summary(job, outcome, refused=refused)
        summary["rejects"] = str(args.rejects) if args.rejects and outcome.n_rejected else None
        print(json.dumps(summary, ensure_ascii=False, sort_keys=True))
    else:
        _print(outcome, refused=refused)
        if outcome.n_rejected:
            where = args.rejects or "say --rejects FILE, or see the page Imports"
            print(f"rejected rows: {where}", file=sys.stderr)
    return EXIT_REFUSED if refused else 0


def _summary(job: "ImportJob | None", outcome: "Outcome", *, refused: bool) -> dict[str, Any]:
    return {
        "job": job.pk if job else None,
        "kind": outcome.kind,
        "status": "refused" if refused else "done" if job else "dry run",
        "rows_in": outcome.rows_in,
        "stored": outcome.n_stored,
        "duplicates": outcome.n_duplicates,
        "rejected": outcome.n_rejected,
        "counts": dict(outcome.notes),
        "reasons": dict(sorted(outcome.rejects.group_by("reason").len().iter_rows())),
        "columns": {name: list(columns) for name, columns in outcome.reader.columns.items()},
        "unused_columns": list(outcome.reader.unused),
    }


def _write_rejects(path: Path, outcome: "Outcome") -> None:
    """Write the rows in plain, as was asked, for nobody but the user."""
    from lianfang.apps.core import import_rejects

    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(import_rejects.as_csv(import_rejects.rejected_rows(outcome)))


def _print(outcome: "Outcome", *, refused: bool) -> None:
    from lianfang.apps.core import import_words

    for remark in outcome.reader.table.notes:
        print(f"  {import_words.remark(remark)}", file=sys.stderr)
    if outcome.reader.unused:
        print(f"  columns not used: {', '.join(outcome.reader.unused)}", file=sys.stderr)
    for row in outcome.rejects.head(SHOWN_REJECTS).iter_rows(named=True):
        print(f"  line {row['_line']}, {row['field']}: {import_words.reason(row['reason'])}", file=sys.stderr)
    if outcome.rejects.height > SHOWN_REJECTS:
        print(f"  ... and {outcome.rejects.height - SHOWN_REJECTS} more", file=sys.stderr)
    print(
        f"{outcome.rows_in} rows in = {outcome.n_stored} stored + {outcome.n_duplicates} duplicates"
        f" + {outcome.n_rejected} rejected"
        if not refused
        else f"{outcome.rows_in} rows in, {outcome.n_rejected} rejected: nothing was stored"
    )
    for code, number in outcome.notes.items():
        print(f"{number} {import_words.count(code, number)}")


class _Bar:
    """A progress bar, drawn only for a person at a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = stream.isatty()
        self._last = ""

    def __call__(self, done: int, total: int, phase: str) -> None:
        filled = BAR_WIDTH * done // max(total, 1)
        text = f"\r{phase:8} [{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {done:,} of {total:,} rows"
        if self._shown and text != self._last:
            print(text, end="", file=self._stream, flush=True)
            self._last = text

    def close(self) -> None:
        """End the bar's line."""
        if self._last:
            print(file=self._stream)
