"""The demo's total warehouse: lots at every stage of the regime, taken there by the same services as real ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import polars as pl
from django.conf import settings
from django.utils import timezone

from lianfang.apps.command.demo.partner import capture_partner_document
from lianfang.apps.core import clock, outbox
from lianfang.apps.core.models import Organisation, Role, Subject, User
from lianfang.apps.goods import desk
from lianfang.apps.goods import services as goods
from lianfang.apps.goods.epcis import services as epcis
from lianfang.apps.goods.selectors import Lot
from lianfang.apps.lab import services as lab
from lianfang.apps.lab.selectors import Specimen
from lianfang.apps.places.selectors import Place, place_by_code
from lianfang.apps.places.services import import_places
from lianfang.rules.vocabulary import CertificateKind, SpecimenResult, SubjectKind
from lianfang.sim.catalogue import PRODUCTS

Report = Callable[[str], None]
_ROOMS = {
    "ZC-DJ": ("cold_room", "总仓待检库"),
    "ZC-FX": ("cold_room", "总仓放行库"),
    "ZC-CAR": ("truck", "总仓配送车 晋M·冷0016"),
}
_PIECES = 240
_TUBES = 3
_PALLETS = ("069012345000000011", "069012345000000028")
_READING = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Cast:
    keeper: User
    regulator: User
    seller: User | None
    recorder: User
    signer: User
    owner: Organisation
    hands: tuple[str, str, str]
    shop: Place | None


def play_warehouse(*, now: datetime, report: Report) -> None:
    """Take nine lots to nine stages, log temperatures, let the inspector find one thing, and capture a partner's document."""
    cast = _cast(now)
    if cast is None:
        report("  no warehouse account: the warehouse stays empty")
        return
    rooms = _rooms(cast, now)
    _Story(cast, rooms, now).play()
    _temperatures(cast, rooms, now)
    for follow in (epcis.follow_warehouse, epcis.follow_papers, epcis.follow_rooms):
        follow(at=now)
    report("  9 lots at 9 stages of the warehouse's regime, a recall under way, a partner's EPCIS document")


def _cast(now: datetime) -> _Cast | None:
    by_role = {user.role: user for user in User.objects.filter(is_active=True).order_by("-id")}
    laboratory = list(User.objects.filter(role=Role.LABORATORY, is_active=True).order_by("id")[:2])
    owner = Organisation.objects.filter(kind="employer").order_by("code").first()
    # People who are part of nothing else yet, so that the incident stays what it is.
    people = Subject.objects.filter(kind=SubjectKind.PERSON, verdicts__isnull=True, measures__isnull=True)
    hands = tuple(people.order_by("-id").values_list("code", flat=True)[:3])
    keeper, regulator = by_role.get(Role.WAREHOUSE), by_role.get(Role.REGULATOR)
    if keeper is None or regulator is None or owner is None or len(laboratory) < 2 or len(hands) < 3:
        return None
    seller = User.objects.filter(username="shop", role=Role.UNIT).first()
    shop = _shop(seller.organisation, now) if seller and seller.organisation else None
    recorder, signer = laboratory
    return _Cast(keeper, regulator, seller, recorder, signer, owner, (hands[0], hands[1], hands[2]), shop)


def _shop(unit: Organisation, now: datetime) -> Place:
    """Return the shop of the demo's shopkeeper, whose unit may be a station or a market."""
    row = {
        "code": "ZC-SHOP", "kind": "shop", "name": f"{unit.name}便民超市", "area_code": unit.area_code,
        "organisation_code": unit.code,
    }  # fmt: skip
    import_places(pl.DataFrame([row]), by=None, at=now)
    return place_by_code("ZC-SHOP", area=settings.COUNTY_CODE)


def _rooms(cast: _Cast, now: datetime) -> dict[str, Place]:
    unit = cast.keeper.organisation
    rows = [
        {"code": code, "kind": kind, "name": name, "area_code": unit.area_code if unit else settings.COUNTY_CODE,
         "organisation_code": unit.code if unit else None}
        for code, (kind, name) in _ROOMS.items()
    ]  # fmt: skip
    import_places(pl.DataFrame(rows), by=None, at=now)
    return {code: place_by_code(code, area=settings.COUNTY_CODE) for code in _ROOMS}


