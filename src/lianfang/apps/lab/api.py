"""API of the laboratory: specimens and results, for instruments and other systems. Repeating a call changes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from ninja import Router

from lianfang.apps.core import audit
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import Subject, User
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.core.subjects import subject_by_code, subject_not_found, subjects_by_code
from lianfang.apps.lab import selectors, services
from lianfang.apps.lab.pooling import Swab, fill_pools
from lianfang.apps.lab.schemas import (
    AnnulmentIn,
    CorrectionIn,
    ResultIn,
    ResultOut,
    SpecimenIn,
    SpecimenOut,
    SwabIn,
    SwabOut,
    SwabsIn,
    SwabsOut,
)
from lianfang.rules.vocabulary import SpecimenResult, SubjectKind

router = Router(tags=["laboratory"])
CLOCK_AHEAD = timedelta(minutes=10)


@router.post("/specimens", response=SpecimenOut, url_name="specimens")
@needs(Permission.COLLECT_SPECIMENS)
def register_specimen(request: HttpRequest, payload: SpecimenIn) -> SpecimenOut:
    """Register a specimen.

    Refuses: subject_not_found, specimen_code_taken, time_order_invalid, permission_missing.
    """
    by = actor(request)
    specimen = services.register_specimen(
        code=payload.code,
        subject=subject_by_code(payload.subject_code, area=by.area_code),
        collected_at=payload.collected_at,
        at=timezone.now(),
        by=by,
    )
    return _answer(specimen)


@router.post("/swabs", response=SwabsOut, url_name="swabs")
@needs(Permission.COLLECT_SPECIMENS)
def swabs(request: HttpRequest, payload: SwabsIn) -> SwabsOut:
    """Store swabs; each by itself, so that a refused one does not hold back the others. Repeating stores nothing twice.

    Refuses: permission_missing; per entry subject_not_found, specimen_code_taken, not_shared, pool_closed, time_order_invalid.
    """
    by, at = actor(request), timezone.now()
    subjects = subjects_by_code([entry.subject for entry in payload.entries], area=by.area_code)
    outcomes = {entry.client_id: _own(entry, subjects, at, by) for entry in payload.entries if not entry.is_shared}
    outcomes |= _share([entry for entry in payload.entries if entry.is_shared], subjects, at, by)
    return SwabsOut(results=[_stored(entry, outcomes[entry.client_id]) for entry in payload.entries])


def _share(
    entries: Sequence[SwabIn], subjects: Mapping[str, Subject], at: datetime, by: User
) -> dict[UUID, DomainError | None]:
    """Put swabs into shared tubes; None: stored, now or before."""
    tubes = dict[str, list[SwabIn]]()
    for entry in entries:
        if entry.subject.strip() in subjects:
            tubes.setdefault(entry.tube, []).append(entry)
    swabs = {
        tube: [Swab(subjects[entry.subject.strip()], _collected_at(entry, at)) for entry in given]
        for tube, given in tubes.items()
    }
    told = dict[UUID, DomainError | None]((entry.client_id, subject_not_found()) for entry in entries)
    for tube, outcomes in fill_pools(swabs=swabs, at=at, by=by).items():
        for entry, outcome in zip(tubes[tube], outcomes, strict=True):
            told[entry.client_id] = outcome if isinstance(outcome, DomainError) else None
    return told


def _own(entry: SwabIn, subjects: Mapping[str, Subject], at: datetime, by: User) -> DomainError | None:
    """Register a swab in a tube of its own; None: stored, now or before."""
    subject = subjects.get(entry.subject.strip())
    if subject is None:
        return subject_not_found()
    try:
        services.register_specimen(
            code=entry.tube, subject=subject, collected_at=_collected_at(entry, at), at=at, by=by
        )
    except DomainError as error:
        return error
    return None


def _collected_at(entry: SwabIn, at: datetime) -> datetime:
    """When a swab was taken; a phone's clock may run ahead of ours a little."""
    return min(entry.collected_at, at) if entry.collected_at < at + CLOCK_AHEAD else entry.collected_at


