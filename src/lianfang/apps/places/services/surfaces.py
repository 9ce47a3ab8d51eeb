"""Registering the surfaces that are sampled."""

from datetime import datetime

from django.db import transaction

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, NotFound
from lianfang.apps.core.models import Subject, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.places.models import Place, Surface
from lianfang.rules.vocabulary import SubjectKind


class PlaceNotFound(NotFound):
    """No place has this code."""

    code = "place_not_found"


class SurfaceCodeTaken(Conflict):
    """The code belongs to another subject."""

    code = "surface_code_taken"


@transaction.atomic
def register_surface(*, code: str, label: str, place_code: str, at: datetime, by: User) -> Subject:
    """Register a surface of a place once; repeating it changes nothing.

    Raises: PlaceNotFound, SurfaceCodeTaken, PermissionMissing, AreaMissing.
    """
    place = Place.objects.filter(code=place_code).first()
    if place is None:
        raise PlaceNotFound("There is no such place.", field="place")
    require(by, Permission.COLLECT_SPECIMENS, area_code=place.area_code)
    subject, created = Subject.objects.get_or_create(
        code=code, defaults={"kind": SubjectKind.SURFACE, "label": label, "area_code": place.area_code}
    )
    if not created:
        if not Surface.objects.filter(subject=subject, place=place).exists():
            raise SurfaceCodeTaken("This code belongs to something else.", field="code")
        return subject
    surface = Surface.objects.create(subject=subject, place=place)
    audit.record("places.surface_registered", by=by, at=at, surface=subject.pk)
    evidence.record("surface", [surface])
    return subject
