"""A code is issued, drawn, scanned from the screen, and checked by a door that has nothing but a snapshot."""

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from lianfang.apps.core import outbox
from lianfang.apps.core.models import Role, TreeHead, User, Verdict
from lianfang.apps.healthcode import issuing, services
from lianfang.apps.healthcode.models import IssuedCode
from lianfang.cli import check_code
from lianfang.gate.admission import Reading, decide, load, updated
from lianfang.wire import snapshot
from lianfang.wire.refusal import Refused
from tests.support.case import Case
from tests.support.staff import OTHER_TOWNSHIP, signed_in, staff

pytestmark = pytest.mark.django_db
Check = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """What a door says, given only what anybody may fetch; `refresh` False keeps the snapshot fetched before."""

    def run(text: str, *, refresh: bool = True, hours: float = 0) -> tuple[int, dict[str, object]]:
        file = tmp_path / "snapshot"
        if refresh:
            file.write_bytes(Client().get("/gate/snapshot").content)
        root = Client().get("/gate/root").content.decode().strip()
        as_of = timezone.now() + timedelta(hours=hours)
        args = argparse.Namespace(text=text, snapshot=file, root=root, temperature=36.5, as_of=as_of, json=True)
        code = check_code.run(args)
        return code, json.loads(capsys.readouterr().out)

    return run


def codes_of(verdict: dict[str, object]) -> list[str]:
    return [reason["code"] for reason in verdict["reasons"]]  # type: ignore[attr-defined]


def test_a_door_without_the_centre_reads_a_code_and_learns_what_became_of_it(
    case: Case, community: User, check: Check
) -> None:
    client = signed_in(community)
    answer = client.post("/health-codes/passer/issue/")
    made = IssuedCode.objects.get()
    assert answer.headers["Location"] == f"/health-codes/issued/{made.pk}/"
    text = issuing.text_of(made)
    assert len(text) <= 170
    assert text in client.get(answer.headers["Location"]).content.decode().replace("&amp;", "&")
    code, verdict = check(text)
    assert (code, verdict["outcome"], codes_of(verdict)) == (0, "admit", ["E-15"])
    day = timezone.localdate() - timedelta(days=1)
    report = services.StayReport("130202", day, day, "telecom", community="甲小区")
    services.record_stay(person_code="passer", report=report, at=timezone.now(), by=community)
    outbox.deliver_pending()
    code, verdict = check(text, refresh=False, hours=1)
    assert (code, verdict["outcome"]) == (0, "admit"), "the door has not heard of it yet"
    code, verdict = check(text)
    assert (code, verdict["outcome"], codes_of(verdict)) == (3, "refuse", ["E-4"])


def test_a_door_cut_off_goes_on_by_its_tiers(case: Case, community: User, check: Check) -> None:
    made = issuing.issue(person_code="passer", at=timezone.now(), by=community)
    text = issuing.text_of(made)
    check(text)
    tiers = [check(text, refresh=False, hours=hours)[1]["outcome"] for hours in (1, 5, 25)]
    assert tiers == ["admit", "admit_flagged", "check"]


def test_each_code_has_an_index_and_a_pseudonym_of_its_own(case: Case, community: User) -> None:
    made = [issuing.issue(person_code="passer", at=timezone.now(), by=community) for _ in range(3)]
    assert len({(each.list_id, each.index) for each in made}) == 3
    assert len({bytes(each.pseudonym) for each in made}) == 3
    assert Verdict.objects.filter(kind="decide_colour", subject__code="passer").count() == 1


def test_paper_keeps_its_index_on_a_list_of_its_own(case: Case, community: User) -> None:
    at = case.now
    printed = issuing.issue(person_code="passer", at=at, by=community)
    shown = issuing.issue_to(printed.subject_id, at=at, by=None)
    paper, today = issuing.keys.paper_list(at), issuing.keys.day_number(at)
    assert (printed.list_id, shown.list_id) == (paper, today)
    root = snapshot.root_of(issuing.keys.root_key().public())
    assert set(load(issuing.snapshot_for_doors(at=at), root).lists) == {paper, today}
    day = timezone.localdate(at) - timedelta(days=1)
    report = services.StayReport("130202", day, day, "telecom", community="甲小区")
    services.record_stay(person_code="passer", report=report, at=at, by=community)
    outbox.deliver_pending()
    for later in (at, at + timedelta(days=6)):
        carried = load(issuing.snapshot_for_doors(at=later), root)
        assert carried.lists[printed.list_id].statuses[printed.index] == 3, "the colour changed: doors refuse the paper"
        read = decide(issuing.text_of(printed), carried, Reading(tenths_celsius=365), int(later.timestamp()))
        assert (read.verdict.outcome, read.pseudonym) == ("refuse", printed.pseudonym)
    assert shown.list_id not in carried.lists, "a day's list is done with after its day"
    year = [issuing.keys.paper_list(at + timedelta(days=n)) for n in range(365)]
    assert len(set(year)) in {13, 14, 15}
    assert not set(year) & {today + n for n in range(365)}


