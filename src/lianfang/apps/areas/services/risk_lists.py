"""Reading a published list into the store, letting it take effect, and publishing what it changes."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import polars as pl
from django.db import transaction

from lianfang.apps.areas.models import RiskChange, RiskList, RiskListDecision, RiskListRow, RiskPlace, RiskResolution
from lianfang.apps.areas.selectors import risk
from lianfang.apps.areas.services.resolutions import in_own_county
from lianfang.apps.areas.services.risk_history import rebuild
from lianfang.apps.core import audit, bulk, clock, evidence, outbox, profiles
from lianfang.apps.core.copying import lock_imports
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.models import FactBatch, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.registers import whole
from lianfang.formats.risk_lists import RiskListError, RiskRow, RiskSnapshot, read_risk_list
from lianfang.rules.codec import to_plain
from lianfang.rules.replay import verdict_from_json
from lianfang.rules.risk_list import ListDecision, ListFacts, decide_list
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import RiskLevel

BATCH = "risk_list"


class RiskListRefused(DomainError):
    """The file is not understood as a list of risk areas; nothing was stored."""

    code = "risk_list_refused"
    http_status = 422
    exit_code = 5


class AlreadyDecided(Conflict):
    """Somebody else has decided about the list meanwhile, and otherwise."""

    code = "risk_list_decided"


class SecondPersonNeeded(DomainError):
    """Whoever brought a list in does not confirm it."""

    code = "second_person_needed"
    http_status = 403


@dataclass(frozen=True, slots=True)
class ListImported:
    """What became of a list: known before, in effect, or waiting, and why."""

    risk_list: RiskList
    is_new: bool
    takes_effect: bool
    verdict: Verdict[ListDecision]


def import_risk_list(content: bytes, *, name: str, by: User | None, at: datetime) -> ListImported:
    """Store one list; it takes effect at once unless something speaks against it. The same list again: nothing.

    Raises: RiskListRefused with the place and the reason, PermissionMissing.
    """
    if by is not None:
        require(by, Permission.IMPORT)
    try:
        snapshot = read_risk_list(content, name)
    except RiskListError as error:
        raise RiskListRefused(f"{name}: {error}", field="file") from error
    return _store(snapshot, by=by, at=at)


@transaction.atomic
def _store(snapshot: RiskSnapshot, *, by: User | None, at: datetime) -> ListImported:
    lock_imports()
    known = risk.risk_lists().filter(content_hash=snapshot.content_hash).first()
    if known is not None:
        decision = getattr(known, "decision", None)
        verdict = verdict_from_json(json.dumps(known.verdict))
        return ListImported(known, False, bool(decision and decision.takes_effect), verdict)
    batch = evidence.open_batch(kind=BATCH, source=snapshot.source, at=at, by=by)
    places = _places(snapshot.rows, batch, at)
    facts = _list_facts(snapshot, places.codes)
    verdict = decide_list(facts, profiles.profile_in_force(at=at))
    stored = RiskList.objects.create(
        form=snapshot.form,
        source=snapshot.source[:200],
        stamp=snapshot.stamp,
        content_hash=snapshot.content_hash,
        categories=[level.value for level in snapshot.categories],
        n_rows=len(snapshot.rows),
        counts=[to_plain(count) for count in snapshot.counts],
        verdict=to_plain(verdict),
        imported_at=at,
        imported_by=by,
        content=batch,
    )
    rows = [
        RiskListRow(risk_list=stored, number=number, level=row.level, place_id=place_id, position=row.where[:60])
        for number, (row, place_id) in enumerate(zip(snapshot.rows, places.ids, strict=True), 1)
    ]
    bulk.insert(rows)
    audit.record("areas.risk_list_imported", by=by, at=at, risk_list=stored.pk, rows=len(rows))
    takes_effect = verdict.outcome is ListDecision.TAKE_EFFECT
    if takes_effect:
        _conclude(stored, takes_effect=True, by=None, at=at, note="")
    evidence.record("risk_list", [stored])
    evidence.record_batch(batch, [whole(_archived(rows, places))])
    return ListImported(stored, True, takes_effect, verdict)


@dataclass(frozen=True, slots=True)
class _Places:
    """Each row's place and division, and what had to be made."""

    ids: list[int]
    codes: list[str]
    made: list[RiskPlace]
    resolved: list[RiskResolution]


