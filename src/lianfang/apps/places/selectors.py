"""Reading places and reported contacts."""

from collections.abc import Collection

import polars as pl
from django.db.models import Q, QuerySet

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
    return ContactReport.objects.filter(either).order_by("id")


def contacts_of(subject_ids: Collection[int]) -> QuerySet[ContactReport]:
    """Return the reported contacts in which one of these subjects was the source, oldest first."""
    return ContactReport.objects.filter(source_id__in=subject_ids).order_by("id")


_STORED = {
    "code": pl.String, "kind": pl.String, "name": pl.String, "area_code": pl.String, "organisation_code_id": pl.Int64,
}  # fmt: skip


def stored_places(codes: list[str]) -> pl.DataFrame:
    """Return the register's rows with these codes, for comparison with a file."""
    query = "SELECT code, kind, name, area_code, organisation_id FROM places_place WHERE code = ANY(%s)"
    return fetch(query, [codes], _STORED)


_CONTACT = {
    "source_id": pl.Int64, "exposed_id": pl.Int64, "starts_at": pl.Datetime("us", "UTC"),
    "ends_at": pl.Datetime("us", "UTC"), "setting": pl.String,
}  # fmt: skip


def stored_contacts(source_ids: list[int]) -> pl.DataFrame:
    """Return source, exposed, times and setting of the contacts reported of these sources."""
    query = """
        SELECT source_id, exposed_id, starts_at, ends_at, setting
        FROM places_contactreport WHERE source_id = ANY(%s)
    """
    return fetch(query, [source_ids], _CONTACT)
