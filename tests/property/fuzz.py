"""All property tests, again and again for a named time, on every core, with new random examples each time.

Run:  python -m tests.property.fuzz [--seconds 60] [--only trace]      Exit code 1 and the falsifying example if a property fails.
"""

import argparse
import importlib
import os
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings

EXAMPLES = 200
HERE = Path(__file__).parent


def properties(module: str) -> Iterator[tuple[str, Callable[[], None], Callable[[Callable[[], None]], None]]]:
    """Every property of a module: its name, how to run it, and how to be told of each example."""
    for name, test in vars(importlib.import_module(f"tests.property.{module}")).items():
        if not getattr(test, "is_hypothesis_test", False):
            continue
        cases: list[dict[str, Any]] = [{}]
        for mark in getattr(test, "pytestmark", []):
            if mark.name == "parametrize":
                cases = [{**case, mark.args[0]: value} for case in cases for value in mark.args[1]]
        for case in cases:
            yield name, lambda test=test, case=case: test(**case), lambda tell, test=test: _listen(test, tell)


def _listen(test: Any, tell: Callable[[], None]) -> None:
    inner = test.hypothesis.inner_test

    def counted(*args: Any, **kwargs: Any) -> Any:
        tell()
        return inner(*args, **kwargs)

    test.hypothesis.inner_test = counted


def fuzz(modules: list[str], seconds: float) -> tuple[Counter[str], str | None]:
    """Run the properties in turn until the time is over: examples by property, and the report of the first that failed."""
    settings.register_profile(
        "endless", max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    settings.load_profile("endless")
    counts, chosen = Counter[str](), []
    for module in modules:
        chosen += list(properties(module))
    for name in {name for name, _, _ in chosen}:
        next(listen for other, _, listen in chosen if other == name)(lambda name=name: counts.update([name]))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        name, run, _ = random.choice(chosen)
        try:
            run()
        except Exception:  # noqa: BLE001  whatever it is, it is what was looked for
            return counts, f"{name}\n{traceback.format_exc()}"
    return counts, None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", default="", help="part of a module's name, as in test_trace")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    args = parser.parse_args(arguments)
    modules = sorted(path.stem for path in HERE.glob("test_*.py") if args.only in path.stem)
    with ProcessPoolExecutor(args.processes) as pool:
        runs = [pool.submit(fuzz, modules, args.seconds) for _ in range(args.processes)]
        results = [run.result() for run in runs]
    total = sum((counts for counts, _ in results), Counter[str]())
    for name, n in sorted(total.items()):
        print(f"{n:>9,}  {name}")
    print(f"{total.total():>9,}  cases in {args.seconds:.0f} s on {args.processes} processes")
    failures = [failure for _, failure in results if failure]
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
