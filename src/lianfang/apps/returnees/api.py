"""API of arrivals: a phone hands over what it confirmed, with or without a connection in between."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from ninja import Router

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.followup.schemas import KeptSchema, SyncedSchema
from lianfang.apps.returnees.schemas import ArrivalSchema, ArrivalsSchema
from lianfang.apps.returnees.selectors import return_for
from lianfang.apps.returnees.services import confirm_arrival

router = Router(tags=["returnees"])


@router.post("/follow-up/arrivals", response=SyncedSchema, url_name="follow_up_arrivals")
@needs(Permission.FOLLOW_UP)
def arrivals(request: HttpRequest, payload: ArrivalsSchema) -> SyncedSchema:
    """Confirm arrivals; each by itself, so that a refused one does not hold back the others. Repeating changes nothing.

    Refuses: permission_missing; per entry return_not_found, arrival_confirmed, declaration_invalid, area_missing.
    """
    by = actor(request)
    return SyncedSchema(results=[_kept(entry, by) for entry in payload.entries], at=timezone.now())


def _kept(given: ArrivalSchema, by: User) -> KeptSchema:
    try:
        found = return_for(given.returned, by=by)
        confirm_arrival(returned=found, arrived_on=given.arrived_on, note="", at=timezone.now(), by=by)
    except DomainError as error:
        return KeptSchema(client_id=given.client_id, is_stored=False, code=error.code, message=gettext(error.message))
    return KeptSchema(client_id=given.client_id, is_stored=True)
