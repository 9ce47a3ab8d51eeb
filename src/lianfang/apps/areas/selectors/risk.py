"""Questions about the lists of risk areas: which is in force, what it says, what waits for a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import MD5, Concat

from lianfang.apps.areas.gazetteer import Gazetteer, Unit
from lianfang.apps.areas.models import (
    Area,
    RiskChange,
    RiskInterval,
    RiskList,
    RiskListDecision,
    RiskListRow,
    RiskPlace,
    RiskResolution,
)
from lianfang.apps.areas.selectors.divisions import Level, names_of
from lianfang.apps.core.errors import NotFound
from lianfang.rules.vocabulary import RiskLevel

# A row together with what a query adds to it, which its model's type does not know; the docstrings name it.
Annotated = Any
LEVEL_ORDER = {level.value: rank for rank, level in enumerate(RiskLevel)}


class RiskListNotFound(NotFound):
    """No list of risk areas has this number."""

    code = "risk_list_not_found"


class RiskPlaceNotFound(NotFound):
    """No listed place has this number."""

    code = "risk_place_not_found"


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry as it is shown: the place's words, where it is, its level and since when.

    status: of the place, whole, rest or part; division: the path of names, "" where nothing is known.
    """

    place_id: int
    level: str
    since: datetime
    area_code: str
    division: str
    extent: str
    community: str
    excluded: str
    area_name: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One place a list added, lifted or moved to another level."""

    before: str
    after: str
    place: RiskPlace
    division: str

    @property
    def kind(self) -> str:
        """added, lifted, raised or lowered."""
        if not self.before:
            return "added"
        if not self.after:
            return "lifted"
        return "raised" if LEVEL_ORDER[self.after] < LEVEL_ORDER[self.before] else "lowered"


def gazetteer() -> Gazetteer:
    """Return the finder of divisions, made anew when the divisions have changed."""
    names = StringAgg(Concat("code", "name"), delimiter="", order_by="code")
    return _gazetteer(Area.objects.filter(level__lte=Level.COUNTY).aggregate(state=MD5(names))["state"] or "")


@lru_cache(maxsize=1)
def _gazetteer(_state: str) -> Gazetteer:
    """Units that are withdrawn stay findable: lists of the past name them."""
    rows = Area.objects.filter(level__lte=Level.COUNTY).values_list("code", "name")
    return Gazetteer(Unit(code, name) for code, name in rows)


def effective() -> QuerySet[RiskList]:
    """Return the lists in effect, in the order in which they took each other's place."""
    return RiskList.objects.filter(decision__takes_effect=True).order_by("stamp", "decision__id")


def list_in_force(at: datetime) -> RiskList | None:
    """Return the list in force at an instant."""
    return effective().filter(stamp__lte=at).last()


def list_before(given: RiskList) -> RiskList | None:
    """Return the list in effect just before one."""
    return effective().filter(stamp__lte=given.stamp).exclude(pk=given.pk).last()


def list_after(given: RiskList) -> RiskList | None:
    """Return the list in effect just after one."""
    return effective().filter(stamp__gt=given.stamp).first()


def risk_list(list_id: int) -> RiskList:
    """Return one list with its decision. Raises: RiskListNotFound."""
    found = risk_lists().filter(pk=list_id).first()
    if found is None:
        raise RiskListNotFound("There is no list with this number.")
    return found


def risk_lists() -> QuerySet[RiskList]:
    """Return all lists, the newest stamp first."""
    return RiskList.objects.select_related("decision__by", "imported_by", "change").order_by("-stamp", "-id")


def waiting() -> QuerySet[RiskList]:
    """Return the lists that wait for a second person."""
    return risk_lists().filter(decision__isnull=True)


def version() -> str:
    """Return what changes whenever anything published changes: for ETags."""
    found = [
        RiskListDecision.objects.aggregate(last=Max("id"))["last"],
        RiskResolution.objects.aggregate(last=Max("id"))["last"],
        RiskChange.objects.aggregate(last=Max("published_at"))["last"],
    ]
    return "-".join(str(part) for part in found)


def newest_resolution(field: str, place: str = "place_id") -> Subquery:
    """Return the field of the newest resolution of a row's place, for annotating."""
    newest = RiskResolution.objects.filter(place_id=OuterRef(place)).order_by("-id")
    return Subquery(newest.values(field)[:1])


def listed_at(at: datetime, *, area_codes: Iterable[str] = ()) -> list[Listed]:
    """Return everything on the lists at an instant, highest level first, then by division.

    area_codes: only places in or above these divisions.
    """
    current = list_in_force(at)
    if current is None:
        return []
    everything = _listed_by(version(), current.pk, current.stamp)
    codes = list(area_codes)
    if not codes:
        return list(everything)
    above = {each for code in codes for each in _above(code)}
    return [each for each in everything if each.area_code in above or each.area_code.startswith(tuple(codes))]


@lru_cache(maxsize=8)
def _listed_by(_version: str, _list_id: int, stamp: datetime) -> tuple[Listed, ...]:
    """Return what is listed from a list's stamp on. Kept in memory: everybody asks for the same few states."""
    intervals = (
        RiskInterval.objects.filter(starts_at__lte=stamp)
        .filter(Q(ends_at__isnull=True) | Q(ends_at__gt=stamp))
        .select_related("place")
        .annotate(
            area_code=newest_resolution("area_code"),
            extent=newest_resolution("extent"),
            community=newest_resolution("community"),
            is_certain=newest_resolution("is_certain"),
        )
    )
    found = list(intervals)
    paths = divisions_of(each.area_code for each in found)
    listed = [_listed(each, paths) for each in found]
    return tuple(sorted(listed, key=lambda each: (LEVEL_ORDER[each.level], each.area_code or "~", each.community)))


