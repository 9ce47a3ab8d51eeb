"""Deciding the warehouse's verdicts again from the facts as they were known."""

from lianfang.apps.core.models import ProfileEdition
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import parsed
from lianfang.apps.core.verdicts import text_of
from lianfang.apps.goods import facts
from lianfang.apps.goods.models import Booking, GoodsEvent
from lianfang.apps.goods.services.intake import arrival_facts, booking_facts
from lianfang.rules.goods import decide_lot
from lianfang.rules.profile import Profile
from lianfang.rules.replay import verdict_from_json
from lianfang.rules.warehouse import StepFacts, check_arrival, check_booking, permit_step


def booking_again(row: StoredVerdict) -> str | None:
    """Check a booking again."""
    booking = Booking.objects.filter(lot=row.subject_id, seq__lte=row.known_seq).select_related("lot").first()
    profile = _profile(row)
    if booking is None or profile is None:
        return None
    return check_booking(booking_facts(booking), profile).to_json()


def arrival_again(row: StoredVerdict) -> str | None:
    """Check an arrival again: what was said is in the step that the verdict came with."""
    event = GoodsEvent.objects.filter(verdict=row).first()
    booking = Booking.objects.filter(lot=row.subject_id, seq__lte=row.known_seq).select_related("lot", "driver").first()
    profile = _profile(row)
    if event is None or booking is None or profile is None:
        return None
    return check_arrival(arrival_facts(booking, event.detail["said"]), profile).to_json()


def lot_again(row: StoredVerdict) -> str | None:
    """Decide about a lot again."""
    profile = _profile(row)
    if profile is None or row.subject_id is None:
        return None
    return decide_lot(facts.lot_facts(row.subject_id, row.known_seq, row.decided_at, profile), profile).to_json()


def step_again(row: StoredVerdict) -> str | None:
    """Ask again whether a step was permitted: the question stands, the rest is read again."""
    profile = _profile(row)
    asked: StepFacts = verdict_from_json(text_of(row)).facts
    if profile is None or asked.lot_id != row.subject_id:
        return None
    return permit_step(facts.step_facts(asked, row.known_seq, row.decided_at, profile), profile).to_json()


def _profile(row: StoredVerdict) -> Profile | None:
    edition = ProfileEdition.objects.filter(edition=row.edition).first()
    return parsed(edition.toml) if edition else None
