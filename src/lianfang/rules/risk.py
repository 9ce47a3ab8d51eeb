"""Whether a place was at risk on a day, by the published lists. Table: docs/rules/risk.md."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import RiskLevel

_ORDER: Final = {level: rank for rank, level in enumerate(RiskLevel)}


class RiskExtent(StrEnum):
    """How much of its division an entry lists."""

    WHOLE = "whole"
    REST = "rest"  # all but what it excludes
    PART = "part"  # the community it names


class RiskStanding(StrEnum):
    """What the lists say of the place asked about."""

    LISTED = "listed"
    PARTLY = "partly"  # something in it is, or may be
    NOT_LISTED = "not_listed"
    UNKNOWN = "unknown"  # no list is known for that day


@dataclass(frozen=True, slots=True)
class RiskEntry:
    """One entry's time on the lists, [starts_at, ends_at) in epoch seconds; ends_at None: still listed.

    area_code: the division it is in; is_decided: that division is certain, else it lies somewhere inside.
    community: what is listed there; excluded: what is not, "" if that is only "the rest". source: the list that said so.
    """

    level: RiskLevel
    area_code: str
    extent: RiskExtent
    community: str
    excluded: str
    starts_at: int
    ends_at: int | None
    source: str
    is_decided: bool = True


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """The question and all entries that might answer it.

    area_code: the division asked about; community: the place in it, "" for all of it. The day is [day_starts_at,
    day_ends_at). known_from: when the first list began, None if there is none.
    """

    area_code: str
    community: str
    day_starts_at: int
    day_ends_at: int
    known_from: int | None
    entries: tuple[RiskEntry, ...]


@dataclass(frozen=True, slots=True)
class RiskAnswer:
    """level: of the place itself, None unless it is listed; parts_level: the highest of anything inside it."""

    standing: RiskStanding
    level: RiskLevel | None
    parts_level: RiskLevel | None
    sources: tuple[str, ...]


def risk_on(facts: RiskFacts, profile: Profile) -> Verdict[RiskAnswer]:
    """What the lists in force at any time of the day say of a place. Source: docs/rules/risk.md A-1..A-9."""
    if facts.known_from is None or facts.day_ends_at <= facts.known_from:
        answer = RiskAnswer(RiskStanding.UNKNOWN, None, None, ())
        return Verdict(answer, (Reason("A-9"),), facts, profile.edition, "risk_on")
    found = [(_row_of(entry, facts), entry) for entry in facts.entries if _in_force(entry, facts)]
    listed = [(row, entry) for row, entry in found if row in _LISTED]
    parts = [(row, entry) for row, entry in found if row in _PARTLY]
    answer = RiskAnswer(
        RiskStanding.LISTED if listed else RiskStanding.PARTLY if parts else RiskStanding.NOT_LISTED,
        _highest([entry for _, entry in listed]),
        _highest([entry for _, entry in parts]),
        tuple(sorted({entry.source for _, entry in (*listed, *parts)})),
    )
    said = sorted({(_ROWS.index(row), _ORDER[entry.level]) for row, entry in found if row})
    reasons = tuple(Reason(_ROWS[row], {"risk_level": list(RiskLevel)[rank].value}) for row, rank in said)
    if answer.standing is RiskStanding.NOT_LISTED:
        reasons = (*reasons, Reason("A-8"))
    return Verdict(answer, reasons, facts, profile.edition, "risk_on")


_ROWS: Final = ("A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7")
_LISTED: Final = frozenset({"A-1", "A-2", "A-3"})
_PARTLY: Final = frozenset({"A-4", "A-5"})


def _in_force(entry: RiskEntry, facts: RiskFacts) -> bool:
    return entry.starts_at < facts.day_ends_at and (entry.ends_at is None or entry.ends_at > facts.day_starts_at)


def _highest(entries: list[RiskEntry]) -> RiskLevel | None:
    return min((entry.level for entry in entries), key=_ORDER.__getitem__, default=None)


def _row_of(entry: RiskEntry, facts: RiskFacts) -> str:
    """Return the table's row for one entry, "" if it says nothing about the place."""
    if entry.area_code.startswith(facts.area_code) and entry.area_code != facts.area_code:
        return "A-4"
    if not entry.area_code or not facts.area_code.startswith(entry.area_code):
        return ""  # elsewhere, or nobody knows where
    if not entry.is_decided:
        return "A-5"
    if entry.extent is RiskExtent.WHOLE:
        return "A-1"
    return _row_of_named(entry, facts.community)


def _row_of_named(entry: RiskEntry, community: str) -> str:
    left_out = bool(community and entry.excluded) and covers(entry.excluded, community)
    if entry.extent is RiskExtent.REST:
        return "A-6" if left_out else "A-2"
    if not community:
        return "A-4"
    if covers(entry.community, community):
        return "A-6" if left_out else "A-3"
    return "A-4" if covers(community, entry.community) else "A-7"


# A name begins after the name of a unit that contains it: 枫亭镇|霞桥村, never 西|乔村.
_BEFORE: Final = frozenset("县市区旗镇乡道村街会处场团、，")
# What makes a name a longer one: 新村|街道 is another place than 新村.
_LONGER: Final = re.compile(r"街道|镇|乡|社区|小区|村|路|街|县|区|市")
_COMMITTEE: Final = re.compile(r"村(?:民)?委(?:员)?会")
_ENDINGS: Final = re.compile(r"居(?:民)?委(?:员)?会|办事处|全域|全部区域|全境")


def plain_name(text: str) -> str:
    """Return a place's name without blanks, brackets' width and the words for its committee."""
    joined = "".join(text.split()).translate(str.maketrans("(),", "（），"))
    return _ENDINGS.sub("", _COMMITTEE.sub("村", joined))


def covers(outer: str, inner: str) -> bool:
    """Whether `outer` names a place that `inner` names too, or one that `inner` says to lie in."""
    name, text = plain_name(outer), plain_name(inner)
    if not name or not text:
        return False
    return any(_stands_alone(text, part) for part in (name, *(each for each in name.split("、") if len(each) > 1)))


def _stands_alone(text: str, name: str) -> bool:
    at = text.find(name)
    while at >= 0:
        begins = at == 0 or text[at - 1] in _BEFORE
        if begins and not _LONGER.match(text, at + len(name)):
            return True
        at = text.find(name, at + 1)
    return False
