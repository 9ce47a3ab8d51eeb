"""What follows from a door's events: presences for the trace, the rule asked again, fevers that wait to be confirmed."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import polars as pl
from django.db import connection, transaction
from django.db.models import F

from lianfang.apps.core import audit, clock, identity
from lianfang.apps.core.identity import IdentityInvalid
from lianfang.apps.core.imports import ImportOptions
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.gates.models import DoorStay, FeverSign, GateBatch, GateRecheck, HighWaterMark
from lianfang.apps.healthcode.keys import sealing_key
from lianfang.apps.healthcode.selectors import KnownCode, known_codes
from lianfang.apps.people.selectors import stored_persons
from lianfang.apps.places.services import import_presences
from lianfang.rules.codec import CodecError, from_plain
from lianfang.rules.gate import Admission, CodeState, GateFacts, decide_admission
from lianfang.rules.profile import Profile
from lianfang.wire.doors import EventKind, sealed_in
from lianfang.wire.refusal import Refused
from lianfang.wire.sealed import unseal

MOST_BATCHES = 4  # at once: some ten thousand events
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LETS_IN = frozenset({Admission.ADMIT, Admission.ADMIT_FLAGGED})
_FEVER = "E-14"
_SOURCE = "doors"


@dataclass(frozen=True, slots=True)
class Followed:
    """How much was followed up."""

    n_events: int
    n_presences: int
    n_rechecked: int


def follow(*, at: datetime) -> Followed:
    """Follow up every batch that was not yet, and close the stays whose presumed end has come; idempotent."""
    profile = profile_in_force(at=at)
    done = []
    for door in _waiting():
        while (followed := _follow_door(door, profile, at)) is not None:
            done.append(followed)
    n_closed = _close_over(at)
    return Followed(
        sum(each.n_events for each in done),
        sum(each.n_presences for each in done) + n_closed,
        sum(each.n_rechecked for each in done),
    )


def follow_batch(**_event: object) -> None:
    """After a batch was taken in."""
    follow(at=clock.now())


def _waiting() -> list[int]:
    waiting = HighWaterMark.objects.filter(newest_batch__gt=F("followed_batch")).order_by("device_id")
    return list(waiting.values_list("device_id", flat=True))


@transaction.atomic
def _follow_door(device_id: int, profile: Profile, at: datetime) -> Followed | None:
    """Follow one door's next batches, None when it has none. Its mark is locked: two workers do not follow the same."""
    mark = HighWaterMark.objects.select_for_update().select_related("device__place").get(device_id=device_id)
    batches = GateBatch.objects.filter(device_id=device_id, pk__gt=mark.followed_batch).order_by("pk")[:MOST_BATCHES]
    numbers = [batch.pk for batch in batches]
    if not numbers:
        return None
    events = _events(device_id, numbers)
    who = _by_code(events) | _by_number(events, at)
    named = [(event, who[event.number]) for event in events if event.number in who]
    n_presences = _presences(mark.device.place, named, profile)
    _fevers(mark.device.place_id, named)
    n_rechecked = _recheck(device_id, named, profile, at)
    mark.followed_batch = numbers[-1]
    mark.save(update_fields=["followed_batch"])
    return Followed(len(events), n_presences, n_rechecked)


class _Event(NamedTuple):
    number: int
    kind: str
    happened_us: int
    pseudonym: bytes
    outcome: str
    reasons: str
    facts: str

    @property
    def happened_at(self) -> datetime:
        """When it was; made for those that are followed up only, as it costs more than all the rest of reading a row."""
        return _EPOCH + timedelta(microseconds=self.happened_us)


_Named = tuple[_Event, KnownCode]


def _events(device_id: int, batches: list[int]) -> list[_Event]:
    """Return the events of some batches of a door, in the door's order; `pseudonym` empty: nobody's code was read."""
    happened = "(extract(epoch FROM happened_at) * 1000000)::bigint"
    columns = f"number, kind, {happened}, coalesce(pseudonym, ''), outcome, reasons, facts"
    statement = f"SELECT {columns} FROM gates_gateevent WHERE batch_id = ANY(%s) AND device_id = %s ORDER BY number"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [batches, device_id])
        return [
            _Event(number, kind, at, bytes(pseudonym), *said)
            for number, kind, at, pseudonym, *said in cursor.fetchall()
        ]


def _by_code(events: Iterable[_Event]) -> dict[int, KnownCode]:
    """Return whose codes were shown, by the event's number."""
    codes = known_codes({event.pseudonym for event in events if event.pseudonym})
    return {event.number: codes[event.pseudonym] for event in events if event.pseudonym in codes}


def _by_number(events: Iterable[_Event], at: datetime) -> dict[int, KnownCode]:
    """Return whose identity numbers staff typed, sealed at the door; a number of nobody registered stays sealed."""
    hashes: dict[int, str] = {}
    for event in events:
        if content := sealed_in(event.facts):
            with suppress(Refused, IdentityInvalid, UnicodeDecodeError):
                number = identity.clean_id_number(unseal(content, sealing_key()).decode())
                hashes[event.number] = identity.search_hash(number).hex()
    if not hashes:
        return {}
    rows = stored_persons([], sorted(set(hashes.values()))).select("id_hash", "subject_id", "code").iter_rows()
    persons = {id_hash: KnownCode(subject, code, CodeState.AS_ISSUED) for id_hash, subject, code in rows}
    found = {number: persons[id_hash] for number, id_hash in hashes.items() if id_hash in persons}
    subjects = sorted({each.subject_id for each in found.values()})
    audit.record("gates.numbers_resolved", by=None, at=at, subjects=subjects, n=len(hashes))
    return found


