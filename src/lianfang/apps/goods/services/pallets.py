"""Pallets: pieces of lots put on one, taken off, and moved or sent out with it as a whole."""

import hashlib
from dataclasses import replace

from django.db import transaction

from lianfang.apps.core.errors import Conflict, DomainError, NotFound
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.goods import selectors
from lianfang.apps.goods.models import GoodsEvent, Lot
from lianfang.apps.goods.services.moves import dispatch, store
from lianfang.apps.goods.services.steps import Act, KeyTaken, Line, asking, known_step, lock, permitted, write
from lianfang.apps.places.selectors import Place
from lianfang.formats.epcis.identifiers import check_digit, goods_of
from lianfang.rules.warehouse import GoodsStep


class SsccWrong(DomainError):
    """The code is no SSCC: 18 digits, the last of which checks the others."""

    code = "sscc_wrong"
    http_status = 422


class PalletElsewhere(Conflict):
    """The pallet stands at another place."""

    code = "pallet_elsewhere"


class PalletEmpty(NotFound):
    """Nothing stands on this pallet, or not in this area."""

    code = "pallet_empty"


def sscc_of(text: str) -> str:
    """Return the SSCC of what was scanned or typed: digits, "(00)" before them, an EPC or a Digital Link. Raises: SsccWrong."""
    text = text.strip().removeprefix("(00)").replace(" ", "")
    found = goods_of(text)
    digits = found.product if found and found.key == "00" else text
    if not (digits.isascii() and digits.isdigit() and len(digits) == 18 and check_digit(digits[:-1]) == digits[-1]):
        raise SsccWrong("This is no SSCC: 18 digits with a check digit.", field="pallet")
    return digits


def _lock_pallet(sscc: str) -> None:
    """Let no other session load or move this pallet until the transaction ends."""
    wait_for(Lock.PALLET, int(sscc) % (1 << 31))


@transaction.atomic
def put_on_pallet(lot: Lot, *, pieces: int, pallet: str, place: Place, act: Act) -> GoodsEvent:
    """Put loose pieces of a lot on a pallet at the same place.

    Raises: SsccWrong, PalletElsewhere, StepRefused, OnPallet, NotInRegime, PermissionMissing, AreaMissing.
    """
    return _loaded(GoodsStep.PALLETED, lot, pieces, place, replace(act, pallet=sscc_of(pallet)))


@transaction.atomic
def take_off_pallet(lot: Lot, *, pieces: int, pallet: str, place: Place, act: Act) -> GoodsEvent:
    """Take pieces of a lot off a pallet; they stay at the place. Raises: as put_on_pallet."""
    return _loaded(GoodsStep.UNPALLETED, lot, pieces, place, replace(act, pallet=sscc_of(pallet)))


def _loaded(kind: GoodsStep, lot: Lot, pieces: int, place: Place, act: Act) -> GoodsEvent:
    require(act.by, Permission.HANDLE_GOODS, area_code=place.area_code)
    _lock_pallet(act.pallet)
    lock([lot.pk])
    if known := known_step(act, kind, lot.pk):
        return known
    if selectors.loads(area="").filter(sscc=act.pallet).exclude(place=place).exists():
        raise PalletElsewhere("This pallet stands at another place.", field="pallet")
    verdict = permitted(asking(kind, Line(lot.pk, place.pk, pieces)), act)
    event = GoodsEvent(kind=kind, lot=lot, place=place, detail={"pieces": pieces})
    return write(event, act=act, verdicts=[verdict])


@transaction.atomic
def move_pallet(pallet: str, *, target: Place, act: Act, destination: Place | None = None) -> list[GoodsEvent]:
    """Move a pallet with everything on it to another room; with a destination, out on the vehicle `target`.

    All of it or nothing; each lot's step is asked for and kept by itself.
    Raises: SsccWrong, PalletEmpty, KeyTaken, StepRefused, StockRefused, SamePlace, PermissionMissing, AreaMissing.
    """
    sscc = sscc_of(pallet)
    _lock_pallet(sscc)
    stem = f"pallet:{hashlib.sha256(act.key.encode()).hexdigest()[:32]}:" if act.key else ""
    if stem and (known := list(GoodsEvent.objects.filter(key__startswith=stem).order_by("pk"))):
        if known[0].detail["pallet"] != sscc:
            raise KeyTaken("This key belongs to another step.")
        return known
    loads = list(selectors.loads(area=act.by.area_code).filter(sscc=sscc))
    if not loads:
        raise PalletEmpty("Nothing stands on this pallet.", field="pallet")
    lock([load.lot_id for load in loads])
    events = []
    for load in loads:
        own = replace(act, pallet=sscc, key=f"{stem}{load.lot_id}" if stem else "")
        if destination is None:
            events.append(store(load.lot, pieces=load.n_pieces, source=load.place, target=target, act=own))
        else:
            way = (load.place, target, destination)
            events.append(dispatch(load.lot, pieces=load.n_pieces, way=way, act=own))
    return events
