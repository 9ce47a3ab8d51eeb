"""Deciding again how a key place stood, from what was known then."""

from collections.abc import Iterator

from lianfang.apps.core.integrity import Mismatch
from lianfang.apps.core.models import ProfileEdition
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import parsed
from lianfang.apps.venues.models import VenueState
from lianfang.apps.venues.selectors import current, facts_of
from lianfang.rules.venue import watch_venue


def venue_again(row: StoredVerdict) -> str | None:
    """Return what the facts known then give, None when what the verdict rests on is nowhere."""
    edition = ProfileEdition.objects.filter(edition=row.edition).first()
    registration = current(known_seq=row.known_seq).filter(place=row.facts["place"]).first()
    if edition is None or registration is None:
        return None
    facts = facts_of([registration], known_seq=row.known_seq, at=row.decided_at)
    return watch_venue(facts[registration.place_id], parsed(edition.toml)).to_json()


def check_venues() -> Iterator[Mismatch]:
    """Compare how each key place is shown with the verdict it rests on."""
    for state in VenueState.objects.select_related("verdict"):
        said = state.verdict.outcome["standing"]
        if state.verdict.facts["place"] != state.place_id or said != state.standing:
            yield Mismatch(f"venues_venuestate {state.place_id}", "shows something else than its verdict")
