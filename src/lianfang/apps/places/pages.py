"""Places and presences as pages show them: by name, a subject's last days, a place's day."""

from collections.abc import Collection
from datetime import datetime

import numpy as np
import polars as pl
from django.db import connection
from django.db.models import Q, QuerySet

from lianfang.apps.core import evidence
from lianfang.apps.places.models import ContactReport, Place, Surface
from lianfang.apps.places.store import Known, Spans, stays_at, stays_of
from lianfang.rules.vocabulary import PlaceKind

# Homes and the places made for one direct contact: most of all places, and hardly ever what is looked for.
PRIVATE_KINDS = (PlaceKind.HOUSEHOLD, PlaceKind.CONTACT)


def places_of(place_ids: Collection[int]) -> dict[int, Place]:
    """Return the places with these ids, by id."""
    return Place.objects.select_related("organisation").in_bulk(place_ids)


def found_places(text: str, kind: str, *, area: str) -> QuerySet[Place]:
    """Return the places of an area by code or part of the name, and kind; homes only where asked for by kind or code."""
    found = Place.objects.filter(area_code__startswith=area).select_related("organisation")
    by_code = Q(code__startswith=text) | Q(code__startswith=text.upper()) if text else Q()
    if kind:
        found = found.filter(kind=kind)
    public = ~Q(kind__in=PRIVATE_KINDS)
    if text:
        # A household bears its family's name: it is found by code only.
        return found.filter(by_code | (Q(name__icontains=text) & public)).order_by("name", "id")
    return (found if kind else found.filter(public)).order_by("id")


def surfaces_at(place_id: int) -> list[Surface]:
    """Return the surfaces that are sampled at a place, by code."""
    return list(Surface.objects.filter(place=place_id).select_related("subject").order_by("subject__code"))


def place_of_surface_code(code: str, *, area: str) -> Place | None:
    """Return the place a surface belongs to, or None in another area."""
    found = Surface.objects.filter(subject__code=code, place__area_code__startswith=area).select_related("place")
    surface = found.first()
    return surface.place if surface else None


def last_stay_of(subject_id: int) -> datetime | None:
    """Return when a subject's latest known stay began."""
    return _one("SELECT max(starts_at) FROM places_presence WHERE subject_id = %s", subject_id)


def last_stay_at(place_id: int) -> datetime | None:
    """Return when the latest known stay at a place began."""
    return _one("SELECT max(starts_at) FROM places_presence WHERE place_id = %s", place_id)


def last_arrivals(place_ids: Collection[int], *, known_seq: int, at: datetime) -> dict[int, datetime]:
    """Return when the last stay at each place began, of those known at an entry of the log and begun by `at`."""
    query = """
        SELECT p.place_id, max(p.starts_at) FROM places_presence p JOIN core_factbatch b ON b.id = p.batch_id
        WHERE p.place_id = ANY(%s) AND p.starts_at <= %s AND b.seq <= %s GROUP BY p.place_id
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [list(place_ids), at, known_seq])
        return dict(cursor.fetchall())


def inside(place_id: int, *, since: datetime, at: datetime) -> int:
    """Return how many are recorded as being at a place at an instant, of those who came since."""
    query = """
        SELECT count(DISTINCT subject_id) FROM places_presence
        WHERE place_id = %s AND starts_at >= %s AND starts_at <= %s AND coalesce(ends_at, 'infinity') > %s
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [place_id, since, at, at])
        found: int = cursor.fetchone()[0]
        return found


def stays_of_subject(subject_id: int, span: tuple[int, int], horizon: int) -> pl.DataFrame:
    """Return a subject's stays that meet a span: subject, place, t_in, t_out (epoch s); an open one ends at `horizon`."""
    return stays_of(_spans(subject_id, span), _now_known(horizon)).sort("t_in", "t_out", "place")


def stays_at_place(place_id: int, span: tuple[int, int], horizon: int) -> pl.DataFrame:
    """Return the stays at a place that meet a span: subject, place, t_in, t_out (epoch s)."""
    return stays_at(_spans(place_id, span), _now_known(horizon)).sort("t_in", "t_out", "subject")


def contacts_about(subject_id: int) -> QuerySet[ContactReport]:
    """Return the direct contacts reported of a subject on either side, the newest first, undated ones last."""
    either = Q(source=subject_id) | Q(exposed=subject_id)
    found = ContactReport.objects.filter(either).select_related("source", "exposed", "place")
    return found.order_by("-starts_at", "-id")


def _spans(one: int, span: tuple[int, int]) -> Spans:
    ids, start, until = (np.array([value], dtype=np.int64) for value in (one, *span))
    return Spans(ids, start, until)


def _now_known(horizon: int) -> Known:
    return Known(evidence.known_seq(), horizon)


def _one(query: str, value: int) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(query, [value])
        found: datetime | None = cursor.fetchone()[0]
        return found
