"""Heads and certificates: what the root key signed is read back, and neither passes for the other or a snapshot."""

import pytest

from lianfang.wire import cose, heads, snapshot
from lianfang.wire.keys import Algorithm, SigningKey
from lianfang.wire.refusal import Refused

ROOT = SigningKey.from_secret(snapshot.ROOT_KID, Algorithm.EDDSA, bytes([3]) * 32)
TRUST = snapshot.root_of(ROOT.public())
HEAD = heads.Head(7, bytes(32), 1_607_000_000)


def test_what_was_signed_is_read_back() -> None:
    assert heads.open_head(heads.sign_head(HEAD, ROOT), TRUST) == HEAD
    assert heads.open_certificate(heads.sign_certificate({"rows": {"a": 1}}, ROOT), TRUST) == {"rows": {"a": 1}}


def test_one_thing_does_not_pass_for_another() -> None:
    head, certificate = heads.sign_head(HEAD, ROOT), heads.sign_certificate({}, ROOT)
    shot = snapshot.sign(snapshot.Snapshot(1, "", (), (), 0, b""), ROOT)
    for content in (certificate, shot):
        with pytest.raises(Refused):
            heads.open_head(content, TRUST)
    for content in (head, shot):
        with pytest.raises(Refused):
            heads.open_certificate(content, TRUST)
    with pytest.raises(Refused):
        snapshot.open_(head, TRUST)


@pytest.mark.parametrize("fields", [[], [heads.HEAD_TYPE, 7, bytes(31), 1], [heads.HEAD_TYPE, True, bytes(32), 1], {}])
def test_what_is_no_head_is_refused(fields: object) -> None:
    with pytest.raises(Refused):
        heads.open_head(cose.signed(cose.encoded(fields), ROOT), TRUST)


def test_another_key_s_signature_is_refused() -> None:
    other = SigningKey.made(snapshot.ROOT_KID, Algorithm.EDDSA)
    with pytest.raises(Refused):
        heads.open_head(heads.sign_head(HEAD, other), TRUST)
