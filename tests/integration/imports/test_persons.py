"""Persons and line lists: once each, encrypted, found by hash; contradictions are rejected, never merged."""

from datetime import date

import polars as pl
import pytest

from lianfang.apps.core import identity, integrity
from lianfang.apps.core.imports import FileUnusable, ImportRefused
from lianfang.apps.core.models import AuditEvent, FactArchive, Organisation, Subject
from lianfang.apps.people import selectors
from lianfang.apps.people.models import CaseReport, Person
from tests.integration.imports.cast import LI_ID, VILLAGE, WANG_ID, people, settle
from tests.support.staff import OTHER_TOWNSHIP, TOWNSHIP, staff

pytestmark = pytest.mark.django_db


def wang(**changed: object) -> pl.DataFrame:
    row = {
        "code": "P9", "name": "王小明", "sex": "男", "birth_date": "1949-12-31", "id_number": WANG_ID,
        "phone": "+86 138-0013-8000", "area_code": VILLAGE, "household_code": "H1", "work_unit_code": "O1",
    }  # fmt: skip
    return pl.DataFrame([row | changed])


def faults(table: pl.DataFrame, **options: object) -> list[tuple[int, str, str]]:
    with pytest.raises(ImportRefused) as refused:
        people(table, **options)
    return refused.value.outcome.rejects.select("_line", "field", "reason").rows()


@pytest.fixture(autouse=True)
def _county() -> None:
    settle()


def test_a_person_is_stored_encrypted_and_found_by_number_and_phone() -> None:
    outcome = people(wang())
    assert (outcome.rows_in, outcome.n_stored) == (1, 1)
    person = selectors.person_by_id_number(WANG_ID.lower(), area="140826")
    assert person == selectors.persons_by_phone("13800138000", area="140826").get()
    assert WANG_ID.encode() not in bytes(person.id_number_cipher)
    assert identity.decrypt(person.id_number_cipher) == WANG_ID
    assert identity.decrypt(person.phone_cipher) == "13800138000"
    assert (person.sex, person.birth_date, person.household.code) == ("male", date(1949, 12, 31), "H1")
    assert person.work_unit == Organisation.objects.get(code="O1")
    assert Subject.objects.get(pk=person.pk).label == "王**"


def test_the_evidence_holds_no_personal_data() -> None:
    outcome = people(wang(setting="王小明家", onset_date="2020-12-10"))
    content = bytes(FactArchive.objects.get(batch=outcome.batch).content)
    archived = pl.read_parquet(content)
    assert set(archived.columns) == {
        "subject_id", "kind", "area_code", "household_id", "work_unit_id", "report_id", "completed",
        "onset_date", "exposure_start_date", "exposure_end_date", "confirmed_date",
    }  # fmt: skip
    assert "王".encode() not in content


def test_the_same_list_again_changes_nothing() -> None:
    first, second = people(wang(onset_date="2020-12-10")), people(wang(onset_date="2020-12-10"))
    assert (first.n_stored, second.n_stored, second.n_duplicates, second.batch) == (1, 0, 1, None)
    assert CaseReport.objects.count() == 1


def test_a_known_code_with_other_data_is_rejected_naming_the_field() -> None:
    people(wang())
    assert faults(wang(name="王大明", phone="13900139000")) == [(1, "name", "differs")]
    assert faults(wang(area_code="140826100202")) == [(1, "area_code", "differs")]


def test_a_known_number_under_another_code_is_rejected_naming_the_known_code() -> None:
    people(wang())
    assert people(wang(code=None)).n_duplicates == 1
    with pytest.raises(ImportRefused) as refused:
        people(wang(code="P99"))
    assert refused.value.outcome.rejects.select("field", "reason", "detail").rows() == [("code", "other_code", "P9")]
    stranger = staff("epidemiologist", area_code=OTHER_TOWNSHIP)
    with pytest.raises(ImportRefused) as refused:
        people(wang(code="P99", area_code=None, household_code=None), by=stranger)
    assert refused.value.outcome.rejects.select("reason", "detail").rows() == [("other_code", None)]


