"""How far the answer to a signed result is."""

from dataclasses import dataclass
from datetime import datetime

from lianfang.apps.core.models import OutboxEvent
from lianfang.apps.lab.selectors import Result, Specimen
from lianfang.apps.tracing.selectors.by_subject import Answered, answers


@dataclass(frozen=True, slots=True)
class Response:
    """The newest signed result and what answered it.

    is_pending: not yet followed up. waiting_s: how long it has been waiting. answered: None where nothing had to follow.
    """

    value: str
    status: str
    signed_at: datetime
    is_pending: bool
    waiting_s: float
    answered: Answered | None


def response_to(specimen: Specimen, *, at: datetime) -> Response | None:
    """Return what follows from a specimen's newest signed result; None while nothing is signed."""
    newest = specimen.results.exclude(status=Result.Status.DRAFT).order_by("-version").first()
    if newest is None or newest.signed_at is None:
        return None
    pending = OutboxEvent.objects.filter(
        delivered_at__isnull=True, kind="lab.result_signed", payload__result_id=newest.pk
    )
    key = (specimen.subject_id, newest.signed_at)
    return Response(
        value=newest.value,
        status=newest.status,
        signed_at=newest.signed_at,
        is_pending=pending.exists(),
        waiting_s=max((at - newest.signed_at).total_seconds(), 0),
        answered=answers([key]).get(key),
    )
