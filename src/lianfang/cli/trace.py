"""``lianfang trace``: who and what was exposed, from a file of presences."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lianfang.cli.trace_facts import Asked
    from lianfang.cli.trace_read import SourceFile
    from lianfang.trace import TraceQuery

EXIT_USAGE = 2
EVERYONE = "all"

EPILOG = """\
PRESENCES: CSV or Parquet with the columns subject,place,t_in,t_out; or the directory of an installation's segments (see
`lianfang index status`), asked by code. LINKS: from,to,at. CONTROLS: subject,controlled_at.
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
    parser.add_argument("presences", metavar="PRESENCES", type=Path)
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
    add("--engine", choices=("local", "reference"), default="local", help="reference: slow and readable")


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
    from lianfang.trace import trace

    if args.format == "parquet" and args.output is None and sys.stdout.isatty():
        raise TraceFileError("--format parquet: not to a terminal; use -o FILE")
    asked, horizon = _read(args)
    result = trace(
        asked.presences, _query(args, asked, horizon), links=asked.links, controls=asked.controls, engine=args.engine
    )
    import polars as pl

    latest = result.stats["latest_entry"]
    shown = None if latest is None else asked.clock.text(pl.Series([latest]))[0]
    if args.edges is not None:
        write_edges(result.edges, asked, args.edges)
    write_exposures(result.exposures, {**result.stats, "latest_entry": shown}, asked, (args.format, args.output))
    counts = f"{result.exposures.num_rows} exposed, {result.stats['edges']} edges"
    print(f"{counts}, {len(asked.presences)} presences, {result.stats['milliseconds']:.0f} ms", file=sys.stderr)


def _read(args: argparse.Namespace) -> "tuple[Asked, int | None]":
    """All files, on one footing, and the horizon."""
    from lianfang.cli import trace_facts, trace_read
    from lianfang.cli.trace_times import Clock, parse_one

    if args.presences.is_dir():
        from lianfang.cli.trace_segments import read_segments

        return read_segments(args)

    presences = trace_read.read_file(args.presences, trace_read.PRESENCES)
    links = _optional(args.links, trace_read.LINKS)
    controls = _optional(args.controls, trace_read.CONTROLS)
    clock, horizon = trace_read.common_clock([file for file in (presences, links, controls) if file]), None
    if args.until is not None:
        try:
            horizon, clock = parse_one(args.until, clock)
        except ValueError as error:
            raise trace_read.TraceFileError(f"--until: {error}") from None
    subjects, places = trace_facts.read_ids(presences, links, controls)
    asked = trace_facts.Asked(
        presences=trace_facts.read_presences(presences, subjects, places, horizon),
        links=trace_facts.read_links(links, subjects) if links else None,
        controls=trace_facts.read_controls(controls, subjects) if controls else None,
        subjects=subjects,
        places=places,
        clock=clock or Clock(zoned=False),
    )
    return asked, horizon


def _optional(path: Path | None, columns: tuple[str, ...]) -> "SourceFile | None":
    from lianfang.cli.trace_read import read_file

    return None if path is None else read_file(path, columns)


def _query(args: argparse.Namespace, asked: "Asked", horizon: int | None) -> "TraceQuery":
    from lianfang.cli.trace_facts import read_window
    from lianfang.cli.trace_read import TraceFileError
    from lianfang.trace import EVERYONE as EVERYBODY
    from lianfang.trace import ContactRule, TraceQuery

    everyone = EVERYONE in args.index
    if everyone and len(args.index) > 1:
        raise TraceFileError("--index all: stands alone")
    return TraceQuery(
        index=EVERYBODY if everyone else tuple(read_window(text, asked) for text in args.index),
        direction=args.direction,
        generations=args.generations,
        latent_s=args.latent,
        horizon=horizon,
        rule=ContactRule(args.min_overlap, args.linger, args.cumulative),
        with_edges=args.edges is not None,
    )
