"""API of the areas: the published divisions, and whether a place was at risk on a day."""

from datetime import date

from django.http import HttpRequest
from ninja import Router

from lianfang.apps.areas import selectors
from lianfang.apps.areas.schemas import AreaSchema, ReasonSchema, RiskListSchema, RiskOnDaySchema, UnitSchema
from lianfang.apps.areas.selectors import risk_history
from lianfang.apps.core.permissions import Permission, needs
from lianfang.rules.vocabulary import RiskLevel

router = Router(tags=["areas"])


@router.get("/areas/{code}", response=AreaSchema, url_name="area")
def area(request: HttpRequest, code: str) -> AreaSchema:  # noqa: ARG001 - the signature of an operation
    """Return a division, its path from the province down and its children. Refuses: area_not_found."""
    path = selectors.path(code)
    unit = path[-1]
    return AreaSchema(
        code=unit.code,
        name=unit.name,
        level=unit.level,
        path=[UnitSchema(code=each.code, name=each.name) for each in path],
        children=[UnitSchema(code=each.code, name=each.name) for each in selectors.children(code)],
        is_withdrawn=unit.withdrawn_on is not None,
    )


@router.get("/risk-areas/history", response=RiskOnDaySchema, url_name="risk_history")
@needs(Permission.VIEW_DESK)
def risk_on_day(
    request: HttpRequest,  # noqa: ARG001 - the signature of an operation
    area_code: str,
    day: date,
    community: str = "",
) -> RiskOnDaySchema:
    """Say whether a division, or a place in it, was at risk on a day of the county, and by which lists.

    Refuses: area_not_found, permission_missing.
    """
    found = risk_history.risk_on_day(area_code, day, community=community)
    answer = found.answer
    return RiskOnDaySchema(
        area_code=area_code,
        community=community,
        day=day,
        standing=answer.standing,
        level=answer.level,
        parts_level=answer.parts_level,
        reasons=[ReasonSchema(code=each.code, params=dict(each.params)) for each in found.verdict.reasons],
        edition=found.verdict.edition,
        lists=[
            RiskListSchema(
                number=each.pk,
                stamp=each.stamp,
                source=each.source,
                categories=[RiskLevel(level) for level in each.categories],
            )
            for each in found.lists
        ],
    )
