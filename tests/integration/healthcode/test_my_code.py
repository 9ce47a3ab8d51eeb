# ruff: noqa: F811 - a fixture of a neighbour
"""The citizen's own code: drawn in the phone, signed anew each minute, kept without a network, withdrawn, contested."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from lianfang.apps.core import outbox
from lianfang.apps.core.identity import encrypt, search_hash
from lianfang.apps.core.models import AuditEvent, User
from lianfang.apps.followup.services import HealthEntry, record_health
from lianfang.apps.healthcode import keys, services
from lianfang.apps.healthcode.models import Appeal, CodeHolder, CurrentCode, IssuedCode
from lianfang.apps.people.models import Person
from lianfang.gate.admission import Reading, admit, load
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import SpecimenResult
from lianfang.wire import code, snapshot
from lianfang.wire.keys import Algorithm, SigningKey
from tests.integration.public.conftest import PHONE, Phones, phones  # noqa: F401 - a fixture
from tests.support.case import Case
from tests.support.staff import signed_in

pytestmark = pytest.mark.django_db
HOLDER = SigningKey.from_secret(b"phone", Algorithm.ES256, bytes([7]) * 32)


@pytest.fixture
def mine(case: Case) -> Case:
    """The passer has a phone."""
    found = {"phone_hash": search_hash(PHONE), "phone_cipher": encrypt(PHONE)}
    Person.objects.filter(subject__code="passer").update(**found)
    return case


def proven(phones: Phones) -> Client:
    client = Client()
    client.post("/citizen/phone/", {"phone": PHONE})
    client.post("/citizen/code/", {"code": phones.code()})
    return client


def stay(by: User) -> None:
    day = timezone.localdate() - timedelta(days=1)
    report = services.StayReport("130203", day, day, "telecom")
    services.record_stay(person_code="passer", report=report, at=timezone.now(), by=by)
    outbox.deliver_pending()


def fetched(client: Client, holder: str = "", person: str = "passer") -> dict[str, object]:
    answer = client.post("/my-code/token/", {"person": person, "holder": holder})
    assert answer.status_code == 200, answer.content
    return answer.json()  # type: ignore[no-any-return]


def at_a_door(text: str) -> Verdict[object]:
    """What a door says that carries the newest snapshot, of somebody without a fever."""
    carried = load(Client().get("/gate/snapshot").content, snapshot.root_of(keys.root_key().public()))
    return admit(text, carried, Reading(tenths_celsius=365), int(timezone.now().timestamp()))


def codes_of(verdict: Verdict[object]) -> list[str]:
    return [reason.code for reason in verdict.reasons]


def test_a_code_belongs_to_its_phone_and_a_picture_of_it_is_worthless(mine: Case, phones: Phones) -> None:
    client = proven(phones)
    day_code = str(fetched(client, HOLDER.public().hex())["text"])
    assert fetched(client, HOLDER.public().hex())["text"] == day_code, "asked again: the same"
    now = int(timezone.now().timestamp())
    assert codes_of(at_a_door(code.show(day_code, HOLDER, now))) == ["E-15"]
    assert codes_of(at_a_door(code.show(day_code, HOLDER, now - 600))) == ["E-8"]
    assert codes_of(at_a_door(day_code)) == ["E-8"], "without the phone's signature"
    other = SigningKey.made(b"", Algorithm.ES256)
    assert at_a_door(code.show(day_code, other, now)).outcome == "refuse"
    assert CodeHolder.objects.count() == 1
    assert len(str(fetched(client)["text"])) <= 170, "a browser that keeps no key gets one like that on paper"
    assert client.post("/my-code/token/", {"person": "passer", "holder": "00" * 33}).json()["code"] == "no_holder_key"
    assert client.post("/my-code/token/", {"person": "passer", "holder": "x"}).status_code == 422
    assert client.post("/my-code/token/", {"person": "wang"}).json()["code"] == "not_of_this_phone"


def test_a_new_colour_gives_a_new_code_and_the_old_one_says_so(
    mine: Case,
    phones: Phones,
    community: User,
) -> None:
    client = proven(phones)
    green = fetched(client, HOLDER.public().hex())
    stay(community)
    yellow = fetched(client, HOLDER.public().hex())
    assert (green["colour"], yellow["colour"]) == ("green", "yellow")
    now = int(timezone.now().timestamp())
    assert codes_of(at_a_door(code.show(str(green["text"]), HOLDER, now))) == ["E-5"]


def test_the_page_says_who_and_what_and_takes_an_appeal(
    mine: Case,
    phones: Phones,
    community: User,
    cdc: User,
) -> None:
    stay(community)
    client = proven(phones)
    page = client.get("/my-code/").content.decode()
    assert all(word in page for word in ("H-4", community.display_name, "lf-tone-yellow"))
    found = services.RiskStay.objects.get()
    client.post(f"/my-code/appeals/{found.pk}/", {"statement": "当天在家"})
    appeal = Appeal.objects.get()
    assert (appeal.recorded_by, appeal.statement) == (None, "当天在家")
    assert client.post(f"/my-code/appeals/{found.pk}/", {"statement": "again"}).status_code == 302
    assert Appeal.objects.count() == 1
    services.decide_appeal(appeal_id=appeal.pk, annuls=True, note="x", at=timezone.now(), by=cdc)
    outbox.deliver_pending()
    page = client.get("/my-code/").content.decode()
    assert "lf-tone-green" in page
    assert "H-4" not in page
    assert AuditEvent.objects.filter(action="citizen.code_read").count() == 2


def test_a_stranger_cannot_appeal(mine: Case, phones: Phones, community: User) -> None:
    stay(community)
    Person.objects.update(phone_hash=None, phone_cipher=None)
    client = proven(phones)
    assert client.post(f"/my-code/appeals/{services.RiskStay.objects.get().pk}/", {"statement": "x"}).status_code == 404
    assert "passer" not in client.get("/my-code/").content.decode()


def test_a_lost_phone_s_codes_are_refused_and_a_new_one_is_not(
    mine: Case,
    phones: Phones,
    community: User,
) -> None:
    client = proven(phones)
    lost = str(fetched(client)["text"])
    staff_client = signed_in(community)
    staff_client.post("/health-codes/passer/issue/")
    client.post("/my-code/withdraw/", {"person": "passer"})
    assert codes_of(at_a_door(lost)) == ["E-3"]
    fresh = str(fetched(client)["text"])
    assert codes_of(at_a_door(fresh)) == ["E-15"]
    staff_client.post("/health-codes/passer/withdraw/", {"why": "misused"})
    assert codes_of(at_a_door(fresh)) == ["E-3"]
    assert staff_client.post("/health-codes/passer/withdraw/", {"why": "red"}).status_code == 302
    assert IssuedCode.objects.filter(withdrawal__isnull=True).count() == 0


def test_paper_is_good_for_days_and_a_phone_for_one(mine: Case, phones: Phones, community: User) -> None:
    signed_in(community).post("/health-codes/passer/issue/")
    fetched(proven(phones))
    spans = [made.expires_at - made.issued_at for made in IssuedCode.objects.order_by("pk")]
    assert spans == [timedelta(days=7), timedelta(hours=24)]


def test_symptoms_in_the_follow_up_are_evidence_and_never_red_alone(mine: Case) -> None:
    mine.signed("wang")
    mate = CurrentCode.objects.get(subject__code="mate")
    before = [reason["code"] for reason in mate.verdict.reasons]
    for symptoms, tenths in ((["cough"], 366), ([], 366)):
        taken = timezone.now() - timedelta(minutes=30)
        entry = HealthEntry(uuid.uuid4(), mate.subject_id, "report", taken, tenths_celsius=tenths, symptoms=symptoms)
        record_health(entry=entry, at=timezone.now(), by=None)
    outbox.deliver_pending()
    mate.refresh_from_db()
    assert sorted(reason["code"] for reason in mate.verdict.reasons) == sorted([*before, "H-5"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_verdict WHERE kind = 'watch_symptoms'")
        assert cursor.fetchone()[0] == 1, "a record without symptoms is no concern, and takes none back"
    mine.signed("mate", SpecimenResult.NEGATIVE, hours_ago=0)
    mate.refresh_from_db()
    assert "H-5" not in [reason["code"] for reason in mate.verdict.reasons]
