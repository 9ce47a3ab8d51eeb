"""The evidence log: gap-free in commit order, its heads those of an independent Merkle tree, whoever writes beside whom."""

import hashlib
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from threading import Event

import pytest
from django.db import connection, transaction

from lianfang.apps.core import evidence
from lianfang.apps.core.commitments import all_salts
from lianfang.apps.core.models import (
    Control,
    EvidenceEntry,
    FactArchive,
    FactBatch,
    ProfileEdition,
    Subject,
    TreeHead,
)
from tests.support.staff import staff
from tests.unit.wire.test_treehead import merkle_tree_hash

AT = datetime(2020, 12, 7, 1, 0, 0, 123456, tzinfo=UTC)


def edition(name: str) -> ProfileEdition:
    return ProfileEdition.objects.create(edition=name, disease="covid19", toml="", recorded_at=AT)


def entries() -> list[EvidenceEntry]:
    return list(EvidenceEntry.objects.order_by("seq"))


@pytest.mark.django_db
def test_nothing_is_known_of_an_empty_log() -> None:
    assert evidence.known_seq() == 0
    with transaction.atomic():
        assert evidence.record("profile", []) == 0


@pytest.mark.django_db
def test_rows_are_numbered_from_one_and_hashed_as_they_stand() -> None:
    rows = [edition("a"), edition("b")]
    with transaction.atomic():
        assert evidence.record("profile", rows) == 2
        assert evidence.record("profile", [edition("c")]) == 3
    assert [row.seq for row in ProfileEdition.objects.order_by("id")] == [1, 2, 3] == [e.seq for e in entries()]
    first = entries()[0]
    assert (first.kind, first.ref) == ("profile", rows[0].pk)
    salt = all_salts()[first.key_id]
    assert bytes(first.content_hash) == salt.over(evidence.row_content(rows[0]))
    assert bytes(first.content_hash) != hashlib.sha256(evidence.row_content(rows[0])).digest(), "it is salted"
    assert evidence.known_seq() == 3


@pytest.mark.django_db
def test_many_new_rows_are_stored_with_their_numbers_and_hash_the_same() -> None:
    with transaction.atomic():
        evidence.record("profile", [edition("first")])
        evidence.insert("profile", [])
        names = [f"bulk-{n}" for n in range(500)]
        evidence.insert("profile", [ProfileEdition(edition=n, disease="mers", toml="", recorded_at=AT) for n in names])
    stored = list(ProfileEdition.objects.order_by("seq"))
    assert [row.seq for row in stored] == list(range(1, 502))
    salts = all_salts()
    for row, entry in zip(stored, entries(), strict=True):
        committed = salts[entry.key_id].over(evidence.row_content(row))
        assert (entry.ref, bytes(entry.content_hash)) == (row.pk, committed)


@pytest.mark.django_db
def test_each_head_is_the_merkle_tree_of_what_is_known_then() -> None:
    for size in (1, 3, 1, 5):
        with transaction.atomic():
            evidence.record("profile", [edition(f"{size}-{n}-{evidence.known_seq()}") for n in range(size)])
    contents = [evidence.entry_content(entry) for entry in entries()]
    heads = list(TreeHead.objects.order_by("size"))
    assert [head.size for head in heads] == [1, 4, 5, 10]
    for head in heads:
        assert bytes(head.root) == merkle_tree_hash(contents[: head.size])


@pytest.mark.django_db
def test_the_content_of_a_row_is_canonical_and_without_its_number() -> None:
    person = Subject.objects.create(kind="person", code="P1", label="王*", area_code="140826")
    control = Control.objects.create(
        subject=person, controlled_at=AT, cause="task:isolate", recorded_at=AT, recorded_by=staff()
    )
    before = evidence.row_content(control)
    control.seq = 99
    assert evidence.row_content(control) == before
    control.refresh_from_db()
    assert evidence.row_content(control) == before
    micros = int(AT.timestamp()) * 1_000_000 + 123456
    assert (
        before
        == (
            f'{{"cause":"task:isolate","controlled_at":{micros},"id":{control.pk},"recorded_at":{micros},'
            f'"recorded_by_id":{control.recorded_by_id},"subject_id":{person.pk}}}'
        ).encode()
    )