def test_two_codes_for_one_number_in_one_file_are_rejected() -> None:
    assert faults(pl.concat([wang(), wang(code="P99")])) == [(2, "code", "other_code")]


def test_rows_that_depend_on_a_rejected_row_are_rejected_with_it() -> None:
    people(wang())
    first = {"code": "X0009", "name": "别人", "id_number": WANG_ID, "onset_date": None}
    for onset in ("2020-11-20", None):
        second = first | {"name": None, "id_number": None, "onset_date": onset}
        outcome = people(pl.DataFrame([first, second], infer_schema_length=None), keep_good=True)
        assert (outcome.n_stored, outcome.n_duplicates, outcome.n_rejected) == (0, 0, 2)
        assert outcome.rejects["reason"].to_list() == ["other_code", "earlier_rejected"]
    assert not Subject.objects.filter(code="X0009").exists()


def test_a_later_list_fills_what_is_empty_and_says_so_in_the_evidence() -> None:
    added = wang(code="P1", name=None, household_code=None, work_unit_code=None)
    outcome = people(pl.concat([added, added]))
    assert (outcome.n_stored, outcome.n_duplicates) == (1, 1)
    person = selectors.person_by_id_number(WANG_ID, area="140826")
    assert person.subject.code == "P1"
    assert person == selectors.persons_by_phone("13800138000", area="140826").get()
    assert (person.sex, person.birth_date, person.name) == ("male", date(1949, 12, 31), "王小明")
    archived = pl.read_parquet(bytes(FactArchive.objects.get(batch=outcome.batch).content))
    assert archived.select("subject_id", "completed").rows() == [(person.pk, "sex,birth_date,id_number,phone")]
    assert list(integrity.check_batches()) == []
    assert AuditEvent.objects.get(action="people.completed").subject_ids == [person.pk]
    assert faults(added.with_columns(phone=pl.lit("13900139000"))) == [(1, "phone", "differs")]


def test_what_the_evidence_of_the_first_list_holds_is_not_filled_later() -> None:
    assert faults(pl.DataFrame({"code": ["P1"], "household_code": ["H1"]})) == [(1, "household_code", "not_completed")]


def test_rows_of_one_file_complete_each_other() -> None:
    outcome = people(
        pl.DataFrame({"code": ["N1", "N1", "N1"], "phone": [None, "13800138000", "13900139000"]}), keep_good=True
    )
    assert (outcome.n_stored, outcome.n_rejected) == (2, 1)
    assert selectors.persons_by_phone("13800138000", area="140826").get().subject.code == "N1"


def test_nobody_writes_about_persons_of_another_area() -> None:
    other = staff("epidemiologist", area_code=OTHER_TOWNSHIP)
    assert people(pl.DataFrame({"code": ["P1"]}), by=other).n_duplicates == 1
    for given in ({"phone": "13800138000"}, {"onset_date": "2020-12-10"}):
        with pytest.raises(ImportRefused) as refused:
            people(pl.DataFrame([{"code": "P1"} | given]), by=other)
        assert refused.value.outcome.rejects["reason"].to_list() == ["outside_area"]


def test_what_a_row_does_not_say_contradicts_nothing() -> None:
    people(wang())
    assert people(pl.DataFrame({"code": ["P9"]})).n_duplicates == 1


def test_repetition_within_one_file() -> None:
    twice = pl.concat([wang(), wang(), wang(name="王二")])
    assert faults(twice) == [(3, "name", "differs")]
    outcome = people(twice, keep_good=True)
    assert (outcome.n_stored, outcome.n_duplicates, outcome.n_rejected) == (1, 1, 1)


def test_without_a_code_one_is_made_and_never_the_number() -> None:
    people(wang(code=None))
    person = selectors.person_by_id_number(WANG_ID, area="")
    assert person.subject.code == f"P{person.pk:09}"


def test_who_has_neither_code_nor_number_is_rejected() -> None:
    assert faults(wang(code=None, id_number=None)) == [(1, "code", "no_identity")]


