"""Segments follow the database: what they hold, how fresh they are, and what becomes of them when things go wrong."""

import argparse
import json
import os
import signal
import threading
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import sleep

import polars as pl
import pytest
from django.db import connection, connections
from django.utils import timezone
from pytest_django.fixtures import Settings

from lianfang.apps.core import evidence
from lianfang.apps.core.models import Subject
from lianfang.apps.places.segments import checking, keeping, reading
from lianfang.apps.places.segments.rows import OPEN
from lianfang.apps.places.services import expire_presences, import_presences, register_surface
from lianfang.apps.tracing.decision import decide
from lianfang.apps.tracing.known import Facts, Known, seconds
from lianfang.cli import index as command
from lianfang.cli.main import main
from lianfang.rules.profile import builtin_profiles, load_profile
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.case import Case

PROFILE = load_profile(builtin_profiles()["covid19-2020-12"])


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.SEGMENTS_DIR = tmp_path / "segments"
    return tmp_path / "segments"


@pytest.fixture
def case(db: None) -> Case:
    return Case().cast()


def problems() -> list[str]:
    return [problem for found in checking.compare() for problem in found.problems]


def stays_now() -> list[tuple[int, int, int, int]]:
    current = reading.current(evidence.known_seq())
    assert current is not None
    return sorted(zip(*(column.tolist() for column in current.index.columns()), strict=True))


def test_nothing_is_said_before_there_are_segments(case: Case) -> None:
    assert reading.current(evidence.known_seq()) is None
    assert problems() == ["there are no segments"]
    assert reading.status().manifest is None


def test_an_update_holds_every_presence_and_a_second_does_nothing(case: Case) -> None:
    kept = keeping.update()
    assert kept.manifest.rows == 12
    assert kept.manifest.seq == evidence.known_seq()
    assert problems() == []
    again = keeping.update()
    assert (again.written, again.kept, again.manifest) == (0, kept.written, kept.manifest)


def test_later_presences_are_read_with_the_segments_until_the_next_update(case: Case) -> None:
    keeping.update()
    before = stays_now()
    case.stays(("mate", "market", 3, 2))
    current = reading.current(evidence.known_seq())
    assert current is not None
    assert len(current.reread) >= 1
    assert len(stays_now()) == len(before) + 1
    assert reading.status().stale == current.reread
    kept = keeping.update()
    assert kept.written >= 1
    assert reading.status().stale == ()
    assert problems() == []


def test_an_open_stay_gives_way_once_it_is_closed(case: Case) -> None:
    start = case.ago(5)
    row = {"subject": "mate", "place": "market", "t_in": start, "t_out": None}
    schema = {
        "subject": pl.String,
        "place": pl.String,
        "t_in": pl.Datetime("us", "UTC"),
        "t_out": pl.Datetime("us", "UTC"),
    }
    import_presences(pl.DataFrame([row], schema=schema), by=None, at=case.now)
    keeping.update()
    assert [t_out for _, _, t_in, t_out in stays_now() if t_in == seconds(start)] == [OPEN]
    import_presences(pl.DataFrame([{**row, "t_out": case.ago(4)}], schema=schema), by=None, at=case.now)
    closed = [seconds(case.ago(4))]
    assert [t_out for _, _, t_in, t_out in stays_now() if t_in == seconds(start)] == closed
    keeping.update()
    assert [t_out for _, _, t_in, t_out in stays_now() if t_in == seconds(start)] == closed
    assert problems() == []


def test_what_was_known_earlier_is_not_answered(case: Case) -> None:
    earlier = evidence.known_seq()
    case.stays(("mate", "market", 3, 2))
    keeping.update()
    assert reading.current(earlier) is None


def test_another_database_does_not_own_them(case: Case) -> None:
    keeping.update()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_treehead DISABLE TRIGGER USER")
        cursor.execute("UPDATE core_treehead SET root = decode('00', 'hex') WHERE size = %s", [evidence.known_seq()])
    assert reading.current(evidence.known_seq()) is None
    assert reading.status().manifest is None
    assert "not the one the segments end at" in problems()[0]


def test_expired_days_are_dropped(case: Case, home: Path) -> None:
    keeping.update()
    days = sorted(reading.status().manifest.days)  # type: ignore[union-attr]
    expire_presences(before=days[-1], at=case.now, by=None)
    ended = seconds(timezone.make_aware(datetime.combine(days[-1], time())))
    assert all(t_out > ended for _, _, _, t_out in stays_now())
    assert any("expired" in problem for problem in problems())
    kept = keeping.update()
    assert kept.dropped >= 1
    assert problems() == []
    assert len([path for path in home.iterdir() if path.is_dir()]) == len(kept.manifest.entries)


