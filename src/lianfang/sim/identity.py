"""Invented but well-formed numbers: of citizens, telephones, organisations, containers and vehicles."""

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]

# 17400-17405 belong to the state's emergency satellite telephones: well-formed, and nobody in a county carries one.
_PHONE_BLOCK = 17_400_000_000
_PHONES = 6_000_000

_USCC_ALPHABET = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
_USCC_WEIGHTS = 3 ** np.arange(17, dtype=np.int64) % 31  # GB 32100-2015
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])  # GB 11714-1997
_ID_WEIGHTS = 2 ** np.arange(17, 0, -1, dtype=np.int64) % 11  # GB 11643-1999
_ID_CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)


def birth_serials(birth: npt.NDArray[np.datetime64], female: npt.NDArray[np.bool_]) -> Int64:
    """Give each person the three-digit serial of an identity number: odd for men, even for women.

    Serials run down from 999 and 998 within a birth date: the numbers a real registry hands out last.
    Raises: ValueError if more than 500 of one sex share a birth date.
    """
    key = birth.astype("datetime64[D]").astype(np.int64) * 2 + female
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    rank = np.empty(len(key), dtype=np.int64)
    rank[order] = np.arange(len(key)) - np.repeat(first, np.diff(np.r_[first, len(key)]))
    if rank.max(initial=0) >= 500:
        raise ValueError("more than 500 people of one sex share a birth date; identity numbers cannot tell them apart")
    return np.asarray(999 - female - 2 * rank, dtype=np.int64)


def identity_numbers(area: str, birth: npt.NDArray[np.datetime64], serial: Int64) -> npt.NDArray[np.bytes_]:
    """Write citizen identity numbers with their check character (GB 11643-1999).

    Args:    area: six digits. birth: datetime64[D][n]. serial: int64[n] in 0..999.
    Returns: bytes S18[n].
    """
    months = birth.astype("datetime64[M]")
    year = birth.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (birth.astype("datetime64[D]") - months).astype(np.int64) + 1
    number = (year * 10_000 + month * 100 + day) * 1000 + serial
    digits = np.empty((len(birth), 18), dtype=np.uint8)
    digits[:, :6] = np.frombuffer(area.encode(), dtype=np.uint8) - 48
    for column in range(16, 5, -1):
        digits[:, column] = number % 10
        number = number // 10
    check = digits[:, :17].astype(np.int64) @ _ID_WEIGHTS % 11
    digits[:, :17] += 48
    digits[:, 17] = _ID_CHECKS[check]
    return digits.view("S18").ravel()


def phone_numbers(count: int, rng: np.random.Generator) -> Int64:
    """Draw different eleven-digit mobile numbers that no resident can hold.

    Raises: ValueError if more are asked for than the block has.
    """
    if count > _PHONES:
        raise ValueError(f"only {_PHONES} telephone numbers can be invented, {count} were asked for")
    return np.asarray(_PHONE_BLOCK + rng.choice(_PHONES, count, replace=False), dtype=np.int64)


def credit_codes(prefixes: list[str], rng: np.random.Generator) -> list[str]:
    """Write unified social credit codes (GB 32100-2015) with both check characters.

    Args:    prefixes: eight digits each: registering department, kind of body, division.
    Returns: different codes of eighteen characters, in the order of the prefixes.
    """
    count = len(prefixes)
    position = {char: i for i, char in enumerate(_USCC_ALPHABET.tolist())}
    values = np.empty((count, 18), dtype=np.int64)
    values[:, :8] = [[position[char] for char in prefix] for prefix in prefixes]
    body = rng.choice(31**5, count, replace=False)
    values[:, 8:11] = [position[char] for char in "MA0"]
    for column in range(15, 10, -1):
        values[:, column] = body % 31
        body = body // 31
    # GB 11714 counts letters A=10 .. Z=35; the code's alphabet leaves out I, O, S, V and Z.
    old_values = np.array([int(char, 36) for char in _USCC_ALPHABET.tolist()])
    check = (11 - old_values[values[:, 8:16]] @ _ORGANISATION_WEIGHTS % 11) % 11
    values[:, 16] = np.where(check == 10, position["X"], check)
    values[:, 17] = (31 - values[:, :17] @ _USCC_WEIGHTS % 31) % 31
    return ["".join(row) for row in _USCC_ALPHABET[values].tolist()]


def plate_number(serial: int) -> str:
    """Write a number plate of Yuncheng with the letter I, which is never issued; `serial` has up to four digits."""
    return f"晋MI{serial:04d}"


def container_number(owner: str, serial: int) -> str:
    """Write a freight container number with its check digit (ISO 6346).

    Args: owner: four letters, the last one U. serial: 0..999999.
    """
    body = f"{owner}{serial:06d}"
    # Letters count from 10 and step over the multiples of 11.
    letters = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True))
    total = sum((letters[char] if char.isalpha() else int(char)) << place for place, char in enumerate(body))
    return f"{body}{total % 11 % 10}"
