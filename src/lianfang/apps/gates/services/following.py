"""What follows from a door's events: presences for the trace, the rule asked again, fevers that wait to be confirmed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from django.db import transaction

from lianfang.apps.core import clock
from lianfang.apps.core.imports import ImportOptions
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.gates.models import DoorStay, FeverSign, GateBatch, GateEvent, GateRecheck, HighWaterMark
from lianfang.apps.healthcode.selectors import KnownCode, known_codes
from lianfang.apps.places.services import import_presences
from lianfang.rules.codec import CodecError, from_plain
from lianfang.rules.gate import Admission, GateFacts, decide_admission
from lianfang.rules.profile import Profile
from lianfang.wire.doors import EventKind

MOST_BATCHES = 200
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
    done = [_follow_door(pk, profile, at) for pk in _waiting()]
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
    marks = dict(HighWaterMark.objects.values_list("device_id", "followed_batch").order_by("device_id"))
    newest: dict[int, int] = {}
    for device, batch in GateBatch.objects.filter(pk__gt=min(marks.values(), default=0)).values_list("device_id", "pk"):
        newest[device] = max(batch, newest.get(device, 0))
    return [device for device, before in marks.items() if newest.get(device, 0) > before]


@transaction.atomic
def _follow_door(device_id: int, profile: Profile, at: datetime) -> Followed:
    """Follow one door's next batches. Its mark is locked, so that two workers do not follow the same."""
    mark = HighWaterMark.objects.select_for_update().select_related("device__place").get(device_id=device_id)
    batches = GateBatch.objects.filter(device_id=device_id, pk__gt=mark.followed_batch).order_by("pk")[:MOST_BATCHES]
    numbers = [batch.pk for batch in batches]
    if not numbers:
        return Followed(0, 0, 0)
    found = GateEvent.objects.filter(device_id=device_id, batch_id__in=numbers).order_by("number")
    events = list(found)
    codes = known_codes({bytes(event.pseudonym) for event in events if event.pseudonym})
    named = [
        (event, codes[bytes(event.pseudonym)])
        for event in events
        if event.pseudonym and bytes(event.pseudonym) in codes
    ]
    n_presences = _presences(mark.device.place, named, profile)
    _fevers(mark.device.place_id, named)
    n_rechecked = _recheck(named, profile, at)
    mark.followed_batch = numbers[-1]
    mark.save(update_fields=["followed_batch"])
    return Followed(len(events), n_presences, n_rechecked)


def _lets_in(event: GateEvent) -> bool:
    if event.kind == EventKind.ASKED:
        return event.outcome in _LETS_IN
    return event.kind == EventKind.LET_IN


def _presences(place: Any, named: Iterable[tuple[GateEvent, KnownCode]], profile: Profile) -> int:
    """Open a stay at each entry; a scan out closes the newest one of that person there."""
    stay_s = profile.gate.presumed_stay_s if profile.gate else None
    rows: list[dict[str, Any]] = []
    for event, code in named:
        at = event.happened_at
        row = {"subject": code.subject_code, "place": place.code}
        if _lets_in(event):
            over = at + timedelta(seconds=stay_s) if stay_s else None
            DoorStay.objects.get_or_create(
                subject_id=code.subject_id, place=place, starts_at=at, defaults={"over_at": over}
            )
            rows.append({**row, "t_in": at, "t_out": None})
        elif event.kind == EventKind.EXIT:
            before = DoorStay.objects.filter(subject_id=code.subject_id, place=place, starts_at__lt=at)
            stay = before.order_by("-starts_at").first()
            if stay is not None:
                rows.append({**row, "t_in": stay.starts_at, "t_out": at})
                stay.delete()
    return _imported(rows)


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
    instant = pl.Datetime("us", "UTC")
    schema = {"subject": pl.String, "place": pl.String, "t_in": instant, "t_out": instant}
    table = pl.DataFrame(list(rows), schema=schema)
    if table.is_empty():
        return 0
    latest = max(table["t_in"].max(), table["t_out"].max() or table["t_in"].max())
    return import_presences(table, by=None, at=latest, options=ImportOptions(source_name=_SOURCE)).n_stored


def _fevers(place_id: int, named: Iterable[tuple[GateEvent, KnownCode]]) -> None:
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


def _recheck(named: Iterable[tuple[GateEvent, KnownCode]], profile: Profile, at: datetime) -> int:
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
                    device_id=event.device_id, number=event.number, outcome=verdict.outcome, reasons=reasons,
                    edition=verdict.edition, decided_at=at,
                )
            )  # fmt: skip
    return len(GateRecheck.objects.bulk_create(rows, ignore_conflicts=True))


def _facts(event: GateEvent) -> GateFacts | None:
    """Return what the door's rule decided on, None where it did not decide or says nothing that can be read."""
    if not event.facts:
        return None
    try:
        facts: GateFacts = from_plain(GateFacts, json.loads(event.facts))
    except (CodecError, ValueError):
        return None
    return facts