def test_a_changed_byte_is_found_and_a_rebuild_mends_it(
    case: Case, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keeping.update()
    column = max(home.glob("*/short.t_in"), key=lambda path: path.stat().st_size)
    content = bytearray(column.read_bytes())
    content[0] ^= 1
    column.write_bytes(content)
    assert any("damaged" in problem for problem in problems())
    assert command.run(_arguments("verify")) == command.EXIT_MISMATCH
    assert command.run(_arguments("build")) == 0
    assert command.run(_arguments("verify")) == 0
    assert "all equal" in capsys.readouterr().out


def test_a_missing_segment_is_no_segment(case: Case, home: Path) -> None:
    kept = keeping.update()
    for path in (home / kept.manifest.entries[0].directory).iterdir():
        path.unlink()
    (home / kept.manifest.entries[0].directory).rmdir()
    assert reading.current(evidence.known_seq()) is None
    assert keeping.update().written == len(kept.manifest.entries)
    assert problems() == []


@pytest.mark.parametrize("code", ["LOT-P1", "wang", "HANDLE"])
def test_a_decision_from_segments_is_the_one_from_the_database(case: Case, code: str) -> None:
    register_surface(code="HANDLE", label="door handle", place_code="cold", at=case.now, by=case.technician)
    case.stays(("mate", "cold", 80, 78))  # before a surface's three days begin, but what they left lingers
    case.signed(code, SpecimenResult.POSITIVE)
    keeping.update()
    case.stays(("passer", "class", 3, 2))
    known = Known(evidence.known_seq(), seconds(case.now))
    current = reading.current(known.seq)
    assert current is not None
    index = Subject.objects.get(code=code), case.ago(2)
    plain, fast = decide(index, Facts(known), PROFILE), decide(index, Facts(known, current.index), PROFILE)
    assert plain is not None
    assert fast is not None
    assert len(plain.found) > 2
    assert plain.found == fast.found
    assert plain.edges.sort(plain.edges.columns).equals(fast.edges.sort(plain.edges.columns))


def test_quiet_weeks_become_one_segment() -> None:
    monday = date(2020, 12, 7)
    days = {monday + timedelta(days=n) for n in range(10)}
    assert keeping.weeks(days) == [
        tuple(monday + timedelta(days=n) for n in range(7)),
        *((monday + timedelta(days=n),) for n in (7, 8, 9)),
    ]
    assert keeping.weeks(days - {monday + timedelta(days=9)})[0] == tuple(monday + timedelta(days=n) for n in range(7))
    assert len(keeping.weeks({monday + timedelta(days=n) for n in range(8)})) == 8
    assert keeping.weeks(set()) == []


def test_status_and_update_speak(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(_arguments("status")) == 0
    assert "lianfang index build" in capsys.readouterr().out
    assert command.run(_arguments("update")) == 0
    assert "12 presences" in capsys.readouterr().out
    assert command.run(_arguments("status", as_json=True)) == 0
    assert '"stale_days": []' in capsys.readouterr().out
    assert command.run(_arguments("status")) == 0
    assert "0 days changed since" in capsys.readouterr().out


def test_the_command_line_traces_them_by_code(case: Case, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keeping.update()
    assert main(["trace", str(home), "--index", "wang", "--generations", "2", "--format", "json"]) == 0
    told = capsys.readouterr()
    found = {row["subject"]: row for row in json.loads(told.out)["exposures"]}
    assert {"child", "mate"} <= found.keys()
    assert (found["child"]["via_subject"], found["child"]["via_place"]) == ("wang", "home")
    assert found["child"]["first"].endswith("+08:00")
    assert f"up to evidence no. {evidence.known_seq()}" in told.err
    assert main(["trace", str(home), "--index", "nobody"]) == 2
    assert "no presence" in capsys.readouterr().err
    assert main(["trace", str(home.parent), "--index", "wang"]) == 2
    assert "lianfang index build" in capsys.readouterr().err


def _arguments(action: str, *, as_json: bool = False) -> argparse.Namespace:
    return argparse.Namespace(action=action, json=as_json)


@pytest.mark.django_db(transaction=True)
def test_a_kill_at_any_moment_leaves_the_last_good_set(home: Path) -> None:
    """Writers are killed after ever longer waits; after each, what the manifest names is whole and equal."""
    Case().cast()
    keeping.update()
    connections.close_all()
    killed = finished = 0
    for attempt in range(24):
        child = os.fork()
        if child == 0:
            keeping.update(rebuild=True)
            os._exit(0)
        sleep(0.004 * attempt)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        finished += os.WIFEXITED(status)
        assert problems() == []
        connections.close_all()
    assert killed >= 5
    kept = keeping.update(rebuild=True)
    assert len(list(home.glob("*-*d-*"))) == len(kept.manifest.entries)
    assert not list(home.glob(".*.part"))


@pytest.mark.django_db(transaction=True)
def test_verify_is_clean_after_imports_corrections_deletions_and_kills(capsys: pytest.CaptureFixture[str]) -> None:
    case = Case().cast()
    keeping.update()
    names = ("t_in", "t_out")
    schema = {"subject": pl.String, "place": pl.String, **dict.fromkeys(names, pl.Datetime("us", "UTC"))}
    killed = 0
    for attempt in range(6):
        row = {"subject": "mate", "place": "market", "t_in": case.ago(3 + 2 * attempt), "t_out": None}
        for t_out in (None, case.ago(2 + 2 * attempt)):  # open, then corrected
            import_presences(pl.DataFrame([{**row, "t_out": t_out}], schema=schema), by=None, at=case.now)
        if attempt == 3:
            expire_presences(before=timezone.localdate(case.ago(7)), at=case.now, by=None)
        connections.close_all()
        child = os.fork()
        if child == 0:
            keeping.update()
            os._exit(0)
        sleep(0.004 * attempt)
        os.kill(child, signal.SIGKILL)
        killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert killed >= 1
    keeping.update()
    assert main(["index", "verify"]) == 0
    assert "all equal" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_wait_for_each_other() -> None:
    Case().cast()
    errors: list[BaseException] = []

    def write() -> None:
        try:
            keeping.update(rebuild=True)
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert problems() == []
