"""The second person's signature under a whole run, but for wells set aside; everything follows from it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.lab import orders, pool_results
from lianfang.apps.lab import services as lab
from lianfang.apps.lab.bench import selectors
from lianfang.apps.lab.bench.models import ReadWell, Run, RunSignature, SetAside
from lianfang.apps.lab.models import PoolResult, Result
from lianfang.rules.assay import Call
from lianfang.rules.quality_control import RunValidity
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Reason
from lianfang.rules.vocabulary import SpecimenResult

_NAMESPACE = uuid.UUID("6e0c5f6e-2f0e-4c0f-8f5d-3a5d5b0f9a17")


class RunInvalid(Conflict):
    """The run's controls failed: it releases nothing."""

    code = "run_invalid"


class SignerIsReader(DomainError):
    """A run is signed by a second person, not by the one who read its file."""

    code = "signer_is_reader"
    http_status = 403


class WellUnknown(DomainError):
    """The run puts nothing forward for this well."""

    code = "well_unknown"
    http_status = 422


@transaction.atomic
def sign_run(*, run_id: int, set_aside: Mapping[str, str], at: datetime, by: User) -> RunSignature:
    """Sign all that a run put forward, but for wells set aside (position -> reason), whose tubes are tested again.

    Signing twice changes nothing. What another signed, corrected or rewrote since the run stays as it is.
    Raises: NotFound, RunInvalid, SignerIsReader, WellUnknown, and as `sign_results` and `sign_pool_results` do.
    """
    require(by, Permission.SIGN_RESULTS)
    run = selectors.run_of(run_id, by=by)
    Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    known = RunSignature.objects.filter(run=run).first()
    if known is not None:
        return known
    if run.judgement.validity == RunValidity.INVALID:
        raise RunInvalid("The controls of this run failed: it releases nothing.")
    if run.recorded_by_id == by.pk:
        raise SignerIsReader("A run is signed by a second person.")
    proposed = forward(run)
    unknown = set(set_aside) - {well.position for well in proposed}
    if unknown:
        raise WellUnknown("This run puts nothing forward for a well that is to be set aside.")
    signed = {well: value for well, value in proposed.items() if well.position not in set_aside}
    _sign(signed, at, by)
    _recollect([well for well in signed if well.call.call == Call.RECOLLECT], at, by)
    _set_aside({well: set_aside[well.position] for well in proposed if well.position in set_aside}, at, by)
    signature = RunSignature(run=run, n_signed=len(signed), at=at, by=by)
    evidence.insert("run_signature", [signature])
    audit.record("lab.run_signed", by=by, at=at, run=run.pk, n_signed=len(signed), n_set_aside=len(set_aside))
    return signature


def forward(run: Run) -> dict[ReadWell, SpecimenResult]:
    """Return what a run put forward and nobody has signed, rewritten or withdrawn since."""
    return forward_of(run, selectors.proposals(list(selectors.read_wells(run).filter(call__isnull=False))))


def forward_of(run: Run, results: Mapping[ReadWell, Result | PoolResult]) -> dict[ReadWell, SpecimenResult]:
    """Return which of its wells' results are as the run put them forward."""
    return {
        well: SpecimenResult(result.value)
        for well, result in results.items()
        if result.status == Result.Status.DRAFT
        and (result.recorded_at, result.recorded_by_id) == (run.recorded_at, run.recorded_by_id)
    }


def _sign(signed: Mapping[ReadWell, SpecimenResult], at: datetime, by: User) -> None:
    # Shared tubes first: who decides about measures waits for others before anything else is locked.
    shared = {well.pool.code: value for well, value in signed.items() if well.pool}
    if shared:
        pool_results.sign_pool_results(seen=shared, at=at, by=by)
    singles = {well.specimen_id: value for well, value in signed.items() if well.specimen_id}
    if singles:
        lab.sign_results(seen=singles, at=at, by=by)


def _recollect(wells: Sequence[ReadWell], at: datetime, by: User) -> None:
    """Order another specimen of everybody whose tube gave no answer twice; a shared tube's members by its own rule."""
    laboratory = profile_in_force(at=at).laboratory
    for well in wells:
        if well.specimen is None or laboratory is None:
            continue
        (reason,) = (Reason(each["code"], each["params"]) for each in well.call.verdict.reasons)
        orders.order_sampling(
            given=orders.Order(
                client_id=uuid.uuid5(_NAMESPACE, f"well:{well.pk}"),
                subject=well.specimen.subject,
                reason=explain(reason, spoken())[:200],
                due_from=at,
                due_until=at + timedelta(seconds=laboratory.turnaround_s),
            ),
            at=at,
            by=by,
        )


def _set_aside(wells: Mapping[ReadWell, str], at: datetime, by: User) -> None:
    for well in wells:
        if well.specimen_id:
            lab.withdraw_draft(specimen_id=well.specimen_id, at=at, by=by)
        elif well.pool:
            pool_results.withdraw_pool_draft(code=well.pool.code, at=at, by=by)
    evidence.insert(
        "set_aside", [SetAside(well=well, reason=why.strip()[:300], at=at, by=by) for well, why in wells.items()]
    )
