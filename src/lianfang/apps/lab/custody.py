"""Moving tubes: packed, sent, received, rejected, stored, destroyed; each move is a fact that continues the last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import Organisation, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.lab.models import CustodyStep, PoolMember, Result, Specimen
from lianfang.rules.custody import NEXT, Whereabouts

# Who may say so: whoever collects sends; only a laboratory receives, rejects, stores and destroys.
NEEDED: Mapping[Whereabouts, Permission] = {
    Whereabouts.PACKED: Permission.COLLECT_SPECIMENS,
    Whereabouts.SENT: Permission.COLLECT_SPECIMENS,
    Whereabouts.RECEIVED: Permission.RECORD_RESULTS,
    Whereabouts.REJECTED: Permission.RECORD_RESULTS,
    Whereabouts.STORED: Permission.RECORD_RESULTS,
    Whereabouts.DESTROYED: Permission.RECORD_RESULTS,
}


class MoveIncomplete(DomainError):
    """A move lacks what its kind needs."""

    code = "move_incomplete"


@dataclass(frozen=True, slots=True)
class Move:
    """Where tubes go: `organisation` of those sent and received, `spot` of those stored, `reason` of those rejected."""

    kind: Whereabouts
    organisation: Organisation | None = None
    spot: str = ""
    reason: str = ""


@dataclass(slots=True)
class Moved:
    """What became of every code given: moved, already there, or refused and why."""

    moved: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def move_tubes(*, codes: Sequence[str], move: Move, at: datetime, by: User) -> Moved:
    """Move tubes; each code is accounted for, and moving a tube to where it is changes nothing. A shared tube moves whole.

    Raises: MoveIncomplete, PermissionMissing.
    """
    require(by, NEEDED[move.kind])
    _require_complete(move)
    outcome, steps = Moved(), list[CustodyStep]()
    shared = _shared(codes)
    given, codes = codes, [own for code in codes for own in shared.get(code, [code])]
    specimens = _lock(codes, by)
    last = last_steps([specimen.pk for specimen in specimens.values()])
    signed = _signed(specimens.values())
    for code in dict.fromkeys(codes):
        specimen = specimens.get(code)
        if specimen is None:
            outcome.refused[code] = "unknown"
            continue
        previous = last.get(specimen.pk)
        if previous is not None and _is_same(previous, move):
            outcome.unchanged.append(code)
            continue
        refusal = _refusal(previous, move, specimen, at=at, is_signed=specimen.pk in signed)
        if refusal:
            outcome.refused[code] = refusal
            continue
        steps.append(_step(specimen, previous, move, at, by))
        outcome.moved.append(code)
    if steps:
        subjects = [specimens[code].subject_id for code in outcome.moved]
        audit.record("lab.custody_moved", by=by, at=at, subjects=subjects, kind=move.kind, n_tubes=len(steps))
        evidence.insert("custody_step", steps)
    return _as_given(outcome, given, shared)


def _shared(codes: Sequence[str]) -> Mapping[str, list[str]]:
    """The specimens in each shared tube among the codes."""
    found: dict[str, list[str]] = {}
    for member in (
        PoolMember.objects.filter(pool__code__in=set(codes)).select_related("pool", "specimen").order_by("id")
    ):
        found.setdefault(member.pool.code, []).append(member.specimen.code)
    return found


def _as_given(outcome: Moved, codes: Sequence[str], shared: Mapping[str, list[str]]) -> Moved:
    """What became of the codes that were given: a shared tube's instead of its swabs'."""
    told = Moved()
    for code in dict.fromkeys(codes):
        own = shared.get(code, [code])
        refusal = next((outcome.refused[each] for each in own if each in outcome.refused), None)
        if refusal is not None:
            told.refused[code] = refusal
        else:
            (told.moved if own[0] in outcome.moved else told.unchanged).append(code)
    return told


def last_steps(specimen_ids: Sequence[int]) -> dict[int, CustodyStep]:
    """Return where each specimen is; one that was never moved has no step: it is where it was collected."""
    rows = CustodyStep.objects.filter(specimen_id__in=specimen_ids).order_by("specimen_id", "-number")
    return {step.specimen_id: step for step in rows.distinct("specimen_id").select_related("organisation")}


def _require_complete(move: Move) -> None:
    if move.kind in (Whereabouts.SENT, Whereabouts.RECEIVED) and move.organisation is None:
        raise MoveIncomplete("Say to or at which laboratory.", field="organisation")
    if move.kind is Whereabouts.STORED and not move.spot.strip():
        raise MoveIncomplete("Say where the tubes are stored.", field="spot")
    if move.kind is Whereabouts.REJECTED and not move.reason.strip():
        raise MoveIncomplete("Say why the tubes are rejected.", field="reason")


def _lock(codes: Sequence[str], by: User) -> dict[str, Specimen]:
    """Lock the tubes of the actor's area in the order of their keys, so that a tube moves one step after the other."""
    rows = Specimen.objects.filter(code__in=set(codes), subject__area_code__startswith=by.area_code).order_by("pk")
    return {specimen.code: specimen for specimen in rows.select_for_update(of=("self",), no_key=True)}


def _signed(specimens: Iterable[Specimen]) -> set[int]:
    ids = [specimen.pk for specimen in specimens]
    rows = Result.objects.filter(specimen_id__in=ids).exclude(status=Result.Status.DRAFT)
    return set(rows.values_list("specimen_id", flat=True))


def _is_same(previous: CustodyStep, move: Move) -> bool:
    organisation = move.organisation.pk if move.organisation else None
    there = (previous.kind, previous.organisation_id, previous.spot, previous.reason)
    return there == (move.kind, organisation, move.spot.strip(), move.reason.strip())


def _refusal(
    previous: CustodyStep | None, move: Move, specimen: Specimen, *, at: datetime, is_signed: bool
) -> str | None:
    here = Whereabouts(previous.kind) if previous else Whereabouts.COLLECTED
    if move.kind not in NEXT[here]:
        return here.value
    if at < (previous.at if previous else specimen.collected_at):
        return "time_order"
    if move.kind is Whereabouts.REJECTED and is_signed:
        return "signed"
    if move.kind is Whereabouts.DESTROYED and not is_signed and here is not Whereabouts.REJECTED:
        return "undecided"
    return None


def _step(specimen: Specimen, previous: CustodyStep | None, move: Move, at: datetime, by: User) -> CustodyStep:
    return CustodyStep(
        specimen=specimen,
        number=previous.number + 1 if previous else 1,
        previous_number=previous.number if previous else None,
        previous=previous.kind if previous else Whereabouts.COLLECTED,
        kind=move.kind,
        organisation=move.organisation,
        spot=move.spot.strip(),
        reason=move.reason.strip(),
        at=at,
        recorded_by=by,
    )
