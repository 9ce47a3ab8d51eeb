"""API of the core: who am I."""

from django.http import HttpRequest
from ninja import Router

from lianfang.apps.core.permissions import ROLE_PERMISSIONS, actor
from lianfang.apps.core.schemas import MeSchema

router = Router(tags=["core"])


@router.get("/me", response=MeSchema, url_name="me")
def me(request: HttpRequest) -> MeSchema:
    """Return the account behind the session."""
    user = actor(request)
    return MeSchema(
        username=user.username,
        display_name=user.display_name,
        role=user.role,
        area_code=user.area_code,
        organisation=user.organisation.code if user.organisation else None,
        permissions=sorted(ROLE_PERMISSIONS.get(user.role, ())),
    )
