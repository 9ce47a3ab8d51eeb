"""Whether a door lets somebody in. The same function decides at the door and on recheck. Table: docs/rules/gate.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import GateNumbers, Profile
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import Colour


class Admission(StrEnum):
    """What the door does, the strictest first."""

    REFUSE = "refuse"
    CHECK = "check"  # staff look at the person and their identity card
    MEASURE = "measure"
    WAIT = "wait"
    ADMIT_FLAGGED = "admit_flagged"
    ADMIT = "admit"


class CodeState(StrEnum):
    """What has become of a code since it was issued, by the door's status list."""

    AS_ISSUED = "as_issued"
    WITHDRAWN = "withdrawn"
    NOW_YELLOW = "now_yellow"
    NOW_RED = "now_red"
    NOT_LISTED = "not_listed"  # the door has no list that speaks of it


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """A code whose signatures hold. `shown_at`: the minute its phone signed; `has_holder`: it belongs to a phone."""

    colour: Colour
    issued_at: int
    expires_at: int
    state: CodeState
    has_holder: bool = False
    shown_at: int | None = None


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What a door knows of one person; instants in seconds since the epoch.

    `refusal`: why the code was not believed (`read` is None then). `list_issued_at`: of the status list, None without one.
    `tenths_celsius`: of this reading; `first_tenths_celsius`: of the one before it, when it was taken again.
    `cap`: how many may be inside, None where nothing limits it.
    """

    now: int
    read: ReadFacts | None
    refusal: str = ""
    list_issued_at: int | None = None
    tenths_celsius: int | None = None
    first_tenths_celsius: int | None = None
    inside: int = 0
    cap: int | None = None


_STRICTEST_FIRST = tuple(Admission)
_COLOURS = {CodeState.NOW_YELLOW: Colour.YELLOW, CodeState.NOW_RED: Colour.RED}
# A key newer than the door's trust list is no forgery: the door cannot know it.
UNKNOWN_KEY = "unknown_key"

Finding = tuple[Admission, Reason]


def decide_admission(facts: GateFacts, profile: Profile) -> Verdict[Admission]:
    """The strictest thing that any fact asks for. Source: docs/rules/gate.md E-1..E-17."""
    numbers = profile.gate
    if numbers is None:
        return Verdict(Admission.CHECK, (Reason("E-16"),), facts, profile.edition, "decide_admission")
    found = [
        *_code(facts, numbers),
        *_freshness(facts, numbers),
        *_temperature(facts, profile.fever_tenths_celsius),
        *_room(facts),
    ]
    found.sort(key=lambda finding: _STRICTEST_FIRST.index(finding[0]))
    admission = found[0][0] if found else Admission.ADMIT
    reasons = tuple(reason for _, reason in found) or (Reason("E-15"),)
    return Verdict(admission, reasons, facts, profile.edition, "decide_admission")


def _code(facts: GateFacts, numbers: GateNumbers) -> list[Finding]:
    read = facts.read
    if read is None:
        if facts.refusal == UNKNOWN_KEY:
            return [(Admission.CHECK, Reason("E-2"))]
        return [(Admission.REFUSE, Reason("E-1", {"refusal": facts.refusal}))]
    found: list[Finding] = []
    if read.state is CodeState.WITHDRAWN:
        found.append((Admission.REFUSE, Reason("E-3")))
    colour = _COLOURS.get(read.state, read.colour)
    if colour is Colour.RED:
        found.append((Admission.REFUSE, Reason("E-4")))
    if colour is Colour.YELLOW:
        found.append((Admission.CHECK, Reason("E-5")))
    if facts.now >= read.expires_at:
        found.append((Admission.CHECK, Reason("E-6")))
    if read.issued_at > facts.now + numbers.clock_skew_s:
        found.append((Admission.CHECK, Reason("E-7")))
    if read.has_holder and not _is_shown_now(read, facts.now, numbers):
        found.append((Admission.CHECK, Reason("E-8", {"shown_s": numbers.shown_valid_s})))
    return found


def _is_shown_now(read: ReadFacts, now: int, numbers: GateNumbers) -> bool:
    if read.shown_at is None:
        return False
    return read.shown_at - numbers.clock_skew_s <= now < read.shown_at + numbers.shown_valid_s


def _freshness(facts: GateFacts, numbers: GateNumbers) -> list[Finding]:
    """Tiers: normal, allowed and flagged, the code's own validity with a look at the identity card. Never closed."""
    if facts.read is None:
        return []
    if facts.list_issued_at is None or facts.read.state is CodeState.NOT_LISTED:
        return [(Admission.CHECK, Reason("E-9"))]
    age = facts.now - facts.list_issued_at
    if age > numbers.list_stale_s:
        return [(Admission.CHECK, Reason("E-10", {"stale_s": numbers.list_stale_s}))]
    if age > numbers.list_fresh_s:
        return [(Admission.ADMIT_FLAGGED, Reason("E-11", {"fresh_s": numbers.list_fresh_s}))]
    return []


def _temperature(facts: GateFacts, threshold: int) -> list[Finding]:
    if facts.tenths_celsius is None:
        return [(Admission.MEASURE, Reason("E-12"))]
    if facts.tenths_celsius < threshold:
        return []
    if facts.first_tenths_celsius is None or facts.first_tenths_celsius < threshold:
        return [(Admission.MEASURE, Reason("E-13"))]
    return [(Admission.REFUSE, Reason("E-14"))]


def _room(facts: GateFacts) -> list[Finding]:
    if facts.cap is None or facts.inside < facts.cap:
        return []
    return [(Admission.WAIT, Reason("E-17", {"cap": facts.cap}))]
