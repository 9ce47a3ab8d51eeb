"""A newer snapshot is taken over only if its log grew out of the one known."""

from pathlib import Path

import pytest

from lianfang.gate.admission import load
from lianfang.gate.carrying import LogRewritten, SnapshotOlder, brought_up, kept, renewed, update_path
from lianfang.rules.profile import builtin_profiles
from lianfang.wire import snapshot
from lianfang.wire.keys import Algorithm, SigningKey
from lianfang.wire.proofs import consistency_proof, subtrees_after
from lianfang.wire.treehead import Frontier, leaf_hash

AT = 1_608_393_600
ROOT = SigningKey.from_secret(snapshot.ROOT_KID, Algorithm.EDDSA, bytes(range(32)))
TRUST = snapshot.root_of(ROOT.public())
LEAVES = [leaf_hash(bytes([number])) for number in range(9)]


def head(leaves: list[bytes]) -> Frontier:
    found = Frontier()
    for leaf in leaves:
        found = found.append(leaf)
    return found


def content(at: int, leaves: list[bytes]) -> bytes:
    root = head(leaves).root() if leaves else b""
    carried = snapshot.Snapshot(at, builtin_profiles()["covid19-2020-12"], (), (), len(leaves), root)
    return snapshot.sign(carried, ROOT)


def prove(old: int, new: int) -> list[bytes]:
    return consistency_proof(old, new, subtrees_after(Frontier(), LEAVES[:new]))


def test_a_log_that_grew_is_followed() -> None:
    first = renewed(None, content(AT, LEAVES[:3]), TRUST, prove)
    assert renewed(first, content(AT + 60, LEAVES[:8]), TRUST, prove).log_size == 8
    assert renewed(first, content(AT + 60, LEAVES[:3]), TRUST, prove).log_size == 3
    empty = load(content(AT, []), TRUST)
    assert renewed(empty, content(AT, LEAVES), TRUST, prove).log_size == 9


def test_a_log_that_shrank_changed_or_lies_back_is_not() -> None:
    carried = load(content(AT, LEAVES[:8]), TRUST)
    forged = [b"\0" * 32, *LEAVES[1:]]
    for leaves in (LEAVES[:3], forged[:8], forged):
        with pytest.raises(LogRewritten):
            renewed(carried, content(AT + 60, leaves), TRUST, prove)
    with pytest.raises(SnapshotOlder):
        renewed(carried, content(AT - 60, LEAVES), TRUST, prove)


def test_an_update_is_kept_with_its_snapshot_and_never_instead_of_a_log_that_grew(tmp_path: Path) -> None:
    carried = load(content(AT, LEAVES[:3]), TRUST)

    def update(leaves: list[bytes], since: int = AT) -> bytes:
        return snapshot.sign_update(snapshot.Update(since, AT + 60, (), len(leaves), head(leaves).root()), ROOT)

    assert brought_up(carried, update(LEAVES[:8]), TRUST, prove).log_size == 8
    with pytest.raises(LogRewritten):
        brought_up(carried, update([b"\0" * 32, *LEAVES[1:]]), TRUST, prove)
    path = tmp_path / "snapshot"
    assert kept(path, TRUST) is None
    path.write_bytes(content(AT, LEAVES[:3]))
    for found, expected in ((update(LEAVES[:8]), AT + 60), (update(LEAVES[:8], since=AT - 60), AT), (b"", AT)):
        update_path(path).write_bytes(found)
        carried_then = kept(path, TRUST)
        assert carried_then is not None
        assert carried_then.issued_at == expected
