"""Signed heads catch a log rewritten as a whole; records are destroyed with their keys and the log still verifies."""

import argparse
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from lianfang.apps.core import evidence
from lianfang.apps.core.commitments import all_salts
from lianfang.apps.core.models import CommitmentKey, Destruction, EvidenceEntry, Role, TreeHead, User, Verdict
from lianfang.apps.healthcode import destruction, heads, issuing, keys, services
from lianfang.apps.healthcode.models import CurrentCode, IssuedCode, RiskStay, SignedHead
from lianfang.cli import destroy, verify
from lianfang.wire import snapshot
from lianfang.wire.heads import open_certificate
from lianfang.wire.treehead import Frontier, leaf_hash
from tests.support.case import Case
from tests.support.staff import staff

pytestmark = pytest.mark.django_db


def stay(by: User) -> RiskStay:
    day = timezone.localdate() - timedelta(days=1)
    report = services.StayReport("130203", day, day, "telecom")
    made = services.record_stay(person_code="passer", report=report, at=timezone.now(), by=by)
    services.bring_up_to_date(at=timezone.now())
    return made


def verified(capsys: pytest.CaptureFixture[str], *, log: bool = False) -> list[dict[str, str]]:
    capsys.readouterr()
    verify.run(argparse.Namespace(json=True, no_log=False, log=log))
    found: list[dict[str, str]] = json.loads(capsys.readouterr().out)["problems"]
    return found


def rewrite_log(stay_id: int) -> None:
    """Do what a superuser with every key of the database, but not the root key, can: change a fact and the whole log."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        RiskStay.objects.filter(pk=stay_id).update(level="low")
        salts = all_salts()
        TreeHead.objects.all().delete()
        frontier = Frontier()
        for entry in EvidenceEntry.objects.order_by("seq"):
            if (entry.kind, entry.ref) == ("risk_stay", stay_id):
                entry.content_hash = salts[entry.key_id].over(evidence.row_content(RiskStay.objects.get(pk=stay_id)))
            entry.leaf_hash = leaf_hash(evidence.entry_content(entry))
            entry.save()
            frontier = frontier.append(entry.leaf_hash)
            TreeHead.objects.create(
                size=frontier.size, root=frontier.root(), frontier=frontier.to_bytes(), recorded_at=timezone.now()
            )
        cursor.execute("SET session_replication_role = DEFAULT")


def test_a_log_rewritten_as_a_whole_is_not_the_one_that_was_signed(
    case: Case, community: User, capsys: pytest.CaptureFixture[str]
) -> None:
    made = stay(community)
    assert heads.sign(at=timezone.now()) == heads.sign(at=timezone.now() + timedelta(minutes=1)), "grown by nothing"
    assert verified(capsys, log=True) == []
    rewrite_log(made.pk)
    problems = [each["problem"] for each in verified(capsys, log=True)]
    assert problems == ["is not the head that was signed: the log was rewritten"]


def test_a_forged_signature_is_found(case: Case, community: User, capsys: pytest.CaptureFixture[str]) -> None:
    heads.sign(at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        SignedHead.objects.update(content=b"x")
        cursor.execute("SET session_replication_role = DEFAULT")
    assert [each["problem"] for each in verified(capsys, log=True)] == ["bears no signature of the root key"]


def test_two_persons_destroy_the_codes_and_the_log_still_verifies(
    case: Case, community: User, cdc: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = stay(community)
    appeal = services.appeal(stay_id=wrong.pk, statement="no", at=timezone.now(), by=community)
    services.decide_appeal(appeal_id=appeal.pk, annuls=True, note="x", at=timezone.now(), by=cdc)
    services.bring_up_to_date(at=timezone.now())
    issuing.issue(person_code="passer", at=timezone.now(), by=community)
    heads.sign(at=timezone.now())
    size = EvidenceEntry.objects.count()
    staff(Role.ADMINISTRATOR, username="boss")
    file = tmp_path / "certificate"
    args = argparse.Namespace(
        kinds=["health_codes", "presences"], reason="county order 12", by="duty", confirmed_by="boss", certificate=file
    )
    assert destroy.run(args) == 0
    said = open_certificate(file.read_bytes(), snapshot.root_of(keys.root_key().public()))
    assert said["rows"]["healthcode_riskstay risk_stay"] == 1
    assert said["log_size"] == size
    for model in (RiskStay, IssuedCode, CurrentCode):
        assert not model.objects.exists()
    assert not Verdict.objects.filter(kind="decide_colour").exists()
    assert CommitmentKey.objects.get(kind="risk_stay").cipher is None
    assert CommitmentKey.objects.get(kind="destruction").cipher is not None
    assert EvidenceEntry.objects.count() == size + 1
    assert verified(capsys) == []
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CommitmentKey.objects.filter(kind="risk_stay").update(cipher=b"x", destroyed_at=None)


def test_what_must_not_be_destroyed_is_not(case: Case, cdc: User, community: User) -> None:
    boss = staff(Role.ADMINISTRATOR)
    now = timezone.now()
    for by, other, what in (
        (boss, boss, ["health_codes"]),
        (boss, cdc, ["health_codes"]),
        (boss, case.command, ["results"]),
        (boss, case.command, []),
    ):
        with pytest.raises(destruction.DomainError):
            destruction.destroy(what=what, reason="x", at=now, by=by, confirmed_by=other)
    assert not Destruction.objects.exists()


def test_a_row_kept_back_from_destruction_is_found(
    case: Case, community: User, capsys: pytest.CaptureFixture[str]
) -> None:
    made = stay(community)
    kept = RiskStay.objects.get(pk=made.pk)
    boss = staff(Role.ADMINISTRATOR)
    destruction.destroy(what=["health_codes"], reason="x", at=timezone.now(), by=boss, confirmed_by=case.command)
    kept.save(force_insert=True)
    assert "was to be destroyed with its key" in str(verified(capsys))
