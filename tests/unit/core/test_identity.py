"""Identity numbers, credit codes and phones: checked by their standards, hidden at rest, found by keyed hash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.apps.core import identity
from lianfang.apps.core.identity import IdentityInvalid

# GB 11643-1999 annex A gives 110105 1949-12-31 002X as its example; the others follow its check digit.
ID_NUMBER = "11010519491231002X"
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


def id_number(area: str, birth: str, order: int) -> str:
    """Build a number by GB 11643's own formula, independent of the library under test."""
    head = f"{area}{birth}{order:03d}"
    rest = sum(int(digit) * weight for digit, weight in zip(head, WEIGHTS, strict=True)) % 11
    return head + "10X98765432"[rest]


def test_the_standard_s_own_example_is_valid() -> None:
    assert identity.clean_id_number(ID_NUMBER) == ID_NUMBER
    assert id_number("110105", "19491231", 2) == ID_NUMBER


@given(order=st.integers(1, 999), year=st.integers(1920, 2020), day=st.integers(1, 28))
def test_any_number_built_by_the_standard_is_valid_and_one_wrong_digit_is_not(order: int, year: int, day: int) -> None:
    number = id_number("142726", f"{year}05{day:02d}", order)
    assert identity.clean_id_number(number) == number
    wrong = number[:14] + str((int(number[14]) + 1) % 10) + number[15:]
    with pytest.raises(IdentityInvalid):
        identity.clean_id_number(wrong)


def test_lower_case_x_and_blanks_are_the_same_number() -> None:
    assert identity.clean_id_number(" 110105 19491231 002x ") == ID_NUMBER


@pytest.mark.parametrize("value", ["", "110105194912310021", "11010519491331002X", "1101051949123100", "王小明"])
def test_malformed_id_numbers_are_refused_without_being_repeated(value: str) -> None:
    with pytest.raises(IdentityInvalid) as refused:
        identity.clean_id_number(value)
    assert refused.value.field == "id_number"
    assert value == "" or value not in str(refused.value)


@pytest.mark.parametrize("value", ["91350100M000100Y43", "91350100m000100y43"])
def test_credit_codes_follow_gb_32100(value: str) -> None:
    assert identity.clean_uscc(value) == "91350100M000100Y43"


@pytest.mark.parametrize("value", ["91350100M000100Y44", "91350100M000100Y4", "91350100I000100Y43", ""])
def test_wrong_credit_codes_are_refused(value: str) -> None:
    with pytest.raises(IdentityInvalid):
        identity.clean_uscc(value)


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        ("13835921234", "13835921234"),
        ("+86 138 3592 1234", "13835921234"),
        ("0086-138-3592-1234", "13835921234"),
        ("(0359) 6522345", "03596522345"),
        ("0359-6522345", "03596522345"),
        ("010-62345678", "01062345678"),
    ],
)
def test_phones_are_stored_as_digits(value: str, digits: str) -> None:
    assert identity.clean_phone(value) == digits


@pytest.mark.parametrize("value", ["", "12835921234", "1383592123", "6522345", "+1 212 555 0100", "abc"])
def test_other_phones_are_refused(value: str) -> None:
    with pytest.raises(IdentityInvalid):
        identity.clean_phone(value)


@given(st.text(min_size=1, max_size=40))
def test_what_is_encrypted_comes_back_and_never_looks_the_same_twice(value: str) -> None:
    first, second = identity.encrypt(value), identity.encrypt(value)
    assert identity.decrypt(first) == identity.decrypt(memoryview(second)) == value
    assert first != second
    assert value.encode() not in first or len(value) < 4


def test_old_keys_still_decrypt_after_a_rotation(settings) -> None:
    settings.IDENTITY_KEYS = ["aa" * 32]
    old = identity.encrypt(ID_NUMBER)
    settings.IDENTITY_KEYS = ["bb" * 32, "aa" * 32]
    new = identity.encrypt(ID_NUMBER)
    assert identity.decrypt(old) == identity.decrypt(new) == ID_NUMBER
    settings.IDENTITY_KEYS = ["bb" * 32]
    assert identity.decrypt(new) == ID_NUMBER
    with pytest.raises(IdentityInvalid):
        identity.decrypt(old)


def test_a_changed_ciphertext_is_noticed() -> None:
    content = bytearray(identity.encrypt(ID_NUMBER))
    content[20] ^= 1
    with pytest.raises(IdentityInvalid):
        identity.decrypt(bytes(content))


def test_the_search_hash_finds_the_value_only_with_its_key(settings) -> None:
    here = identity.search_hash(ID_NUMBER)
    assert len(here) == 32
    assert here == identity.search_hash(ID_NUMBER) != identity.search_hash("110105194912310021")
    settings.IDENTITY_HASH_KEY = "another key"
    assert identity.search_hash(ID_NUMBER) != here


def test_missing_keys_are_said_at_once(settings) -> None:
    settings.IDENTITY_KEYS, settings.IDENTITY_HASH_KEY = [], ""
    with pytest.raises(identity.ImproperlyConfigured, match="LIANFANG_IDENTITY_KEYS"):
        identity.encrypt("x")
    with pytest.raises(identity.ImproperlyConfigured, match="LIANFANG_IDENTITY_HASH_KEY"):
        identity.search_hash("x")


@pytest.mark.parametrize(("name", "masked"), [("王小明", "王**"), ("李四", "李*"), ("王", "王*"), ("", "")])
def test_names_are_masked_to_their_first_character(name: str, masked: str) -> None:
    assert identity.mask_name(name) == masked


@pytest.mark.parametrize(("value", "masked"), [(ID_NUMBER, "*" * 14 + "002X"), ("1234", "1234"), ("", "")])
def test_numbers_are_masked_to_their_last_four(value: str, masked: str) -> None:
    assert identity.mask_number(value) == masked
