"""Reading places and reported contacts."""

from collections.abc import Collection

import polars as pl
from django.db.models import Exists, OuterRef, Q, QuerySet

from lianfang.apps.core.copying import fetch
from lianfang.apps.core.errors import NotFound
from lianfang.apps.places.models import ContactReport, Place

__all__ = ["ContactReport", "Place"]


class PlaceNotFound(NotFound):
    """No such place, or not in this area (we do not tell which)."""

    code = "place_not_found"


def places(*, area: str) -> QuerySet[Place]:
    """Return the places of an area (a division code covers all that start with it), by id."""
    return Place.objects.filter(area_code__startswith=area).select_related("organisation").order_by("id")


def place_by_code(code: str, *, area: str) -> Place:
    """Return a place by its code. Raises: PlaceNotFound."""
    place = places(area=area).filter(code=code).first()
    if place is None:
        raise PlaceNotFound("There is no such place in your area.")
    return place


def place_ids(codes: list[str]) -> pl.DataFrame:
    """Return code and id of the places with these codes, wherever they are."""
    return fetch("SELECT code, id FROM places_place WHERE code = ANY(%s)", [codes], {"code": pl.String, "id": pl.Int64})


def contact_reports(*, area: str) -> QuerySet[ContactReport]:
    """Return the reported contacts with a subject of this area on either side, oldest first."""
    either = Q(source__area_code__startswith=area) | Q(exposed__area_code__startswith=area)
    return _standing().filter(either).order_by("id")


def contacts_of(subject_ids: Collection[int]) -> QuerySet[ContactReport]:
    """Return the reported contacts in which one of these subjects was the source, oldest first."""
    return _standing().filter(source_id__in=subject_ids).order_by("id")


def _standing() -> QuerySet[ContactReport]:
    """All contacts but the undated ones that were dated by a period later: those are stored once more."""
    alike = {name: OuterRef(name) for name in ("source", "exposed", "setting")}
    dated = ContactReport.objects.filter(**alike, by_period=True)
    return ContactReport.objects.exclude(Q(starts_at=None) & Exists(dated))


_STORED = {
    "code": pl.String, "kind": pl.String, "name": pl.String, "area_code": pl.String, "organisation_code_id": pl.Int64,
}  # fmt: skip


def stored_places(codes: list[str]) -> pl.DataFrame:
    """Return the register's rows with these codes, for comparison with a file."""
    query = "SELECT code, kind, name, area_code, organisation_id FROM places_place WHERE code = ANY(%s)"
    return fetch(query, [codes], _STORED)


_CONTACT = {
    "source_id": pl.Int64, "exposed_id": pl.Int64, "reported_start": pl.Datetime("us", "UTC"),
    "reported_end": pl.Datetime("us", "UTC"), "setting": pl.String, "by_period": pl.Boolean,
}  # fmt: skip


def stored_contacts(source_ids: list[int]) -> pl.DataFrame:
    """Return source, exposed, times as reported (null: derived or none), setting, by_period of these sources' contacts."""
    query = """
        SELECT source_id, exposed_id, CASE WHEN NOT by_period THEN starts_at END,
               CASE WHEN NOT by_period THEN ends_at END, setting, by_period
        FROM places_contactreport WHERE source_id = ANY(%s)
    """
    return fetch(query, [source_ids], _CONTACT)
