"""``lianfang index``: the presences in the trace's own layout, derived from the database."""

import argparse
import json
import sys
import time

EXIT_MISMATCH = 5


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("index", help="the trace's index: build, update, status, verify")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    actions.add_parser("build", help="write all segments anew")
    actions.add_parser("update", help="bring the segments up to the newest facts")
    status = actions.add_parser("status", help="what the segments hold, and what has come since")
    status.add_argument("--json", action="store_true", help="print it as JSON")
    actions.add_parser("verify", help="compare every segment with the database, row for row")


def run(args: argparse.Namespace) -> int:
    """Do it; exit 0, or 5 when a segment does not hold what the database does."""
    if args.action == "status":
        return _status(as_json=args.json)
    return _verify() if args.action == "verify" else _update(rebuild=args.action == "build")


def _update(*, rebuild: bool) -> int:
    from lianfang.apps.places.segments import keeping

    began = time.perf_counter()
    kept = keeping.update(rebuild=rebuild, report=lambda text: print(text, file=sys.stderr))
    seconds = time.perf_counter() - began
    manifest = kept.manifest
    print(
        f"{manifest.rows:,} presences of {len(manifest.days)} days up to evidence no. {manifest.seq}: "
        f"{kept.written} segments written, {kept.kept} kept, {kept.dropped} dropped in {seconds:.1f} s"
    )
    return 0


def _status(*, as_json: bool) -> int:
    from lianfang.apps.places.segments import reading

    status = reading.status()
    if as_json:
        print(json.dumps(status.as_dict(), ensure_ascii=False))
        return 0
    if status.manifest is None:
        print("no segments: lianfang index build")
        return 0
    made = status.manifest.made_at.astimezone().isoformat(timespec="seconds")
    print(f"{status.home}: {status.n_bytes:,} bytes, made {made}")
    for entry in status.manifest.entries:
        last = f" to {entry.days[-1]}" if len(entry.days) > 1 else ""
        print(f"  {entry.days[0]}{last}: {entry.rows:,} presences")
    print(f"up to evidence no. {status.manifest.seq} of {status.newest_seq}; {len(status.stale)} days changed since")
    return 0


def _verify() -> int:
    from lianfang.apps.places.segments import checking

    n_problems = n_stays = 0
    for found in checking.compare():
        name = f"{found.days[0]} to {found.days[-1]}" if found.days else "segments"
        print(f"{name}: {found.rows:,} presences, {found.stays:,} stays", file=sys.stderr)
        for problem in found.problems:
            print(f"{name}: {problem}")
        n_problems += len(found.problems)
        n_stays += found.stays
    print(f"{n_stays:,} stays compared, {n_problems} differences" if n_problems else f"{n_stays:,} stays, all equal")
    return EXIT_MISMATCH if n_problems else 0
