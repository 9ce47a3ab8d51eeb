"""What a door carries is believed only as the root key signed it."""

from dataclasses import replace

import cbor2
import pytest

from lianfang.wire import cose, snapshot
from lianfang.wire.keys import Algorithm, KeyUse, SigningKey
from lianfang.wire.refusal import Refusal, Refused
from lianfang.wire.snapshot import Snapshot

AT = 1_608_393_600
ROOT = SigningKey.from_secret(snapshot.ROOT_KID, Algorithm.EDDSA, bytes(range(32)))
CODE = SigningKey.from_secret(b"\x01\x01", Algorithm.ES256, bytes(range(1, 33)))
CARRIED = Snapshot(AT, "edition", (CODE.trusted(KeyUse.CODE, AT, AT + 1),), (b"list",), 3, b"\1" * 32)
TRUST = snapshot.root_of(ROOT.public())


def test_it_is_read_back() -> None:
    assert snapshot.open_(snapshot.sign(CARRIED, ROOT), TRUST) == CARRIED


def test_another_root_is_not_believed() -> None:
    impostor = SigningKey.made(snapshot.ROOT_KID, Algorithm.EDDSA)
    with pytest.raises(Refused, match="bad_signature"):
        snapshot.open_(snapshot.sign(CARRIED, impostor), TRUST)
    with pytest.raises(ValueError, match="32"):
        snapshot.root_of(b"short")


FIELDS = cbor2.loads(cose.read(snapshot.sign(CARRIED, ROOT)).payload)
KEY = FIELDS[3][0]


@pytest.mark.parametrize(
    "fields",
    [
        7,
        FIELDS[:4],
        [*FIELDS[:5], 7],
        [*FIELDS[:5], [3, "root"]],
        [2, *FIELDS[1:]],
        [1, "now", *FIELDS[2:]],
        [*FIELDS[:4], ["list"], FIELDS[5]],
        [*FIELDS[:3], [7], *FIELDS[4:]],
        [*FIELDS[:3], [KEY[:5]], *FIELDS[4:]],
        [*FIELDS[:3], [["kid", *KEY[1:]]], *FIELDS[4:]],
        [*FIELDS[:3], [[KEY[0], -99, *KEY[2:]]], *FIELDS[4:]],
    ],
)
def test_signed_fields_of_another_shape_are_refused(fields: object) -> None:
    with pytest.raises(Refused) as caught:
        snapshot.open_(cose.signed(cbor2.dumps(fields), ROOT), TRUST)
    assert caught.value.reason is Refusal.MALFORMED


def test_a_key_of_another_use_signs_no_snapshot() -> None:
    other = replace(TRUST.keys[snapshot.ROOT_KID], use=KeyUse.CODE)
    with pytest.raises(Refused, match="wrong_use"):
        snapshot.open_(snapshot.sign(CARRIED, ROOT), type(TRUST)([other]))
