"""Which laboratory tubes should go to, by when each would have them done. Table: docs/rules/routing.md."""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict


class Route(StrEnum):
    """What is advised for tubes that wait."""

    STAY = "stay"
    SEND = "send"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Promise:
    """A laboratory that works: seconds from now until a tube sent there now would have its result, the way included."""

    laboratory: str
    ready_s: int


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """Tubes of one laboratory ("": none yet) that are due in `due_s`; `others`: where else they could go."""

    here: Promise | None
    due_s: int
    others: tuple[Promise, ...]


@dataclass(frozen=True, slots=True)
class Routing:
    """The advice; `laboratory`: where the tubes go or stay, "" if there is none."""

    route: Route
    laboratory: str


def advise_route(facts: RoutingFacts, profile: Profile) -> Verdict[Routing]:
    """Whether waiting tubes should go to another laboratory. Source: docs/rules/routing.md RO-1..RO-5."""
    outcome, reason = _advised(facts, profile.laboratory.route_gain_s if profile.laboratory else 0)
    return Verdict(outcome, (reason,), facts, profile.edition, "advise_route")


def _advised(facts: RoutingFacts, gain_s: int) -> tuple[Routing, Reason]:
    here, best = facts.here, min(facts.others, key=lambda each: (each.ready_s, each.laboratory), default=None)
    if here is not None and here.ready_s <= facts.due_s:
        return Routing(Route.STAY, here.laboratory), Reason("RO-1", {"ready_s": here.ready_s})
    if best is None or (here is not None and best.ready_s + gain_s > here.ready_s):
        if here is None:
            return Routing(Route.LATE, ""), Reason("RO-2")
        return Routing(Route.LATE, here.laboratory), Reason("RO-3", {"gain_s": gain_s, "ready_s": here.ready_s})
    told: dict[str, int | str] = {"laboratory": best.laboratory, "ready_s": best.ready_s}
    if best.ready_s <= facts.due_s:
        return Routing(Route.SEND, best.laboratory), Reason("RO-4", told)
    return Routing(Route.SEND, best.laboratory), Reason("RO-5", told)
