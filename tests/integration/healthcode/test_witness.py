"""Every door is a witness: a centre that rewrote its log gets no door to carry on with it."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.core.evidence import entry_content
from lianfang.apps.core.integrity import check_log
from lianfang.apps.core.models import EvidenceEntry, TreeHead
from lianfang.apps.healthcode import heads
from lianfang.cli import carry
from lianfang.gate.carrying import update_path
from lianfang.wire.treehead import Frontier, leaf_hash
from tests.integration.healthcode.conftest import with_risk_list
from tests.support.case import Case

pytestmark = pytest.mark.django_db(transaction=True)
Carry = Callable[[], tuple[int, str]]


@pytest.fixture
def case(transactional_db: None) -> Case:
    """Committed, for others than this test's session to see."""
    return with_risk_list()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "door.snapshot"


@pytest.fixture
def carrying(case: Case, live_server: LiveServer, file: Path, capsys: pytest.CaptureFixture[str]) -> Carry:
    root = Client().get("/gate/root").content.decode().strip()

    def run() -> tuple[int, str]:
        code = carry.run(argparse.Namespace(centre=live_server.url, root=root, snapshot=file))
        out = capsys.readouterr()
        return code, out.out + out.err

    return run


def rewrite_log() -> None:
    """Change an early entry and make the whole log fit again, as somebody with all rights on the database could."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        first = EvidenceEntry.objects.order_by("seq")[0]
        EvidenceEntry.objects.filter(pk=first.pk).update(content_hash=b"\7" * 32)
        frontier = Frontier()
        for entry in EvidenceEntry.objects.order_by("seq"):
            leaf = leaf_hash(entry_content(entry))
            EvidenceEntry.objects.filter(pk=entry.pk).update(leaf_hash=leaf)
            frontier = frontier.append(leaf)
            heads = TreeHead.objects.filter(size=frontier.size)
            heads.update(root=frontier.root(), frontier=frontier.to_bytes())
        cursor.execute("SET session_replication_role = DEFAULT")


def carried(file: Path) -> tuple[bytes, bytes]:
    """The hour's snapshot and the minute's update, as a door keeps them."""
    update = update_path(file)
    return file.read_bytes(), update.read_bytes() if update.exists() else b""


def test_a_log_that_grew_is_followed_and_one_rewritten_is_refused(case: Case, carrying: Carry, file: Path) -> None:
    assert carrying()[0] == 0
    before = carried(file)
    assert carrying()[0] == 0, "nothing new"
    size = Client().get("/gate/head").json()["size"]
    case.signed("wang")
    heads.sign(at=timezone.now())  # as every minute
    code, said = carrying()
    assert code == 0, said
    assert Client().get("/gate/head").json()["size"] > size
    kept = carried(file)
    assert kept != before
    rewrite_log()
    assert not list(check_log()), "the centre's own check of the log finds nothing: only a witness can"
    case.signed("child")
    heads.sign(at=timezone.now())
    code, said = carrying()
    assert code == 3
    assert "does not begin with" in said
    assert carried(file) == kept


def test_a_centre_that_is_down_or_answers_nonsense_changes_nothing(
    carrying: Carry, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carrying()[0] == 0
    kept = file.read_bytes()
    root = Client().get("/gate/root").content.decode().strip()
    for centre, key, code in (
        ("http://127.0.0.1:9", root, 4),
        ("file:///etc", root, 2),
        ("http://127.0.0.1:9", "00", 2),
    ):
        assert carry.run(argparse.Namespace(centre=centre, root=key, snapshot=file)) == code
    assert file.read_bytes() == kept
