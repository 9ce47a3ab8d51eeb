"""Writing one step: the event, and what follows from it in the same transaction. Every step of goods goes through here."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from django.db import IntegrityError, transaction

from lianfang.apps.core import audit, bulk, evidence, profiles
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import Subject, User
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.verdicts import Occasion, stored
from lianfang.apps.goods import facts
from lianfang.apps.goods.models import GoodsEvent, Lot, LotStanding, Stock
from lianfang.apps.places.selectors import Place
from lianfang.apps.places.services import import_contacts, import_presences
from lianfang.rules.goods import decide_lot, open_points
from lianfang.rules.profile import Profile
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Reason, Verdict
from lianfang.rules.vocabulary import PlaceKind, SubjectKind
from lianfang.rules.warehouse import GoodsStep, StageFacts, StepDecision, StepFacts, permit_step, stage_of
from lianfang.rules.words import label

WAREHOUSE_KINDS: Final = frozenset({PlaceKind.COLD_ROOM, PlaceKind.WAREHOUSE})
HANDLING: Final = timedelta(minutes=10)


class StepRefused(DomainError):
    """The rules do not permit the step; `reasons`: rows of their tables."""

    code = "step_refused"
    http_status = 422

    def __init__(self, reasons: Iterable[Reason], *, field: str | None = None) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(explain(reason, spoken()) for reason in self.reasons), field=field)


class OnPallet(Conflict):
    """Pieces on a pallet move with it or are taken off first."""

    code = "on_pallet"


class StockRefused(Conflict):
    """The database itself refused: pieces are no longer there, or the lot was held meanwhile."""

    code = "stock_refused"


class NotInRegime(DomainError):
    """The lot is registered but was never booked through the warehouse."""

    code = "not_in_regime"
    http_status = 422


class PersonUnknown(DomainError):
    """No person of this code is registered."""

    code = "person_unknown"
    http_status = 422


class KeyTaken(Conflict):
    """The key of this call belongs to another step."""

    code = "key_taken"


@dataclass(frozen=True, slots=True)
class Act:
    """Who does a step and when; `handlers`: codes of the persons who had the goods in hand; `key`: of a repeatable call.

    pallet: the SSCC of the pallet on which the goods stay in this step, "" for loose ones.
    """

    at: datetime
    by: User
    handlers: tuple[str, ...] = ()
    key: str = ""
    pallet: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces of a lot that come to (positive) or leave (negative) a place."""

    lot_id: int
    place_id: int
    pieces: int


def profile_at(at: datetime) -> Profile:
    """Return the edition in force."""
    return profiles.profile_in_force(at=at)


def lock(lot_ids: Collection[int]) -> dict[int, LotStanding]:
    """Lock the standing of lots, in order. Raises: NotInRegime."""
    rows = LotStanding.objects.select_for_update().filter(pk__in=lot_ids).order_by("pk")
    found = {row.pk: row for row in rows}
    if missing := set(lot_ids) - found.keys():
        raise NotInRegime(f"Lot {min(missing)} was never booked through the warehouse.")
    return found


def known_step(act: Act, kind: GoodsStep, lot_id: int) -> GoodsEvent | None:
    """Return the step that an earlier call with the same key made. Raises: KeyTaken."""
    found = GoodsEvent.objects.filter(key=act.key).first() if act.key else None
    if found and (found.kind, found.lot_id) != (kind, lot_id):
        raise KeyTaken("This key belongs to another step.")
    return found


def permitted(asked: StepFacts, act: Act) -> StoredVerdict:
    """Ask the rule about a step and return its verdict, to be kept with the event. Raises: StepRefused."""
    seq, profile = evidence.known_seq(), profile_at(act.at)
    verdict = permit_step(facts.step_facts(asked, seq, act.at, profile), profile)
    return kept(verdict, asked.lot_id, (seq, act.at))


def kept(verdict: Verdict[Any], lot_id: int, known: tuple[int, datetime]) -> StoredVerdict:
    """Return a permitting verdict as a row with its id, not yet stored. Raises: StepRefused."""
    if verdict.outcome is StepDecision.REFUSE:
        raise StepRefused(verdict.reasons)
    row = stored(verdict, lot_id, Occasion(*known))
    bulk.allot_ids([row])
    return row


def asking(step: GoodsStep, line: Line, *, same_standing: bool = True, weight_kept: bool = True) -> StepFacts:
    """Return the question whether so many pieces may take a step; the rest of the facts is read by the rule's side."""
    return StepFacts(
        step,
        line.lot_id,
        line.place_id,
        abs(line.pieces),
        0,
        is_released=False,
        is_held=False,
        is_sealed=False,
        same_standing=same_standing,
        weight_kept=weight_kept,
    )


def write(
    event: GoodsEvent, *, act: Act, lines: Iterable[Line] = (), verdicts: Collection[StoredVerdict] = ()
) -> GoodsEvent:
    """Store one step with its verdicts; stock, standing, stays and contacts follow. Raises: StockRefused, PersonUnknown."""
    lines = list(lines)
    persons = _persons(act.handlers)
    if act.pallet:
        event.detail = {**event.detail, "pallet": act.pallet}
    event.at, event.recorded_at, event.recorded_by, event.key = act.at, act.at, act.by, act.key or None
    event.handlers = [person.pk for person in persons]
    event.quantities = [[line.lot_id, line.place_id, line.pieces] for line in lines]
    event.verdict = next(iter(verdicts), None)
    touched = sorted({event.lot_id, *(line.lot_id for line in lines)})
    before = _stays(touched)
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) in {"goods_pallet_stays", "pallet_not_overdrawn"}:
            raise OnPallet("So many pieces are not loose, or not on this pallet.", field="pieces") from error
        raise StockRefused("The pieces are no longer there, or the lot was held meanwhile.") from error
    _follow_stays(before, _stays(touched), event)
    _follow_hands(event, persons)
    audit.record(f"goods.{event.kind}", by=act.by, at=act.at, subjects=[event.lot_id], event=event.pk)
    evidence.insert("verdict", list(verdicts))
    evidence.record("goods_event", [event])
    for lot_id in touched:
        refresh(lot_id, at=act.at)
    return event


