"""The bench for tests: a lot, tubes received, a sealed plate, and the file an instrument would write of it."""

from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from lianfang.apps.core.models import Subject, User
from lianfang.apps.lab import services as lab
from lianfang.apps.lab.bench.models import Plate, Run
from lianfang.apps.lab.bench.services import lots, plates, runs
from lianfang.apps.lab.custody import Move, move_tubes
from lianfang.apps.lab.pooling import add_to_pool
from lianfang.formats.instruments.plates import PlateSize
from lianfang.rules.custody import Whereabouts
from lianfang.sim.instrument import TASKS, SimulatedWell, cts_of, quantstudio_csv
from tests.support.staff import VILLAGE, organisation

KIT = "dual-target"


def person(code: str) -> Subject:
    fields = {"kind": "person", "label": "王小明", "area_code": VILLAGE}
    return Subject.objects.get_or_create(code=code, defaults=fields)[0]


def received(*codes: str, by: User) -> None:
    """Take a single specimen of a person for each code, and receive it."""
    now = timezone.now()
    for code in codes:
        lab.register_specimen(
            code=code, subject=person(f"of-{code}"), collected_at=now - timedelta(hours=2), at=now, by=by
        )
    receive(*codes, by=by)


def shared(code: str, n: int, by: User) -> None:
    """Fill and receive a shared tube."""
    now = timezone.now()
    for number in range(n):
        subject = person(f"in-{code}-{number}")
        add_to_pool(tube=code, subject=subject, collected_at=now - timedelta(hours=2), at=now, by=by)
    receive(code, by=by)


def receive(*codes: str, by: User) -> None:
    laboratory = by.organisation or organisation("LAB", "hospital", "unit")
    by.organisation = laboratory
    by.save()
    moved = move_tubes(codes=codes, move=Move(Whereabouts.RECEIVED, laboratory), at=timezone.now(), by=by)
    assert not moved.refused


def begun(code: str, by: User, size: PlateSize = PlateSize.SMALL) -> Plate:
    """Begin a plate with a lot that lasts."""
    now = timezone.now()
    lot = lots.register_lot(kit=KIT, number="L-1", expires_on=(now + timedelta(days=90)).date(), at=now, by=by)
    return plates.begin_plate(given=plates.NewPlate(code, size, lot), at=now, by=by)


def sealed(code: str, *tubes: str, by: User) -> Plate:
    """A sealed plate with these tubes."""
    plate = begun(code, by)
    for tube in tubes:
        plates.add_tube(plate_code=code, tube_code=tube, at=timezone.now(), by=by)
    plates.seal_plate(plate_code=code, at=timezone.now(), by=by)
    return plate


def file_of(plate: Plate, *, positive: Collection[str] = (), **cts: dict[str, float | None]) -> bytes:
    """The file of a plate: controls as they must be, tubes negative but for the positive; `cts`: by position instead."""
    wells = [
        SimulatedWell(
            well.position,
            well.tube or well.control,
            TASKS[well.control],
            cts.get(well.position) or cts_of(well.control, positive=well.tube in positive),
        )
        for well in plate.wells.order_by("position")
    ]
    return quantstudio_csv(plate.code, wells, block=plate.size)


def read(plate: Plate, content: bytes, by: User) -> Run:
    return runs.read_file(plate_code=plate.code, content=content, filename="run.csv", at=timezone.now(), by=by)
