"""The total warehouse's cast: store, lorry, shop and people, and a lot taken through the regime by the services."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl
from django.utils import timezone

from lianfang.apps.core import outbox
from lianfang.apps.core.models import Organisation, Role, User
from lianfang.apps.goods import services as goods
from lianfang.apps.goods.models import GoodsEvent, Lot, LotStanding, Stock
from lianfang.apps.lab import services as lab
from lianfang.apps.lab.models import Specimen
from lianfang.apps.people.services import import_persons
from lianfang.apps.places import selectors as places
from lianfang.apps.places.models import Place
from lianfang.apps.places.services import import_places
from lianfang.rules.vocabulary import CertificateKind, SpecimenResult
from tests.support.staff import organisation, staff

VILLAGE = "140826100005"
PLACES = {
    "room-1": ("cold_room", "一号冷库", "store"),
    "room-2": ("cold_room", "二号冷库", "store"),
    "truck": ("truck", "晋M88888", "store"),
    "shop": ("shop", "城关超市", "shop"),
    "shop-2": ("restaurant", "南门饭店", "shop-2"),
}
PERSONS = ("driver", "porter", "clerk")
TUBES = tuple(f"TUBE-{number}" for number in range(6))


class Warehouse:
    """A store with one room for waiting, one for released goods; `days` tells how long ago a step was."""

    def __init__(self) -> None:
        self.now = timezone.now().replace(microsecond=0)
        for code, kind, responsible in (
            ("store", "warehouse", "unit"),
            ("owner", "employer", "unit"),
            ("shop", "venue", "unit"),
            ("shop-2", "venue", "unit"),
        ):
            organisation(code, kind, responsible, area_code=VILLAGE)
        self.keeper = staff(Role.WAREHOUSE, username="keeper", organisation=self.org("store"))
        self.regulator = staff(Role.REGULATOR, username="regulator")
        self.seller = staff(Role.UNIT, username="seller", organisation=self.org("shop"))
        self.technician = staff(Role.LABORATORY, username="technician")
        self.signer = staff(Role.LABORATORY, username="signer")
        rows = [
            {"code": code, "kind": kind, "name": name, "area_code": VILLAGE, "organisation_code": unit}
            for code, (kind, name, unit) in PLACES.items()
        ]
        import_places(pl.DataFrame(rows), by=None, at=self.now)
        people = pl.DataFrame([{"code": code, "name": code.title(), "area_code": VILLAGE} for code in PERSONS])
        import_persons(people, by=None, at=self.now, household_ids=places.place_ids)

    @staticmethod
    def org(code: str) -> Organisation:
        return Organisation.objects.get(code=code)

    @staticmethod
    def place(code: str) -> Place:
        return Place.objects.select_related("organisation").get(code=code)

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def act(self, days: float, by: User | None = None, *handlers: str, key: str = "") -> goods.Act:
        return goods.Act(self.ago(days), by or self.keeper, handlers, key)

    def entry(self, code: str = "LOT-1", **changed: object) -> goods.BookingEntry:
        plain: dict[str, object] = {
            "product": "冻南美白虾", "country": "EC", "n_pieces": 600, "net_weight_kg": Decimal(12000),
            "declaration_no": "020220201000000001", "quarantine_cert_no": "120000010401001", "production_lot": "200901A",
            "owner": self.org("owner"), "warehouse": self.place("room-1"), "due_at": self.ago(4), "vehicle": "津A12345",
            "container_no": "MSKU1234565", "seal_no": "CN0000001", "driver": "driver", "destination": "县城各商超",
            "code": code,
        }  # fmt: skip
        return goods.BookingEntry(**{**plain, **changed})  # type: ignore[arg-type]

    def booked(self, code: str = "LOT-1", **changed: object) -> Lot:
        return goods.book(self.entry(code, **changed), by=self.keeper, at=self.ago(7)).lot

    def arrived(self, code: str = "LOT-1", **changed: object) -> Lot:
        lot = self.booked(code)
        said: dict[str, object] = {
            "vehicle": "津A12345", "container_no": "MSKU1234565", "seal_no": "CN0000001", "driver": "driver",
            "n_pieces": 600, "room": self.place("room-1"),
        }  # fmt: skip
        entry = goods.ArrivalEntry(**{**said, **changed})  # type: ignore[arg-type]
        goods.arrive(lot, entry, act=self.act(4, None, "porter"))
        return lot

    def papers(self, lot: Lot, *, without: CertificateKind | None = None, days: float = 4) -> None:
        numbers = {
            CertificateKind.CUSTOMS_DECLARATION: lot.declaration_no,
            CertificateKind.QUARANTINE: lot.quarantine_cert_no,
            CertificateKind.NUCLEIC_ACID: "NAT-1",
            CertificateKind.DISINFECTION: "XD-1",
        }
        for kind, number in numbers.items():
            if kind is without:
                continue
            entry = goods.CertificateEntry(
                kind, number, "天津海关", date.fromordinal(self.ago(20).toordinal()), lot.product,
                production_lot=lot.production_lot, net_weight_kg=Decimal(12000),
            )  # fmt: skip
            paper = goods.enter_certificate(lot, entry, by=self.keeper, at=self.ago(days))
            goods.check_certificate(
                certificate_id=paper.pk, confirmed=True, note="", by=self.regulator, at=self.ago(days)
            )

    def sampled(self, lot: Lot, tubes: tuple[str, ...] = TUBES, days: float = 3.5) -> None:
        goods.sample(lot, tubes=tubes, act=self.act(days, None, "porter"))

    def signed(self, tube: str, value: SpecimenResult = SpecimenResult.NEGATIVE, days: float = 3) -> None:
        specimen = Specimen.objects.get(code=tube)
        lab.record_result(specimen_id=specimen.pk, value=value, at=self.ago(days), by=self.technician)
        lab.sign_result(specimen_id=specimen.pk, at=self.ago(days), by=self.signer)
        outbox.deliver_pending()

    def disinfected(self, lot: Lot, days: float = 3.4) -> None:
        goods.disinfect(lot, coverage="walls", pieces=0, agent="过氧乙酸0.2%", act=self.act(days, None, "porter"))
        goods.disinfect(lot, coverage="packages", pieces=600, agent="含氯500mg/L", act=self.act(days, None, "porter"))

    def ready(self, code: str = "LOT-1") -> Lot:
        """Everything but the release."""
        lot = self.arrived(code)
        self.papers(lot)
        tubes = tuple(f"{code}-{tube}" for tube in TUBES)
        self.sampled(lot, tubes)
        for tube in tubes:
            self.signed(tube)
        self.disinfected(lot)
        return lot

    def released(self, code: str = "LOT-1", days: float = 2.5) -> Lot:
        lot = self.ready(code)
        goods.release(lot, act=self.act(days))
        return lot

    def more_shops(self, n: int) -> list[str]:
        """Register so many shops and return their codes."""
        codes = [f"shop-{number}" for number in range(10, 10 + n)]
        for code in codes:
            organisation(code, "venue", "unit", area_code=VILLAGE)
        rows = [
            {"code": code, "kind": "shop", "name": code, "area_code": VILLAGE, "organisation_code": code}
            for code in codes
        ]
        import_places(pl.DataFrame(rows), by=None, at=self.now)
        return codes

    def way(self, shop: str = "shop") -> tuple[Place, Place, Place]:
        return self.place("room-1"), self.place("truck"), self.place(shop)

    def in_shop(self, lot: Lot, pieces: int = 60, shop: str = "shop") -> Lot:
        """Send pieces to the shop and take them in; return the part."""
        sent = goods.dispatch(lot, pieces=pieces, way=self.way(shop), act=self.act(2, None, "porter", "driver"))
        seller = User.objects.filter(organisation=self.org(shop)).first() or staff(
            Role.UNIT, username=f"of-{shop}", organisation=self.org(shop)
        )
        goods.receive(
            sent.lot, pieces=pieces, source=self.place("truck"), place=self.place(shop),
            act=self.act(1.9, seller, "clerk"),
        )  # fmt: skip
        return sent.lot

    @staticmethod
    def stands(lot: Lot) -> LotStanding:
        return LotStanding.objects.get(pk=lot.pk)

    @staticmethod
    def stock(lot: Lot) -> dict[str, int]:
        rows = Stock.objects.filter(lot=lot, n_pieces__gt=0).values_list("place__code", "n_pieces")
        return dict(rows)

    @staticmethod
    def kinds(lot: Lot) -> list[str]:
        return list(GoodsEvent.objects.filter(lot=lot).order_by("pk").values_list("kind", flat=True))
