"""API of the follow-up: a phone hands over what it recorded, with or without a connection in between."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from ninja import Router

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.core.subjects import subject_by_code
from lianfang.apps.followup.schemas import HealthEntriesSchema, HealthEntrySchema, KeptSchema, SyncedSchema
from lianfang.apps.followup.services import HealthEntry, record_health

router = Router(tags=["follow-up"])


@router.post("/follow-up/records", response=SyncedSchema, url_name="follow_up_records")
@needs(Permission.FOLLOW_UP)
def records(request: HttpRequest, payload: HealthEntriesSchema) -> SyncedSchema:
    """Store records; each by itself, so that a refused one does not hold back the others. Repeating stores nothing twice.

    Refuses: permission_missing; per entry not_followed, subject_not_found, record_taken, record_invalid.
    """
    by = actor(request)
    return SyncedSchema(results=[_kept(entry, by) for entry in payload.entries], at=timezone.now())


def _kept(given: HealthEntrySchema, by: User) -> KeptSchema:
    try:
        entry = HealthEntry(
            client_id=given.client_id,
            subject_id=subject_by_code(given.person, area="").pk,
            way=given.way,
            taken_at=given.taken_at,
            tenths_celsius=given.tenths_celsius,
            symptoms=given.symptoms,
            is_reached=given.is_reached,
            note=given.note,
        )
        record_health(entry=entry, at=timezone.now(), by=by)
    except DomainError as error:
        return KeptSchema(client_id=given.client_id, is_stored=False, code=error.code, message=gettext(error.message))
    return KeptSchema(client_id=given.client_id, is_stored=True)
