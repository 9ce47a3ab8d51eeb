"""The shape of a decision table: its rows' sentences and the worked cases that the tests run and the documents show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lianfang.rules.profile import Profile
from lianfang.rules.replay import RULES
from lianfang.rules.sentence import Sentence

DAY_S = 86400
HOUR_S = 3600
FIRST_DAY_AT = 1608393600  # 2020-12-20 00:00 in the county: day 0 of every worked case

COVID = "covid19-2020-12"
COVID_2021 = "covid19-2021-10"
COVID_2022 = "covid19-2022-06"
MERS = "mers-2015"
MEASLES = "measles-2020"
INFLUENZA = "influenza-2009"

Decide = Callable[[Any, Profile], tuple[Any, tuple[str, ...]]]


def day(number: int, hour: int = 0) -> int:
    """The instant of a county day and hour, seconds since the epoch."""
    return FIRST_DAY_AT + number * DAY_S + hour * HOUR_S


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case of a row: the row must be among the reasons, the outcome must be this one."""

    row: str
    edition: str
    facts: Any
    outcome: Any


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """One decision of the rules."""

    slug: str
    title_en: str
    title_zh: str
    about_en: str
    about_zh: str
    rows: Mapping[str, Sentence]
    cases: tuple[Case, ...]
    decide: Decide


def by_verdict(rule: str) -> Decide:
    """Run a rule and give its outcome with the rows that applied."""

    def decide(facts: Any, profile: Profile) -> tuple[Any, tuple[str, ...]]:
        verdict = RULES[rule].decide(facts, profile)
        return verdict.outcome, tuple(reason.code for reason in verdict.reasons)

    return decide
