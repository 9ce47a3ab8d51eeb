"""API of the areas: the published divisions, which are public."""

from django.http import HttpRequest
from ninja import Router

from lianfang.apps.areas import selectors
from lianfang.apps.areas.schemas import AreaSchema, UnitSchema

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
