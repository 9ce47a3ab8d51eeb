"""The audit trail: what auditors find in it, and that reading it leaves a trace."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

import lianfang.apps
from lianfang.apps.core import audit
from lianfang.apps.core.audit_words import ACTION_WORDS
from lianfang.apps.core.models import AuditEvent, Role, Subject, User
from lianfang.apps.core.selectors import SUBJECTS_SHOWN, AuditQuery, audit_page, day_span
from lianfang.apps.core.signs import SIGNS
from lianfang.apps.core.views.audit import PAGE_SIZE
from tests.support.staff import COUNTY, OTHER_COUNTY, TOWNSHIP, signed_in, staff

pytestmark = pytest.mark.django_db
APPS = Path(lianfang.apps.__file__).parent
AT = datetime(2020, 12, 7, 1, 0, tzinfo=UTC)


def subject(code: str) -> Subject:
    return Subject.objects.create(kind="person", code=code, label="王*", area_code=TOWNSHIP)


def actions(query: AuditQuery, by: User) -> list[str]:
    rows, _ = audit_page(query, by=by, size=100)
    return [row.event.action for row in rows]


def test_an_event_keeps_each_subject_once_in_order() -> None:
    first, second = subject("P1"), subject("P2")
    audit.record("person.viewed", by=None, at=AT, subjects=[second.pk, first.pk, second.pk], count=2)
    event = AuditEvent.objects.get()
    assert (event.subject_ids, event.detail) == ([first.pk, second.pk], {"count": 2})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (AuditQuery(), ["person.changed", "list.viewed", "person.viewed"]),
        (AuditQuery(subject="P1"), ["list.viewed", "person.viewed"]),
        (AuditQuery(subject="P2"), ["list.viewed"]),
        (AuditQuery(subject="nobody"), []),
        (AuditQuery(username="LI"), ["list.viewed", "person.viewed"]),
        (AuditQuery(group="person"), ["person.changed", "person.viewed"]),
        (AuditQuery(day=date(2020, 12, 7)), ["list.viewed", "person.viewed"]),
        (AuditQuery(day=date(2020, 12, 8)), ["person.changed"]),
        (AuditQuery(subject="P1", group="person"), ["person.viewed"]),
    ],
)
def test_events_are_found_by_subject_user_action_and_county_day(query: AuditQuery, found: list[str]) -> None:
    li, zhao, one, two = staff(username="li"), staff(username="zhao"), subject("P1"), subject("P2")
    # 15:59 UTC is still the county's 7 December, 16:00 is its 8th.
    audit.record("person.viewed", by=li, at=AT, subjects=[one.pk])
    audit.record("list.viewed", by=li, at=datetime(2020, 12, 7, 15, 59, 59, tzinfo=UTC), subjects=[one.pk, two.pk])
    audit.record("person.changed", by=zhao, at=datetime(2020, 12, 7, 16, 0, tzinfo=UTC))
    assert actions(query, staff(Role.AUDITOR)) == found


def test_a_county_day_is_a_half_open_span() -> None:
    start, end = day_span(date(2020, 12, 7))
    assert (start, end) == (datetime(2020, 12, 6, 16, tzinfo=UTC), datetime(2020, 12, 7, 16, tzinfo=UTC))


def test_an_auditor_sees_their_area_and_the_county_s_also_what_nobody_signed_in_did() -> None:
    audit.record("far", by=staff(username="far", area_code=OTHER_COUNTY), at=AT)
    audit.record("near", by=staff(username="near", area_code=TOWNSHIP), at=AT)
    audit.record("nobody", by=None, at=AT)
    assert actions(AuditQuery(), staff(Role.AUDITOR, area_code=COUNTY)) == ["nobody", "near"]
    assert actions(AuditQuery(), staff(Role.AUDITOR, area_code=TOWNSHIP)) == ["near"]
    assert actions(AuditQuery(), staff(Role.AUDITOR, area_code=OTHER_COUNTY)) == ["far"]


def test_pages_follow_each_other_without_gap_or_repeat() -> None:
    by = staff(Role.AUDITOR)
    for n in range(7):
        audit.record(f"e{n}", by=by, at=AT + timedelta(seconds=n))
    seen, before = [], None
    while True:
        rows, before = audit_page(AuditQuery(before=before), by=by, size=3)
        seen += [row.event.action for row in rows]
        if before is None:
            break
    assert seen == [f"e{n}" for n in reversed(range(7))]


def test_of_many_subjects_the_first_are_named_and_the_rest_counted() -> None:
    by = staff(Role.AUDITOR)
    subjects = [subject(f"P{n}") for n in range(SUBJECTS_SHOWN + 3)]
    audit.record("list.viewed", by=by, at=AT, subjects=[each.pk for each in subjects])
    (row,), _ = audit_page(AuditQuery(), by=by, size=10)
    assert (row.subjects, row.n_hidden) == (["P0", "P1", "P2", "P3", "P4"], 3)


def test_the_account_an_action_was_about_is_named() -> None:
    by, about = staff(Role.AUDITOR), staff(username="zhao")
    audit.record("account.changed", by=by, at=AT, account=about.pk, before=["unit"])
    audit.record("session.refused", by=None, at=AT, unknown=True)
    rows, _ = audit_page(AuditQuery(), by=by, size=10)
    assert [(row.group, row.account, row.detail) for row in rows] == [
        ("session", "", {"unknown": True}),
        ("account", "zhao", {"before": ["unit"]}),
    ]


def test_reading_the_trail_is_in_the_trail() -> None:
    by, one = staff(Role.AUDITOR), subject("P1")
    signed_in(by).get(reverse("audit"), {"subject": "P1", "username": "somebody"})
    event = AuditEvent.objects.get()
    assert (event.action, event.by, event.subject_ids, event.detail) == ("audit.read", by, [one.pk], {})


def test_the_page_shows_events_and_pages_through_them() -> None:
    by, one = staff(Role.AUDITOR), subject("P1")
    for n in range(PAGE_SIZE + 1):
        audit.record("person.viewed", by=by, at=AT, subjects=[one.pk], n=n)
    client = signed_in(by)
    page = client.get(reverse("audit"), {"group": "person"})
    assert len(page.context["rows"]) == PAGE_SIZE
    assert "P1" in page.content.decode()
    older = page.context["older"]
    assert f"page={older}" in page.content.decode()
    last = client.get(reverse("audit"), {"group": "person", "page": older}, headers={"HX-Request": "true"})
    assert [row.event.detail["n"] for row in last.context["rows"]] == [0]
    assert last.content.lstrip().startswith(b'<div id="audit-rows"')


@pytest.mark.parametrize("page", ["x", "-1", "１", "9" * 30, ""])
def test_a_strange_page_is_the_first(page: str) -> None:
    client = signed_in(staff(Role.AUDITOR))
    assert client.get(reverse("audit"), {"page": page}).status_code == 200


def test_a_malformed_filter_is_marked_and_shows_everything() -> None:
    client = signed_in(staff(Role.AUDITOR))
    page = client.get(reverse("audit"), {"day": "yesterday"})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["day"]


def test_every_group_of_actions_has_its_word() -> None:
    """An action is named `group.what`; a new group needs its word in the filter."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in APPS.rglob("*.py"))
    groups = set(re.findall(r'(?:audit\.record|noted)\(\s*(?:request, )?f?"([a-z]+)\.', source))
    assert {"person", "session", "tracing", "import"} <= groups <= set(SIGNS["audit"])
    recorded = set(re.findall(r'(?:audit\.record|noted)\(\s*(?:request, )?"([a-z]+\.[a-z_]+)"', source))
    assert len(recorded) > 20
    assert recorded <= ACTION_WORDS.keys()


def test_an_action_is_called_by_its_word() -> None:
    audit.record("person.read", by=None, at=AT)
    page = signed_in(staff(Role.AUDITOR)).get(reverse("audit"), headers={"accept-language": "zh-hans"}).content.decode()
    assert "查看人员记录" in page
    assert "person.read" in page


@pytest.mark.parametrize("role", [Role.EPIDEMIOLOGIST, Role.COMMUNITY, Role.LABORATORY, Role.UNIT])
def test_other_roles_may_not_read_it(role: str) -> None:
    assert signed_in(staff(role)).get(reverse("audit")).status_code == 403


def test_an_attempt_beyond_one_s_role_is_kept() -> None:
    by = staff(Role.UNIT)
    signed_in(by).get(reverse("audit"))
    event = AuditEvent.objects.get()
    assert (event.action, event.by) == ("access.refused", by)
    assert event.detail == {"code": "permission_missing", "path": "/audit/"}


def test_no_event_can_be_changed_or_deleted() -> None:
    audit.record("person.viewed", by=None, at=AT)
    for change in (AuditEvent.objects.all().delete, lambda: AuditEvent.objects.update(action="x")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
