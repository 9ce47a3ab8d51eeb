"""Strict reading of a profile's TOML tables: every error names the key, every number must cite a source."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
LONGEST_SPAN_S = 366 * SECONDS["days"]
LARGEST_COUNT = 1000
TENTHS_CELSIUS = (350, 420)
STORE_TENTHS_CELSIUS = (-600, 300)
THOUSANDTHS_CT = (1, 60_000)


class ProfileError(ValueError):
    """A profile that cannot be used; `key` is the path of the offending key."""

    code = "rules.profile"

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key


class Citations:
    """The sources a profile declares and which of its keys cite which of them."""

    def __init__(self, source_ids: frozenset[str]) -> None:
        self._source_ids = source_ids
        self.by_key: dict[str, str] = {}

    def cite(self, key: str, source_id: str) -> None:
        """Note that `key` rests on a source. Raises ProfileError when the profile does not declare it."""
        if source_id not in self._source_ids:
            raise ProfileError(f"{key}.source", f"unknown source {source_id!r}")
        self.by_key[key] = source_id

    def require_all_cited(self) -> None:
        """Raises ProfileError naming the first declared source that nothing cites."""
        for source_id in sorted(self._source_ids - set(self.by_key.values())):
            raise ProfileError(f"sources.{source_id}", "cited by no number")


class Table:
    """One TOML table, each key of which must be read exactly as its type says; `finish` refuses the rest."""

    def __init__(self, content: object, path: str, citations: Citations) -> None:
        if not isinstance(content, Mapping):
            raise ProfileError(path or "profile", "must be a table")
        self._content: Mapping[str, Any] = content
        self._path = path
        self._citations = citations
        self._read: set[str] = set()

    def key(self, name: str) -> str:
        """The full path of a key of this table."""
        return f"{self._path}.{name}" if self._path else name

    def has(self, name: str) -> bool:
        """Whether the table holds the key."""
        return name in self._content

    def names(self) -> tuple[str, ...]:
        """The keys as written."""
        return tuple(self._content)

    def _take(self, name: str) -> Any:
        self._read.add(name)
        if name not in self._content:
            raise ProfileError(self.key(name), "is missing")
        return self._content[name]

    def finish(self) -> None:
        """Raises ProfileError naming the first key that was never asked for."""
        for name in self._content:
            if name not in self._read:
                raise ProfileError(self.key(name), "is unknown")

    def text(self, name: str) -> str:
        """A string that is not blank."""
        value = self._take(name)
        if not isinstance(value, str) or not value.strip():
            raise ProfileError(self.key(name), "must be a text")
        return value

    def slug(self, name: str) -> str:
        """Lower-case words, digits and hyphens: a name usable in addresses and file names."""
        value = self.text(name)
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
            raise ProfileError(self.key(name), "must be lower-case words, digits and hyphens")
        return value

    def day(self, name: str) -> date:
        """A TOML local date."""
        value = self._take(name)
        if type(value) is not date:
            raise ProfileError(self.key(name), "must be a date")
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._take(name)
        if not isinstance(value, bool):
            raise ProfileError(self.key(name), "must be true or false")
        return value

    def choice(self, name: str, members: tuple[E, ...]) -> E:
        """One of the enum members that are allowed here."""
        value = self._take(name)
        for member in members:
            if value == member.value:
                return member
        raise ProfileError(self.key(name), f"must be one of {', '.join(members)}")

    def cited(self) -> None:
        """Read the table's own `source`: where its words (not its numbers) come from."""
        self._citations.cite(self._path, self.text("source"))

    def table(self, name: str) -> "Table":
        """A table inside this one."""
        return Table(self._take(name), self.key(name), self._citations)

    def overlaid(self, name: str, base: str) -> "Table":
        """A table inside this one that takes from the table `base` what it does not say itself."""
        below, above = self.table(base), self.table(name)
        return Table({**below._content, **above._content}, self.key(name), self._citations)

    def tables(self, name: str) -> tuple["Table", ...]:
        """An array of tables, not empty."""
        value = self._take(name)
        if not isinstance(value, list) or not value:
            raise ProfileError(self.key(name), "must be a list of tables")
        return tuple(Table(item, f"{self.key(name)}[{at}]", self._citations) for at, item in enumerate(value))

    def _quantity(self, name: str, units: tuple[str, ...]) -> tuple[str, Any]:
        """The unit and value of `{ UNIT = value, source = "id" }`."""
        inner = self.table(name)
        unit = next((unit for unit in units if inner.has(unit)), None)
        if unit is None:
            raise ProfileError(inner._path, f"must give {' or '.join(units)}")
        value = inner._take(unit)
        inner.cited()
        inner.finish()
        return unit, value

    def _integer(self, name: str, value: object, lowest: int, highest: int) -> int:
        if type(value) is not int:
            raise ProfileError(self.key(name), "must be a whole number")
        if not lowest <= value <= highest:
            raise ProfileError(self.key(name), f"must lie between {lowest} and {highest}")
        return value

    def span_s(self, name: str) -> int:
        """A duration given in days, hours, minutes or seconds, as seconds."""
        unit, value = self._quantity(name, tuple(SECONDS))
        factor = SECONDS[unit]
        return self._integer(f"{name}.{unit}", value, 0, LONGEST_SPAN_S // factor) * factor

    def optional_span_s(self, name: str) -> int | None:
        """The duration, or None when the key is absent."""
        return self.span_s(name) if self.has(name) else None

    def count(self, name: str) -> int:
        """A number of things."""
        _, value = self._quantity(name, ("count",))
        return self._integer(f"{name}.count", value, 0, LARGEST_COUNT)

    def temperature(self, name: str) -> int:
        """A body temperature in tenths of a degree Celsius."""
        _, value = self._quantity(name, ("tenths_celsius",))
        return self._integer(f"{name}.tenths_celsius", value, *TENTHS_CELSIUS)

    def store_temperature(self, name: str) -> int:
        """A temperature that goods are kept at, in tenths of a degree Celsius."""
        _, value = self._quantity(name, ("tenths_celsius",))
        return self._integer(f"{name}.tenths_celsius", value, *STORE_TENTHS_CELSIUS)

    def cycles(self, name: str) -> int:
        """A threshold cycle (Ct) in thousandths of a cycle."""
        _, value = self._quantity(name, ("thousandths_ct",))
        return self._integer(f"{name}.thousandths_ct", value, *THOUSANDTHS_CT)

    def test_days(self, name: str) -> tuple[int, ...]:
        """Days of a test schedule as plans count them: day 1 is the first day; rising; empty when the key is absent."""
        if not self.has(name):
            return ()
        _, value = self._quantity(name, ("days",))
        if not isinstance(value, list) or not value:
            raise ProfileError(self.key(f"{name}.days"), "must be a list of days")
        days = tuple(self._integer(f"{name}.days", day, 1, LONGEST_SPAN_S // SECONDS["days"]) for day in value)
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ProfileError(self.key(f"{name}.days"), "must rise")
        return days
