"""Whether a key place keeps its logs and goes on scanning. Table: docs/rules/venue.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import Profile, VenueNumbers
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import LogKind


class VenueStanding(StrEnum):
    """How a key place stands, the strictest first."""

    UNWATCHED = "unwatched"  # its regulator has to look: it is silent, or a log has long been missed
    MISSING = "missing"  # the place itself is to catch up
    IN_ORDER = "in_order"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LastLog:
    """When a log was last kept; None: never."""

    kind: LogKind
    kept_at: int | None


@dataclass(frozen=True, slots=True)
class VenueFacts:
    """One key place; instants in seconds since the epoch. `place`: its number.

    `since`: from when on it must keep logs. `day_at`: the beginning of the county day; `opens_s`, `closes_s`: seconds
    after it. `scanned_at`: the last arrival recorded there. `is_open`: it is in business at all.
    """

    place: int
    now: int
    since: int
    day_at: int
    opens_s: int
    closes_s: int
    is_open: bool
    logs: tuple[LastLog, ...]
    scanned_at: int | None


@dataclass(frozen=True, slots=True)
class VenueWatch:
    """`missed`: the logs that are due and not kept."""

    standing: VenueStanding
    missed: tuple[LogKind, ...]
    is_silent: bool


def watch_venue(facts: VenueFacts, profile: Profile) -> Verdict[VenueWatch]:
    """What is missing at a key place, and whose turn it is. Source: docs/rules/venue.md V-1..V-6."""
    numbers = profile.venue
    if numbers is None or not facts.is_open:
        nothing = VenueWatch(VenueStanding.CLOSED, (), is_silent=False)
        row = "V-6" if numbers is None else "V-5"
        return Verdict(nothing, (Reason(row),), facts, profile.edition, "watch_venue")
    reasons, missed = _logs(facts, numbers)
    is_silent = _is_silent(facts, numbers)
    if is_silent:
        reasons.append(Reason("V-3", {"silent_s": numbers.silent_s}))
    is_unwatched = is_silent or any(reason.code == "V-2" for reason in reasons)
    standing = VenueStanding.UNWATCHED if is_unwatched else VenueStanding.MISSING if missed else VenueStanding.IN_ORDER
    outcome = VenueWatch(standing, missed, is_silent)
    return Verdict(outcome, tuple(reasons) or (Reason("V-4"),), facts, profile.edition, "watch_venue")


def _logs(facts: VenueFacts, numbers: VenueNumbers) -> tuple[list[Reason], tuple[LogKind, ...]]:
    reasons, missed = [], []
    for log in facts.logs:
        every_s = numbers.logs[log.kind]
        late_s = facts.now - max(facts.since, log.kept_at or 0) - every_s
        if late_s < 0:
            continue
        missed.append(log.kind)
        is_long = late_s >= numbers.escalate_s
        params = {"log": log.kind.value, "every_s": every_s}
        reasons.append(
            Reason("V-2" if is_long else "V-1", params | ({"escalate_s": numbers.escalate_s} if is_long else {}))
        )
    return reasons, tuple(missed)


def _is_silent(facts: VenueFacts, numbers: VenueNumbers) -> bool:
    """Nobody was recorded for too long although it is open today and has been that long."""
    opened, closes = facts.day_at + facts.opens_s, facts.day_at + facts.closes_s
    if not opened <= facts.now < closes:
        return False
    return facts.now - max(opened, facts.since, facts.scanned_at or 0) >= numbers.silent_s
