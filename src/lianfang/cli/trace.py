"""``lianfang trace``: who and what was exposed, from a file of presences."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lianfang.cli.trace_facts import Asked
    from lianfang.trace import TraceResult

EXIT_USAGE = 2

EPILOG = """\
PRESENCES: CSV or Parquet with the columns subject,place,t_in,t_out; or the directory of an installation's segments (see
`lianfang index status`), asked by code; for Spark also a store (lianfang trace-store).
LINKS: from,to,at. CONTROLS: subject,controlled_at.
Times: all integer seconds or all ISO 8601 with a zone. Durations: seconds, or 15m, 2h, 1d. Rows in messages count the
header of a CSV file as row 1. docs/trace.md says what the answer means."""


def _duration(text: str) -> int:
    from lianfang.cli.trace_times import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _generations(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _edges_path(text: str) -> Path:
    if Path(text).suffix not in {".csv", ".parquet"}:
        raise argparse.ArgumentTypeError(f"{text!r} ends neither in .csv nor in .parquet")
    return Path(text)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the subcommand's options."""
    parser = subparsers.add_parser(
        "trace",
        help="who and what was exposed, from a file of presences",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("presences", metavar="PRESENCES")
    parser.add_argument(
        "--index",
        action="append",
        required=True,
        metavar="SUBJECT[@FROM..UNTIL]",
        help="an index subject and its window (none: all time); repeatable; 'all': everybody, direct edges only",
    )
    _add_meaning(parser)
    _add_output(parser)
    return parser


def _add_meaning(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--direction", choices=("forward", "backward"), default="forward", help="default: %(default)s")
    add("--min-overlap", type=_duration, default=900, metavar="D", help="least time together; default: 15m")
    add("--cumulative", action="store_true", help="compare the sum of a pair at a place, not each stay")
    add("--linger", type=_duration, default=0, metavar="D", help="how long a place goes on exposing; default: 0")
    add("--latent", type=_duration, default=0, metavar="D", help="from being reached to being a source; default: 0")
    add("--generations", type=_generations, default=1, metavar="N", help="rounds of the trace; default: 1")
    add("--until", metavar="T", help="the horizon: closes empty t_out, cuts stays; nothing later is seen")
    add("--links", type=Path, metavar="FILE", help="what became part of what: goods split, merged, repacked")
    add("--controls", type=Path, metavar="FILE", help="from when a subject is no source")
    add("--engine", choices=("local", "reference", "spark"), default="local", help="reference: slow and readable")
    add("--master", metavar="URL", help="of Spark's cluster, with --engine spark; default: local[*]")


def _add_output(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--edges", type=_edges_path, metavar="FILE", help="also write every counted overlap, .csv or .parquet")
    add("--format", choices=("table", "csv", "json", "parquet"), default="table", help="default: %(default)s")
    add("-o", "--output", type=Path, metavar="FILE", help="write the exposures there instead of to stdout")


def run(args: argparse.Namespace) -> int:
    """Trace and print; exit 2 with one line for input that is refused."""
    from lianfang.cli.trace_read import TraceFileError
    from lianfang.trace import InvalidTraceInputError

    try:
        _trace(args)
    except (TraceFileError, InvalidTraceInputError) as error:
        print(f"lianfang trace: {error}", file=sys.stderr)
        return EXIT_USAGE
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"lianfang trace: {error.filename}: {error.strerror}", file=sys.stderr)
        return EXIT_USAGE
    return 0


def _trace(args: argparse.Namespace) -> None:
    from lianfang.cli.trace_read import TraceFileError
    from lianfang.cli.trace_write import write_edges, write_exposures

    if args.format == "parquet" and args.output is None and sys.stdout.isatty():
        raise TraceFileError("--format parquet: not to a terminal; use -o FILE")
    asked, result = _answer(args)
    import polars as pl

    latest = result.stats["latest_entry"]
    shown = None if latest is None else asked.clock.text(pl.Series([latest]))[0]
    if args.edges is not None:
        write_edges(result.edges, asked, args.edges)
    write_exposures(result.exposures, {**result.stats, "latest_entry": shown}, asked, (args.format, args.output))
    counts = f"{result.exposures.num_rows} exposed, {result.stats['edges']} edges"
    print(f"{counts}, {result.stats['presences']} presences, {result.stats['milliseconds']:.0f} ms", file=sys.stderr)


def _answer(args: argparse.Namespace) -> "tuple[Asked, TraceResult]":
    """What was asked, for printing in its ids and times, and the answer."""
    from lianfang.cli import trace_ask
    from lianfang.cli.trace_read import TraceFileError
    from lianfang.trace import trace

    if args.engine == "spark":
        from lianfang.cli import trace_spark

        return trace_spark.answer(args)
    if args.master is not None:
        raise TraceFileError("--master: only with --engine spark")
    asked, horizon = trace_ask.read_question(args)
    query = trace_ask.make_query(args, asked, horizon)
    return asked, trace(asked.presences, query, links=asked.links, controls=asked.controls, engine=args.engine)
