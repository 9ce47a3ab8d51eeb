"""Base45 is RFC 9285's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.wire import base45
from lianfang.wire.refusal import Refusal, Refused

# RFC 9285 sections 4.3 and 4.4.
VECTORS = [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")]


@pytest.mark.parametrize(("content", "text"), VECTORS)
def test_published_vectors(content: bytes, text: str) -> None:
    assert base45.encode(content) == text
    assert base45.decode(text) == content


@given(st.binary(max_size=200))
def test_what_is_written_is_read_back(content: bytes) -> None:
    assert base45.decode(base45.encode(content)) == content


@pytest.mark.parametrize("text", ["GGW", ":::", "A", "BB8A", "::", "bb8", "BB\n"])
def test_what_is_never_written_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        base45.decode(text)
    assert caught.value.reason is Refusal.MALFORMED
