"""The demo's bench: lots of reagent, a run signed, one to be signed, a plate that waits for its file, tubes that wait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lianfang.apps.core import clock, outbox
from lianfang.apps.core.models import Role, Subject, User
from lianfang.apps.lab import services as lab
from lianfang.apps.lab.bench.selectors import Plate, ReagentLot, contents
from lianfang.apps.lab.bench.services import lots, plates, runs, signing
from lianfang.apps.lab.custody import Move, move_tubes
from lianfang.apps.lab.pooling import add_to_pool
from lianfang.formats.instruments.plates import PlateSize
from lianfang.rules.custody import Whereabouts
from lianfang.rules.vocabulary import SubjectKind
from lianfang.sim.instrument import TASKS, SimulatedWell, cts_of, quantstudio_csv

Report = Callable[[str], None]
_KIT = "dual-target"
_SHARED, _SWABS, _SINGLE = 6, 8, 12
_GREY: dict[str, float | None] = {"ORF1ab": 38.1, "N": None, "RNase P": 28.4}


@dataclass(frozen=True, slots=True)
class _Cast:
    recorder: User
    signer: User
    people: Sequence[Subject]


def play_bench(*, now: datetime, report: Report) -> None:
    """Fill the bench as on a working day."""
    cast = _cast()
    if cast is None:
        report("  no laboratory account: the bench stays empty")
        return
    lot = _lots(cast.recorder, now)
    singles, shared = _tubes(cast, now - timedelta(hours=9))
    yesterday = _plate("JX-0001", lot, singles[:4], cast, now - timedelta(hours=8))
    run = _read(yesterday, cast, now - timedelta(hours=6))
    signing.sign_run(run_id=run, set_aside={}, at=now - timedelta(hours=5), by=cast.signer)
    with clock.playing(now - timedelta(hours=5)):
        outbox.deliver_pending()
    second = _plate("JX-0002", lot, [*singles[4:8], *shared[:4]], cast, now - timedelta(hours=4))
    _read(second, cast, now - timedelta(hours=1), positive=shared[1], grey=singles[5])
    _plate("JX-0003", lot, [*singles[8:10], *shared[4:5]], cast, now - timedelta(minutes=30))
    report("  a run to be signed, a plate waiting for its file")


def _cast() -> _Cast | None:
    laboratory = list(User.objects.filter(role=Role.LABORATORY, is_active=True).order_by("id")[:2])
    # People who are part of nothing else yet, so that the incident stays what it is.
    free = Subject.objects.filter(kind=SubjectKind.PERSON, verdicts__isnull=True, measures__isnull=True)
    people = list(free.filter(specimens__isnull=True).order_by("-id")[10 : 10 + _SHARED * _SWABS + _SINGLE])
    if len(laboratory) < 2 or laboratory[0].organisation is None or len(people) < _SHARED * _SWABS + _SINGLE:
        return None
    return _Cast(laboratory[0], laboratory[1], people)


def _lots(by: User, now: datetime) -> ReagentLot:
    def lot(kit: str, number: str, expires_on: date, at: datetime) -> ReagentLot:
        return lots.register_lot(kit=kit, number=number, expires_on=expires_on, at=at, by=by)

    before, today = now - timedelta(days=40), now.date()
    lot(_KIT, "2020A0817", today - timedelta(days=3), before)
    lot("triple-target", "TT20201105", today + timedelta(days=150), now)
    return lot(_KIT, "2020B1126", today + timedelta(days=200), now)


def _tubes(cast: _Cast, at: datetime) -> tuple[list[str], list[str]]:
    """Tubes of one's own and shared ones, collected and received."""
    taken, by = at - timedelta(hours=3), cast.recorder
    people = iter(cast.people)
    singles, shared = (
        [f"DT{number:05d}" for number in range(1, _SINGLE + 1)],
        [f"HC{number:05d}" for number in range(1, _SHARED + 1)],
    )
    for tube in singles:
        lab.register_specimen(code=tube, subject=next(people), collected_at=taken, at=taken, by=by)
    for tube in shared:
        for _ in range(_SWABS):
            add_to_pool(tube=tube, subject=next(people), collected_at=taken, at=taken, by=by)
    move = Move(Whereabouts.RECEIVED, cast.recorder.organisation)
    move_tubes(codes=[*singles, *shared], move=move, at=at, by=by)
    return singles, shared


def _plate(code: str, lot: ReagentLot, tubes: Sequence[str], cast: _Cast, at: datetime) -> Plate:
    plate = plates.begin_plate(given=plates.NewPlate(code, PlateSize.SMALL, lot), at=at, by=cast.recorder)
    for tube in tubes:
        plates.add_tube(plate_code=code, tube_code=tube, at=at, by=cast.recorder)
    return plates.seal_plate(plate_code=plate.code, at=at, by=cast.recorder)


def _read(plate: Plate, cast: _Cast, at: datetime, *, positive: str = "", grey: str = "") -> int:
    wells = [
        SimulatedWell(
            place, well.tube or well.control, TASKS[well.control],
            _GREY if grey and well.tube == grey else cts_of(well.control, positive=well.tube == positive != ""),
        )
        for place, well in sorted(contents(plate).items())
    ]  # fmt: skip
    content = quantstudio_csv(plate.code, wells)
    name = f"{plate.code}.csv"
    return runs.read_file(plate_code=plate.code, content=content, filename=name, at=at, by=cast.recorder).pk
