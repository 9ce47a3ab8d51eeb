"""A door at work: written down before it is answered, asked twice counted once, a full disk said and survived."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from lianfang.gate.admission import Carried
from lianfang.gate.door import Clocks, Door, OddScan, Scan, earlier
from lianfang.gate.store import Store
from lianfang.wire import code
from lianfang.wire.doors import Clock, DoorEvent, EventKind
from lianfang.wire.leases import Lease
from tests.unit.gate.test_admission import AT, CODES, DAY_CODE, carried

__all__ = ["carried"]
TEXT = code.issue(DAY_CODE, CODES)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "door.sqlite3")
    yield made
    made.close()


class Wall:
    def __init__(self) -> None:
        self.now = float(AT + 60)

        self.steady_s = 1_000.0

    def clocks(self) -> Clocks:
        return Clocks(wall=lambda: self.now, steady=lambda: self.steady_s)

    def passes(self, seconds: float) -> None:
        self.now += seconds
        self.steady_s += seconds


def asked(door: Door, client_id: str, kind: str = "asked", **fields: object) -> dict[str, object]:
    value = {"client_id": client_id, "kind": kind, "text": TEXT, "tenths_celsius": 365, **fields}
    found: dict[str, object] = json.loads(door.take([Scan.of(value)])[0])
    return found


def events(store: Store) -> list[DoorEvent]:
    return [DoorEvent.from_bytes(content) for _, content in store.oldest(100)]


def test_a_scan_asked_twice_is_one_event_also_after_a_restart(store: Store, carried: Carried, tmp_path: Path) -> None:
    door = Door(store, carried, cap=2, clocks=Wall().clocks())
    first = asked(door, "scan-0001")
    assert (first["outcome"], first["recorded"], first["inside"]) == ("admit", True, 1)
    again = Door(Store(tmp_path / "door.sqlite3"), carried, cap=2, clocks=Wall().clocks())
    assert asked(again, "scan-0001") == first
    assert again.inside == 1
    assert [event.pseudonym for event in events(store)] == [DAY_CODE.pseudonym]


def test_the_count_follows_heads_and_exits_and_fills(store: Store, carried: Carried) -> None:
    door = Door(store, carried, cap=2, clocks=Wall().clocks())
    asked(door, "scan-0001")
    asked(door, "head-0001", "head_in", text="")
    assert asked(door, "scan-0002")["outcome"] == "wait"
    assert door.inside == 2
    asked(door, "exit-0001", "exit")
    assert asked(door, "scan-0003")["outcome"] == "admit"
    asked(door, "head-0002", "head_out", text="")
    assert [event.inside for event in events(store)] == [1, 2, 2, 1, 2, 1]


def test_the_count_begins_anew_with_the_countys_day_and_never_because_a_clock_jumped(
    store: Store, carried: Carried
) -> None:
    wall = Wall()
    door = Door(store, carried, clocks=wall.clocks())
    asked(door, "head-0001", "head_in", text="")
    for number, jump in enumerate((-3 * 86_400, 4 * 86_400), 2):
        wall.now += jump
        assert asked(door, f"head-000{number}", "head_in", text="")["inside"] == number
        assert asked(door, f"scan-000{number}")["outcome"] == "admit", "the code is good by the time that it is"
        asked(door, f"exit-000{number}", "exit")
    wall.passes(86_400)
    assert asked(door, "head-0009", "head_in", text="")["inside"] == 1
    assert [event.kind for event in events(store)][-2:] == [EventKind.RESET, EventKind.HEAD_IN]


def test_a_door_started_with_a_wrong_clock_is_put_right_by_the_centre(store: Store, carried: Carried) -> None:
    wall = Wall()
    wall.now += 2 * 86_400
    door = Door(store, carried, clocks=wall.clocks())
    asked(door, "head-0001", "head_in", text="")
    door.told((AT + 60) * 1000, None)
    assert asked(door, "head-0002", "head_in", text="")["inside"] == 2
    wall.passes(86_400)
    assert asked(door, "head-0003", "head_in", text="")["inside"] == 1, "the next midnight counts"
    wall.now -= 9 * 86_400
    assert Door(store, carried, clocks=wall.clocks()).now() >= AT + 86_400, "never before what it has seen"


def test_a_door_keeps_to_its_lease_today_and_to_its_share_on_any_other_day(store: Store, carried: Carried) -> None:
    wall, today = Wall(), (AT + 60 + 8 * 3600) // 86_400
    door = Door(store, carried, cap=9, clocks=wall.clocks())
    assert (door.cap, door.lease_number) == (9, 0)
    lease = Lease("north", 4, today, 2, 1)
    store.keep_lease(lease)
    door.told((AT + 60) * 1000, lease)
    assert (door.cap, door.lease_number) == (2, 4)
    outcomes = [asked(door, f"scan-000{number}")["outcome"] for number in range(3)]
    assert outcomes == ["admit", "admit", "wait"]
    wall.passes(86_400)
    again = Door(store, carried, clocks=wall.clocks())
    assert (again.cap, again.lease_number) == (1, 4), "kept over a restart"


def test_a_full_disk_is_said_and_what_was_shown_is_taken_in_later(store: Store, carried: Carried) -> None:
    door = Door(store, carried, clocks=Wall().clocks())
    asked(door, "scan-0001")
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    outcomes = [asked(door, f"full-{n:04}") for n in range(60)]
    assert {answer["outcome"] for answer in outcomes} == {"admit"}, "the door goes on"
    lost = [f"full-{n:04}" for n, answer in enumerate(outcomes) if not answer["recorded"]]
    assert lost
    assert door.inside == 61 - len(lost)
    store._db.execute("PRAGMA max_page_count = 100000")
    for client_id in lost:
        assert asked(door, client_id, shown="admit", age_ms=5_000)["recorded"]
    assert door.inside == 61
    assert len(events(store)) == 61


def test_numbers_are_never_used_again_and_what_is_handed_over_is_kept_for_a_while(
    store: Store, carried: Carried
) -> None:
    door = Door(store, carried, clocks=Wall().clocks())
    asked(door, "scan-0001")
    store.handed_over([1], 0)
    assert store.waiting().depth == 0
    asked(door, "scan-0001")
    assert store.waiting().depth == 0, "the scanner asked again"
    store.handed_over([], 10**9)
    asked(door, "scan-0002")
    assert [event.seq for event in events(store)] == [2]


def test_a_door_that_carries_nothing_checks_everybody_and_records_them(store: Store) -> None:
    door = Door(store, None, clocks=Wall().clocks())
    answer = asked(door, "scan-0001")
    assert (answer["outcome"], answer["recorded"], answer["snapshot_age_s"]) == ("check", True, None)


@pytest.mark.parametrize(
    "changed",
    [{"kind": "reset"}, {"kind": "x"}, {"client_id": "short"}, {"client_id": 5}, {"text": "x" * 501}, {"text": None},
     {"tenths_celsius": 36.5}, {"tenths_celsius": 1000}, {"shown": "green"}, {"age_ms": -1}, {"age_ms": True}],
)  # fmt: skip
def test_odd_scans_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(OddScan):
        Scan.of({"client_id": "scan-0001", "kind": "asked", **changed})
    with pytest.raises(OddScan):
        Scan.of([])


def test_an_event_from_before_the_start_is_dated_by_the_wall_clock() -> None:
    assert earlier(Clock(9_000, b"boot0001", 500), 400) == Clock(8_600, b"boot0001", 100)
    assert earlier(Clock(9_000, b"boot0001", 500), 600) == Clock(8_400, bytes(8), 0)


def test_the_store_writes_through_to_the_disk(store: Store) -> None:
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with pytest.raises(sqlite3.IntegrityError):
        store.add(1, "same-one", 0, b"", "") or store.add(2, "same-one", 0, b"", "")
