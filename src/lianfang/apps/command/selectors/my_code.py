"""A citizen's own codes: the colour that stands, why, what turns it green, and where the person was scanned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lianfang.apps.command.models import ContactPoint
from lianfang.apps.command.selectors.campaigns import contact_for
from lianfang.apps.core.citizens import Citizen
from lianfang.apps.core.identity import mask_name
from lianfang.apps.core.language import spoken
from lianfang.apps.core.verdicts import instant
from lianfang.apps.gates import selectors as gates
from lianfang.apps.healthcode import services
from lianfang.apps.healthcode.grounds import Explained, explained
from lianfang.apps.healthcode.selectors import pseudonyms_of
from lianfang.apps.people.pages import with_phone
from lianfang.apps.places.pages import PRIVATE_KINDS, places_of, stays_of_subject
from lianfang.rules.gate import Admission
from lianfang.rules.healthcode import WayToGreen
from lianfang.rules.words import label

SCANS_BACK: Final = timedelta(days=14)
SCANS_SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class Scan:
    """One recorded stay at a public place."""

    place: str
    came_at: datetime
    left_at: datetime


@dataclass(frozen=True, slots=True)
class HeldUp:
    """A door did not let the person in at once. `outcome`, `recheck` and `reasons` in the reader's language."""

    place: str
    at: datetime
    outcome: str
    reasons: Sequence[str]
    recheck: str


@dataclass(frozen=True, slots=True)
class MyCode:
    """One person of the phone. `colour`: grey where the edition knows no code. `until`: time alone ends it then."""

    subject_id: int
    code: str
    name: str
    colour: str
    decided_at: datetime
    edition: str
    reasons: Sequence[Explained]
    ways: Sequence[str]
    until: datetime | None
    scans: Sequence[Scan]
    held_up: Sequence[HeldUp]
    contact: ContactPoint | None


def my_codes(citizen: Citizen, *, at: datetime) -> list[MyCode]:
    """Return the persons of a proven phone with their codes; who was never decided about is decided about now."""
    found = []
    for person in with_phone(citizen.phone_hash):
        current = services.decided(person.pk, at=at)
        outcome = current.verdict.outcome
        found.append(
            MyCode(
                subject_id=person.pk,
                code=person.subject.code,
                name=mask_name(person.name),
                colour=current.colour or "grey",
                decided_at=current.verdict.decided_at,
                edition=current.verdict.edition,
                reasons=explained(current),
                ways=[label(WayToGreen(way), spoken()) for way in outcome["ways"]],
                until=None if current.until_s is None else instant(current.until_s),
                scans=_scans(person.pk, at),
                held_up=_held_up(person.pk, at),
                contact=contact_for(person.area_code),
            )
        )
    return found


def _scans(subject_id: int, at: datetime) -> list[Scan]:
    now = int(at.timestamp())
    stays = stays_of_subject(subject_id, (int((at - SCANS_BACK).timestamp()), now), now)
    places = places_of(stays["place"].unique().to_list())
    public = {number: place.name or place.code for number, place in places.items() if place.kind not in PRIVATE_KINDS}
    rows = [
        Scan(public[row["place"]], instant(row["t_in"]), instant(row["t_out"]))
        for row in stays.reverse().iter_rows(named=True)
        if row["place"] in public
    ]
    return rows[:SCANS_SHOWN]


def _held_up(subject_id: int, at: datetime) -> list[HeldUp]:
    since, language = at - SCANS_BACK, spoken()
    rows = gates.not_let_in(pseudonyms_of(subject_id, since=since), since=since)[:SCANS_SHOWN]
    places = places_of({row.place_id for row in rows})
    return [
        HeldUp(
            place=places[row.place_id].name or places[row.place_id].code,
            at=row.at,
            outcome=label(Admission(row.outcome), language),
            reasons=row.reasons,
            recheck=label(Admission(row.recheck), language) if row.recheck else "",
        )
        for row in rows
    ]
