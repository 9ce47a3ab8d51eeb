"""Walking through a long list from row to row: any page costs the same, however far in, and counting stops early."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from django.db.models import Q, QuerySet

COUNTED_MOST: Final = 10_000
_CURSOR = re.compile(r"([0-9]{0,12})\.([0-9]{1,18})")
_LAST = "last"


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a page begins: after a row or before one (cursors: area.id); "" and wrong cursors mean the beginning."""

    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Return what an address asks for."""
        return cls(query.get("after", "")[:40], query.get("before", "")[:40])


@dataclass(frozen=True, slots=True)
class Walked:
    """One page. `previous`, `next`: cursors, "" where there is nothing. `n`: how many in all, `is_more`: at least so many."""

    rows: Sequence[Any]
    previous: str
    next: str
    n: int
    is_more: bool

    @property
    def last(self) -> str:
        """The cursor of the last page."""
        return _LAST


def walk(found: QuerySet[Any], asked: Asked, *, size: int) -> Walked:
    """Return a page of rows that have an `area_code` and a key, in this order. An index on both makes it cheap."""
    back = _CURSOR.fullmatch(asked.before)
    is_back = back is not None or asked.before == _LAST
    at = back if is_back else _CURSOR.fullmatch(asked.after)
    ordered = found.order_by("-area_code", "-pk") if is_back else found.order_by("area_code", "pk")
    rows = list((ordered if at is None else ordered.filter(_beyond(at[1], int(at[2]), is_back=is_back)))[: size + 1])
    has_more, rows = len(rows) > size, rows[:size]
    if is_back:
        rows.reverse()
        if not has_more and len(rows) < size and at is not None:  # the first page is always a full one
            return walk(found, Asked(), size=size)
    has_previous, has_next = (has_more, at is not None) if is_back else (at is not None, has_more)
    n = found.order_by()[: COUNTED_MOST + 1].count()
    return Walked(
        rows=rows,
        previous=_cursor(rows[0]) if rows and has_previous else "",
        next=_cursor(rows[-1]) if rows and has_next else "",
        n=min(n, COUNTED_MOST),
        is_more=n > COUNTED_MOST,
    )


def _beyond(area: str, key: int, *, is_back: bool) -> Q:
    """Return what is on the far side of a row. The first condition is what the index is entered by."""
    if is_back:
        return Q(area_code__lte=area) & (Q(area_code__lt=area) | Q(pk__lt=key))
    return Q(area_code__gte=area) & (Q(area_code__gt=area) | Q(pk__gt=key))


def _cursor(row: Any) -> str:
    return f"{row.area_code}.{row.pk}"


def within(area: str) -> Q:
    """Return the rows of an area as a span of codes, which an ordinary index answers in any collation."""
    if not area.isdecimal() or set(area) == {"9"}:
        return Q(area_code__startswith=area)
    return Q(area_code__gte=area, area_code__lt=str(int(area) + 1).zfill(len(area)))
