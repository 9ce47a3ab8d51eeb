"""Results leave: to the person once, to who ordered, as messages and as a table; others' reports come in as proposals."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hl7apy.parser import parse_message

from lianfang.apps.core import identity, outbox
from lianfang.apps.core.models import AuditEvent, Role, SmsMessage, Subject, User
from lianfang.apps.lab import pool_results, pooling, services
from lianfang.apps.lab.models import Result, Specimen
from lianfang.apps.people.models import Person
from lianfang.apps.reporting import telling
from lianfang.apps.reporting.models import ReceivedReport, ResultText
from lianfang.formats.fhir import Release, bundle_of, read_bundle
from lianfang.formats.hl7 import read_oru, write_oru
from lianfang.formats.lab_report import LabReport
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.staff import OTHER_COUNTY, VILLAGE, organisation, signed_in, staff

pytestmark = pytest.mark.django_db
PHONE = "13800138000"
HL7 = "x-application/hl7-v2+er7"
ID_NUMBER = "11010519491231002X"


class Laboratory:
    """Two technicians and a person with a phone."""

    def __init__(self) -> None:
        self.unit = organisation("HOSPITAL", "hospital", "unit", name="县医院")
        self.technician = staff(Role.LABORATORY, username="technician", organisation=self.unit)
        self.signer = staff(Role.LABORATORY, username="signer", organisation=self.unit)
        self.subject = self.person(1)

    def person(self, number: int, **more: object) -> Subject:
        subject = Subject.objects.create(kind="person", code=f"P{number}", label="王小明", area_code=VILLAGE)
        fields = {"phone_cipher": identity.encrypt(PHONE), "phone_hash": identity.search_hash(PHONE), **more}
        Person.objects.create(subject=subject, name="王小明", area_code=VILLAGE, **fields)
        return subject

    def tube(self, code: str, subject: Subject | None = None) -> Specimen:
        now = timezone.now()
        return services.register_specimen(
            code=code, subject=subject or self.subject, collected_at=now - timedelta(minutes=5), at=now, by=self.technician
        )  # fmt: skip

    def signed(self, code: str, value: SpecimenResult) -> Result:
        tube = self.tube(code)
        services.record_result(specimen_id=tube.pk, value=value, at=timezone.now(), by=self.technician)
        return services.sign_result(specimen_id=tube.pk, at=timezone.now(), by=self.signer)


@pytest.fixture
def lab(settings: object) -> Laboratory:
    settings.SMS_SENDER = "console"  # type: ignore[attr-defined]
    return Laboratory()


def words() -> list[str]:
    return [identity.decrypt(each.text_cipher) for each in SmsMessage.objects.order_by("id") if each.text_cipher]


def test_a_unit_is_told_whether_its_employees_were_tested_and_no_diagnosis(lab: Laboratory) -> None:
    market, other = organisation("MARKET", "employer", "unit"), organisation("SCHOOL", "employer", "unit")
    clerk = staff(Role.UNIT, username="clerk", organisation=market)
    people = [
        lab.subject,
        lab.person(2, phone_hash=None),
        lab.person(3, phone_hash=None),
        lab.person(4, phone_hash=None),
    ]
    stranger = lab.person(5, phone_hash=None, work_unit=other)
    Person.objects.filter(subject__in=people).update(work_unit=market)

    def said(by: User) -> dict[str, str]:
        answer = signed_in(by).get("/reports/employees/")
        assert "positive" not in (text := answer.content.decode()).lower()
        assert "阳性" not in text
        assert "王小明" not in text
        return {row.subject.code: row.says for row in answer.context["rows"]}

    assert said(clerk) == dict.fromkeys(["P1", "P2", "P3", "P4"], "none")
    for number, (subject, value) in enumerate(
        [(people[0], SpecimenResult.NEGATIVE), (people[1], SpecimenResult.POSITIVE), (people[2], None)]
    ):
        tube = lab.tube(f"T{number}", subject)
        if value is not None:
            services.record_result(specimen_id=tube.pk, value=value, at=timezone.now(), by=lab.technician)
            assert said(clerk)[subject.code] == "awaited", "a draft says nothing"
            services.sign_result(specimen_id=tube.pk, at=timezone.now(), by=lab.signer)
    assert said(clerk) == {"P1": "negative", "P2": "called", "P3": "awaited", "P4": "none"}
    assert said(staff(Role.UNIT, username="other", organisation=other)) == {stranger.code: "none"}
    assert signed_in(lab.technician).get("/reports/employees/").status_code == 403
    event = AuditEvent.objects.filter(action="reporting.employees_read", by=clerk).latest("pk")
    assert set(event.subject_ids) == {each.pk for each in people}


def test_each_signed_version_makes_one_text_without_the_result(lab: Laboratory) -> None:
    result = lab.signed("T1", SpecimenResult.NEGATIVE)
    assert words() == []  # nothing before the commit has been followed up
    outbox.deliver_pending()
    telling.tell_result(result.pk)
    assert len(words()) == 1
    assert not any(word in words()[0] for word in ("阴性", "阳性", "Negative", "王", "T1"))
    corrected = services.correct_result(
        specimen_id=result.specimen_id, value=SpecimenResult.POSITIVE, reason="录错", at=timezone.now(), by=lab.signer
    )
    for number in range(2, 4):
        pooling.add_to_pool(tube="SHARED", subject=lab.person(number), collected_at=timezone.now(), at=timezone.now(),
                            by=lab.technician)  # fmt: skip
    pool_results.record_pool_result(code="SHARED", value=SpecimenResult.NEGATIVE, at=timezone.now(), by=lab.technician)
    pool_results.sign_pool_result(code="SHARED", at=timezone.now(), by=lab.signer, seen=SpecimenResult.NEGATIVE)
    outbox.deliver_pending()
    assert len(words()) == 4
    assert ResultText.objects.filter(result=corrected).count() == 1


def test_a_person_without_a_mobile_is_told_nothing_and_nothing_fails(lab: Laboratory) -> None:
    Person.objects.filter(pk=lab.subject.pk).update(phone_cipher=identity.encrypt("03596520000"))
    telling.tell_result(lab.signed("T1", SpecimenResult.NEGATIVE).pk)
    Person.objects.filter(pk=lab.subject.pk).update(phone_cipher=None, phone_hash=None)
    telling.tell_result(lab.signed("T2", SpecimenResult.NEGATIVE).pk)
    assert not ResultText.objects.exists()


def test_the_ordering_unit_sees_its_orders_results(lab: Laboratory) -> None:
    from lianfang.apps.lab.orders import Order, order_sampling

    at = timezone.now()
    span = {"due_from": at - timedelta(hours=1), "due_until": at + timedelta(hours=1)}
    client_id = "00000000-0000-0000-0000-000000000001"
    order_sampling(given=Order(client_id, lab.subject, "发热门诊", **span), at=at, by=lab.technician)  # type: ignore[arg-type]
    lab.signed("T1", SpecimenResult.NEGATIVE)
    assert "T1" in signed_in(lab.signer).get("/reports/ordered/").content.decode()
    assert "T1" not in signed_in(staff(Role.COMMAND)).get("/reports/ordered/").content.decode()


def test_a_signed_result_leaves_as_valid_hl7_and_fhir_and_a_draft_does_not(lab: Laboratory) -> None:
    lab.signed("T1", SpecimenResult.POSITIVE)
    client = signed_in(lab.technician)
    content = client.get("/api/lab-reports/T1/hl7").content
    assert parse_message(content.decode(), find_groups=True).validate()
    report = read_oru(content)
    assert [each.finding for each in report.observations] == ["detected"]
    assert client.get("/api/lab-reports/T1/hl7").content == content
    for release in Release:
        answer = client.get(f"/api/lab-reports/T1/fhir?release={release.value}")
        assert read_bundle(answer.content, release).specimen.code == "T1"
    services.record_result(
        specimen_id=lab.tube("T2").pk, value=SpecimenResult.NEGATIVE, at=timezone.now(), by=lab.technician
    )
    assert client.get("/api/lab-reports/T2/hl7").status_code == 404
    assert signed_in(staff(Role.COMMUNITY)).get("/api/lab-reports/T1/hl7").status_code == 403
    other = staff(Role.LABORATORY, username="other", area_code=OTHER_COUNTY)
    assert signed_in(other).get("/api/lab-reports/T1/hl7").status_code == 404


def sent(lab: Laboratory, value: SpecimenResult, **changed: object) -> LabReport:
    """Another system's report about tube IN, whose patient is given by identity number."""
    from dataclasses import replace

    from lianfang.apps.reporting import outgoing

    lab.signed("OUT", value)
    report = outgoing.report_of("OUT", at=timezone.now(), by=lab.technician)
    specimen = replace(report.specimen, code="IN")
    patient = replace(report.patient, identifier=ID_NUMBER)
    return replace(report, message_id="M1", sender="CDC", **{"specimen": specimen, "patient": patient, **changed})  # type: ignore[arg-type]


