"""Calling goods back: every part of the lot is stopped, every holder is asked, and each answers for each piece."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, may, require
from lianfang.apps.goods.models import GoodsEvent, Lot, LotStanding, RecallNotice, RecallReply
from lianfang.apps.goods.services.moves import NotAllowedHere
from lianfang.apps.goods.services.steps import WAREHOUSE_KINDS, Act, lock, profile_at, write
from lianfang.apps.places.selectors import Place
from lianfang.rules.warehouse import GoodsStep


class NoticeNotFound(NotFound):
    """No such recall notice, or not for this unit."""

    code = "notice_not_found"


@transaction.atomic
def recall(lot: Lot, *, note: str, act: Act) -> GoodsEvent:
    """Call back a lot and all its parts, wherever they are. Recalling twice asks only holders that are new.

    Raises: NotInRegime, PermissionMissing, AreaMissing.
    """
    require(act.by, Permission.INSPECT_GOODS, area_code=lot.subject.area_code)
    return call_back(lot.pk, note=note, act=act)


def call_back(lot_id: int, *, note: str, act: Act) -> GoodsEvent:
    """Recall without asking for a permission: a signed positive does so. Call inside a transaction."""
    family = parts_of(lot_id)
    standings = lock(family)
    head = GoodsEvent.objects.filter(lot=lot_id, kind=GoodsStep.RECALLED).order_by("-pk").first()
    for each in family:
        if not standings[each].is_recalled:
            event = GoodsEvent(kind=GoodsStep.RECALLED, lot_id=each, detail={"note": note[:300], "of": lot_id})
            written = write(event, act=Act(act.at, act.by))
            head = written if each == lot_id else head
    assert head is not None
    _notify(head, family, act.at)
    return head


def parts_of(lot_id: int) -> list[int]:
    """Return a lot and everything that was made of it, in order of ids."""
    standing = LotStanding.objects.get(pk=lot_id)
    if standing.root_id == lot_id:
        return list(LotStanding.objects.filter(root=lot_id).order_by("pk").values_list("pk", flat=True))
    found, frontier = {lot_id}, {lot_id}
    steps = GoodsEvent.objects.filter(kind__in=[GoodsStep.SPLIT, GoodsStep.MERGED, GoodsStep.REPACKED])
    while frontier:
        made = steps.filter(lot__in=frontier).values_list("detail__into", flat=True)
        frontier = set(made) - found
        found |= frontier
    return sorted(found)


def received_in_trade(lot_ids: list[int]) -> dict[tuple[int, int], int]:
    """Return (lot, place) -> pieces that places outside the store received and did not pass on, sold ones included."""
    roots = LotStanding.objects.filter(pk__in=lot_ids).values("root")
    steps = GoodsEvent.objects.filter(lot__standing__root__in=roots)
    kept = steps.exclude(kind__in=[GoodsStep.SOLD, GoodsStep.DESTROYED]).exclude(quantities=[])
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for lines in kept.values_list("quantities", flat=True):
        for lot, place, pieces in lines:
            sums[lot, place] += pieces
    inside = set(
        Place.objects.filter(pk__in={place for _, place in sums}, kind__in=WAREHOUSE_KINDS).values_list("pk", flat=True)
    )
    wanted = set(lot_ids)
    return {key: n for key, n in sums.items() if n > 0 and key[0] in wanted and key[1] not in inside}


def _notify(head: GoodsEvent, family: list[int], at: datetime) -> None:
    numbers = profile_at(at).warehouse
    due_at = at + timedelta(seconds=numbers.recall_reply_s if numbers else 0)
    known = set(RecallNotice.objects.filter(recall=head).values_list("lot_id", "place_id"))
    holders = received_in_trade(family)
    notices = [
        RecallNotice.objects.create(
            recall=head, lot_id=lot, place_id=place, n_received=pieces, sent_at=at, due_at=due_at
        )
        for (lot, place), pieces in sorted(holders.items())
        if (lot, place) not in known
    ]
    evidence.record("recall_notice", notices)


@transaction.atomic
def answer_recall(*, notice_id: int, pieces: tuple[int, int, int], note: str, by: User, at: datetime) -> RecallReply:
    """Say how many of the received pieces were found, sold, destroyed. The same again changes nothing.

    Raises: NoticeNotFound, NotAllowedHere, PermissionMissing, AreaMissing.
    """
    found = RecallNotice.objects.select_for_update(of=("self",)).select_related("place").filter(pk=notice_id).first()
    if found is None:
        raise NoticeNotFound("There is no such recall notice.")
    if not may(by, Permission.INSPECT_GOODS):
        require(by, Permission.SCAN_GOODS)
        if found.place.organisation_id != by.organisation_id:
            raise NotAllowedHere("This place belongs to another unit.")
    require(by, Permission.VIEW_DESK, area_code=found.place.area_code)
    last = found.replies.order_by("-id").first()
    if last and (last.n_found, last.n_sold, last.n_destroyed) == pieces:
        return last
    n_found, n_sold, n_destroyed = pieces
    reply = RecallReply.objects.create(
        notice=found, n_found=n_found, n_sold=n_sold, n_destroyed=n_destroyed, note=note[:300], at=at, by=by
    )
    audit.record("goods.recall_answered", by=by, at=at, subjects=[found.lot_id], notice=found.pk)
    evidence.record("recall_reply", [reply])
    return reply
