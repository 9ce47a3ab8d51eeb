"""Walking through a long list from row to row: any page costs the same, however far in, and counting stops early."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, Self

from django.db.models import Q, QuerySet

COUNTED_MOST: Final = 10_000
_CURSOR = re.compile(r"([0-9]{0,18})\.([0-9]{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = "last"


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a page begins: after a row or before one (cursors: place.id); "" and wrong cursors mean the beginning."""

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


class Order(Protocol):
    """In which order rows are walked: what a cursor says of a row, and what lies beyond it."""

    @property
    def fields(self) -> tuple[str, str]:
        """What the rows are ordered by, the key last."""
        ...  # pragma: no cover

    def place(self, row: Any) -> str:
        """Return where a row stands, as digits."""
        ...  # pragma: no cover

    def beyond(self, place: str, key: int, *, is_back: bool) -> Q:
        """Return what is on the far side of a row. The first condition is what the index is entered by."""
        ...  # pragma: no cover


@dataclass(frozen=True, slots=True)
class ByArea:
    """By area, then by key."""

    fields: tuple[str, str] = ("area_code", "pk")

    def place(self, row: Any) -> str:
        """The area's code."""
        return str(row.area_code)

    def beyond(self, place: str, key: int, *, is_back: bool) -> Q:
        """Later areas, or later keys of the same."""
        if is_back:
            return Q(area_code__lte=place) & (Q(area_code__lt=place) | Q(pk__lt=key))
        return Q(area_code__gte=place) & (Q(area_code__gt=place) | Q(pk__gt=key))


@dataclass(frozen=True, slots=True)
class ByNewest:
    """By an instant, the newest first, then by key."""

    instant: str

    @property
    def fields(self) -> tuple[str, str]:
        """Backwards in time."""
        return f"-{self.instant}", "-pk"

    def place(self, row: Any) -> str:
        """Microseconds since the epoch."""
        return str((getattr(row, self.instant) - _EPOCH) // timedelta(microseconds=1))

    def beyond(self, place: str, key: int, *, is_back: bool) -> Q:
        """Earlier instants, or lower keys at the same."""
        try:
            at = _EPOCH + timedelta(microseconds=int(place or 0))
        except OverflowError:
            at = _EPOCH
        side, keys = ("gt", "pk__gt") if is_back else ("lt", "pk__lt")
        return Q(**{f"{self.instant}__{side}e": at}) & (Q(**{f"{self.instant}__{side}": at}) | Q(**{keys: key}))


def walk(found: QuerySet[Any], asked: Asked, *, size: int, order: Order = ByArea()) -> Walked:
    """Return a page of rows in an order. An index on its fields makes it cheap."""
    back = _CURSOR.fullmatch(asked.before)
    is_back = back is not None or asked.before == _LAST
    at = back if is_back else _CURSOR.fullmatch(asked.after)
    ordered = found.order_by(*order.fields)
    ordered = ordered.reverse() if is_back else ordered
    rows = list(
        (ordered if at is None else ordered.filter(order.beyond(at[1], int(at[2]), is_back=is_back)))[: size + 1]
    )
    has_more, rows = len(rows) > size, rows[:size]
    if is_back:
        rows.reverse()
        if not has_more and len(rows) < size and at is not None:  # the first page is always a full one
            return walk(found, Asked(), size=size, order=order)
    has_previous, has_next = (has_more, at is not None) if is_back else (at is not None, has_more)
    n = found.order_by().values("pk")[: COUNTED_MOST + 1].count()
    return Walked(
        rows=rows,
        previous=f"{order.place(rows[0])}.{rows[0].pk}" if rows and has_previous else "",
        next=f"{order.place(rows[-1])}.{rows[-1].pk}" if rows and has_next else "",
        n=min(n, COUNTED_MOST),
        is_more=n > COUNTED_MOST,
    )


def within(area: str) -> Q:
    """Return the rows of an area as a span of codes, which an ordinary index answers in any collation."""
    if not area.isdecimal() or set(area) == {"9"}:
        return Q(area_code__startswith=area)
    return Q(area_code__gte=area, area_code__lt=str(int(area) + 1).zfill(len(area)))
