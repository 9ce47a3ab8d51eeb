"""Contacts: dated ones become two presences at a place of their own, undated ones are kept and named as such."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from lianfang.apps.core.imports import ImportOptions, ImportRefused, Outcome
from lianfang.apps.core.models import FactArchive
from lianfang.apps.places import selectors
from lianfang.apps.places.models import ContactReport, Presence
from lianfang.apps.places.services import import_contacts
from tests.integration.imports.cast import NOW, people, settle

pytestmark = pytest.mark.django_db


def load(*rows: dict[str, object], **options: object) -> Outcome:
    return import_contacts(pl.DataFrame(list(rows)), by=None, at=NOW, options=ImportOptions(**options))


@pytest.fixture(autouse=True)
def _county() -> None:
    settle()


def spans() -> list[tuple[datetime | None, datetime | None]]:
    return list(ContactReport.objects.order_by("id").values_list("starts_at", "ends_at"))


def test_a_contact_with_times_is_two_presences_at_its_own_place() -> None:
    outcome = load(
        {"from": "P1", "to": "P2", "t_in": "2020-12-10T08:00Z", "t_out": "2020-12-10T08:20Z", "setting": "一起吃饭"}
    )
    report = ContactReport.objects.get()
    assert (report.place.kind, report.place.name, report.place.area_code) == ("contact", "一起吃饭", "140826100201")
    assert sorted(Presence.objects.values_list("subject_id", "place_id")) == sorted(
        [(report.source_id, report.place_id), (report.exposed_id, report.place_id)]
    )
    assert [part.part is None for part in FactArchive.objects.filter(batch=outcome.batch).order_by("id")] == [
        True,
        False,
    ]
    assert list(selectors.contact_reports(area="140826")) == [report]
    assert list(selectors.contacts_of([report.source_id])) == [report]
    assert list(selectors.contact_reports(area="140827")) == []


def test_an_instant_and_a_county_day() -> None:
    load(
        {"from": "P1", "to": "P2", "at": "2020-12-10T08:00Z", "date": None},
        {"from": "P1", "to": "P3", "at": None, "date": "2020-12-10"},
    )
    moment, midnight = datetime(2020, 12, 10, 8, tzinfo=UTC), datetime(2020, 12, 9, 16, tzinfo=UTC)
    assert spans() == [(moment, moment + timedelta(seconds=1)), (midnight, midnight + timedelta(days=1))]


def test_without_a_date_the_reported_exposure_period_stands_in() -> None:
    people(pl.DataFrame({"code": ["P2"], "exposure_start_date": ["2020-12-01"], "exposure_end_date": ["2020-12-03"]}))
    outcome = load({"from": "P1", "to": "P2"}, {"from": "P1", "to": "P3"})
    assert outcome.notes == {"dated_by_period": 1, "undated": 1}
    start = datetime(2020, 11, 30, 16, tzinfo=UTC)
    assert spans() == [(start, start + timedelta(days=3)), (None, None)]
    assert ContactReport.objects.get(starts_at=None).place is None
    assert Presence.objects.count() == 2


def test_an_undated_contact_can_be_imported_again_once_there_is_a_period() -> None:
    load({"from": "P1", "to": "P3"})
    people(pl.DataFrame({"code": ["P3"], "exposure_start_date": ["2020-12-01"], "exposure_end_date": ["2020-12-01"]}))
    assert load({"from": "P1", "to": "P3"}).notes == {"dated_by_period": 1}
    assert load({"from": "P1", "to": "P3"}).n_duplicates == 1
    (shown,) = selectors.contact_reports(area="140826")
    assert (shown.by_period, list(selectors.contacts_of([shown.source_id]))) == (True, [shown])


def test_another_period_makes_no_second_contact_of_one_that_was_reported_once() -> None:
    for day in ("2020-12-01", "2020-12-04"):
        people(pl.DataFrame({"code": ["P3"], "exposure_start_date": [day], "exposure_end_date": [day]}))
        outcome = load({"from": "P1", "to": "P3"}, {"from": "P1", "to": "P2"})
    assert (outcome.n_stored, outcome.n_duplicates) == (0, 2)
    assert ContactReport.objects.count() == 2


def test_a_period_that_runs_backwards_dates_nothing() -> None:
    people(pl.DataFrame({"code": ["P2"], "exposure_start_date": ["2020-12-03"], "exposure_end_date": ["2020-12-01"]}))
    assert load({"from": "P1", "to": "P2"}).notes == {"undated": 1}


def test_the_same_rows_again_change_nothing_undated_ones_included() -> None:
    rows = ({"from": "P1", "to": "P2", "date": "2020-12-10"}, {"from": "P1", "to": "P3", "date": None})
    assert load(*rows, *rows).n_stored == 2
    again = load(*rows)
    assert (again.n_stored, again.n_duplicates, again.batch) == (0, 2, None)
    assert Presence.objects.count() == 2


def test_each_fault_has_its_reason() -> None:
    at = "2020-12-10T08:00Z"
    rows = [
        {"from": "PX", "to": "P2", "t_in": None, "t_out": None},
        {"from": "P1", "to": "P1", "t_in": None, "t_out": None},
        {"from": "P1", "to": "P2", "t_in": at, "t_out": None},
        {"from": "P1", "to": "P2", "t_in": at, "t_out": at},
        {"from": "P1", "to": "P2", "t_in": "2021-12-10T08:00Z", "t_out": "2021-12-10T09:00Z"},
        {"from": "P1", "to": "P2", "t_in": at, "t_out": "2030-12-10T09:00Z"},
    ]
    with pytest.raises(ImportRefused) as refused:
        load(*rows)
    assert refused.value.outcome.rejects.select("_line", "field", "reason").rows() == [
        (1, "from", "unknown_person"),
        (2, "to", "same_subject"),
        (3, "t_out", "end_without_start"),
        (4, "t_out", "not_after_start"),
        (5, "t_in", "in_the_future"),
        (6, "t_out", "in_the_future"),
    ]
    assert not ContactReport.objects.exists()


def test_a_wide_row_is_a_contact_per_filled_column() -> None:
    row = {"case": "P3", "edge1": "P1", "edge2": " P2 ", "edge3": None}
    outcome = load(row, columns={"to": ("case",), "from": ("edge1", "edge2", "edge3")})
    assert (outcome.rows_in, outcome.n_stored) == (2, 2)
