"""What a door seals only the centre opens; what was changed it does not."""

import pytest

from lianfang.wire.refusal import Refused
from lianfang.wire.sealed import point_of, private_key, public_point, seal, unseal

KEY = private_key(bytes(range(1, 33)))
# Sealed by frontend/src/wire/sealed.ts to KEY.
FROM_A_BROWSER = (
    "04fb9c8d0c0943e488f0fb923894f51b8e7b3a3f436cf122497640c77635c2cee0db869dea5dd5460bf40410ee5142c321201145c69ee5"
    "7da1c0e91e62df0ef400377f5251b73e12c6c16bf4e374128ebad2c691d7150c6673b31222d311f6e1a6560c"
)


def test_what_is_sealed_is_opened_by_the_centre_alone() -> None:
    point = public_point(KEY.public_key())
    sealed = seal(b"11010519491231002X", point)
    assert unseal(sealed, KEY) == b"11010519491231002X"
    assert seal(b"11010519491231002X", point) != sealed
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for odd, key in ((sealed, private_key(bytes(range(2, 34)))), (changed, KEY), (sealed[:80], KEY), (b"\5" * 99, KEY)):
        with pytest.raises(Refused):
            unseal(odd, key)


def test_a_browsers_seal_is_opened() -> None:
    assert unseal(bytes.fromhex(FROM_A_BROWSER), KEY) == b"11010519491231002X"


def test_a_compressed_point_is_the_same_point() -> None:
    point = public_point(KEY.public_key())
    assert point_of(bytes([2 + (point[-1] & 1)]) + point[1:33]) == point