def test_a_received_report_is_proposed_once_and_signed_by_a_second_person(lab: Laboratory) -> None:
    patient = lab.person(7, id_number_hash=identity.search_hash(ID_NUMBER))
    tube = lab.tube("IN", patient)
    content = write_oru(sent(lab, SpecimenResult.NEGATIVE))
    client = signed_in(lab.technician)
    for _ in range(2):
        answer = client.post("/api/lab-reports/hl7", content, content_type=HL7)
        assert (answer.status_code, b"MSA|AA|M1|proposed" in answer.content) == (200, True)
        assert parse_message(answer.content.decode()).msh.msh_9.to_er7() == "ACK^R01^ACK"
    assert [(each.status, each.value) for each in tube.results.all()] == [("draft", "negative")]
    with pytest.raises(services.SignerIsRecorder):
        services.sign_result(specimen_id=tube.pk, at=timezone.now(), by=lab.technician)
    services.sign_result(specimen_id=tube.pk, at=timezone.now(), by=lab.signer)
    altered = content.replace(b"260415000^Not detected", b"260373001^Detected").replace(b"||N||", b"||A||")
    assert client.post("/api/lab-reports/hl7", altered, content_type=HL7).status_code == 409
    answer = client.post("/api/lab-reports/hl7", altered.replace(b"|M1|", b"|M2|"), content_type=HL7)
    assert (answer.status_code, b"MSA|AE|M2|" in answer.content) == (422, True)
    assert tube.results.count() == 1
    assert "M2" in client.get("/reports/received/").content.decode()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"is_test": True}, "test_message"),
        ({"patient": None}, "patient_differs"),
        ({"specimen": None}, "unknown_tube"),
        ({"pooled": 5}, "unknown_tube"),
    ],
)
def test_a_report_is_refused_with_its_reason(lab: Laboratory, changed: dict[str, object], code: str) -> None:
    from dataclasses import replace

    lab.tube("IN", lab.person(7, id_number_hash=identity.search_hash(ID_NUMBER)))
    report = sent(lab, SpecimenResult.NEGATIVE)
    if "patient" in changed:
        changed = {"patient": replace(report.patient, identifier="P1")}
    if "specimen" in changed:
        changed = {"specimen": replace(report.specimen, code="NONE")}
    if "pooled" in changed:
        changed = {"specimen": replace(report.specimen, pooled=5)}
    content = json.dumps(bundle_of(replace(report, **changed), Release.R5))  # type: ignore[arg-type]
    client = signed_in(lab.technician)
    answer = client.post("/api/lab-reports/fhir?release=R5", content, content_type="application/fhir+json")
    assert (answer.status_code, answer.json()["issue"][0]["diagnostics"]) == (422, code)
    assert ReceivedReport.objects.get().reason == code
    assert not Specimen.objects.get(code="IN").results.exists()