def test_who_may_issue_and_see_a_code(case: Case, community: User) -> None:
    made = issuing.issue(person_code="passer", at=timezone.now(), by=community)
    address = f"/health-codes/issued/{made.pk}/"
    assert signed_in(staff(Role.LABORATORY)).get(address).status_code == 403
    neighbour = signed_in(staff(Role.COMMUNITY, area_code=OTHER_TOWNSHIP))
    assert neighbour.get(address).status_code == 404
    assert neighbour.post("/health-codes/passer/issue/").status_code == 404
    assert Client().get(address).status_code == 302


def test_a_snapshot_that_is_damaged_or_of_another_root_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: Case
) -> None:
    file = tmp_path / "snapshot"
    content = Client().get("/gate/snapshot").content
    root = Client().get("/gate/root").content.decode().strip()
    for damaged, key in ((content[:-1], root), (content, "00" * 32), (content, "root"), (b"", root)):
        file.write_bytes(damaged)
        args = argparse.Namespace(text="JK1:", snapshot=file, root=key, temperature=None, as_of=None, json=False)
        assert check_code.run(args) == 2
        assert "cannot be used" in capsys.readouterr().err


def test_the_snapshot_names_nobody(case: Case, community: User) -> None:
    case.signed("wang")
    made = issuing.issue(person_code="wang", at=timezone.now(), by=community)
    content = Client().get("/gate/snapshot").content
    assert b"wang" not in content.lower()
    assert bytes(made.pseudonym) not in content


def test_each_minute_a_door_is_told_what_changed_and_now_and_then_all(case: Case, community: User) -> None:
    issued_at = case.now
    lost, worse, met = (
        issuing.issue(person_code=who, at=issued_at, by=community) for who in ("wang", "zhao", "passer")
    )
    root = snapshot.root_of(issuing.keys.root_key().public())
    carried = load(issuing.snapshot_for_doors(at=issued_at), root)
    later = issued_at + timedelta(seconds=30)
    issuing.withdraw(lost.subject_id, why="lost", at=later, by=community)
    case.signed("zhao")
    services.bring_up_to_date(at=later)
    update = issuing.update_for_doors(carried.issued_at, at=later)
    after = updated(carried, update, root)
    list_id = issuing.keys.paper_list(issued_at)
    assert [after.lists[list_id].statuses[made.index] for made in (lost, worse, met)] == [1, 3, 2]
    assert after.lists[list_id].edition.issued_at == after.issued_at == int(later.timestamp())
    assert len(update) < 800
    assert (after.log_size, after.log_root) != (carried.log_size, carried.log_root)
    with pytest.raises(Refused):
        updated(replace(carried, snapshot_at=carried.snapshot_at - 1), update, root)
    with pytest.raises(issuing.SnapshotOver):
        issuing.update_for_doors(carried.issued_at, at=issued_at + timedelta(hours=1))
    assert Client().get("/gate/update?since=1").status_code == 410
    assert Client().get("/gate/update?since=x").status_code == 422


def test_the_proof_is_asked_for_by_sizes_the_log_had(case: Case) -> None:
    for query, status in (
        ("", 422), ("old=x&new=1", 422), ("old=999999&new=9999999", 404), ("old=0&new=0", 404), ("old=1&new=²", 422),
    ):  # fmt: skip
        answer = Client().get(f"/gate/consistency?{query}", headers={"Accept": "application/json"})
        assert answer.status_code == status, query
    sizes = list(TreeHead.objects.order_by("size").values_list("size", flat=True))
    proof = json.loads(Client().get(f"/gate/consistency?old={sizes[0]}&new={sizes[-1]}").content)["proof"]
    assert all(len(part) == 64 for part in proof)
