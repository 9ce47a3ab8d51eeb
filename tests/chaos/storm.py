"""Scanning goes on while everything fails; what was shown to scanners is kept outside and compared in the end."""

import http.client
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from lianfang.rules.vocabulary import Colour
from lianfang.wire.code import DayCode, issue
from lianfang.wire.keys import SigningKey
from tests.chaos.parts import Gate, Process
from tests.chaos.proxy import Network

ADMITTED = {"admit", "admit_flagged"}
DRAIN_S = 900


@dataclass
class Plan:
    """How much happens. `every_s`: seconds between faults; `n_processes`: of the centre."""

    n_events: int
    batch: int
    every_s: float
    seed: int
    n_processes: int = 2


@dataclass
class Ledger:
    """The truth, outside the system: for each scan whether its door said that it is recorded, and what it showed first."""

    shown: dict[bytes, str] = field(default_factory=dict)
    door_of: dict[bytes, str] = field(default_factory=dict)
    n_asked: int = 0
    n_unrecorded: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, door: str, pseudonym: bytes, outcome: str) -> None:
        with self.lock:
            self.shown.setdefault(pseudonym, outcome)
            self.door_of[pseudonym] = door
            self.outcomes[outcome] += 1


class Scanner(threading.Thread):
    """One scanner at one door: it shows codes, keeps what is not recorded, and asks again until it is."""

    def __init__(self, gate: Gate, key: SigningKey, ledger: Ledger, numbers: range, plan: Plan) -> None:
        super().__init__(daemon=True)
        self.gate, self.key, self.ledger, self.numbers, self.plan = gate, key, ledger, numbers, plan
        self.random = random.Random(f"{plan.seed} {numbers.start}")
        self.failure = ""

    def run(self) -> None:
        try:
            for start in range(self.numbers.start, self.numbers.stop, self.plan.batch):
                chunk = range(start, min(start + self.plan.batch, self.numbers.stop))
                self._until_recorded([self._scan(number) for number in chunk])
        except Exception as error:  # noqa: BLE001 - told by whoever waits for the thread
            self.failure = repr(error)

    def _scan(self, number: int) -> dict[str, Any]:
        now = int(time.time())
        code = DayCode(Colour.GREEN, now // 86_400, number % (1 << 18), now - 5, 1440, number.to_bytes(8))
        return {
            "client_id": f"scan-{number:012}",
            "kind": "asked",
            "text": issue(code, self.key),
            "tenths_celsius": 365,
        }

    def _until_recorded(self, scans: list[dict[str, Any]]) -> None:
        sent_at = time.monotonic()
        while scans:
            if self.random.random() < 0.1:  # the same once more, in another order: an answer that was lost on the way
                scans = self.random.sample(scans, len(scans))
            for scan in scans:
                if "shown" in scan:
                    scan["age_ms"] = int((time.monotonic() - sent_at) * 1000)
            self.ledger.n_asked += len(scans)
            try:
                answers = self.gate.ask(scans)
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.1)
                continue
            left = []
            for scan, answer in zip(scans, answers, strict=True):
                number = int(scan["client_id"].removeprefix("scan-"))
                outcome = scan.setdefault("shown", answer["outcome"])
                if answer["recorded"]:
                    self.ledger.keep(self.gate.home.code, number.to_bytes(8), outcome)
                else:
                    self.ledger.n_unrecorded += 1
                    left.append(scan)
            if not left and self.random.random() < 0.05:
                self.gate_again(scans)
            scans = left
            if scans:
                time.sleep(0.1)

    def gate_again(self, scans: list[dict[str, Any]]) -> None:
        try:
            self.gate.ask(scans)
        except (OSError, http.client.HTTPException, ValueError):
            return


class Storm:
    """What breaks, one thing after another, until the scanners are through."""

    def __init__(self, centre: Process, gates: list[Gate], network: Network, plan: Plan) -> None:
        self.centre, self.gates, self.network, self.plan = centre, gates, network, plan
        self.random = random.Random(plan.seed)
        self.done: Counter[str] = Counter()

    def blow(self, scanners: list[Scanner]) -> None:
        """Break things while any scanner is at work; each kind of fault comes at least once."""
        faults = [self.kill_gate, self.kill_centre, self.cut, self.repeat, self.jump, self.fill]
        waiting = self.random.sample(faults, len(faults))
        while waiting or any(scanner.is_alive() for scanner in scanners):
            fault = waiting.pop() if waiting else self.random.choice(faults)
            fault()
            self.done[fault.__name__] += 1
            time.sleep(self.plan.every_s * self.random.uniform(0.5, 1.5))
        self.network.heal()
        for gate in self.gates:
            gate.fault()

    def kill_gate(self) -> None:
        gate = self.random.choice(self.gates)
        gate.process.kill()
        gate.process.start()

    def kill_centre(self) -> None:
        self.centre.kill()
        time.sleep(self.plan.every_s)
        self.centre.start()

    def cut(self) -> None:
        self.network.cut()
        time.sleep(self.plan.every_s)
        self.network.heal()

    def repeat(self) -> None:
        self.network.repeat()

    def jump(self) -> None:
        self.random.choice(self.gates).fault(clock_s=self.random.choice([-100.0, 100.0]))

    def fill(self) -> None:
        gate = self.random.choice(self.gates)
        size = max(path.stat().st_size for path in gate.home.path.glob("door.sqlite3*"))
        gate.fault(file_bytes=size + 4096)
        time.sleep(self.plan.every_s)
        gate.fault()


def drain(gates: list[Gate]) -> None:
    """Wait until no door has anything left to hand over. Raises: TimeoutError."""
    deadline = time.monotonic() + DRAIN_S
    for gate in gates:
        while True:
            try:
                if gate.state()["waiting"] == 0:
                    break
            except (OSError, http.client.HTTPException, ValueError):
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"door {gate.home.code} still has events: {gate.state()}")
            time.sleep(0.1)