def test_what_cannot_be_read_is_refused_and_roles_and_csrf_hold(lab: Laboratory) -> None:
    client = signed_in(lab.technician)
    answer = client.post("/api/lab-reports/hl7", b"MSH|nonsense", content_type=HL7)
    assert (answer.status_code, b"MSA|AR|" in answer.content) == (422, True)
    assert client.post("/api/lab-reports/fhir", b"{}", content_type="application/fhir+json").status_code == 422
    assert signed_in(staff()).post("/api/lab-reports/hl7", b"", content_type=HL7).status_code == 403


def exported(by: User, first: str, last: str) -> list[dict[str, str]]:
    answer = signed_in(by).post("/reports/export/", {"first": first, "last": last})
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_the_province_gets_signed_versions_of_a_period_and_the_export_is_audited(lab: Laboratory) -> None:
    result = lab.signed("=T1", SpecimenResult.NEGATIVE)
    services.annul_result(specimen_id=result.specimen_id, reason="混淆", at=timezone.now(), by=lab.signer)
    services.record_result(
        specimen_id=lab.tube("DRAFT").pk, value=SpecimenResult.POSITIVE, at=timezone.now(), by=lab.technician
    )
    today = f"{timezone.localdate():%Y-%m-%d}"
    rows = exported(staff(), today, today)
    assert [(row["tube_code"], row["result"], row["status"], row["phone"]) for row in rows] == [
        ("'=T1", "negative", "final", PHONE),
        ("'=T1", "", "annulled", PHONE),
    ]
    assert rows[0]["laboratory"] == "县医院"
    event = AuditEvent.objects.filter(action="reporting.rows_exported").latest("id")
    assert lab.subject.pk in event.subject_ids
    client = signed_in(staff(username="again"))
    assert client.post("/reports/export/", {"first": "2020-12-31", "last": "2020-12-01"}).status_code == 422
    assert signed_in(lab.technician).get("/reports/export/").status_code == 403


def test_a_citizen_reads_the_own_results_once_the_phone_is_proven(lab: Laboratory) -> None:
    lab.signed("T1", SpecimenResult.NEGATIVE)
    lab.tube("T2")
    client = Client()
    assert client.get("/my-results/").status_code == 302
    client.post("/citizen/phone/", {"phone": PHONE, "next": "/my-results/"})
    code = re.search(r"\d{6}", words()[-1])
    assert code is not None
    client.post("/citizen/code/", {"code": code.group(), "next": "/my-results/"})
    page = client.get("/my-results/", headers={"Accept-Language": "en"}).content.decode()
    assert "Negative" in page
    assert "Awaited" in page
    assert "王小明" not in page  # masked
    assert AuditEvent.objects.get(action="citizen.results_read").subject_ids == [lab.subject.pk]
