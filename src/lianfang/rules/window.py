"""When an index may have passed the disease on (forward) and may have caught it (backward).

Table: docs/rules/window.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lianfang.rules.profile import GoodsNumbers, Profile
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import SubjectKind

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What is known of a positive subject; instants in seconds since the epoch. `arrived_at` is for goods.

    `specimen_collected_at`: the first positive specimen of the episode; `last_positive_at`: the last, if another.
    """

    kind: SubjectKind
    specimen_collected_at: int
    symptom_onset_at: int | None = None
    last_negative_at: int | None = None
    arrived_at: int | None = None
    last_positive_at: int | None = None


@dataclass(frozen=True, slots=True)
class IndexWindows:
    """Half-open spans (from, until), seconds since the epoch; None where the profile leaves the subject out."""

    forward: Span | None
    backward: Span | None


def episode(positives_at: Iterable[int], around: int, profile: Profile) -> Span:
    """First and last of the positives that are one infection or contamination with the specimen collected at `around`.

    Positives follow one another in an episode while no two neighbours are further apart than the profile's
    `episode_gap`; after a longer pause a positive is a new episode, with an investigation of its own.
    """
    moments = sorted({*positives_at, around})
    at = moments.index(around)
    first = last = at
    while first and moments[first] - moments[first - 1] <= profile.window.episode_gap_s:
        first -= 1
    while last + 1 < len(moments) and moments[last + 1] - moments[last] <= profile.window.episode_gap_s:
        last += 1
    return moments[first], moments[last]


def index_windows(facts: IndexFacts, profile: Profile) -> Verdict[IndexWindows]:
    """The windows an index is traced with. Source: docs/rules/window.md W-1..W-10.

    The forward window ends at the longest infectious span; an earlier isolation or hold is a control of the trace.
    """
    if facts.kind is SubjectKind.PERSON:
        forward, reasons = _person_forward(facts, profile)
        backward, more = _person_backward(facts, profile)
    elif profile.goods is None:
        return _verdict(IndexWindows(None, None), [Reason("W-9")], facts, profile)
    else:
        forward, backward, reasons = _object_windows(facts, profile.goods)
        backward, more = _narrowed(facts, backward, 0)
    forward, prolonged = _prolonged(facts, forward, profile)
    return _verdict(IndexWindows(forward, backward), [*reasons, *more, *prolonged], facts, profile)


def _verdict(
    windows: IndexWindows, reasons: list[Reason], facts: IndexFacts, profile: Profile
) -> Verdict[IndexWindows]:
    return Verdict(windows, tuple(reasons), facts, profile.edition, "index_windows")


def _person_forward(facts: IndexFacts, profile: Profile) -> tuple[Span, list[Reason]]:
    numbers, collected_at = profile.window, facts.specimen_collected_at
    if facts.symptom_onset_at is None:
        start = collected_at - numbers.before_sampling_s
        until = collected_at + numbers.infectious_after_sampling_s
        return (start, until), [Reason("W-2", {"before_s": numbers.before_sampling_s})]
    onset_at = facts.symptom_onset_at
    start = onset_at - numbers.before_onset_s
    # a specimen positive long after onset shows that the shedding had not ended
    until = max(onset_at + numbers.infectious_after_onset_s, collected_at)
    reasons = [Reason("W-1", {"before_s": numbers.before_onset_s})]
    if collected_at < onset_at:
        start = min(start, collected_at - numbers.before_sampling_s)
        reasons.append(Reason("W-3", {"before_s": numbers.before_sampling_s}))
    return (start, until), reasons


def _person_backward(facts: IndexFacts, profile: Profile) -> tuple[Span, list[Reason]]:
    numbers = profile.window
    # infection lies before the positive specimen by at least the time it takes to be detectable
    latest = facts.specimen_collected_at - numbers.detectable_after_s
    first_sign_at = facts.specimen_collected_at
    if facts.symptom_onset_at is not None:
        first_sign_at = min(facts.symptom_onset_at, facts.specimen_collected_at)
        latest = min(facts.symptom_onset_at - numbers.incubation_min_s, latest)
    span = (first_sign_at - numbers.incubation_max_s, latest)
    reason = Reason("W-4", {"incubation_max_s": numbers.incubation_max_s})
    narrowed, more = _narrowed(facts, span, numbers.detectable_after_s)
    return narrowed, [reason, *more]


def _object_windows(facts: IndexFacts, goods: GoodsNumbers) -> tuple[Span, Span, list[Reason]]:
    """A contaminated object passes on from the moment it can have been contaminated here, until the virus is gone."""
    collected_at = facts.specimen_collected_at
    if facts.kind is SubjectKind.SURFACE:
        start, until = collected_at - goods.surface_lookback_s, collected_at + goods.surface_persists_s
        reason = Reason("W-7", {"before_s": goods.surface_lookback_s})
    elif facts.arrived_at is not None and facts.arrived_at < collected_at:
        start, until = facts.arrived_at, collected_at + goods.persists_s
        reason = Reason("W-5", {"persists_s": goods.persists_s})
    else:
        start, until = collected_at - goods.lookback_s, collected_at + goods.persists_s
        reason = Reason("W-6", {"before_s": goods.lookback_s})
    return (start, until), (start, collected_at), [reason]


def _prolonged(facts: IndexFacts, span: Span, profile: Profile) -> tuple[Span, list[Reason]]:
    """A later positive of the episode is a window of its own, united with the first."""
    if facts.last_positive_at is None:
        return span, []
    until = facts.last_positive_at
    if facts.kind is SubjectKind.PERSON:
        until += profile.window.infectious_after_sampling_s if facts.symptom_onset_at is None else 0
    elif profile.goods is not None:
        is_surface = facts.kind is SubjectKind.SURFACE
        until += profile.goods.surface_persists_s if is_surface else profile.goods.persists_s
    if until <= span[1]:
        return span, []
    return (span[0], until), [Reason("W-10", {"last_positive_at": facts.last_positive_at})]


def _narrowed(facts: IndexFacts, span: Span, detectable_after_s: int) -> tuple[Span, list[Reason]]:
    """A negative specimen rules out what was infected long enough before it; one that contradicts the rest does not."""
    if facts.last_negative_at is None:
        return span, []
    start = facts.last_negative_at - detectable_after_s
    if not span[0] < start < span[1]:
        return span, []
    return (start, span[1]), [Reason("W-8", {"last_negative_at": facts.last_negative_at})]