def test_the_same_instant_is_the_same_content_in_any_zone() -> None:
    shanghai = AT.astimezone(datetime.strptime("+0800", "%z").tzinfo)
    assert evidence.canonical({"at": AT}) == evidence.canonical({"at": shanghai})
    assert evidence.canonical({"b": 1, "a": b"\x0f", "d": date(2020, 12, 7)}) == b'{"a":"0f","b":1,"d":"2020-12-07"}'


@pytest.mark.django_db
def test_a_batch_is_one_entry_over_all_its_parts() -> None:
    with transaction.atomic():
        batch = evidence.open_batch(kind="presences", source="gate.csv", at=AT, by=None)
        parts = [
            evidence.Part(date(2020, 12, 7), 2, b"seven"),
            evidence.Part(date(2020, 12, 6), 1, b"six"),
            evidence.Part(None, 3, b"whole"),
        ]
        assert evidence.record_batch(batch, parts) == 1
    stored = FactBatch.objects.get()
    assert (stored.n_rows, stored.seq) == (6, 1)
    archives = list(FactArchive.objects.filter(batch=stored))
    assert {bytes(a.sha256) for a in archives} == {hashlib.sha256(p.content).digest() for p in parts}
    (entry,) = entries()
    assert (entry.kind, entry.ref) == ("batch:presences", stored.pk)
    salt = all_salts()[entry.key_id]
    assert evidence.batch_content(stored, archives) == evidence.batch_content(stored, archives[::-1])
    assert bytes(entry.content_hash) == salt.over(evidence.batch_content(stored, archives))
    archives[0].sha256 = hashlib.sha256(b"forged").digest()
    assert bytes(entry.content_hash) != salt.over(evidence.batch_content(stored, archives))


@pytest.mark.django_db
def test_a_long_source_is_cut_to_what_is_kept() -> None:
    batch = evidence.open_batch(kind="persons", source="x" * 300, at=AT, by=None)
    assert len(batch.source) == 200


@pytest.mark.django_db(transaction=True)
def test_the_log_is_written_inside_a_transaction_only() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        evidence.record("profile", [edition("a")])


@pytest.mark.django_db(transaction=True)
def test_writers_side_by_side_leave_one_sequence_without_gaps_in_commit_order() -> None:
    """Six connections append and sometimes roll back; a reader looks on and must never see a gap."""
    done = Event()

    def write(writer: int) -> int:
        chance, written = random.Random(writer), 0
        try:
            for turn in range(12):
                size = chance.randint(1, 4)
                time.sleep(chance.random() / 200)
                with transaction.atomic():
                    rows = [edition(f"{writer}-{turn}-{n}") for n in range(size)]
                    evidence.record("profile", rows)
                    time.sleep(chance.random() / 200)  # others wait for the log meanwhile
                    if chance.random() < 0.25:
                        transaction.set_rollback(True)
                    else:
                        written += size
        finally:
            connection.close()
        return written

    def read() -> int:
        looks = 0
        try:
            while not done.is_set():
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT count(*), coalesce(max(seq), 0), (SELECT coalesce(max(size), 0) FROM core_treehead)"
                        " FROM core_evidenceentry"
                    )
                    count, last, size = cursor.fetchone()
                assert count == last == size
                looks += 1
        finally:
            connection.close()
        return looks

    with ThreadPoolExecutor(7) as pool:
        reader = pool.submit(read)
        written = sum(pool.map(write, range(6)))
        done.set()
        assert reader.result() > 0
    log = entries()
    assert [entry.seq for entry in log] == list(range(1, written + 1))
    assert all(b.recorded_at - a.recorded_at >= timedelta(0) for a, b in pairwise(log))
    assert bytes(TreeHead.objects.latest("size").root) == merkle_tree_hash([evidence.entry_content(e) for e in log])
    numbered = dict(ProfileEdition.objects.values_list("id", "seq"))
    assert numbered == {entry.ref: entry.seq for entry in log}
