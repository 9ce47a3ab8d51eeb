"""The installation's own segments as the input of a trace: no database is asked, so the answer says how fresh it is."""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
import polars as pl

from lianfang.apps.places.segments.manifest import Manifest, read_manifest
from lianfang.cli.trace_facts import Asked, read_controls, read_links
from lianfang.cli.trace_read import CONTROLS, LINKS, TraceFileError, read_file
from lianfang.cli.trace_times import Clock, parse_one
from lianfang.trace import PresenceIndex
from lianfang.trace.storage import SegmentError


class Codes:
    """Subjects or places by the codes the installation gives them; the engine's int64 are its numbers."""

    def __init__(self, path: Path) -> None:
        table = pl.read_parquet(path).sort("id")
        self._numbers, self._codes = table["id"].to_numpy(), table["code"]
        self._by_code = table.select(pl.col("code"), number="id")

    def codes(self, values: pl.Series) -> pl.Series:
        """The numbers of codes. Raises: TraceFileError naming the first that is unknown."""
        found = pl.DataFrame({"code": values.cast(pl.String)}).join(
            self._by_code, on="code", how="left", maintain_order="left"
        )
        if found["number"].null_count():
            unknown = found.filter(pl.col("number").is_null())["code"][0]
            raise TraceFileError(f"{unknown!r} is no code of this installation")
        return found["number"]

    def code(self, text: str) -> int | None:
        """The number of one code; None if there is none."""
        found = self._by_code.filter(pl.col("code") == text)["number"]
        return int(found[0]) if len(found) else None

    def shown(self, codes: pl.Series) -> pl.Series:
        """The codes behind numbers, null where they are null."""
        at = np.searchsorted(self._numbers, codes.fill_null(-1).to_numpy())
        return self._codes.gather(pl.Series(np.minimum(at, len(self._codes) - 1))).set(codes.is_null(), None)


def read_segments(args: argparse.Namespace) -> tuple[Asked, int]:
    """The segments with the links and controls of files, and the horizon: --until, else when the segments were made.

    Says on stderr how fresh they are.     Raises: TraceFileError.
    """
    directory = Path(args.presences)
    manifest = read_manifest(directory)
    if manifest is None:
        raise TraceFileError(f"{directory}: no segments here; `lianfang index build` makes them")
    made_at = manifest.made_at.astimezone().isoformat(timespec="seconds")
    print(f"segments up to evidence no. {manifest.seq}, made {made_at}", file=sys.stderr)
    subjects, places = Codes(directory / manifest.subjects), Codes(directory / manifest.places)
    links = None if args.links is None else read_file(args.links, LINKS)
    controls = None if args.controls is None else read_file(args.controls, CONTROLS)
    asked = Asked(
        presences=_mapped(directory, manifest),
        links=None if links is None else read_links(links, subjects),
        controls=None if controls is None else read_controls(controls, subjects),
        subjects=subjects,
        places=places,
        clock=Clock(zoned=True, zone_name=os.environ.get("LIANFANG_TIME_ZONE", "Asia/Shanghai")),
    )
    return asked, int(manifest.made_at.timestamp()) if args.until is None else _horizon(args.until, asked.clock)


def _mapped(directory: Path, manifest: Manifest) -> PresenceIndex:
    try:
        return PresenceIndex.of_segments(
            [PresenceIndex.open(directory / entry.directory) for entry in manifest.entries]
        )
    except SegmentError as error:
        raise TraceFileError(str(error)) from None


def _horizon(text: str, clock: Clock) -> int:
    try:
        return parse_one(text, clock)[0]
    except ValueError as error:
        raise TraceFileError(f"--until: {error}") from None