class _Story:
    """Each lot goes as far as its place in the list says."""

    def __init__(self, cast: _Cast, rooms: dict[str, Place], now: datetime) -> None:
        self.cast, self.rooms, self.now = cast, rooms, now.replace(microsecond=0)

    def play(self) -> None:
        sold, ready, tested, no_paper = (self._arrived(number) for number in range(4))
        self._arrived(4, seal_no="CN9999999")
        self._booked(5, arrives=self.now + timedelta(hours=3))
        recalled, condemned, unwanted = (self._arrived(number) for number in range(6, 9))
        for lot in (sold, ready, recalled):
            self._papers(lot)
            self._sampled(lot)
            self._results(lot)
            self._disinfected(lot)
            goods.release(lot, act=self._act(30))
            goods.store(
                lot, pieces=_PIECES, source=self.rooms["ZC-DJ"], target=self.rooms["ZC-FX"], act=self._act(29, 1)
            )
        self._to_the_shop(sold)
        self._stacked(ready)
        self._called_back(recalled)
        self._ended(condemned, unwanted)
        capture_partner_document(
            ready.subject.code, _PIECES, arrived_at=self.now - timedelta(hours=48), by=self.cast.keeper
        )
        self._papers(tested)
        self._sampled(tested)
        self._papers(no_paper, without=CertificateKind.QUARANTINE)
        self._market(no_paper)

    def _act(self, hours: float, *hands: int) -> goods.Act:
        return goods.Act(self.now - timedelta(hours=hours), self.cast.keeper, tuple(self.cast.hands[n] for n in hands))

    def _booked(self, number: int, arrives: datetime) -> Lot:
        product = PRODUCTS[number]
        entry = goods.BookingEntry(
            product=product.name, country=product.country, n_pieces=_PIECES,
            net_weight_kg=Decimal(str(product.piece_kg * _PIECES)), declaration_no=f"0202202010000{number:05d}",
            quarantine_cert_no=f"12000001{number:04d}001", production_lot=f"20090{number + 1}A", owner=self.cast.owner,
            warehouse=self.rooms["ZC-DJ"], due_at=arrives, vehicle=f"津A1000{number}", container_no=f"MSKU100000{number}",
            seal_no=f"CN000000{number}", driver=self.cast.hands[0], destination="县城商超", port=product.port,
            hs_code=product.hs_code, plant_no=product.plant, spec=product.spec,
            shelf_life_days=product.shelf_life_days, production_date=timezone.localdate(arrives - timedelta(days=90)),
        )  # fmt: skip
        return goods.book(entry, by=self.cast.keeper, at=min(arrives, self.now) - timedelta(days=3)).lot

    def _arrived(self, number: int, seal_no: str = "") -> Lot:
        at = self.now - timedelta(hours=50 - number)
        lot = self._booked(number, arrives=at)
        entry = goods.ArrivalEntry(
            vehicle=f"津A1000{number}", container_no=f"MSKU100000{number}", seal_no=seal_no or f"CN000000{number}",
            driver=self.cast.hands[0], n_pieces=_PIECES, room=self.rooms["ZC-DJ"],
        )  # fmt: skip
        goods.arrive(lot, entry, act=self._act(50 - number, 1))
        return lot

    def _papers(self, lot: Lot, without: CertificateKind | None = None) -> None:
        numbers = {
            CertificateKind.CUSTOMS_DECLARATION: lot.declaration_no,
            CertificateKind.QUARANTINE: lot.quarantine_cert_no,
            CertificateKind.NUCLEIC_ACID: f"NAT{lot.pk:08d}",
            CertificateKind.DISINFECTION: f"XD{lot.pk:08d}",
        }
        at = self.now - timedelta(hours=44)
        for kind, number in numbers.items():
            if kind is without:
                continue
            entry = goods.CertificateEntry(
                kind, number, "天津海关", timezone.localdate(at - timedelta(days=12)), lot.product,
                production_lot=lot.production_lot, net_weight_kg=lot.net_weight_kg,
            )  # fmt: skip
            paper = goods.enter_certificate(lot, entry, by=self.cast.keeper, at=at)
            goods.check_certificate(
                certificate_id=paper.pk, confirmed=True, note="", by=self.cast.regulator, at=at + timedelta(hours=1)
            )

    def _tubes(self, lot: Lot) -> list[str]:
        return [f"{lot.subject.code}-{letter}" for letter in "ABC"[:_TUBES]]

    def _sampled(self, lot: Lot) -> None:
        goods.sample(lot, tubes=self._tubes(lot), act=self._act(42, 2))

    def _results(self, lot: Lot) -> None:
        at = self.now - timedelta(hours=36)
        for tube in self._tubes(lot):
            specimen = Specimen.objects.get(code=tube)
            lab.record_result(
                specimen_id=specimen.pk, value=SpecimenResult.NEGATIVE, at=at, by=self.cast.recorder
            )  # fmt: skip
            lab.sign_result(specimen_id=specimen.pk, at=at, by=self.cast.signer)
        with clock.playing(at):
            outbox.deliver_pending()

    def _disinfected(self, lot: Lot) -> None:
        goods.disinfect(lot, coverage="walls", pieces=0, agent="过氧乙酸0.2%", act=self._act(41, 2))
        goods.disinfect(lot, coverage="packages", pieces=_PIECES, agent="含氯消毒液500mg/L", act=self._act(40, 2))

    def _to_the_shop(self, lot: Lot) -> None:
        shop, seller = self.cast.shop, self.cast.seller
        if shop is None or seller is None:
            return
        for hours, pieces in ((20.0, 60), (3.0, 24)):
            way = (self.rooms["ZC-FX"], self.rooms["ZC-CAR"], shop)
            sent = goods.dispatch(lot, pieces=pieces, way=way, act=self._act(hours, 0))
            if hours < 10:
                continue  # the second part is still on the road
            act = goods.Act(self.now - timedelta(hours=hours - 1), seller)
            goods.receive(sent.lot, pieces=pieces, source=self.rooms["ZC-CAR"], place=shop, act=act)
            later = goods.Act(self.now - timedelta(hours=hours - 6), seller)
            goods.scan(text=sent.lot.subject.code, way="out", pieces=18, place=shop, act=later)

    def _stacked(self, lot: Lot) -> None:
        """Two pallets stand ready in the second room."""
        for number, sscc in enumerate(_PALLETS):
            act = self._act(25 - number, 1)
            goods.put_on_pallet(lot, pieces=80, pallet=sscc, place=self.rooms["ZC-FX"], act=act)

    def _called_back(self, lot: Lot) -> None:
        """The plant calls a lot back of which a shop has pieces; the shop has answered for some of them."""
        shop, seller = self.cast.shop, self.cast.seller
        if shop is None or seller is None:
            return
        way = (self.rooms["ZC-FX"], self.rooms["ZC-CAR"], shop)
        sent = goods.dispatch(lot, pieces=40, way=way, act=self._act(22, 0))
        took = goods.Act(self.now - timedelta(hours=21), seller)
        goods.receive(sent.lot, pieces=40, source=self.rooms["ZC-CAR"], place=shop, act=took)
        by = goods.Act(self.now - timedelta(hours=1), self.cast.regulator)
        goods.recall(lot, note="境外工厂通报同批次产品外包装阳性", act=by)
        for notice in desk.notices(by=seller):
            goods.answer_recall(notice_id=notice.pk, pieces=(25, 0, 0), note="其余清点中", by=seller, at=self.now)

    def _ended(self, condemned: Lot, unwanted: Lot) -> None:
        """One lot is sealed and destroyed, one goes back to its sender."""
        room = self.rooms["ZC-DJ"]
        for lot, ending in ((condemned, goods.destroy), (unwanted, goods.send_back)):
            goods.seal(lot, note="单证造假", act=goods.Act(self.now - timedelta(hours=30), self.cast.regulator))
            ending(lot, pieces=_PIECES, place=room, act=goods.Act(self.now - timedelta(hours=26), self.cast.regulator))

    def _market(self, lot: Lot) -> None:
        """A shop tries to sell what was never released; the inspector finds goods that never came through the warehouse."""
        shop, seller = self.cast.shop, self.cast.seller
        if shop is None or seller is None:
            return
        tried = goods.Act(self.now - timedelta(hours=8), seller)
        goods.scan(text=lot.subject.code, way="out", pieces=2, place=shop, act=tried)
        found = goods.FindingEntry(place=shop, finding="unregistered", product="冻鸡爪", n_pieces=12)
        act = goods.Act(self.now - timedelta(hours=6), self.cast.regulator)
        made = goods.inspect(found, act=act)
        goods.penalise(
            inspection_id=made.pk, amount_yuan=Decimal(5000), basis="《食品安全法》第一百二十五条", by=self.cast.regulator,
            at=self.now - timedelta(hours=2),
        )  # fmt: skip


def _temperatures(cast: _Cast, rooms: dict[str, Place], now: datetime) -> None:
    """Two days of readings; the door of the second room stood open for an hour this morning."""
    first = now.replace(second=0, microsecond=0) - timedelta(days=2)
    for code in _ROOMS:
        readings = []
        for number in range(2 * 24 * 6):
            at = first + number * _READING
            is_open = code == "ZC-FX" and timedelta(hours=5) < now - at < timedelta(hours=6)
            readings.append((at, -152 if is_open else -205 + number * 7 % 11))
        goods.store_readings(readings, place=rooms[code], source="demo logger", by=cast.keeper, at=now)
