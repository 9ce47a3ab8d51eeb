"""Saying where a listed place is: villages of the own county by their names, everything doubtful by a person."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from lianfang.apps.areas import selectors
from lianfang.apps.areas.models import RiskResolution
from lianfang.apps.areas.selectors import risk
from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.rules.risk import RiskExtent


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a person says a place is; all_under_heading: so is everything undecided that the lists head alike."""

    area_code: str
    all_under_heading: bool = False
    note: str = ""


class ResolutionOutside(DomainError):
    """The division chosen does not lie in the province or city the list itself names."""

    code = "resolution_outside"
    http_status = 422


def in_own_county(resolution: RiskResolution) -> RiskResolution:
    """Take a place in the own county down to its township or village, if its name means exactly one."""
    if resolution.area_code == settings.COUNTY_CODE and resolution.extent == RiskExtent.PART and resolution.community:
        found = selectors.resolve(resolution.community, within=settings.COUNTY_CODE)
        if len(found) == 1:
            resolution.area_code, resolution.extent, resolution.community = found[0].code, RiskExtent.WHOLE, ""
    return resolution


@transaction.atomic
def resolve_place(*, place_id: int, placement: Placement, at: datetime, by: User) -> list[RiskResolution]:
    """Say which division a listed place is in; what was said before stays stored.

    Raises: RiskPlaceNotFound, AreaNotFound, ResolutionOutside, PermissionMissing.
    """
    require(by, Permission.IMPORT)
    place = risk.place(place_id)
    unit = selectors.division(placement.area_code)
    known: str = place.area_code or ""
    if not place.is_certain and not unit.code.startswith(known):
        raise ResolutionOutside("This division does not lie in the area the list names.", field="area_code")
    meant = [place, *(_alike(place) if placement.all_under_heading else [])]
    made = [_resolved(each, placement, by, at) for each in meant]
    RiskResolution.objects.bulk_create(made)
    audit.record("areas.risk_place_resolved", by=by, at=at, area=unit.code, places=len(made))
    evidence.record("risk_resolution", made)
    return made


def _alike(place: risk.Annotated) -> list[risk.Annotated]:
    heading = risk.resolved_places().filter(
        province=place.province, city=place.city, county=place.county, area_name=place.area_name
    )
    return list(heading.filter(is_certain=False).exclude(pk=place.pk).order_by("pk"))


def _resolved(place: risk.Annotated, placement: Placement, by: User, at: datetime) -> RiskResolution:
    return RiskResolution(
        place=place,
        area_code=placement.area_code,
        extent=place.extent,
        community=place.resolved_community,
        is_certain=True,
        at=at,
        by=by,
        note=placement.note[:300],
    )