def test_unknown_household_unit_and_a_code_of_something_else_are_rejected() -> None:
    Subject.objects.create(kind="lot", code="L1", label="", area_code="140826")
    table = pl.concat(
        [
            wang(code="A", id_number=None, household_code="H9"),
            wang(code="B", id_number=None, work_unit_code="O9"),
            wang(code="L1", id_number=None),
        ]
    )
    assert faults(table) == [
        (1, "household_code", "unknown_place"),
        (2, "work_unit_code", "unknown_organisation"),
        (3, "code", "code_taken"),
    ]


def test_a_later_line_list_adds_a_report_to_a_known_person() -> None:
    outcome = people(pl.DataFrame({"code": ["P1"], "onset_date": ["2020-12-11"], "setting": ["农贸市场"]}))
    assert (outcome.n_stored, outcome.n_duplicates) == (1, 0)
    report = selectors.case_reports([Subject.objects.get(code="P1").pk]).get()
    assert (report.onset_date, report.setting, report.batch) == (date(2020, 12, 11), "农贸市场", outcome.batch)
    again = people(pl.DataFrame({"code": ["P1"], "onset_date": ["2020-12-12"]}))
    assert again.n_stored == 1
    assert CaseReport.objects.count() == 2


def test_rows_that_name_no_division_take_the_importers_and_others_must_lie_inside() -> None:
    township = staff("epidemiologist", area_code=TOWNSHIP)
    people(pl.DataFrame({"code": ["N1"]}), by=township)
    assert Person.objects.get(subject__code="N1").area_code == TOWNSHIP
    assert faults(pl.DataFrame({"code": ["N2"], "area_code": [OTHER_TOWNSHIP]}), by=township) == [
        (1, "area_code", "outside_area")
    ]
    people(pl.DataFrame({"code": ["N3"]}))
    assert Person.objects.get(subject__code="N3").area_code == "140826"
    people(pl.DataFrame({"code": ["N4"]}), area_code=VILLAGE)
    assert Person.objects.get(subject__code="N4").area_code == VILLAGE


def test_days_to_come_and_illness_of_long_ago_are_rejected_but_not_old_age() -> None:
    table = pl.DataFrame(
        {
            "code": ["N1", "N2", "N3", "N4"],
            "birth_date": ["2090-01-01", "1926-05-01", None, None],
            "onset_date": [None, None, "2020-12-21", "1926-05-01"],
        }
    )
    assert faults(table) == [
        (1, "birth_date", "in_the_future"),
        (3, "onset_date", "in_the_future"),
        (4, "onset_date", "too_early"),
    ]


def test_all_or_nothing_unless_the_good_are_kept() -> None:
    table = pl.DataFrame({"code": ["N1", "N2"], "sex": ["M", "?"]})
    assert faults(table) == [(2, "sex", "bad_choice")]
    assert not Subject.objects.filter(code="N1").exists()
    outcome = people(table, keep_good=True)
    assert (outcome.n_stored, outcome.n_rejected) == (1, 1)
    assert Subject.objects.filter(code="N1").exists()


def test_two_people_of_one_list_with_different_numbers_and_one_phone() -> None:
    table = pl.concat([wang(), wang(code="P10", name="李四", id_number=LI_ID, birth_date="1990-03-07")])
    assert people(table).n_stored == 2
    assert selectors.persons_by_phone("138 0013 8000", area="140826").count() == 2


def test_a_file_with_a_fault_of_its_own_is_unusable() -> None:
    with pytest.raises(FileUnusable) as refused:
        people(pl.DataFrame({"code": ["N1"]}), zone="Mars/Base")
    assert refused.value.remark.code == "unknown_zone"


def test_who_is_outside_the_readers_area_is_not_found() -> None:
    people(wang())
    for area in ("140827", OTHER_TOWNSHIP):
        with pytest.raises(selectors.PersonNotFound):
            selectors.person_by_code("P9", area=area)
    pk = selectors.person_by_code("P9", area="140826").pk
    assert selectors.person_by_subject(pk, area="1408").pk == pk
