"""``lianfang lab simulate``: a screening round through the laboratories, beside Dorfman's expectation."""

import argparse
import dataclasses
import json
import sys
from typing import Any

EXIT_USAGE = 2


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the subcommand's options."""
    parser = subparsers.add_parser("lab", help="simulate a screening round through the laboratories")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    simulate = actions.add_parser("simulate", help="queues, waits, tests and what the assay misses")
    simulate.add_argument("--people", type=int, default=30_000)
    simulate.add_argument("--positives", type=int, default=20)
    simulate.add_argument("--pool", type=int, default=10, help="people in one tube; the edition in force limits it")
    simulate.add_argument("--days", type=float, default=0, help="over how many days tubes are collected; 0: ten hours")
    simulate.add_argument("--extra-lanes", type=int, default=0, help="more extractors at the county hospital")
    simulate.add_argument("--edition", default="covid19-2020-12", help="profile that says how large a pool may be")
    simulate.add_argument("--kit", default="dual-target", help="kit whose cut-off says what is seen")
    simulate.add_argument("--seed", type=int, default=1)
    simulate.add_argument("--json", action="store_true")
    return parser


def run(args: argparse.Namespace) -> int:
    """Print the round; exit 2 for a plan that the edition does not allow or that makes no sense."""
    from lianfang.rules.profile import load_builtin
    from lianfang.sim.laboratory import DAY_MIN, Plan, simulate, what_if

    try:
        profile = load_builtin(args.edition)
        kit = profile.kits[args.kit]
    except KeyError as error:
        return _refused(f"unknown edition or kit: {error}")
    most = max(profile.laboratory.pool_most, 1) if profile.laboratory else 1
    if not 1 <= args.pool <= most:
        return _refused(f"edition {args.edition} allows 1 to {most} people in one tube")
    lost_from = min(target.negative_min_milli for target in kit.targets)
    minutes = round(args.days * DAY_MIN) or 10 * 60
    try:
        plan = Plan(args.people, args.positives, args.pool, collect_min=minutes, lost_from_milli=lost_from)
        outcome = simulate(what_if(plan, extra_lanes=args.extra_lanes), args.seed)
    except ValueError as error:
        return _refused(str(error))
    print(json.dumps(_plain(outcome), indent=2) if args.json else "\n".join(_lines(outcome)))
    return 0


def _refused(text: str) -> int:
    print(f"lianfang: {text}", file=sys.stderr)
    return EXIT_USAGE


def _plain(outcome: Any) -> dict[str, Any]:
    content = dataclasses.asdict(outcome)
    for name in ("waits", "late"):
        content[name] = {f"{int(priority)} h": value for priority, value in content[name].items()}
    return content


def _lines(outcome: Any) -> list[str]:
    stages = ", ".join(f"{stage.value} {number}" for stage, number in outcome.stages.items())
    end = "not finished" if outcome.finished_min is None else f"finished after {outcome.finished_min / 60:.1f} h"
    lines = [
        f"tubes {outcome.tubes}: {stages}; {end}",
        f"tests used {outcome.tests_used}, expected by Dorfman {outcome.tests_expected:.0f}",
        f"{outcome.pool_tests} tests of pools, {outcome.single_tests} of single tubes",
        f"positives found {len(outcome.found)}, missed {len(outcome.missed)}",
    ]
    lines += [
        f"  missed: Ct {each.ct_milli / 1000:.1f} alone, {each.in_pool_milli / 1000:.1f} in its pool: {each.reason}"
        for each in outcome.missed
    ]
    lines += [
        f"due in {int(priority)} h: median {median / 60:.1f} h, 95 % within {most / 60:.1f} h, "
        f"longest {longest / 60:.1f} h, late {outcome.late[priority]}"
        for priority, (median, most, longest) in outcome.waits.items()
    ]
    lines += [
        f"{name}: {n} tubes, longest queue {outcome.peak_queue[name]}" for name, n in outcome.by_laboratory.items()
    ]
    return lines
