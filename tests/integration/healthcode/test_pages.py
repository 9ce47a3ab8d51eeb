"""The pages of health codes: who sees what, what they show and note, and that no request sets a colour."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone
from pytest_django.fixtures import Settings

from lianfang.apps.core import outbox
from lianfang.apps.core.models import AuditEvent, Role, User, Verdict
from lianfang.apps.healthcode.models import Appeal, AppealDecision, CurrentCode, RiskStay
from tests.integration.test_every_url import ADDRESSES, OPERATIONS
from tests.support import certificates
from tests.support.case import Case
from tests.support.staff import OTHER_TOWNSHIP, signed_in, staff

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def form(**changed: str) -> dict[str, str]:
    day = (timezone.localdate() - timedelta(days=1)).isoformat()
    return {"area_code": "130203", "starts_on": day, "ends_on": day, "basis": "telecom", **changed}


def test_evidence_appeal_and_decision_through_the_pages(case: Case, community: User, cdc: User) -> None:
    village, doctor = signed_in(community), signed_in(cdc)
    page = village.get("/health-codes/passer/", headers=ENGLISH).content.decode()
    assert "There is no evidence about this person" in page
    assert "Passer" not in page, "the name is masked"
    assert village.post("/health-codes/passer/", form()).status_code == 302
    outbox.deliver_pending()
    page = village.get("/health-codes/passer/", headers=ENGLISH).content.decode()
    assert "Was in a medium-risk area within 14 days" in page
    assert "time passes" in page
    found = RiskStay.objects.get()
    assert village.post(f"/health-codes/stays/{found.pk}/appeal/", {"statement": ""}).status_code == 302
    assert not Appeal.objects.exists()
    village.post(f"/health-codes/stays/{found.pk}/appeal/", {"statement": "I was at home"})
    appeal = Appeal.objects.get()
    address = f"/health-codes/appeals/{appeal.pk}/"
    assert village.get(address).status_code == 403
    assert "I was at home" in doctor.get("/health-codes/", headers=ENGLISH).content.decode()
    assert doctor.post(address, {"annuls": "maybe", "note": ""}).status_code == 422
    assert doctor.post(address, {"annuls": "yes", "note": "phone bill"}).status_code == 302
    assert doctor.post(address, {"annuls": "no", "note": "again"}, headers=ENGLISH).status_code == 422
    outbox.deliver_pending()
    assert AppealDecision.objects.get().annuls
    page = doctor.get("/health-codes/passer/", headers=ENGLISH).content.decode()
    assert "Green code" in page
    assert "phone bill" in page
    assert "phone bill" in doctor.get(address, headers=ENGLISH).content.decode()


def test_who_recorded_an_appeal_is_told_that_another_decides(case: Case, community: User, cdc: User) -> None:
    signed_in(community).post("/health-codes/passer/", form())
    doctor = signed_in(cdc)
    doctor.post(f"/health-codes/stays/{RiskStay.objects.get().pk}/appeal/", {"statement": "no"})
    address = f"/health-codes/appeals/{Appeal.objects.get().pk}/"
    assert "does not decide it" in doctor.get(address, headers=ENGLISH).content.decode()
    assert doctor.post(address, {"annuls": "yes", "note": "x"}).status_code == 422


def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(case: Case, community: User) -> None:
    answer = signed_in(community).post("/health-codes/passer/", form(area_code="130902"), headers=ENGLISH)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "No list names this place as at risk" in text
    assert "130902" in text


def test_another_area_sees_nothing(case: Case, community: User) -> None:
    signed_in(community).post("/health-codes/passer/", form())
    outbox.deliver_pending()
    neighbour = signed_in(staff(Role.COMMUNITY, area_code=OTHER_TOWNSHIP))
    stay = RiskStay.objects.get()
    assert "passer" not in neighbour.get("/health-codes/").content.decode()
    assert neighbour.get("/health-codes/passer/").status_code == 404
    assert neighbour.post("/health-codes/passer/", form()).status_code == 404
    assert neighbour.post(f"/health-codes/stays/{stay.pk}/appeal/", {"statement": "x"}).status_code == 404


def test_the_list_filters_and_each_look_is_noted(case: Case, community: User) -> None:
    case.signed("wang")
    outbox.deliver_pending()
    client = signed_in(community)
    page = client.get("/health-codes/?colour=red", headers=ENGLISH).content.decode()
    assert 'href="/health-codes/wang/"' in page
    assert "A positive result stands" in page
    assert 'href="/health-codes/wang/"' not in client.get("/health-codes/?colour=yellow").content.decode()
    assert client.get("/health-codes/?colour=purple", headers={**ENGLISH, "HX-Request": "true"}).status_code == 200
    client.get("/health-codes/wang/")
    assert set(AuditEvent.objects.filter(action__startswith="healthcode.").values_list("action", flat=True)) == {
        "healthcode.listed",
        "healthcode.read",
    }


def test_a_travellers_certificate_is_read_and_nothing_of_it_is_kept(
    case: Case, community: User, settings: Settings
) -> None:
    settings.TRAVEL_TRUST = certificates.TRUST
    client, now = signed_in(community), int(timezone.now().timestamp())
    said = certificates.claims(t=[certificates.TEST], v=[certificates.DOSE], r=[certificates.RECOVERY]) | {4: now + 60}

    def shown(text: str) -> tuple[int, str]:
        answer = client.post("/health-codes/travellers/", {"text": text}, headers=ENGLISH)
        return answer.status_code, answer.content.decode()

    before = Verdict.objects.count()
    status, page = shown(certificates.text(said))
    assert status == 200
    assert all(word in page for word in ("Musterfrau-Gößinger", "nothing detected", "Vaccination 1 of 2", "2021-10-04"))
    for text, word in (
        ("JK1:", "begins with HC1"), (certificates.text(said | {4: now - 1}), "has run out"),
        (certificates.text(said)[:-6] + "000000", "cannot be read"), ("", "required"),
    ):  # fmt: skip
        status, page = shown(text)
        assert (status, "Musterfrau" in page) == (422, False)
        assert word in page, word
    read = AuditEvent.objects.filter(action="healthcode.certificate_read").order_by("pk")
    assert [(each.detail["verified"], each.subject_ids) for each in read] == [(True, [])] + [(False, [])] * 4
    assert Verdict.objects.count() == before
    assert signed_in(staff(Role.LABORATORY)).get("/health-codes/travellers/").status_code == 403


def test_no_request_to_any_page_or_operation_sets_a_colour(case: Case, community: User) -> None:
    """Everybody posts a colour to every address there is; no verdict appears and no code moves."""
    signed_in(community).post("/health-codes/passer/", form())
    outbox.deliver_pending()
    before = list(CurrentCode.objects.order_by("pk").values_list()), Verdict.objects.count()
    wish = {"colour": "green", "code": "passer", "level": "low", "annuls": "yes", "note": "x", "outcome": "green"}
    clients = [signed_in(staff(role, username=f"wishing-{role}")) for role in Role.values]
    own = ("health_code", "health_code_appeal", "health_code_appeal_decide")
    for address in ADDRESSES:
        if address.name in {"logout", "set_language"}:
            continue
        parameters = {name: "passer" if value == "x" else value for name, value in address.parameters.items()}
        url = address._replace(parameters=parameters).url
        if address.name not in own:  # as a form, and as JSON by somebody else
            asked(clients[0].post(url, wish), url)
            asked(clients[1].post(url, wish, content_type="application/json"), url)
            continue
        for client in clients:
            asked(client.post(url, wish), url)
            asked(client.post(url, wish, content_type="application/json"), url)
        for method in (clients[0].put, clients[0].patch, clients[0].delete):
            asked(method(url, wish, content_type="application/json"), url)
    assert len(OPERATIONS) > 5
    outbox.deliver_pending()
    assert (list(CurrentCode.objects.order_by("pk").values_list()), Verdict.objects.count()) == before


def asked(answer: HttpResponse, url: str) -> None:
    assert answer.status_code < 500, url
