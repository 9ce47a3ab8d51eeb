"""A sampling point's phone as a process of its own: a swab is on its disk before it counts as taken.

python -m tests.labround.phone DIRECTORY PORT SESSION: takes the swabs of DIRECTORY/plan.json, resumes where it was killed.
"""

import json
import os
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.labround.client import Staff

BATCH = 100  # as the page of the sampling point sends


class Phone:
    """The journal of swabs taken, and of those the server has said it stored."""

    def __init__(self, home: Path, staff: Staff) -> None:
        self._home, self._staff = home, staff
        self._taken = _lines(home / "taken.jsonl")
        self._acknowledged = {line["client_id"] for line in _lines(home / "acknowledged.jsonl")}

    def work(self) -> None:
        """Take every swab of the plan that is not taken yet, handing over as it goes."""
        plan = json.loads((self._home / "plan.json").read_text())
        for tube, person in plan[len(self._taken) :]:
            entry = {"client_id": str(uuid.uuid4()), "tube": tube, "subject": person, "is_shared": True}
            entry["collected_at"] = datetime.now(UTC).isoformat()
            _append(self._home / "taken.jsonl", [entry])
            self._taken.append(entry)
            if len(self._waiting()) >= BATCH:
                self._hand_over()
        while self._waiting():
            self._hand_over()

    def _waiting(self) -> list[dict[str, Any]]:
        return [entry for entry in self._taken if entry["client_id"] not in self._acknowledged]

    def _hand_over(self) -> None:
        answers = self._staff.api("/api/swabs", {"entries": self._waiting()[:BATCH]})["results"]
        refused = [answer for answer in answers if not answer["is_stored"]]
        if refused:
            raise ValueError(f"refused: {refused[:3]}")
        _append(self._home / "acknowledged.jsonl", [{"client_id": answer["client_id"]} for answer in answers])
        self._acknowledged |= {answer["client_id"] for answer in answers}


def _append(path: Path, entries: list[dict[str, Any]]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in entries)
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path) -> list[dict[str, Any]]:
    """Read a journal; a line that was cut off by the kill was never taken, and is cut off for good."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    return [json.loads(line) for line in whole.splitlines()]


if __name__ == "__main__":
    Phone(Path(sys.argv[1]), Staff(int(sys.argv[2]), sys.argv[3])).work()
