"""Sampling, disinfecting and releasing a lot; and what a signed result does to it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from lianfang.apps.core import bulk, clock, evidence
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.verdicts import Occasion, stored
from lianfang.apps.goods import facts
from lianfang.apps.goods.models import GoodsEvent, Lot, LotStanding, Package, Stock
from lianfang.apps.goods.services.recalls import call_back, parts_of, received_in_trade
from lianfang.apps.goods.services.steps import Act, StepRefused, known_step, lock, profile_at, refresh, write
from lianfang.apps.lab import selectors as lab
from lianfang.apps.lab import services as lab_services
from lianfang.formats.gs1_link import trace_code
from lianfang.rules.goods import LotDecision, decide_lot
from lianfang.rules.vocabulary import SpecimenResult
from lianfang.rules.warehouse import GoodsStep, LotStage


class NotArrived(DomainError):
    """Only what has arrived is sampled, disinfected, released."""

    code = "not_arrived"
    http_status = 422


class TubesMissing(DomainError):
    """A sampling names its tubes, each once."""

    code = "tubes_missing"
    http_status = 422


class PiecesWrong(DomainError):
    """More pieces than the lot has, or none."""

    code = "pieces_wrong"
    http_status = 422


@transaction.atomic
def sample(lot: Lot, *, tubes: Sequence[str], act: Act) -> GoodsEvent:
    """Take samples of a lot: one tube each, registered at the laboratory. The same tubes again change nothing.

    Raises: NotArrived, TubesMissing, SpecimenCodeTaken, PermissionMissing, AreaMissing.
    """
    require(act.by, Permission.COLLECT_SPECIMENS, area_code=lot.subject.area_code)
    whole = _arrived(lot)
    codes = list(dict.fromkeys(code.strip() for code in tubes if code.strip()))
    if not codes:
        raise TubesMissing("Name the tubes.", field="tubes")
    known = {each.code: each for each in lab.Specimen.objects.filter(subject=lot.subject_id, code__in=codes)}
    if len(known) == len(codes):
        named = {each.pk for each in known.values()}
        for event in GoodsEvent.objects.filter(lot=lot, kind=GoodsStep.SAMPLED):
            if named <= set(event.detail["specimens"]):
                return event
    event = register_tubes(lot, codes, act)
    if whole.pk != lot.pk:
        refresh(whole.pk, at=act.at)
    return event


def register_tubes(lot: Lot, codes: Sequence[str], act: Act) -> GoodsEvent:
    """Register tubes of a lot at the laboratory and note the sampling. Call inside a transaction."""
    specimens = [
        lab_services.register_specimen(code=code, subject=lot.subject, collected_at=act.at, at=act.at, by=act.by)
        for code in codes
    ]
    event = GoodsEvent(
        kind=GoodsStep.SAMPLED, lot=lot, place_id=_room(lot.pk), detail={"specimens": [each.pk for each in specimens]}
    )
    return write(event, act=act)


@transaction.atomic
def disinfect(lot: Lot, *, coverage: str, pieces: int, agent: str, act: Act) -> GoodsEvent:
    """Record that the inner walls, or so many packages from outside, were disinfected, with what and by whom.

    Of a part it counts for the lot that arrived.
    Raises: NotArrived, PiecesWrong, KeyTaken, PermissionMissing, AreaMissing.
    """
    require(act.by, Permission.HANDLE_GOODS, area_code=lot.subject.area_code)
    whole = _arrived(lot).pk
    if known := known_step(act, GoodsStep.DISINFECTED, whole):
        return known
    if coverage == facts.PACKAGES:
        now = facts.lot_facts(whole, evidence.known_seq(), act.at, profile_at(act.at))
        if not 0 < pieces <= now.pieces - now.pieces_disinfected:
            raise PiecesWrong("That is more than is left to disinfect, or nothing.", field="pieces")
    else:
        pieces = 0
    detail = {"coverage": coverage, "pieces": pieces, "agent": agent[:100]}
    event = GoodsEvent(kind=GoodsStep.DISINFECTED, lot_id=whole, place_id=_room(whole), detail=detail)
    return write(event, act=act)


@transaction.atomic
def release(lot: Lot, *, act: Act) -> GoodsEvent:
    """Let a lot with all its parts into trade, with a numbered exit certificate and a trace code. Twice changes nothing.

    Raises: NotArrived, StepRefused with what is still open (G rows), PermissionMissing, AreaMissing.
    """
    require(act.by, Permission.RELEASE_GOODS, area_code=lot.subject.area_code)
    whole = _arrived(lot)
    if whole.is_released:
        return GoodsEvent.objects.filter(lot=whole.pk, kind=GoodsStep.RELEASED).latest("pk")
    lock(parts_of(whole.pk))
    seq, profile = evidence.known_seq(), profile_at(act.at)
    verdict = decide_lot(facts.lot_facts(whole.pk, seq, act.at, profile), profile)
    if verdict.outcome is not LotDecision.RELEASE:
        raise StepRefused(verdict.reasons)
    row = stored(verdict, whole.pk, Occasion(seq, act.at))
    bulk.allot_ids([row])
    number, code = _numbers(act.at, lot.subject.area_code)
    LotStanding.objects.filter(pk=whole.pk).update(release_no=number, trace_code=code)
    detail = {"release_no": number, "trace_code": code}
    event = GoodsEvent(kind=GoodsStep.RELEASED, lot_id=whole.pk, place_id=_room(whole.pk), detail=detail)
    written = write(event, act=act, verdicts=[row])
    refresh_family(whole.pk, at=act.at)
    return written


def _numbers(at: datetime, area_code: str) -> tuple[str, str]:
    """Return the next exit certificate number of the day and the trace code that goes with it."""
    wait_for(Lock.RELEASE_NUMBER)
    prefix = f"CK{area_code[:6]}{localdate(at):%Y%m%d}"
    last = LotStanding.objects.filter(release_no__startswith=prefix).order_by("-release_no").first()
    number = int((last.release_no or "0")[-4:]) + 1 if last else 1
    return f"{prefix}{number:04d}", trace_code(area_code, f"{localdate(at):%y%m%d}", number)


def _arrived(lot: Lot) -> LotStanding:
    """Lock and return what stands of the lot that arrived, of which this one may be a part."""
    root = facts.root_of(lot.pk)
    standing = lock([root])[root]
    if standing.arrived_at is None:
        raise NotArrived("This lot has not arrived.")
    return standing


def _room(lot_id: int) -> int | None:
    """Return where most of the lot is."""
    rows = Stock.objects.filter(lot=lot_id, n_pieces__gt=0).order_by("-n_pieces", "place_id")
    return rows.values_list("place_id", flat=True).first()


@transaction.atomic
def follow_results(*, result_ids: list[int]) -> None:
    """Follow results signed together: those of lots and packages."""
    subjects = lab.subjects_of(result_ids)
    packed = Package.objects.filter(pk__in=subjects.values()).values_list("pk", flat=True)
    goods = {*packed, *LotStanding.objects.filter(pk__in=subjects.values()).values_list("pk", flat=True)}
    for result_id, subject in subjects.items():
        if subject in goods:
            _follow(result_id)
    follow_measures(at=clock.now())


@transaction.atomic
def follow_result(*, result_id: int) -> None:
    """After a signed, corrected or annulled result, also of a person: note what now stands of goods. Repeatable."""
    _follow(result_id)
    follow_measures(at=clock.now())


def follow_measures(*, at: datetime) -> None:
    """Derive again what stands of lots that a measure, whoever it was ordered for, holds or holds no longer. Repeatable."""
    stopped, going = Q(is_held=True) | Q(is_sealed=True), [LotStage.WAITING, LotStage.RELEASED, LotStage.IN_TRADE]
    stale = LotStanding.objects.filter(stopped & Q(stage__in=going) | ~stopped & Q(stage=LotStage.SEALED))
    with transaction.atomic():
        for lot_id in stale.order_by("pk").values_list("pk", flat=True):
            refresh(lot_id, at=at)


def _follow(result_id: int) -> None:
    """Note the step of a signed, corrected or annulled result of a lot or package.

    A positive of goods of which pieces are out calls them back at once: nobody has to think of it. A package is one piece of
    its lot: found positive by itself, it calls back the lot.
    """
    result = lab.result(result_id)
    specimen = result.specimen
    package = Package.objects.filter(pk=specimen.subject_id).first()
    judged = package.lot_id if package else specimen.subject_id
    standings = LotStanding.objects.in_bulk({judged, specimen.subject_id})
    standing = standings.get(specimen.subject_id) or standings.get(judged)
    if standing is None or result.signed_by is None or result.signed_at is None:
        return
    lock([standing.pk])
    key = f"result:{result.pk}"
    if not GoodsEvent.objects.filter(key=key).exists():
        detail = {"specimen": specimen.pk, "result": result.pk, "value": result.value, "status": result.status}
        event = GoodsEvent(kind=GoodsStep.TESTED, lot_id=standing.pk, place_id=_room(standing.pk), detail=detail)
        write(event, act=Act(result.signed_at, result.signed_by, key=key))
    refresh_family(standing.root_id, at=result.signed_at)
    if result.value == SpecimenResult.POSITIVE and result.status != "annulled" and received_in_trade(parts_of(judged)):
        call_back(judged, note=specimen.code, act=Act(result.signed_at, result.signed_by))


def refresh_family(root_id: int, *, at: datetime) -> None:
    """Derive again what stands of a lot and all its parts."""
    for lot_id in LotStanding.objects.filter(root=root_id).order_by("pk").values_list("pk", flat=True):
        refresh(lot_id, at=at)
