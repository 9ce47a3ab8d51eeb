"""How the rules' numbers change: one proposes an edition, others approve it, and it is in force later. Never a colour."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, DomainError, NotAllowed, NotFound
from lianfang.apps.core.models import ProfileApproval, ProfileProposal, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import is_taken, parsed, profile_in_force
from lianfang.rules.profile import ProfileError


class ProfileUnreadable(DomainError):
    """The text is no profile, or names an edition that exists, or another disease."""

    code = "profile_unreadable"
    http_status = 422


class EffectiveTooSoon(DomainError):
    """The edition in force asks for a longer notice."""

    code = "effective_too_soon"
    http_status = 422


class NoGovernance(Conflict):
    """The edition in force does not say how it may be changed."""

    code = "no_governance"


class ProposalNotFound(NotFound):
    """There is no such proposal."""

    code = "proposal_not_found"


class OwnProposal(NotAllowed):
    """Who proposed does not approve."""

    code = "own_proposal"


@transaction.atomic
def propose(*, toml: str, effective_at: datetime, note: str, at: datetime, by: User) -> ProfileProposal:
    """Propose a new edition. Raises: PermissionMissing, NoGovernance, ProfileUnreadable, EffectiveTooSoon."""
    require(by, Permission.GOVERN_PROFILES)
    current = profile_in_force(at=at)
    if current.governance is None:
        raise NoGovernance("The edition in force does not say how it may be changed.")
    try:
        new = parsed(toml)
    except ProfileError as error:
        raise ProfileUnreadable(str(error), field="toml") from error
    if is_taken(new.edition):
        raise ProfileUnreadable(
            "There is an edition of this name already: a change has a name of its own.", field="toml"
        )
    if new.disease != current.disease or new.governance is None:
        raise ProfileUnreadable("It must be of the same disease and say how it may be changed.", field="toml")
    if effective_at < at + timedelta(seconds=current.governance.delay_s):
        raise EffectiveTooSoon("The edition in force asks for a longer notice.", field="effective_at")
    try:
        with transaction.atomic():
            made = ProfileProposal.objects.create(
                edition=new.edition,
                toml=toml,
                note=note,
                effective_at=effective_at,
                n_needed=current.governance.approvals,
                proposed_at=at,
                proposed_by=by,
            )
    except IntegrityError as error:
        raise ProfileUnreadable("There is a proposal of this name already.", field="toml") from error
    audit.record("core.profile_proposed", by=by, at=at, proposal=made.pk)
    evidence.record("profile_proposal", [made])
    return made


@transaction.atomic
def approve(*, proposal_id: int, at: datetime, by: User) -> ProfileApproval:
    """Approve once; again changes nothing. Raises: PermissionMissing, ProposalNotFound, OwnProposal."""
    require(by, Permission.GOVERN_PROFILES)
    found = ProfileProposal.objects.select_for_update().filter(pk=proposal_id).first()
    if found is None:
        raise ProposalNotFound("There is no such proposal.")
    if found.proposed_by_id == by.pk:
        raise OwnProposal("Who proposed a change does not approve it.")
    made, created = ProfileApproval.objects.get_or_create(
        proposal=found, approved_by=by, defaults={"proposed_by_id": found.proposed_by_id, "approved_at": at}
    )
    if created:
        audit.record("core.profile_approved", by=by, at=at, proposal=found.pk)
        evidence.record("profile_approval", [made])
    return made
