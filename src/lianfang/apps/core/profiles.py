"""The editions in use: taken from the package once, kept with the evidence, read from there ever after."""

from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import transaction

from lianfang.apps.core import evidence
from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import ProfileEdition, ProfileProposal
from lianfang.rules.profile import Profile, builtin_profiles, load_profile


class ProfileUnknown(NotFound):
    """No edition of this name, neither stored nor shipped."""

    code = "profile_unknown"


@transaction.atomic
def profile_of(edition: str, *, at: datetime) -> Profile:
    """Return an edition as it was first used here, storing the shipped text at first use. Raises: ProfileUnknown."""
    stored = ProfileEdition.objects.filter(edition=edition).first() or _first_used(edition, at)
    return parsed(stored.toml)


def _first_used(edition: str, at: datetime) -> ProfileEdition:
    """Store an edition; of several first users at once the others wait and find it."""
    wait_for(Lock.FIRST_USE)
    stored = ProfileEdition.objects.filter(edition=edition).first()
    if stored is not None:
        return stored
    change = ProfileProposal.objects.filter(edition=edition).first()
    text = change.toml if change else builtin_profiles().get(edition)
    if text is None:
        raise ProfileUnknown("There is no such profile edition.")
    disease = load_profile(text).disease
    stored = ProfileEdition.objects.create(edition=edition, disease=disease, toml=text, recorded_at=at)
    evidence.record("profile", [stored])
    return stored


def profile_in_force(*, at: datetime) -> Profile:
    """Return the edition in force at an instant: the installation's own, or the last approved change of it."""
    changes = ProfileProposal.objects.filter(effective_at__lte=at).prefetch_related("approvals").order_by("pk")
    best, newest = settings.PROFILE_EDITION, None
    for change in changes:
        since = in_force_since(change)
        if since is not None and since <= at and (newest is None or since >= newest):
            best, newest = change.edition, since
    return profile_of(best, at=at)


def is_taken(edition: str) -> bool:
    """Say whether an edition of this name was ever used here or is shipped."""
    return ProfileEdition.objects.filter(edition=edition).exists() or edition in builtin_profiles()


def in_force_since(change: ProfileProposal) -> datetime | None:
    """Return from when a change is in force: its own time, or the last approval needed; None while too few approve."""
    approved = sorted(each.approved_at for each in change.approvals.all())
    if len(approved) < change.n_needed:
        return None
    return max(change.effective_at, approved[change.n_needed - 1])


@lru_cache(maxsize=32)
def parsed(text: str) -> Profile:
    """Return the profile of a text; parsing takes milliseconds and texts are few."""
    return load_profile(text)
