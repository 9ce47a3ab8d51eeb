"""What a published list of risk areas says, whatever form it came in."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from lianfang.formats.risk_lists.complement import Complement
from lianfang.rules.vocabulary import RiskLevel

# The lists state the time of all China.
CHINA: Final = timezone(timedelta(hours=8))


class RiskListError(Exception):
    """A list that is not understood: what is wrong, and where (`line 12`, `highlist[3].communitys`)."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class Form(StrEnum):
    """The forms that are read."""

    SERIES = "series"  # the JSON series of the State Council's query page
    BULLETIN = "bulletin"  # a provincial health commission's daily text


class Found(StrEnum):
    """How the entries under one heading were told apart."""

    LISTED = "listed"  # each stands by itself: an element, a line
    PUNCTUATION = "punctuation"  # commas and the like, read plainly
    BY_COUNT = "by_count"  # commas read so that the heading's own count comes out


@dataclass(frozen=True, slots=True)
class RiskRow:
    """One entry. province, city and county are what the form itself names in fields, "" where it has none.

    area_name: the heading it stands under. community: the entry's own text, "" if the list names none.
    continues: stands in the same clause as the row before, and may leave out the county that one names.
    """

    level: RiskLevel
    province: str
    city: str
    county: str
    area_name: str
    community: str
    complement: Complement | None
    continues: bool
    where: str


@dataclass(frozen=True, slots=True)
class Count:
    """One number the list states about itself, beside what was counted. heading: "" for the whole level."""

    level: RiskLevel
    heading: str
    stated: int
    counted: int
    where: str
    found: Found = Found.LISTED

    @property
    def matches(self) -> bool:
        """Whether the list is right about itself."""
        return self.stated == self.counted


@dataclass(frozen=True, slots=True)
class RiskSnapshot:
    """One list: all areas at risk as of `stamp` (aware), in the categories that existed then."""

    form: Form
    source: str
    stamp: datetime
    categories: tuple[RiskLevel, ...]
    rows: tuple[RiskRow, ...]
    counts: tuple[Count, ...]

    @property
    def mismatches(self) -> tuple[Count, ...]:
        """The stated numbers that do not come out."""
        return tuple(count for count in self.counts if not count.matches)

    @property
    def content_hash(self) -> str:
        """SHA-256 over what the list says, in any order of its rows: two copies of one list have the same."""
        rows = sorted(
            [row.level.value, row.province, row.city, row.county, row.area_name, row.community] for row in self.rows
        )
        said = [self.stamp.isoformat(), [level.value for level in self.categories], rows]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()

    def per_level(self) -> dict[RiskLevel, int]:
        """How many rows name a community or area, by level; an entry that names none is not counted by the lists."""
        counted = Counter(row.level for row in self.rows if row.community)
        return {level: counted[level] for level in self.categories}


def ways_found(counts: Iterable[Count]) -> dict[Found, int]:
    """How many headings were read in which way."""
    return dict(Counter(count.found for count in counts))