def _lets_in(event: _Event) -> bool:
    if event.kind == EventKind.ASKED:
        return event.outcome in _LETS_IN
    return event.kind == EventKind.LET_IN


def _presences(place: Any, named: Iterable[_Named], profile: Profile) -> int:
    """Open a stay at each entry; a scan out closes the newest one of that person there."""
    stay_s = profile.gate.presumed_stay_s if profile.gate else None
    told = [(event, code) for event, code in named if _lets_in(event) or event.kind == EventKind.EXIT]
    open_, gone, rows = _open_stays(place.pk, {code.subject_id for _, code in told}), [], []
    for event, code in told:
        at, stays = event.happened_at, open_[code.subject_id]
        row = {"subject": code.subject_code, "place": place.code}
        if _lets_in(event):
            if at not in stays:
                over = at + timedelta(seconds=stay_s) if stay_s else None
                stays[at] = DoorStay(subject_id=code.subject_id, place=place, starts_at=at, over_at=over)
            rows.append({**row, "t_in": at, "t_out": None})
        elif before := [start for start in stays if start < at]:
            stay = stays.pop(max(before))
            gone.append(stay)
            rows.append({**row, "t_in": stay.starts_at, "t_out": at})
    DoorStay.objects.filter(pk__in=[stay.pk for stay in gone if not stay._state.adding]).delete()
    DoorStay.objects.bulk_create(stay for stays in open_.values() for stay in stays.values() if stay._state.adding)
    return _imported(rows)


def _open_stays(place_id: int, subjects: Collection[int]) -> dict[int, dict[datetime, DoorStay]]:
    """Return who is still inside: for each person the stays by their beginning."""
    found: dict[int, dict[datetime, DoorStay]] = defaultdict(dict)
    for stay in DoorStay.objects.filter(place=place_id, subject__in=subjects):
        found[stay.subject_id][stay.starts_at] = stay
    return found


def _close_over(at: datetime) -> int:
    """Close the stays nobody scanned out of, at the end that is presumed."""
    with transaction.atomic():
        over = DoorStay.objects.filter(over_at__lte=at).select_related("subject", "place")
        stays = list(over.select_for_update(of=["self"], skip_locked=True).order_by("pk"))
        DoorStay.objects.filter(pk__in=[stay.pk for stay in stays]).delete()
        return _imported(
            {"subject": stay.subject.code, "place": stay.place.code, "t_in": stay.starts_at, "t_out": stay.over_at}
            for stay in stays
        )


def _imported(rows: Iterable[dict[str, Any]]) -> int:
    """Hand presences to the store through its import, with all its checks and what follows it."""
    found = list(rows)
    if not found:
        return 0
    instant = pl.Datetime("us", "UTC")
    table = pl.DataFrame(
        found, schema={"subject": pl.String(), "place": pl.String(), "t_in": instant, "t_out": instant}
    )
    latest: datetime = max(row[name] for row in found for name in ("t_in", "t_out") if row[name] is not None)
    return import_presences(table, by=None, at=latest, options=ImportOptions(source_name=_SOURCE)).n_stored


def _fevers(place_id: int, named: Iterable[_Named]) -> None:
    """Keep the fevers that a second reading confirmed, for somebody to follow up. No colour comes of it."""
    FeverSign.objects.bulk_create(
        (
            FeverSign(
                subject_id=code.subject_id,
                place_id=place_id,
                happened_at=event.happened_at,
                tenths_celsius=facts.tenths_celsius,
            )
            for event, code in named
            if _FEVER in event.reasons.split()
            and (facts := _facts(event)) is not None
            and facts.tenths_celsius is not None
        ),
        ignore_conflicts=True,
    )


def _recheck(device_id: int, named: Iterable[_Named], profile: Profile, at: datetime) -> int:
    """Ask the door's rule again with the state of the code known here; keep what differs beside the door's verdict."""
    rows = []
    for event, code in named:
        facts = _facts(event)
        if facts is None or facts.read is None:
            continue
        known = replace(facts, read=replace(facts.read, state=code.state), list_issued_at=facts.now)
        verdict = decide_admission(known, profile)
        if verdict.outcome != event.outcome and not {verdict.outcome, event.outcome} <= _LETS_IN:
            reasons = " ".join(reason.code for reason in verdict.reasons)
            rows.append(
                GateRecheck(
                    device_id=device_id, number=event.number, outcome=verdict.outcome, reasons=reasons,
                    edition=verdict.edition, decided_at=at,
                )
            )  # fmt: skip
    return len(GateRecheck.objects.bulk_create(rows, ignore_conflicts=True))


def _facts(event: _Event) -> GateFacts | None:
    """Return what the door's rule decided on, None where it did not decide or says nothing that can be read."""
    if not event.facts:
        return None
    try:
        facts: GateFacts = from_plain(GateFacts, json.loads(event.facts))
    except (CodecError, ValueError):
        return None
    return facts