def _places(rows: Sequence[RiskRow], batch: FactBatch, at: datetime) -> _Places:
    """Find or make the place of every row; in a clause the county named first goes on."""
    finder = risk.gazetteer()
    wanted: list[tuple[RiskPlace, RiskResolution]] = []
    before = ""
    for row in rows:
        placed = finder.place(row, before=before if row.continues else "")
        carried = placed.area_code if row.continues and placed.area_code == before else ""
        before = placed.area_code if placed.is_certain else ""
        place = _place(row, finder.name(carried) if carried else row.county, batch)
        resolution = RiskResolution(
            place=place,
            area_code=placed.area_code,
            extent=placed.extent,
            community=placed.community,
            is_certain=placed.is_certain,
            at=at,
            batch=batch,
        )
        wanted.append((place, in_own_county(resolution)))
    return _kept(wanted)


def _kept(wanted: Sequence[tuple[RiskPlace, RiskResolution]]) -> _Places:
    """Take known places and their newest resolution as they are; store the others."""
    by_key: dict[str, tuple[RiskPlace, RiskResolution]] = {}
    for place, resolution in wanted:
        by_key.setdefault(place.key, (place, resolution))
    known = RiskPlace.objects.filter(key__in=by_key).annotate(area_code=risk.newest_resolution("area_code", "pk"))
    found = {each.key: (each.pk, each.area_code) for each in known}
    made = [place for key, (place, _) in by_key.items() if key not in found]
    resolved = [resolution for key, (_, resolution) in by_key.items() if key not in found]
    bulk.insert(made)
    for resolution in resolved:
        resolution.place_id = resolution.place.pk
    bulk.insert(resolved)
    found |= {each.place.key: (each.place.pk, each.area_code) for each in resolved}
    ids = [found[place.key][0] for place, _ in wanted]
    return _Places(ids, [found[place.key][1] for place, _ in wanted], made, resolved)


def _place(row: RiskRow, county: str, batch: FactBatch) -> RiskPlace:
    words = (row.province, row.city, county, row.area_name, row.community)
    return RiskPlace(
        key=hashlib.sha256("\0".join(words).encode()).hexdigest(),
        province=row.province[:100],
        city=row.city[:100],
        county=county[:100],
        area_name=row.area_name[:300],
        community=row.community,
        excluded=row.complement.excluded if row.complement else "",
        is_complement=row.complement is not None,
        batch=batch,
    )


def _list_facts(snapshot: RiskSnapshot, codes: Sequence[str]) -> ListFacts:
    others = RiskList.objects.filter(stamp=snapshot.stamp).exclude(decision__takes_effect=False)
    in_force = risk.list_in_force(snapshot.stamp)
    before = risk.counties_at_risk(in_force) if in_force else set()
    rows = zip(snapshot.rows, codes, strict=True)
    after = {code for row, code in rows if row.level is not RiskLevel.LOW}
    return ListFacts(
        mismatches=len(snapshot.mismatches),
        same_stamp=others.count(),
        unnamed=sum(1 for row in snapshot.rows if not row.community),
        counties_before=len(before),
        counties_lifted=len(before - after),
    )


def _archived(rows: Sequence[RiskListRow], places: _Places) -> pl.DataFrame:
    """What the evidence keeps of a list: its rows, and the places and readings that are new with it."""
    entries = [(r.number, r.risk_list_id, str(r.level), r.place_id) for r in rows]
    words = [(p.key, p.pk, p.area_name, p.community) for p in places.made]
    read = [(r.pk, r.place_id, r.area_code, str(r.extent), int(r.is_certain)) for r in places.resolved]
    text, whole_number = pl.String, pl.Int64
    return pl.concat(
        [
            pl.DataFrame(
                entries,
                {"number": whole_number, "list_id": whole_number, "level": text, "place_id": whole_number},
                orient="row",
            ),
            pl.DataFrame(
                words, {"key": text, "words_id": whole_number, "area_name": text, "words": text}, orient="row"
            ),
            pl.DataFrame(
                read,
                {
                    "resolution_id": whole_number,
                    "resolved_id": whole_number,
                    "area_code": text,
                    "extent": text,
                    "is_certain": whole_number,
                },
                orient="row",
            ),
        ],
        how="diagonal",
    )


