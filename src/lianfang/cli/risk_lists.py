"""``lianfang import risk-list``: published lists of risk areas, the oldest first, with what became of each."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianfang.formats.risk_lists import RiskListError, RiskSnapshot, read_risk_list

if TYPE_CHECKING:
    from lianfang.apps.areas.services import ListImported

EXIT_REFUSED = 5


def import_lists(files: Sequence[Path], *, dry_run: bool, as_json: bool) -> int:
    """Import lists in the order of their stamps and print one line each; return the exit code.

    A list that is not understood is named with place and reason and refused; the others are still taken.
    """
    snapshots: list[tuple[Path, RiskSnapshot]] = []
    refused = 0
    for file in files:
        try:
            snapshots.append((file, read_risk_list(file.read_bytes(), file.name)))
        except RiskListError as error:
            refused += 1
            print(f"lianfang: {file.name}: {error} [risk_list_refused]", file=sys.stderr)
    for file, snapshot in sorted(snapshots, key=lambda pair: pair[1].stamp):
        line = _line(snapshot) | ({} if dry_run else _imported(file))
        print(json.dumps(line, ensure_ascii=False, sort_keys=True) if as_json else _shown(line))
    return EXIT_REFUSED if refused else 0


def _line(snapshot: RiskSnapshot) -> dict[str, Any]:
    return {
        "source": snapshot.source,
        "stamp": snapshot.stamp.isoformat(timespec="minutes"),
        "rows": {level.value: n for level, n in snapshot.per_level().items()},
        "mismatches": [
            f"{count.level.value} {count.heading} stated {count.stated}, counted {count.counted} ({count.where})"
            for count in snapshot.mismatches
        ],
    }


def _imported(file: Path) -> dict[str, Any]:
    from lianfang.apps.areas.services import import_risk_list
    from lianfang.apps.core import clock

    outcome = import_risk_list(file.read_bytes(), name=file.name, by=None, at=clock.now())
    return {"number": outcome.risk_list.pk, "state": _state(outcome), "reasons": _reasons(outcome)}


def _state(outcome: "ListImported") -> str:
    if not outcome.is_new:
        return "known"
    return "in effect" if outcome.takes_effect else "waits for a second person"


def _reasons(outcome: "ListImported") -> list[str]:
    from lianfang.rules.reasons import explain

    return [explain(reason, "en") for reason in outcome.verdict.reasons]


def _shown(line: dict[str, Any]) -> str:
    rows = " ".join(f"{level} {n}" for level, n in line["rows"].items())
    state = line.get("state", "read")
    text = f"{line['stamp']}  {rows:<32}  {state:<26}  {line['source']}"
    notes = [*line["mismatches"], *(line.get("reasons", []) if "waits" in state else [])]
    return "\n".join([text, *(f"    {note}" for note in notes)])
