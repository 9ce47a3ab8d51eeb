"""The rules' numbers change as data: proposed, tried, approved by two others, in force later; colours follow the rule."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from lianfang.apps.core import governing, outbox
from lianfang.apps.core.models import EvidenceEntry, ProfileApproval, ProfileDryRun, ProfileProposal, Role, User
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.healthcode import services
from lianfang.apps.healthcode.models import CurrentCode
from lianfang.rules.profile import builtin_profiles
from tests.support.case import Case
from tests.support.staff import signed_in, staff

pytestmark = pytest.mark.django_db
TEXT = builtin_profiles()["covid19-2020-12"]
STRICT = TEXT.replace('edition = "covid19-2020-12"', 'edition = "county-2021-01"', 1).replace(
    "middle_stay = { days = 14", "middle_stay = { days = 1", 1
)
DAY = timedelta(days=1)


@pytest.fixture
def others() -> list[User]:
    return [staff(Role.EPIDEMIOLOGIST, username=f"cdc{n}") for n in range(2)]


def proposed(by: User, toml: str = STRICT, days: float = 2) -> ProfileProposal:
    now = timezone.now()
    return governing.propose(toml=toml, effective_at=now + DAY * days, note="order 3", at=now, by=by)


def test_a_change_is_in_force_when_two_others_approve_and_its_time_has_come(
    case: Case, community: User, others: list[User]
) -> None:
    day = timezone.localdate() - 3 * DAY
    report = services.StayReport("130203", day, day + 2 * DAY, "telecom")
    services.record_stay(person_code="passer", report=report, at=timezone.now(), by=community)
    outbox.deliver_pending()
    change = proposed(case.command)
    now = timezone.now()
    page = signed_in(case.command).post(f"/profile-changes/{change.pk}/dry-run/").content.decode()
    assert "passer" not in page, "not yet: the stay ended yesterday"
    assert ProfileDryRun.objects.get().changes == {}
    governing.approve(proposal_id=change.pk, at=now, by=others[0])
    governing.approve(proposal_id=change.pk, at=now, by=others[0])
    assert ProfileApproval.objects.count() == 1
    assert profile_in_force(at=now + 3 * DAY).edition == "covid19-2020-12", "one of two"
    governing.approve(proposal_id=change.pk, at=now, by=others[1])
    assert profile_in_force(at=now + DAY).edition == "covid19-2020-12", "not yet"
    assert profile_in_force(at=now + 3 * DAY).edition == "county-2021-01"
    services.bring_up_to_date(at=now + 3 * DAY)
    code = CurrentCode.objects.select_related("verdict").get(subject__code="passer")
    assert (code.colour, code.verdict.edition) == ("green", "county-2021-01")
    kinds = ("profile_proposal", "profile_approval", "profile_dry_run", "profile")
    assert set(kinds) <= set(EvidenceEntry.objects.values_list("kind", flat=True))


def test_an_approval_that_comes_late_puts_it_in_force_late(case: Case, others: list[User]) -> None:
    change, now = proposed(case.command), timezone.now()
    for by, days in zip(others, (1, 5), strict=True):
        governing.approve(proposal_id=change.pk, at=now + DAY * days, by=by)
    assert profile_in_force(at=now + 4 * DAY).edition == "covid19-2020-12"
    assert profile_in_force(at=now + 5 * DAY).edition == "county-2021-01"


def test_the_dry_run_counts_and_names_who_would_change(case: Case, others: list[User]) -> None:
    case.signed("wang")
    lenient = STRICT.replace('health_monitoring = "yellow"', 'health_monitoring = "green"', 1)
    lenient = lenient.replace('isolation = "red"', 'isolation = "yellow"', 1)
    change = proposed(case.command, lenient.replace('central_quarantine = "red"', 'central_quarantine = "yellow"', 1))
    before = dict(CurrentCode.objects.values_list("subject__code", "colour"))
    client = signed_in(others[0])
    client.cookies["django_language"] = "en"
    page = client.post(f"/profile-changes/{change.pk}/dry-run/").content.decode()
    run = ProfileDryRun.objects.get()
    assert run.n_persons == len(before)
    assert sum(n for to in run.changes.values() for n in to.values()) > 0
    assert "/health-codes/" in page
    assert dict(CurrentCode.objects.values_list("subject__code", "colour")) == before, "nobody's colour moved"


@pytest.mark.parametrize(
    ("toml", "days", "code"),
    [
        (STRICT, 0.5, "effective_too_soon"),
        (TEXT, 2, "profile_unreadable"),
        ("edition = 1", 2, "profile_unreadable"),
        (STRICT.replace('disease = "covid19"', 'disease = "mers"', 1), 2, "profile_unreadable"),
        (STRICT.replace("approvals = { count = 2", "approvals = { count = 0", 1), 2, "profile_unreadable"),
    ],
)
def test_what_cannot_be_proposed(case: Case, toml: str, days: float, code: str) -> None:
    with pytest.raises(governing.DomainError) as caught:
        proposed(case.command, toml, days)
    assert caught.value.code == code


def test_who_proposed_does_not_approve_and_no_one_else_governs(case: Case, community: User) -> None:
    change = proposed(case.command)
    with pytest.raises(governing.ProfileUnreadable):
        proposed(case.command)
    with pytest.raises(governing.OwnProposal):
        governing.approve(proposal_id=change.pk, at=timezone.now(), by=case.command)
    with pytest.raises(IntegrityError, match="approval_by_another"), transaction.atomic():
        ProfileApproval.objects.create(
            proposal=change, proposed_by=case.command, approved_by=case.command, approved_at=timezone.now()
        )
    assert signed_in(community).get("/profile-changes/").status_code == 403


def test_the_pages(case: Case, others: list[User]) -> None:
    client = signed_in(case.command)
    assert "middle_stay" in client.get("/profile-changes/").content.decode()
    when = timezone.localtime(timezone.now() + 3 * DAY).strftime("%Y-%m-%dT%H:%M")
    given = {"note": "order 3", "effective_at": when, "toml": STRICT}
    assert client.post("/profile-changes/", {**given, "toml": "x"}).status_code == 422
    answer = client.post("/profile-changes/", given)
    change = ProfileProposal.objects.get()
    assert answer.headers["Location"] == f"/profile-changes/{change.pk}/"
    page = client.get(f"/profile-changes/{change.pk}/").content.decode()
    assert "+middle_stay = { days = 1," in page
    assert client.post(f"/profile-changes/{change.pk}/approve/").status_code == 403
    assert signed_in(others[0]).post(f"/profile-changes/{change.pk}/approve/").status_code == 302
