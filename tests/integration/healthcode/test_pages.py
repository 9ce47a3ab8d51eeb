"""The pages of health codes: who sees what, what they show and note, and that no request sets a colour."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lianfang.apps.core import outbox
from lianfang.apps.core.models import AuditEvent, Role, User, Verdict
from lianfang.apps.healthcode.models import Appeal, AppealDecision, CurrentCode, RiskStay
from tests.integration.test_every_url import ADDRESSES, OPERATIONS
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
        for number, client in enumerate(clients if address.name in own else clients[:2]):
            for method in ("post", "put", "patch", "delete") if number == 0 and address.name in own else ("post",):
                ask(client, address._replace(parameters=parameters).url, method, wish)
    assert len(OPERATIONS) > 5
    outbox.deliver_pending()
    assert (list(CurrentCode.objects.order_by("pk").values_list()), Verdict.objects.count()) == before


def ask(client: Client, url: str, method: str, wish: dict[str, str]) -> None:
    answers = (
        getattr(client, method)(url, wish) if method == "post" else getattr(client, method)(url),
        getattr(client, method)(url, wish, content_type="application/json"),
    )
    for answer in answers:
        assert answer.status_code < 500, (method, url)
