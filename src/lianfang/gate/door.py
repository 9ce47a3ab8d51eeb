"""A door at work: each scan is decided, counted and written to the disk, in this order; only then is it answered."""

import json
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lianfang.gate.admission import Carried, Reading, decide, pseudonym_of
from lianfang.gate.store import Store
from lianfang.rules.gate import Admission
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Verdict
from lianfang.wire.doors import Clock, DoorEvent, EventKind, facts_text, sealed_text
from lianfang.wire.leases import Lease

DAY_S: Final = 86_400
_LETS_IN: Final = frozenset({Admission.ADMIT, Admission.ADMIT_FLAGGED})
_STEPS: Final = {EventKind.HEAD_IN: 1, EventKind.LET_IN: 1, EventKind.HEAD_OUT: -1, EventKind.EXIT: -1}
_LONGEST_TEXT: Final = 500
_LONGEST_AGE_MS: Final = 30 * DAY_S * 1000
_SEALED: Final = re.compile(r"([0-9a-f]{2}){0,200}")
_NO_BOOT: Final = bytes(8)
_ODD: Final = "this is no scan"


class OddScan(ValueError):
    """What a scanner sent is no scan."""

    code = "odd_scan"


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanner asks. `client_id`: given there, so that asking twice counts once. Temperatures in tenths of a degree.

    `shown`: what the scanner has shown already where it had no record of it; `age_ms`: how long ago that was. `sealed`: a
    number typed there, sealed to the centre's key (hex).
    """

    client_id: str
    kind: EventKind
    text: str = ""
    tenths_celsius: int | None = None
    first_tenths_celsius: int | None = None
    shown: str = ""
    age_ms: int = 0
    sealed: str = ""

    @classmethod
    def of(cls, value: Any) -> "Scan":
        """Read a scan as JSON has it. Raises: OddScan."""
        if not isinstance(value, dict) or value.get("kind") not in EventKind._value2member_map_:
            raise OddScan(_ODD)
        kind, client_id, text = EventKind(value["kind"]), value.get("client_id"), value.get("text", "")
        tenths, first = value.get("tenths_celsius"), value.get("first_tenths_celsius")
        if not isinstance(client_id, str) or not 8 <= len(client_id) <= 64 or kind is EventKind.RESET:
            raise OddScan(_ODD)
        if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
            raise OddScan(_ODD)
        if not all(t is None or (type(t) is int and 200 <= t <= 500) for t in (tenths, first)):
            raise OddScan(_ODD)
        shown, age_ms = value.get("shown", ""), value.get("age_ms", 0)
        if shown and shown not in Admission._value2member_map_:
            raise OddScan(_ODD)
        if type(age_ms) is not int or not 0 <= age_ms <= _LONGEST_AGE_MS:
            raise OddScan(_ODD)
        sealed = value.get("sealed", "")
        if not isinstance(sealed, str) or not _SEALED.fullmatch(sealed) or (sealed and kind is EventKind.ASKED):
            raise OddScan(_ODD)
        return cls(client_id, kind, text, tenths, first, shown, age_ms, sealed)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a scanner shows. `recorded`: it is on the disk; else the scanner keeps it and sends it again.

    `snapshot_age_s`: of what the door carries, None when it carries nothing.
    """

    outcome: str
    reasons: list[dict[str, str]]
    inside: int
    cap: int | None
    recorded: bool
    snapshot_age_s: int | None

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, ensure_ascii=False)


def earlier(clock: Clock, age_ms: int) -> Clock:
    """Return the clocks some time ago; before the door was started only its wall clock can say."""
    at_ms = max(0, clock.at_ms - age_ms)
    if age_ms > clock.mono_ms:
        return Clock(at_ms, _NO_BOOT, 0)
    return Clock(at_ms, clock.boot, clock.mono_ms - age_ms)


@dataclass(slots=True)
class _Count:
    inside: int
    day: int


@dataclass(frozen=True, slots=True)
class _Anchor:
    """What time it was at one moment of the steady clock, and whether the centre said so."""

    at_s: float
    steady_s: float
    is_centres: bool


@dataclass(frozen=True, slots=True)
class Clocks:
    """A wall clock, which may jump, and one that only runs on. `utc_offset_s`: of the county, whose day counts."""

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    utc_offset_s: int = 8 * 3600


