"""What every rule returns: the outcome, machine-readable reasons, the facts used and the profile's edition."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from lianfang.rules.codec import CodecError, canonical, from_plain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reason:
    """One decision-table row that applied; `params` fill its sentence (see reasons.py)."""

    code: str
    params: Mapping[str, int | str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Verdict(Generic[T]):
    """An outcome with its reasons (at least one), strictest first.

    `rule` names the deciding function, so that a stored verdict can be replayed (see replay.py).
    """

    outcome: T
    reasons: tuple[Reason, ...]
    facts: Any
    edition: str
    rule: str

    def __post_init__(self) -> None:
        if not self.reasons:
            raise ValueError(f"a verdict of {self.rule} needs a reason")

    def to_json(self) -> str:
        """Canonical JSON: the same verdict gives the same bytes."""
        return canonical(self)

    @classmethod
    def from_json(cls, text: str, *, outcome_type: Any, facts_type: Any) -> "Verdict[Any]":
        """Read `to_json` back. Raises CodecError. `replay.verdict_from_json` finds the types by the rule's name."""
        stored = json.loads(text)
        if not isinstance(stored, dict) or set(stored) != {"outcome", "reasons", "facts", "edition", "rule"}:
            raise CodecError("$: not the keys of a verdict")
        return cls(
            outcome=from_plain(outcome_type, stored["outcome"], "$.outcome"),
            reasons=from_plain(tuple[Reason, ...], stored["reasons"], "$.reasons"),
            facts=from_plain(facts_type, stored["facts"], "$.facts"),
            edition=from_plain(str, stored["edition"], "$.edition"),
            rule=from_plain(str, stored["rule"], "$.rule"),
        )


def distinct(reasons: list[Reason]) -> tuple[Reason, ...]:
    """The reasons without repetition, in order of appearance."""
    seen: dict[str, Reason] = {}
    for reason in reasons:
        seen.setdefault(canonical(reason), reason)
    return tuple(seen.values())