def _stored(entry: SwabIn, refusal: DomainError | None) -> SwabOut:
    if refusal is None:
        return SwabOut(client_id=entry.client_id, is_stored=True)
    return SwabOut(client_id=entry.client_id, is_stored=False, code=refusal.code, message=gettext(refusal.message))


@router.get("/specimens/{path:code}/results", response=SpecimenOut, url_name="specimen_results")
@needs(Permission.RECORD_RESULTS)
def specimen(request: HttpRequest, code: str) -> SpecimenOut:
    """Return a specimen with every version of its result. Refuses: not_found, permission_missing."""
    by = actor(request)
    found = selectors.specimen_of(code, by=by)
    if found.subject.kind == SubjectKind.PERSON:
        audit.record("lab.specimen_read", by=by, at=timezone.now(), subjects=[found.subject_id])
    return _answer(found)


@router.post("/specimens/{path:code}/result", response=SpecimenOut, url_name="specimen_result")
@needs(Permission.RECORD_RESULTS)
def record_result(request: HttpRequest, code: str, payload: ResultIn) -> SpecimenOut:
    """Write the draft of a result. Refuses: not_found, result_already_signed, permission_missing."""
    by = actor(request)
    found = selectors.specimen_of(code, by=by)
    services.record_result(specimen_id=found.pk, value=payload.value, at=timezone.now(), by=by)
    return _answer(found)


@router.post("/specimens/{path:code}/sign", response=SpecimenOut, url_name="specimen_sign")
@needs(Permission.SIGN_RESULTS)
def sign_result(request: HttpRequest, code: str, payload: ResultIn) -> SpecimenOut:
    """Sign the draft, naming its value: a draft changed meanwhile is not signed unseen.

    Refuses: not_found, nothing_to_sign, result_changed, signer_is_recorder, permission_missing.
    """
    by = actor(request)
    found = selectors.specimen_of(code, by=by)
    services.sign_result(specimen_id=found.pk, at=timezone.now(), by=by, seen=payload.value)
    return _answer(found)


@router.post("/specimens/{path:code}/correct", response=SpecimenOut, url_name="specimen_correct")
@needs(Permission.SIGN_RESULTS)
def correct_result(request: HttpRequest, code: str, payload: CorrectionIn) -> SpecimenOut:
    """Replace a signed result. Refuses: not_found, nothing_to_sign, reason_missing, permission_missing."""
    by = actor(request)
    found = selectors.specimen_of(code, by=by)
    services.correct_result(specimen_id=found.pk, value=payload.value, reason=payload.reason, at=timezone.now(), by=by)
    return _answer(found)


@router.post("/specimens/{path:code}/annul", response=SpecimenOut, url_name="specimen_annul")
@needs(Permission.SIGN_RESULTS)
def annul_result(request: HttpRequest, code: str, payload: AnnulmentIn) -> SpecimenOut:
    """Annul a signed result. Refuses: not_found, nothing_to_sign, reason_missing, permission_missing."""
    by = actor(request)
    found = selectors.specimen_of(code, by=by)
    services.annul_result(specimen_id=found.pk, reason=payload.reason, at=timezone.now(), by=by)
    return _answer(found)


def _answer(specimen: selectors.Specimen) -> SpecimenOut:
    versions = specimen.results.select_related("recorded_by", "signed_by").order_by("-version")
    return SpecimenOut(
        code=specimen.code,
        subject_code=specimen.subject.code,
        subject_kind=specimen.subject.kind,
        collected_at=specimen.collected_at,
        results=[
            ResultOut(
                version=each.version,
                status=each.status,
                value=SpecimenResult(each.value),
                reason=each.reason,
                recorded_at=each.recorded_at,
                recorded_by=each.recorded_by.username,
                signed_at=each.signed_at,
                signed_by=each.signed_by.username if each.signed_by else None,
            )
            for each in versions
        ],
    )