def _above(code: str) -> list[str]:
    """Return the codes a division lies in, itself included; not the empty one of places nobody can place."""
    return [code[:digits] for digits in (2, 4, 6, 9, 12) if digits <= len(code)]


def _listed(interval: Annotated, paths: dict[str, str]) -> Listed:
    place = interval.place
    code: str = interval.area_code
    return Listed(
        place_id=place.pk,
        level=interval.level,
        since=interval.starts_at,
        area_code=code,
        division=paths.get(code, ""),
        extent=interval.extent,
        community=interval.community,
        excluded=place.excluded,
        area_name=place.area_name,
        is_certain=interval.is_certain,
    )


_STATISTICAL = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


def divisions_of(codes: Iterable[str]) -> dict[str, str]:
    """Return each code's full name, as 天津市河东区: without the rows that only order the statistics."""
    chains = {code: _above(code) for code in codes if code}
    names = names_of(part for chain in chains.values() for part in chain)
    found = {}
    for code, chain in chains.items():
        said: list[str] = []
        for part in chain:
            if names[part] not in _STATISTICAL and names[part] not in said:
                said.append(names[part])
        found[code] = "".join(said)
    return found


def rows_of(given: RiskList) -> QuerySet[Annotated]:
    """Return a list's entries with `area_code`, `extent`, `plain` and `is_certain` of their places."""
    return (
        given.rows.select_related("place")
        .annotate(
            area_code=newest_resolution("area_code"),
            extent=newest_resolution("extent"),
            is_certain=newest_resolution("is_certain"),
            plain=newest_resolution("community"),
        )
        .order_by("number")
    )


def counties_at_risk(given: RiskList) -> set[str]:
    """Return the divisions a list names at high or medium risk: counties, else what is known."""
    rows = rows_of(given).exclude(level=RiskLevel.LOW).values_list("area_code", flat=True)
    return {code for code in rows if code}


def resolved_places() -> QuerySet[Annotated]:
    """Return all places with their newest resolution: `area_code`, `extent`, `resolved_community`, `is_certain`."""
    return RiskPlace.objects.annotate(
        area_code=newest_resolution("area_code", "pk"),
        extent=newest_resolution("extent", "pk"),
        resolved_community=newest_resolution("community", "pk"),
        is_certain=newest_resolution("is_certain", "pk"),
    )


def unresolved(*, only_in_force: bool = True, now: datetime) -> QuerySet[Annotated]:
    """Return the places whose county is not known, those listed longest ago last; in force only, if asked."""
    places: QuerySet[Annotated] = (
        resolved_places()
        .annotate(
            last_listed=Subquery(
                RiskListRow.objects.filter(place_id=OuterRef("pk"))
                .order_by("-risk_list__stamp")
                .values("risk_list__stamp")[:1]
            ),
        )
        .filter(is_certain=False)
    )
    if only_in_force:
        current = list_in_force(now)
        places = places.filter(rows__risk_list=current).distinct()
    return places.order_by("area_name", "-last_listed", "pk")


def place(place_id: int) -> Annotated:
    """Return one place with its newest resolution's fields. Raises: RiskPlaceNotFound."""
    found = resolved_places().filter(pk=place_id).first()
    if found is None:
        raise RiskPlaceNotFound("There is no listed place with this number.")
    return found


def suggestions_for(given: Annotated) -> list[tuple[str, str]]:
    """Return counties an undecided place may be in, with their names, the likelier ones first."""
    words = given.county or given.resolved_community
    codes = gazetteer().suggestions(given.area_code or "", words)
    names = divisions_of(codes)
    return [(code, names[code]) for code in codes]


def changes_of(change: RiskChange) -> list[Change]:
    """Return what a list changed, in its order."""
    ids = [place_id for place_id, _, _ in change.items]
    places = RiskPlace.objects.annotate(area_code=newest_resolution("area_code", "pk")).in_bulk(ids)
    paths = divisions_of(each.area_code for each in places.values())
    return [
        Change(before, after, places[place_id], paths.get(places[place_id].area_code, ""))
        for place_id, before, after in change.items
    ]


def published_changes(limit: int) -> list[RiskChange]:
    """Return the last published changes, the newest list first."""
    newest = RiskChange.objects.filter(risk_list__decision__takes_effect=True).select_related("risk_list", "previous")
    return list(newest.order_by("-risk_list__stamp", "-risk_list__decision__id")[:limit])


def is_stale(given: RiskList | None, *, now: datetime, after_s: int) -> bool:
    """Whether the list in force is older than lists normally become."""
    return given is None or now - given.stamp > timedelta(seconds=after_s)


def areas_changed_by(list_id: int) -> set[str]:
    """Return the divisions of the places a list changed against the one before it; empty until that is worked out."""
    change = RiskChange.objects.filter(risk_list=list_id).first()
    if change is None:
        return set()
    places = RiskPlace.objects.filter(pk__in=[item[0] for item in change.items])
    return set(places.annotate(code=newest_resolution("area_code", "pk")).values_list("code", flat=True))
