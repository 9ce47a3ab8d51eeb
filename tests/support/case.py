"""A small fixed cast on real tables: porter Wang handled the lot, his child goes to school, Zhao sells a part of it."""

from datetime import datetime, timedelta

import polars as pl
from django.utils import timezone

from lianfang.apps.core import outbox
from lianfang.apps.core.imports import Outcome
from lianfang.apps.core.models import Role, Subject, User
from lianfang.apps.goods import services as goods
from lianfang.apps.lab import services as lab
from lianfang.apps.people.services import import_persons
from lianfang.apps.places import selectors as places
from lianfang.apps.places import services as place_services
from lianfang.apps.tracing.models import Exposure, Investigation
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.staff import staff

VILLAGE = "140826100005"
PERSONS = ("wang", "child", "mate", "zhao", "passer")
PLACES = {
    "cold": "cold_room",
    "home": "household",
    "class": "classroom",
    "market": "market",
}


class Case:
    """Builds the cast through the import services; hours count back from `now`."""

    def __init__(self) -> None:
        self.now = timezone.now().replace(microsecond=0)
        self.technician = staff(Role.LABORATORY, username="technician")
        self.signer = staff(Role.LABORATORY, username="signer")
        self.command = staff(Role.COMMAND, username="duty")
        self.positive = 0  # the specimen of a lot found positive
        self._tubes = 0

    def ago(self, hours: float) -> datetime:
        return self.now - timedelta(hours=hours)

    def cast(self) -> "Case":
        """Register everybody and everything, then where they were."""
        rows = [{"code": code, "kind": kind, "area_code": VILLAGE} for code, kind in PLACES.items()]
        place_services.import_places(pl.DataFrame(rows), by=None, at=self.now)
        people = pl.DataFrame([{"code": code, "name": code.title(), "area_code": VILLAGE} for code in PERSONS])
        import_persons(people, by=None, at=self.now, household_ids=places.place_ids)
        lots = [
            {"code": code, "product": "white shrimp", "area_code": VILLAGE, "arrived_at": self.ago(72)}
            for code in ("LOT", "LOT-a", "OTHER")
        ]
        goods.import_lots(pl.DataFrame(lots), by=None, at=self.now)
        packages = pl.DataFrame([{"code": "LOT-P1", "lot_code": "LOT"}])
        goods.import_packages(packages, by=None, at=self.now)
        links = pl.DataFrame([{"from": "LOT", "to": "LOT-a", "at": self.ago(22), "kind": "split"}])
        goods.import_links(links, by=None, at=self.now)
        self.stays(
            ("LOT", "cold", 60, 1),
            ("OTHER", "cold", 58, 1),
            ("wang", "home", 40, 30),
            ("child", "home", 40, 30),
            ("child", "class", 28, 24),
            ("mate", "class", 28, 24),
            ("zhao", "market", 18, 16),
            ("passer", "market", 18, 16),
        )
        self.handled(("wang", "LOT", 50, 49), ("zhao", "LOT-a", 20, 19))
        return self

    def handled(self, *rows: tuple[str, str, float, float]) -> Outcome:
        """Import direct contacts: person, lot, hours ago of start and end."""
        table = pl.DataFrame(
            [{"from": s, "to": e, "t_in": self.ago(start), "t_out": self.ago(end)} for s, e, start, end in rows]
        )
        return place_services.import_contacts(table, by=None, at=self.now)

    def stays(self, *rows: tuple[str, str, float, float]) -> Outcome:
        """Import presences: subject, place, hours ago of start and end."""
        table = pl.DataFrame(
            [{"subject": s, "place": p, "t_in": self.ago(start), "t_out": self.ago(end)} for s, p, start, end in rows]
        )
        return place_services.import_presences(table, by=None, at=self.now)

    def specimen(self, code: str, hours_ago: float = 2) -> int:
        self._tubes += 1
        return lab.register_specimen(
            code=f"T{self._tubes:04d}",
            subject=Subject.objects.get(code=code),
            collected_at=self.ago(hours_ago),
            at=self.now,
            by=self.technician,
        ).pk

    def signed(self, code: str, value: SpecimenResult = SpecimenResult.POSITIVE, hours_ago: float = 2) -> int:
        """Take, record and sign a specimen's result and let everything follow; return the specimen's id."""
        specimen = self.specimen(code, hours_ago)
        lab.record_result(specimen_id=specimen, value=value, at=self.now, by=self.technician)
        lab.sign_result(specimen_id=specimen, at=self.now, by=self.signer)
        outbox.deliver_pending()
        return specimen

    def annul(self, specimen: int, by: User | None = None) -> None:
        lab.annul_result(specimen_id=specimen, reason="tubes mixed up", at=timezone.now(), by=by or self.signer)
        outbox.deliver_pending()


def investigation_of(code: str) -> Investigation:
    return Investigation.objects.get(index_subject__code=code)


def classes(code: str, direction: str = "forward") -> dict[str, tuple[int, str]]:
    """Subject code -> generation and class, as the current run of an index's investigation found them."""
    rows = Exposure.objects.filter(run=investigation_of(code).current_run, direction=direction)
    return {row.subject.code: (row.generation, row.exposure_class) for row in rows.select_related("subject")}
