"""Presences: by county day, once each, with evidence; the same by two sessions at once."""

import threading
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from django.db import connection, connections
from django.utils import translation

from lianfang.apps.core import import_rejects
from lianfang.apps.core.imports import ImportOptions, ImportRefused, Outcome
from lianfang.apps.core.models import EvidenceEntry, FactArchive, FactBatch
from lianfang.apps.places.models import Place, Presence
from lianfang.apps.places.services import import_places, import_presences
from tests.integration.imports.cast import NOW, people, settle, stays
from tests.support.staff import OTHER_TOWNSHIP, staff


def load(table: pl.DataFrame | Path, **options: object) -> Outcome:
    return import_presences(table, by=None, at=NOW, options=ImportOptions(**options))


@pytest.mark.django_db
class TestOneSession:
    @pytest.fixture(autouse=True)
    def _county(self) -> None:
        settle()

    def test_rows_are_stored_by_county_day_with_an_archive_of_each(self) -> None:
        outcome = load(
            stays(
                ("P1", "W1", "2020-12-10T23:30", "2020-12-11T06:00"),
                ("P1", "S1", "2020-12-11T00:00", "2020-12-11T01:00"),
                ("P2", "W1", "2020-12-10T00:00", "2020-12-10T08:00"),
            )
        )
        assert (outcome.rows_in, outcome.n_stored, outcome.notes) == (3, 3, {})
        parts = FactArchive.objects.filter(batch=outcome.batch).order_by("part")
        assert [(part.part, part.n_rows) for part in parts] == [(date(2020, 12, 10), 2), (date(2020, 12, 11), 1)]
        archived = pl.concat(pl.read_parquet(bytes(part.content)) for part in parts)
        stored = Presence.objects.values_list("subject_id", "place_id", "starts_at", "ends_at")
        assert sorted(archived.rows()) == sorted(stored)
        assert EvidenceEntry.objects.get(kind="batch:presences").seq == outcome.batch.seq
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM places_presence_20201210")
            assert cursor.fetchone() == (2,)

    def test_the_same_rows_again_change_nothing(self) -> None:
        table = stays(
            ("P1", "W1", "2020-12-10T08:00", "2020-12-10T09:00"), ("P1", "W1", "2020-12-10T08:00", "2020-12-10T09:00")
        )
        first, second = load(table), load(table)
        assert (first.n_stored, first.n_duplicates) == (1, 1)
        assert (second.n_stored, second.n_duplicates, second.batch) == (0, 2, None)
        assert FactBatch.objects.filter(kind="presences").count() == 1

    def test_new_rows_join_a_day_that_has_some(self) -> None:
        load(stays(("P1", "W1", "2020-12-10T08:00", "2020-12-10T09:00")))
        outcome = load(
            stays(
                ("P1", "W1", "2020-12-10T08:00", "2020-12-10T09:00"),
                ("P2", "W1", "2020-12-10T08:00:00.123456", "2020-12-10T09:00"),
                ("P3", "W1", "2020-12-10T08:00", None),
            )
        )
        assert (outcome.n_stored, outcome.n_duplicates, outcome.notes) == (2, 1, {"open_stay": 1})
        content = FactArchive.objects.get(batch=outcome.batch).content
        assert pl.read_parquet(bytes(content))["starts_at"].max() == datetime(2020, 12, 10, 0, 0, 0, 123456, UTC)
        assert load(stays(("P3", "W1", "2020-12-10T08:00", None))).n_duplicates == 1

    def test_an_open_stay_is_stored_and_closed_by_another_row(self) -> None:
        assert load(stays(("P1", "W1", "2020-12-10T08:00", None))).n_stored == 1
        assert load(stays(("P1", "W1", "2020-12-10T08:00", "2020-12-10T12:00"))).n_stored == 1

    def test_each_fault_has_its_line_field_and_reason(self) -> None:
        table = stays(
            ("P1", "W1", "2020-12-10T08:00", "2020-12-10T08:00"),
            ("P1", "W1", "2020-12-21T08:00", "2020-12-21T09:00"),
            ("P1", "W1", "2020-12-19T08:00", "2020-12-21T09:00"),
            ("PX", "W1", "2020-12-10T08:00", "2020-12-10T09:00"),
            ("P1", "WX", "2020-12-10T08:00", "2020-12-10T09:00"),
            ("P1", "W1", "2020-12-10T08:00", "2020-12-10T09:00"),
        )
        with pytest.raises(ImportRefused) as refused:
            load(table)
        assert refused.value.outcome.rejects.select("_line", "field", "reason").rows() == [
            (1, "t_out", "not_after_start"),
            (2, "t_in", "in_the_future"),
            (3, "t_out", "in_the_future"),
            (4, "subject", "unknown_subject"),
            (5, "place", "unknown_place"),
        ]
        assert not Presence.objects.exists()
        outcome = load(table, keep_good=True)
        assert (outcome.rows_in, outcome.n_stored, outcome.n_duplicates, outcome.n_rejected) == (6, 1, 0, 5)

    def test_a_stay_of_months_is_stored_and_counted(self) -> None:
        assert load(stays(("P1", "H1", "2020-10-01T00:00", "2020-12-01T00:00"))).notes == {"long_stay": 1}

    def test_nobody_was_anywhere_in_1926(self) -> None:
        with pytest.raises(ImportRefused) as refused:
            load(stays(("P1", "H1", "1926-10-01T00:00", "2020-12-01T00:00")))
        assert refused.value.outcome.rejects.select("field", "reason").rows() == [("t_in", "too_early")]

    def test_clocks_may_run_a_little_ahead(self) -> None:
        assert load(stays(("P1", "W1", "2020-12-20T07:00", "2020-12-20T08:10"))).n_stored == 1

    def test_a_subject_outside_the_importers_area_is_unknown(self) -> None:
        other = staff("epidemiologist", area_code=OTHER_TOWNSHIP)
        with pytest.raises(ImportRefused) as refused:
            import_presences(stays(("P1", "W1", "2020-12-10T08:00", "2020-12-10T09:00")), by=other, at=NOW)
        assert refused.value.outcome.rejects["reason"].to_list() == ["unknown_subject"]

    def test_many_chunks_and_days_arrive_whole(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("lianfang.formats.csvfile.CHUNK_ROWS", 7)
        days = [f"2020-12-{day:02}" for day in range(1, 11)]
        table = stays(
            *[(f"P{n % 3 + 1}", "W1", f"{day}T{n:02}:00", f"{day}T{n:02}:30") for day in days for n in range(10)]
        )
        table.write_csv(tmp_path / "a.csv")
        seen: list[tuple[int, int, str]] = []
        outcome = import_presences(tmp_path / "a.csv", by=None, at=NOW, progress=lambda *told: seen.append(told))
        assert (outcome.n_stored, Presence.objects.count()) == (100, 100)
        assert seen[-1] == (100, 100, "storing")
        assert (100, 100, "reading") in seen

    def test_the_rejected_rows_come_as_a_table_of_line_reason_and_row(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text(
            'subject,place,t_in,t_out,note\n=1+1,W1,2020-12-10T08:00Z,x,"a\nb"\nP1,W1,2020-12-10T08:00Z,,c\n'
        )
        outcome = load(path, keep_good=True)
        with translation.override("en"):
            rejected = pl.read_csv(import_rejects.as_csv(import_rejects.rejected_rows(outcome)))
        assert rejected.columns == ["line", "field", "reason", "message", "subject", "place", "t_in", "t_out", "note"]
        message = "This is not a date in the form of its column."
        assert rejected.rows() == [
            (2, "t_out", "bad_date", message, "'=1+1", "W1", "2020-12-10T08:00Z", "x", "a\nb"),
        ]


@pytest.fixture
def committed_county(transactional_db: None):
    """What two sessions see must be committed; the partition made for them goes again afterwards."""
    settle()
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS places_presence_20201111")


def test_of_two_sessions_importing_one_file_exactly_one_stores(committed_county: None) -> None:
    table = stays(
        *[
            ("P1", "W1", f"2020-11-11T{n // 60:02}:{n % 60:02}", f"2020-11-11T{n // 60:02}:{n % 60:02}:30")
            for n in range(600)
        ]
    )
    barrier, outcomes = threading.Barrier(2), []

    def run() -> None:
        barrier.wait()
        try:
            outcomes.append(load(table))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((o.n_stored, o.n_duplicates) for o in outcomes) == [(0, 600), (600, 0)]
    assert Presence.objects.filter(starts_at__date=date(2020, 11, 11)).count() == 600
    assert EvidenceEntry.objects.filter(kind="batch:presences").count() == 1


def test_readers_are_not_kept_waiting_while_a_new_day_is_filled(committed_county: None) -> None:
    started, go_on, counted = threading.Event(), threading.Event(), []

    def importing() -> None:
        from django.db import transaction

        try:
            with transaction.atomic():
                load(stays(("P1", "W1", "2020-11-11T08:00", "2020-11-11T09:00")))
                started.set()
                go_on.wait(30)
        finally:
            connections.close_all()

    thread = threading.Thread(target=importing)
    thread.start()
    assert started.wait(30)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '5s'")
        cursor.execute("SELECT count(*) FROM places_presence")
        counted.append(cursor.fetchone()[0])
        cursor.execute("RESET statement_timeout")
    go_on.set()
    thread.join()
    assert counted == [0]
    assert Presence.objects.count() == 1


@pytest.mark.django_db
def test_places_are_registered_once_and_contradictions_rejected() -> None:
    settle()
    place = pl.DataFrame({"code": ["S1"], "kind": ["shop"], "name": ["超市"]})
    assert import_places(place, by=None, at=NOW).n_duplicates == 1
    with pytest.raises(ImportRefused) as refused:
        import_places(place.with_columns(kind=pl.lit("market")), by=None, at=NOW)
    assert refused.value.outcome.rejects.select("field", "reason").rows() == [("kind", "differs")]
    assert Place.objects.get(code="S1").kind == "shop"
    assert people(pl.DataFrame({"code": ["P4"], "household_code": ["H1"]})).n_stored == 1