@transaction.atomic
def decide_risk_list(*, list_id: int, takes_effect: bool, note: str, at: datetime, by: User) -> RiskList:
    """Confirm or refuse a list that waits; the same decision again changes nothing.

    Raises: RiskListNotFound, AlreadyDecided, SecondPersonNeeded, PermissionMissing.
    """
    require(by, Permission.IMPORT)
    lock_imports()
    found = risk.risk_list(list_id)
    decision = getattr(found, "decision", None)
    if decision is not None:
        if decision.takes_effect != takes_effect:
            raise AlreadyDecided("Somebody has decided about this list already.")
        return found
    if found.imported_by_id == by.pk:
        raise SecondPersonNeeded("A second person confirms a list, not the one who imported it.")
    _conclude(found, takes_effect=takes_effect, by=by, at=at, note=note)
    return risk.risk_list(list_id)


def _conclude(given: RiskList, *, takes_effect: bool, by: User | None, at: datetime, note: str) -> None:
    decision = RiskListDecision.objects.create(
        risk_list=given, takes_effect=takes_effect, at=at, by=by, note=note[:300]
    )
    if by is not None:
        audit.record("areas.risk_list_decided", by=by, at=at, risk_list=given.pk, takes_effect=takes_effect)
    if takes_effect:
        rebuild(given)
        # A list that came late also changes what the next one changed.
        for each in filter(None, (given, risk.list_after(given))):
            outbox.add("areas.risk_changed", list_id=each.pk)
    evidence.record("risk_list_decision", [decision])


@transaction.atomic
def publish_change(*, list_id: int) -> None:
    """Work out what a list changed against the one before it, for the public pages and feeds. Repeatable."""
    given = risk.risk_list(list_id)
    previous = risk.list_before(given)
    before, after = _by_identity(previous), _by_identity(given)
    items = []
    for identity in before.keys() | after.keys():
        was, (place_id, now) = before.get(identity, (0, "")), after.get(identity, (0, ""))
        if was[1] != now:
            items.append((place_id or was[0], was[1], now))
    items.sort(key=partial(_weight))
    kinds = [_kind(was, now) for _, was, now in items]
    RiskChange.objects.update_or_create(
        risk_list=given,
        defaults={
            "previous": previous,
            "items": items,
            "published_at": clock.now(),
            **{f"n_{kind}": kinds.count(kind) for kind in ("added", "lifted", "raised", "lowered")},
        },
    )


def _by_identity(given: RiskList | None) -> dict[tuple[str, ...], tuple[int, str]]:
    """Return each place of a list, told apart by where it is and not by its spelling, with its highest level."""
    if given is None:
        return {}
    rows = risk.rows_of(given)
    found: dict[tuple[str, ...], tuple[int, str]] = {}
    for place_id, level, code, extent, plain, excluded in rows.values_list(
        "place_id", "level", "area_code", "extent", "plain", "place__excluded"
    ):
        identity = (code, extent, plain, excluded)
        present = found.get(identity)
        if present is None or risk.LEVEL_ORDER[level] < risk.LEVEL_ORDER[present[1]]:
            found[identity] = (place_id, level)
    return found


def _kind(was: str, now: str) -> str:
    if not was:
        return "added"
    if not now:
        return "lifted"
    return "raised" if risk.LEVEL_ORDER[now] < risk.LEVEL_ORDER[was] else "lowered"


def _weight(item: tuple[int, str, str]) -> tuple[int, int, int]:
    """Order changes: new and higher risk first, then what was lowered and lifted."""
    place_id, was, now = item
    kind = ("added", "raised", "lowered", "lifted").index(_kind(was, now))
    return kind, risk.LEVEL_ORDER[now or was], place_id