def constraint_of(error: IntegrityError) -> str:
    """Return the name of the constraint that the database refused by."""
    return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or "")


def _persons(codes: Collection[str]) -> list[Subject]:
    found = {each.code: each for each in Subject.objects.filter(kind=SubjectKind.PERSON, code__in=codes)}
    for code in codes:
        if code not in found:
            raise PersonUnknown("No person of this code is registered.", field="handlers")
    return [found[code] for code in dict.fromkeys(codes)]


def _stays(lot_ids: list[int]) -> dict[tuple[int, int], datetime]:
    """Return where pieces of the lots are, and since when."""
    rows = Stock.objects.filter(lot__in=lot_ids, n_pieces__gt=0).values_list("lot_id", "place_id", "since")
    return {(lot, place): since for lot, place, since in rows}


def _follow_stays(
    before: dict[tuple[int, int], datetime], after: dict[tuple[int, int], datetime], event: GoodsEvent
) -> None:
    """A lot is present where pieces of it are: a stay opens with the first piece and closes with the last."""
    ended = [(*key, since, event.at) for key, since in before.items() if key not in after and since < event.at]
    begun = [(*key, since, None) for key, since in after.items() if key not in before]
    if not ended + begun:
        return
    subjects = dict(Subject.objects.filter(pk__in=[row[0] for row in ended + begun]).values_list("pk", "code"))
    places = dict(Place.objects.filter(pk__in=[row[1] for row in ended + begun]).values_list("pk", "code"))
    rows = [(subjects[lot], places[place], start, end) for lot, place, start, end in ended + begun]
    table = pl.DataFrame(
        rows,
        {
            "subject": pl.String,
            "place": pl.String,
            "t_in": pl.Datetime("us", "UTC"),
            "t_out": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )
    import_presences(table, by=None, at=event.recorded_at)


def _follow_hands(event: GoodsEvent, persons: list[Subject]) -> None:
    """Whoever had a lot in hand was with it: a contact, so that goods and people are one graph."""
    if not persons:
        return
    lots = {event.lot_id, *(line[0] for line in event.quantities)}
    codes = Subject.objects.filter(pk__in=lots).values_list("code", flat=True)
    word = explain_step(GoodsStep(event.kind))
    rows = [
        {"from": person.code, "to": code, "t_in": event.at - HANDLING, "t_out": event.at, "setting": word}
        for person in persons
        for code in sorted(codes)
    ]
    import_contacts(pl.DataFrame(rows), by=None, at=event.recorded_at)


def explain_step(step: GoodsStep) -> str:
    """Return the step's word as people of the county read it beside a contact."""
    return label(step, "zh")


def refresh(lot_id: int, *, at: datetime) -> LotStanding:
    """Derive stage, decision and what a lot waits for from its facts. Repeatable; call inside a transaction."""
    standing = LotStanding.objects.select_for_update().get(pk=lot_id)
    seq, profile = evidence.known_seq(), profile_at(at)
    now = facts.lot_facts(lot_id, seq, at, profile)
    verdict = decide_lot(now, profile)
    reasons = [] if standing.is_released else [*verdict.reasons, *open_points(now, profile)]
    standing.stage = stage_of(_stage_facts(standing, seq))
    standing.decision = verdict.outcome
    standing.waits_for = list(dict.fromkeys(reason.code for reason in reasons if reason.code != "G-9"))
    standing.save(update_fields=["stage", "decision", "waits_for"])
    return standing


def _stage_facts(standing: LotStanding, seq: int) -> StageFacts:
    rows = Stock.objects.filter(lot=standing.pk, n_pieces__gt=0).values_list("place__kind", "n_pieces")
    inside = sum(pieces for kind, pieces in rows if kind in WAREHOUSE_KINDS)
    ended = dict.fromkeys((GoodsStep.SOLD, GoodsStep.DESTROYED, GoodsStep.RETURNED), 0)
    for step in facts.events_of([standing.pk], seq):
        if step.kind in ended:
            ended[GoodsStep(step.kind)] -= sum(line[2] for line in step.quantities)
    return StageFacts(
        arrived=standing.arrived_at is not None or standing.root_id != standing.pk,
        is_released=standing.is_released,
        is_stopped=standing.is_held or standing.is_sealed,
        is_recalled=standing.is_recalled,
        in_warehouse=inside,
        in_trade=sum(pieces for _, pieces in rows) - inside,
        sold=ended[GoodsStep.SOLD],
        destroyed=ended[GoodsStep.DESTROYED],
        returned=ended[GoodsStep.RETURNED],
    )


def enter_regime(lot: Lot, *, root: Lot | None = None) -> LotStanding:
    """Make a lot one of the regime's, as a part of `root` or by itself."""
    standing, _ = LotStanding.objects.get_or_create(lot=lot, defaults={"root": root or lot})
    return standing
