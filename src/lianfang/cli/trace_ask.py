"""From the arguments of a trace to what the engines are asked."""

import argparse
from pathlib import Path
from typing import Final

from lianfang.cli import trace_facts, trace_read
from lianfang.cli.trace_facts import Asked, read_window
from lianfang.cli.trace_read import SourceFile, TraceFileError, read_file
from lianfang.cli.trace_times import Clock, parse_one
from lianfang.trace import EVERYONE as EVERYBODY
from lianfang.trace import ContactRule, TraceQuery
from lianfang.trace.spark_session import STORE_MANIFEST

EVERYONE: Final = "all"


def is_store(presences: str) -> bool:
    """Whether the presences are a store for Spark: where only Spark can read, or a directory with a store's manifest."""
    return "://" in presences or (Path(presences) / STORE_MANIFEST).is_file()


def read_question(args: argparse.Namespace) -> tuple[Asked, int | None]:
    """All files, or segments and files, on one footing, and the horizon. Raises TraceFileError."""
    if is_store(args.presences):
        raise TraceFileError(f"{args.presences}: a store of presences: --engine spark traces it")
    if Path(args.presences).is_dir():
        from lianfang.cli.trace_segments import read_segments

        return read_segments(args)
    presences = read_file(Path(args.presences), trace_read.PRESENCES)
    links = read_optional(args.links, trace_read.LINKS)
    controls = read_optional(args.controls, trace_read.CONTROLS)
    clock = trace_read.common_clock([file for file in (presences, links, controls) if file])
    horizon, clock = read_horizon(args, clock)
    subjects, places = trace_facts.read_ids(presences, links, controls)
    asked = Asked(
        presences=trace_facts.read_presences(presences, subjects, places, horizon),
        links=trace_facts.read_links(links, subjects) if links else None,
        controls=trace_facts.read_controls(controls, subjects) if controls else None,
        subjects=subjects,
        places=places,
        clock=clock or Clock(zoned=False),
    )
    return asked, horizon


def read_horizon(args: argparse.Namespace, clock: Clock | None) -> tuple[int | None, Clock | None]:
    """The horizon, and the form of times if no file said it. Raises TraceFileError."""
    if args.until is None:
        return None, clock
    try:
        return parse_one(args.until, clock)
    except ValueError as error:
        raise TraceFileError(f"--until: {error}") from None


def read_optional(path: Path | None, columns: tuple[str, ...]) -> SourceFile | None:
    """A file that need not be given."""
    return None if path is None else read_file(path, columns)


def make_query(args: argparse.Namespace, asked: Asked, horizon: int | None) -> TraceQuery:
    """The question. Raises TraceFileError, InvalidTraceInputError."""
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