class Door:
    """One door. Use it from one thread; `carried` may be replaced, and `told` called, from any."""

    def __init__(
        self, store: Store, carried: Carried | None, *, cap: int | None = None, clocks: Clocks | None = None
    ) -> None:
        self.store = store
        self.carried = carried
        self.boot = secrets.token_bytes(8)
        self._cap = cap
        self._clocks = clocks or Clocks()
        self._lease = store.lease()
        seen = max(self._clocks.wall(), store.number("seen_s") or 0, carried.issued_at if carried else 0)
        self._anchor = _Anchor(seen, self._clocks.steady(), is_centres=False)
        self._count = _Count(store.number("inside") or 0, store.number("day") or self._day())

    @property
    def inside(self) -> int:
        """How many are inside by this door's own count, in minus out: below zero where more leave by it than enter."""
        return self._count.inside

    @property
    def cap(self) -> int | None:
        """Up to what count it lets in: by its lease of today, by what it keeps on other days, and by its own limit."""
        lease = self._lease
        given = [] if lease is None else [lease.places if lease.day == self._day() else lease.kept]
        return min([*given, *([] if self._cap is None else [self._cap])], default=None)

    @property
    def lease_number(self) -> int:
        """The lease it goes by, 0 for none."""
        return self._lease.number if self._lease else 0

    def told(self, centre_ms: int, lease: Lease | None) -> None:
        """Take over the centre's time and lease."""
        self._anchor = _Anchor(centre_ms / 1000, self._clocks.steady(), is_centres=True)
        self._lease = lease or self._lease

    def now(self) -> float:
        """Return the time the door goes by: what the centre said, or its wall clock when it started, and the steady clock
        since. A wall clock that jumps later changes nothing."""
        return self._anchor.at_s + self._clocks.steady() - self._anchor.steady_s

    def clock(self) -> Clock:
        """Return the clocks now, as they are: events carry what they show."""
        return Clock(max(0, int(self._clocks.wall() * 1000)), self.boot, time.monotonic_ns() // 1_000_000)

    def take(self, scans: Sequence[Scan]) -> list[str]:
        """Decide about scans in their order and write them down together; return the answers.

        Where the disk takes nothing more, each is decided all the same and the answer says that it is not recorded.
        """
        before = _Count(self._count.inside, self._count.day)
        try:
            self.store.begin()
            answers = [self._recorded(scan) for scan in scans]
            self.store.remember("inside", self._count.inside)
            self.store.remember("day", self._count.day)
            self.store.remember("seen_s", int(self.now()))
            self.store.commit()
        except sqlite3.Error:
            self._count = before
            self.store.rollback()
            return [self._only_decided(scan) for scan in scans]
        return answers

    def _recorded(self, scan: Scan) -> str:
        if (known := self.store.answer_to(scan.client_id)) is not None:
            return known
        self._new_day()
        return self._put(scan)

    def _put(self, scan: Scan) -> str:
        verdict, pseudonym = self._decided(scan)
        self._count.inside += self._step(scan, verdict)
        clock = earlier(self.clock(), scan.age_ms)
        event = DoorEvent(
            seq=self.store.next_seq(),
            kind=scan.kind,
            clock=clock,
            pseudonym=pseudonym,
            outcome=verdict.outcome if verdict else scan.shown,
            reasons=tuple(reason.code for reason in verdict.reasons) if verdict else (),
            inside=self._count.inside,
            facts=facts_text(verdict) if verdict else sealed_text(scan.sealed),
        )
        answer = self._answer(verdict, recorded=True).text()
        self.store.add(event.seq, scan.client_id, clock.at_ms, event.to_bytes(), answer)
        return answer

    def _only_decided(self, scan: Scan) -> str:
        """The disk is full: the door goes on by its tier, counts, and says that nothing was kept."""
        verdict, _ = self._decided(scan)
        return self._answer(verdict, recorded=False).text()

    def _decided(self, scan: Scan) -> tuple[Verdict[Admission] | None, bytes | None]:
        carried = self.carried
        if carried is None:
            return None, None
        if scan.kind is not EventKind.ASKED or scan.shown:
            return None, pseudonym_of(scan.text, carried.trust) if scan.text else None
        reading = Reading(scan.tenths_celsius, scan.first_tenths_celsius, self._count.inside, self.cap)
        found = decide(scan.text, carried, reading, int(self.now()))
        return found.verdict, found.pseudonym

    def _step(self, scan: Scan, verdict: Verdict[Admission] | None) -> int:
        if scan.kind is EventKind.ASKED:
            return 1 if (verdict.outcome if verdict else scan.shown) in _LETS_IN else 0
        return _STEPS.get(scan.kind, 0)

    def _answer(self, verdict: Verdict[Admission] | None, *, recorded: bool) -> Answer:
        reasons = verdict.reasons if verdict else ()
        sentences = [{"code": r.code, "zh": explain(r, "zh"), "en": explain(r, "en")} for r in reasons]
        age = None if self.carried is None else int(self.now()) - self.carried.issued_at
        outcome = verdict.outcome if verdict else Admission.CHECK
        return Answer(str(outcome), sentences, self._count.inside, self.cap, recorded, age)

    def _day(self) -> int:
        return (int(self.now()) + self._clocks.utc_offset_s) // DAY_S

    def _new_day(self) -> None:
        """Begin to count anew when the county's day changes: who is still counted then was missed on the way out.

        Going back begins nothing; when it is the centre that says so, the day that was taken for today was none.
        """
        today = self._day()
        if today < self._count.day and self._anchor.is_centres:
            self._count.day = today
        if today <= self._count.day:
            return
        self._count = _Count(0, today)
        clock = self.clock()
        event = DoorEvent(self.store.next_seq(), EventKind.RESET, clock)
        self.store.add(event.seq, None, clock.at_ms, event.to_bytes(), "")


def free_bytes(path: str) -> int:
    """Return how much the disk still takes."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize
