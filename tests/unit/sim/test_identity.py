"""Invented numbers are well-formed by the standards' own validators."""

import numpy as np
import phonenumbers
import polars as pl
import pytest
from stdnum.cn import uscc

from lianfang.formats.id_numbers import valid_id_numbers
from lianfang.sim.identity import (
    birth_serials,
    container_number,
    credit_codes,
    identity_numbers,
    phone_numbers,
    plate_number,
)


def test_the_example_of_gb_11643() -> None:
    birth = np.array(["1949-12-31", "1880-01-01"], dtype="datetime64[D]")
    numbers = identity_numbers("110105", birth, np.array([2, 1]))
    assert numbers[0] == b"11010519491231002X"


def test_identity_numbers_validate_and_tell_the_sex() -> None:
    rng = np.random.default_rng(1)
    birth = np.datetime64("1931-01-01") + rng.integers(0, 32_000, 500).astype("timedelta64[D]")
    female = rng.random(500) < 0.5
    serial = birth_serials(birth, female)
    numbers = pl.Series([number.decode() for number in identity_numbers("140826", birth, serial)])
    assert valid_id_numbers(numbers).equals(numbers)
    assert ((numbers.str.slice(16, 1).cast(pl.Int64) % 2).to_numpy() == 0).tolist() == female.tolist()
    assert numbers.str.slice(6, 8).str.to_date("%Y%m%d").to_list() == birth.tolist()


def test_people_of_one_birthday_have_different_serials() -> None:
    birth = np.full(1000, np.datetime64("1990-03-07"))
    female = np.arange(1000) % 2 == 0
    assert len(set(birth_serials(birth, female).tolist())) == 1000


def test_more_people_than_serials_are_refused() -> None:
    birth = np.full(501, np.datetime64("1990-03-07"))
    with pytest.raises(ValueError, match="more than 500"):
        birth_serials(birth, np.ones(501, dtype=np.bool_))


def test_nobody_needs_no_serial() -> None:
    assert not len(birth_serials(np.array([], dtype="datetime64[D]"), np.array([], dtype=np.bool_)))


def test_phone_numbers_are_valid_and_different() -> None:
    numbers = phone_numbers(500, np.random.default_rng(1)).tolist()
    assert len(set(numbers)) == 500
    for number in numbers:
        assert 17_400_000_000 <= number < 17_406_000_000
        parsed = phonenumbers.parse(str(number), "CN")
        assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE


def test_more_phones_than_the_block_has_are_refused() -> None:
    with pytest.raises(ValueError, match="telephone"):
        phone_numbers(6_000_001, np.random.default_rng(1))


def test_credit_codes_validate_inside_and_out() -> None:
    prefixes = ["11140826", "54140826", "92140826"] * 60
    codes = credit_codes(prefixes, np.random.default_rng(3))
    assert len(set(codes)) == len(codes)
    for prefix, code in zip(prefixes, codes, strict=True):
        assert uscc.is_valid(code)
        assert code.startswith(prefix)
        assert code[16] == organisation_check(code[8:16])


def organisation_check(body: str) -> str:
    """Check character of an organisation code (GB 11714-1997): weights 3 7 9 10 5 8 4 2, modulus 11."""
    total = sum(int(char, 36) * weight for char, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def test_the_organisation_check_knows_the_standard_s_example() -> None:
    assert organisation_check("D2143569") == "X"


def test_the_well_known_container() -> None:
    assert container_number("CSQU", 305438) == "CSQU3054383"


def test_plates_carry_a_letter_never_issued() -> None:
    assert plate_number(42) == "晋MI0042"
