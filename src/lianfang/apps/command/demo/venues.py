"""Key places in the demo county: terms and logs, a door with a day's events, an appeal, a change of the rules that waits."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.utils.timezone import localdate

from lianfang.apps.areas.selectors.risk import listed_at
from lianfang.apps.core import clock, governing, identity, outbox
from lianfang.apps.core.models import ProfileEdition, Role, User
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.gates import services as gates
from lianfang.apps.healthcode import issuing, keys
from lianfang.apps.healthcode import services as healthcode
from lianfang.apps.people.selectors import Person
from lianfang.apps.places.selectors import Place
from lianfang.apps.venues import selectors, services
from lianfang.rules.gate import CodeState, GateFacts, ReadFacts, decide_admission
from lianfang.rules.profile import Profile
from lianfang.rules.vocabulary import Colour, LogKind
from lianfang.wire import doors, sealed
from lianfang.wire.doors import Batch, Clock, DoorEvent, EventKind
from lianfang.wire.keys import Algorithm, SigningKey

Report = Callable[[str], None]
PLACES, SHOWN = 4, 24
_NAMESPACE = uuid.UUID("0d6f3a0e-93b1-4a53-8a54-0d8bd1c8e4a2")
_BOOT = b"demo0001"


def open_venues(*, now: datetime, report: Report) -> None:
    """Register key places, keep their logs, let people in at a door, contest evidence, and propose a change."""
    command = User.objects.filter(role=Role.COMMAND).order_by("pk")[0]
    shop = User.objects.filter(role=Role.UNIT, username="shop").first()
    regulators = selectors.regulators(area=command.area_code)
    regulator = regulators.filter(name__contains="市场监督").first() or regulators.first()
    if shop is None or shop.organisation_id is None or regulator is None:
        return
    own = list(Place.objects.filter(organisation=shop.organisation_id).order_by("pk")[:1])
    owned = Place.objects.filter(organisation__isnull=False, kind__in=["market", "shop", "restaurant"])
    places = [*own, *owned.exclude(pk__in=[each.pk for each in own]).order_by("pk")[: PLACES - len(own)]]
    since = now - timedelta(days=2)
    for number, place in enumerate(places):
        terms = services.Terms(number != 3, 60 + 20 * number, 7 * 60, 21 * 60, regulator.pk)
        services.register(place_code=place.code, terms=terms, at=since, by=command)
    for place in own:
        _keep_logs(place, shop, now)
        _let_in(place, now)
    _contest(now)
    _propose(command, now)
    services.watch(at=now)
    with clock.playing(now):
        outbox.deliver_pending()
    report(f"  {len(places)} key places")


def _keep_logs(place: Place, by: User, now: datetime) -> None:
    notes = {
        LogKind.STAFF_HEALTH: "", LogKind.CLEANING: "收银台、扶手", LogKind.DISINFECTION: "含氯消毒液 500 mg/L",
        LogKind.VENTILATION: "开窗 30 分钟", LogKind.PROTECTION: "口罩、手套齐全",
    }  # fmt: skip
    for hours in (26, 3):
        for number, (kind, note) in enumerate(notes.items()):
            staff_counts = (12, 0) if kind is LogKind.STAFF_HEALTH else (None, None)
            client_id = uuid.uuid5(_NAMESPACE, f"{place.code} {kind} {hours}")
            at = now - timedelta(hours=hours, minutes=-7 * number)
            services.keep_log(
                place_code=place.code, report=services.LogReport(client_id, kind, note, *staff_counts), at=at, by=by
            )


def _let_in(place: Place, now: datetime) -> None:
    """A door of the demonstration tells of its day. Its key is thrown away: `lianfang gate init` makes a real one."""
    key = SigningKey.made(b"demo-north", Algorithm.EDDSA)
    gates.enrol(code="demo-north", place_code=place.code, public=key.public(), at=now - timedelta(days=1), by=None)
    events = tuple(event.to_bytes() for event in _events(now))
    batch = Batch("demo-north", _clock(now), len(events) // 2, 0, events)
    gates.take(content=doors.sign_batch(batch, key), at=now)
    gates.follow(at=now)


def _clock(at: datetime) -> Clock:
    ms = int(at.timestamp() * 1000)
    return Clock(ms, _BOOT, ms)


def _events(now: datetime) -> Iterator[DoorEvent]:
    profile = profile_in_force(at=now)
    persons = list(Person.objects.filter(id_number_cipher__isnull=False).order_by("pk")[: SHOWN + 1])
    for number, person in enumerate(persons[:SHOWN], 1):
        at = now - timedelta(minutes=2 * (SHOWN - number) + 1)
        yield _shown(number, person, at, profile, hot=number == SHOWN // 2)
    if len(persons) > SHOWN:  # somebody with an identity card only
        point = sealed.public_point(keys.sealing_key().public_key())
        content = sealed.seal(identity.decrypt(persons[SHOWN].id_number_cipher or b"").encode(), point)
        yield DoorEvent(SHOWN + 1, EventKind.LET_IN, _clock(now), facts=doors.sealed_text(content.hex()))


def _shown(number: int, person: Person, at: datetime, profile: Profile, *, hot: bool) -> DoorEvent:
    made = issuing.issue_to(person.pk, at=at - timedelta(minutes=1), by=None)
    issued_at, expires_at = int(made.issued_at.timestamp()), int(made.expires_at.timestamp())
    read = ReadFacts(Colour(made.colour), issued_at, expires_at, CodeState.AS_ISSUED)
    tenths = 379 if hot else 362 + number % 6
    facts = GateFacts(
        now=int(at.timestamp()),
        read=read,
        list_issued_at=int(at.timestamp()),
        tenths_celsius=tenths,
        first_tenths_celsius=tenths if hot else None,
        inside=number - 1,
        cap=60,
    )
    verdict = decide_admission(facts, profile)
    reasons = tuple(reason.code for reason in verdict.reasons)
    said = (bytes(made.pseudonym), verdict.outcome, reasons, number, doors.facts_text(verdict))
    return DoorEvent(number, EventKind.ASKED, _clock(at), *said)


def _contest(now: datetime) -> None:
    """Somebody was in an area at risk, says the county of origin; the person says otherwise."""
    worker = User.objects.filter(role=Role.COMMUNITY, username="township").first()
    listed = next((each for each in listed_at(now) if each.area_code), None)
    if worker is None or listed is None:
        return
    person = Person.objects.filter(area_code__startswith=worker.area_code).select_related("subject").order_by("-pk")[0]
    day = localdate(now)
    report = healthcode.StayReport(listed.area_code, day, day, "telecom", listed.community, "手机信令")
    try:
        stay = healthcode.record_stay(person_code=person.subject.code, report=report, at=now, by=worker)
    except healthcode.StayNotAtRisk:
        return
    healthcode.appeal(stay_id=stay.pk, statement="当日未离开本县，手机卡由家人使用。", at=now, by=worker)


def _propose(command: User, now: datetime) -> None:
    """Propose what the next edition might be; it waits for two others."""
    current = profile_in_force(at=now).edition
    toml = ProfileEdition.objects.get(edition=current).toml
    toml = toml.replace(f'edition = "{current}"', f'edition = "{current}-draft"', 1)
    toml = toml.replace("fever = { tenths_celsius = 373,", "fever = { tenths_celsius = 372,", 1)
    effective_at = now + timedelta(days=3)
    governing.propose(
        toml=toml, effective_at=effective_at, note="发热判定由37.3℃调整为37.2℃（演示）", at=now, by=command
    )
