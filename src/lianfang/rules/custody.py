"""Where a tube may go next, and whether it is late. Table: docs/rules/custody.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict


class Whereabouts(StrEnum):
    """Where a tube is: every tube is at exactly one of these."""

    COLLECTED = "collected"
    PACKED = "packed"
    SENT = "sent"
    RECEIVED = "received"
    REJECTED = "rejected"
    STORED = "stored"
    DESTROYED = "destroyed"


class Timeliness(StrEnum):
    """Whether a tube's result is still in time."""

    ON_TIME = "on_time"
    LATE = "late"
    CLOSED = "closed"


# From where to where: a tube can be sent on to another laboratory, and is never taken back from destruction.
NEXT: Mapping[Whereabouts, tuple[Whereabouts, ...]] = {
    Whereabouts.COLLECTED: (Whereabouts.PACKED, Whereabouts.SENT, Whereabouts.RECEIVED, Whereabouts.REJECTED),
    Whereabouts.PACKED: (Whereabouts.SENT, Whereabouts.RECEIVED, Whereabouts.REJECTED),
    Whereabouts.SENT: (Whereabouts.RECEIVED, Whereabouts.REJECTED),
    Whereabouts.RECEIVED: (Whereabouts.STORED, Whereabouts.PACKED, Whereabouts.REJECTED, Whereabouts.DESTROYED),
    Whereabouts.REJECTED: (Whereabouts.DESTROYED,),
    Whereabouts.STORED: (Whereabouts.RECEIVED, Whereabouts.PACKED, Whereabouts.DESTROYED),
    Whereabouts.DESTROYED: (),
}
ON_THE_WAY = (Whereabouts.COLLECTED, Whereabouts.PACKED, Whereabouts.SENT)
ENDED = (Whereabouts.REJECTED, Whereabouts.DESTROYED)


@dataclass(frozen=True, slots=True)
class CustodyFacts:
    """One tube now. `waiting_s`: seconds since it was collected; `is_signed`: its result is signed."""

    whereabouts: Whereabouts
    waiting_s: int
    is_signed: bool


def judge_custody(facts: CustodyFacts, profile: Profile) -> Verdict[Timeliness]:
    """Whether a tube is late. Source: docs/rules/custody.md CU-1..CU-5."""
    outcome, reason = _judged(facts, profile)
    return Verdict(outcome, (reason,), facts, profile.edition, "judge_custody")


def late_after_s(place: Whereabouts, profile: Profile) -> int | None:
    """Seconds from its collection after which a tube at that place is late; None: never. Agrees with `judge_custody`."""
    limits = profile.laboratory
    if limits is None or place in ENDED:
        return None
    return min(limits.turnaround_s, limits.transport_s) if place in ON_THE_WAY else limits.turnaround_s


def _judged(facts: CustodyFacts, profile: Profile) -> tuple[Timeliness, Reason]:
    if facts.is_signed or facts.whereabouts in ENDED:
        return Timeliness.CLOSED, Reason("CU-1")
    limits = profile.laboratory
    if limits is None:
        return Timeliness.ON_TIME, Reason("CU-2")
    if facts.waiting_s > limits.turnaround_s:
        return Timeliness.LATE, Reason("CU-3", {"turnaround_s": limits.turnaround_s})
    if facts.whereabouts in ON_THE_WAY and facts.waiting_s > limits.transport_s:
        return Timeliness.LATE, Reason("CU-4", {"transport_s": limits.transport_s})
    return Timeliness.ON_TIME, Reason("CU-5", {"turnaround_s": limits.turnaround_s})
