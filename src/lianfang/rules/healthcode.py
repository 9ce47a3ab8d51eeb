"""The colour of a person's health code. Table: docs/rules/health-code.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import HealthCodeNumbers, Profile
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import Colour, MeasureKind, RiskLevel


class WayToGreen(StrEnum):
    """What ends a reason that is not green."""

    RELEASE = "release"  # the rule on measures releases
    NEGATIVE_TEST = "negative_test"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class CodeMeasure:
    """A measure that stands for the person; `ends_at`: its planned end, None when only a release ends it."""

    kind: MeasureKind
    ends_at: int | None


@dataclass(frozen=True, slots=True)
class CodeStay:
    """A stay at a place that was at risk during it, with the number of the evidence, or of the declaration, that says so."""

    level: RiskLevel
    left_at: int
    reference: int
    is_declared: bool = False


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What a colour depends on; instants in seconds since the epoch.

    `positive_at`, `negative_at`: when the last specimen with such a valid result was taken. `released_at`: the last
    release from isolation. `onset_at`: when symptoms were last told of, as a day of onset or in a follow-up.
    """

    now: int
    positive_at: int | None = None
    negative_at: int | None = None
    released_at: int | None = None
    onset_at: int | None = None
    measures: tuple[CodeMeasure, ...] = ()
    stays: tuple[CodeStay, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeOutcome:
    """colour: None where the edition knows no code. `until`: time alone ends the last of the reasons then, None if not."""

    colour: Colour | None
    until: int | None
    ways: tuple[WayToGreen, ...]


@dataclass(frozen=True, slots=True)
class _Finding:
    colour: Colour
    until: int | None
    way: WayToGreen
    reason: Reason


_STRICTEST_FIRST = tuple(Colour)


def decide_colour(facts: CodeFacts, profile: Profile) -> Verdict[CodeOutcome]:
    """The strictest colour any fact gives, with all reasons. Source: docs/rules/health-code.md H-1..H-7."""
    numbers = profile.health_code
    if numbers is None:
        return Verdict(CodeOutcome(None, None, ()), (Reason("H-7"),), facts, profile.edition, "decide_colour")
    found = [*_illness(facts, numbers), *_measures(facts, numbers), *_stays(facts, numbers)]
    if not found:
        outcome = CodeOutcome(Colour.GREEN, None, ())
        return Verdict(outcome, (Reason("H-6"),), facts, profile.edition, "decide_colour")
    found.sort(key=lambda each: _STRICTEST_FIRST.index(each.colour))
    ends = [each.until for each in found]
    until = None if None in ends else max(end for end in ends if end is not None)
    ways = tuple(way for way in WayToGreen if any(each.way is way for each in found))
    outcome = CodeOutcome(found[0].colour, until, ways)
    return Verdict(outcome, tuple(each.reason for each in found), facts, profile.edition, "decide_colour")


def _illness(facts: CodeFacts, numbers: HealthCodeNumbers) -> list[_Finding]:
    found = []
    positive = facts.positive_at
    if positive is not None and (facts.released_at is None or facts.released_at < positive):
        found.append(_Finding(Colour.RED, None, WayToGreen.RELEASE, Reason("H-1", {"sampled_at": positive})))
    onset = facts.onset_at
    if onset is not None and (facts.negative_at is None or facts.negative_at < onset):
        until = onset + numbers.symptoms_s
        if facts.now < until:
            reason = Reason("H-5", {"onset_at": onset, "symptoms_s": numbers.symptoms_s})
            found.append(_Finding(Colour.YELLOW, until, WayToGreen.NEGATIVE_TEST, reason))
    return found


def _measures(facts: CodeFacts, numbers: HealthCodeNumbers) -> list[_Finding]:
    return [
        _Finding(colour, None, WayToGreen.RELEASE, Reason("H-2", {"measure": measure.kind.value}))
        for measure in facts.measures
        if (colour := numbers.measures.get(measure.kind, Colour.GREEN)) is not Colour.GREEN
    ]


def _stays(facts: CodeFacts, numbers: HealthCodeNumbers) -> list[_Finding]:
    rows = {
        RiskLevel.HIGH: ("H-3", Colour.RED, numbers.high_stay_s),
        RiskLevel.MIDDLE: ("H-4", Colour.YELLOW, numbers.middle_stay_s),
    }
    found = []
    for stay in facts.stays:
        if stay.level not in rows:
            continue
        row, colour, span_s = rows[stay.level]
        if facts.now < stay.left_at + span_s:
            params = {
                "left_at": stay.left_at,
                "stay_s": span_s,
                "reference": stay.reference,
                "is_declared": int(stay.is_declared),
            }
            found.append(_Finding(colour, stay.left_at + span_s, WayToGreen.TIME, Reason(row, params)))
    return found
