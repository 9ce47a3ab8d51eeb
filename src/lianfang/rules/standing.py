"""The one class of a subject that several investigations speak of, after corrections. Table: docs/rules/standing.md."""

from dataclasses import dataclass

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import ExposureClass, strictness


@dataclass(frozen=True, slots=True)
class Cause:
    """One investigation's class for a subject; `annulled` once its index's result was corrected or annulled."""

    investigation: str
    exposure_class: ExposureClass
    last_exposure_at: int
    annulled: bool = False


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """All causes that ever spoke of one subject, in any order."""

    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The class that stands; `last_exposure_at` is the latest of the causes that give it, None when nothing does."""

    exposure_class: ExposureClass
    last_exposure_at: int | None
    investigations: tuple[str, ...]


def decide_standing(facts: StandingFacts, profile: Profile) -> Verdict[Standing]:
    """The strictest class among the causes that stand. Source: docs/rules/standing.md X-1..X-4."""
    reasons = [
        Reason("X-1", {"investigation": cause.investigation})
        for cause in sorted(facts.causes, key=lambda cause: cause.investigation)
        if cause.annulled
    ]
    standing = [
        cause for cause in facts.causes if not cause.annulled and cause.exposure_class is not ExposureClass.NOT_EXPOSED
    ]
    if not standing:
        outcome = Standing(ExposureClass.NOT_EXPOSED, None, ())
        return Verdict(outcome, (*reasons, Reason("X-2")), facts, profile.edition, "decide_standing")
    strictest = max((cause.exposure_class for cause in standing), key=strictness)
    giving = sorted(
        (cause for cause in standing if cause.exposure_class is strictest), key=lambda cause: cause.investigation
    )
    outcome = Standing(
        strictest,
        max(cause.last_exposure_at for cause in giving),
        tuple(cause.investigation for cause in giving),
    )
    reasons = [
        Reason("X-3", {"investigation": name, "exposure_class": strictest.value}) for name in outcome.investigations
    ] + reasons
    return Verdict(outcome, tuple(reasons), facts, profile.edition, "decide_standing")
