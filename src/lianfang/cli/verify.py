"""``lianfang verify``: check the evidence log and recompute every verdict from the facts known at the time."""

import argparse
import json
import sys
import time

EXIT_MISMATCH = 5


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the subcommand's options."""
    parser = subparsers.add_parser("verify", help="recompute every verdict from the stored facts")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    parser.add_argument("--no-log", action="store_true", help="leave out the check of the evidence log and its facts")
    parser.add_argument("--log", action="store_true", help="only the evidence log: its leaves, heads and signed heads")
    return parser


def run(args: argparse.Namespace) -> int:
    """Print counts and every row that does not fit; exit 0 when all is as recorded, 5 when not."""
    from lianfang.apps.core import integrity
    from lianfang.apps.core.integrity import Mismatch
    from lianfang.apps.healthcode.heads import check_signed
    from lianfang.apps.healthcode.replay import check_codes
    from lianfang.apps.tracing.measure_check import check_measures
    from lianfang.apps.tracing.replay import Tally, replay_all
    from lianfang.apps.venues.replay import check_venues

    started = time.perf_counter()
    problems: list[Mismatch] = []
    log_alone = (("log", integrity.check_log), ("signed heads", check_signed))
    if not args.no_log:
        for name, check in (
            log_alone
            if args.log
            else (
                *log_alone,
                ("facts", integrity.check_rows),
                ("batches", integrity.check_batches),
                ("measures", check_measures),
                ("codes", check_codes),
                ("key places", check_venues),
            )
        ):
            found = list(check())
            problems += found
            _say(f"{name}: {len(found)} differ", started)
    total = Tally()
    for decided, tally in () if args.log else replay_all():
        label = "outside runs" if decided is None else f"run {decided.investigation.number}/{decided.ordinal}"
        _say(f"{label}: {tally.matched} of {tally.total} verdicts match", started)
        total.matched += tally.matched
        total.expired += tally.expired
        total.mismatched += tally.mismatched
        total.missing += tally.missing
        problems += tally.problems
    outcome = {
        "total": total.total,
        "matched": total.matched,
        "expired": total.expired,
        "mismatched": total.mismatched,
        "missing": total.missing,
        "problems": [{"row": each.row, "problem": each.problem} for each in problems],
    }
    if args.json:
        print(json.dumps(outcome, ensure_ascii=False))
    else:
        for each in problems:
            print(f"{each.row}: {each.problem}")
        print(
            f"matched {total.matched} + expired {total.expired} = total {total.total}, mismatched {total.mismatched}, "
            f"missing {total.missing}, other differences {len(problems) - total.mismatched - total.missing}"
        )
    return EXIT_MISMATCH if problems or total.mismatched else 0


def _say(text: str, started: float) -> None:
    print(f"[{time.perf_counter() - started:6.1f} s] {text}", file=sys.stderr)
