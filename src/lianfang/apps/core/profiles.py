"""The editions in use: taken from the package once, kept with the evidence, read from there ever after."""

from datetime import datetime
from functools import lru_cache

from django.db import transaction

from lianfang.apps.core import evidence
from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import ProfileEdition
from lianfang.rules.profile import Profile, builtin_profiles, load_profile


class ProfileUnknown(NotFound):
    """No edition of this name, neither stored nor shipped."""

    code = "profile_unknown"


@transaction.atomic
def profile_of(edition: str, *, at: datetime) -> Profile:
    """Return an edition as it was first used here, storing the shipped text at first use. Raises: ProfileUnknown."""
    stored = ProfileEdition.objects.filter(edition=edition).first()
    if stored is None:
        text = builtin_profiles().get(edition)
        if text is None:
            raise ProfileUnknown("There is no such profile edition.")
        stored = ProfileEdition.objects.create(
            edition=edition, disease=load_profile(text).disease, toml=text, recorded_at=at
        )
        evidence.record("profile", [stored])
    return parsed(stored.toml)


@lru_cache(maxsize=32)
def parsed(text: str) -> Profile:
    """Return the profile of a text; parsing takes milliseconds and texts are few."""
    return load_profile(text)
