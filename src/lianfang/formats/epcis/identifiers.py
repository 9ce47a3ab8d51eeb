"""EPC URIs and GS1 Digital Link addresses of the same things, one into the other."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

RESOLVER: Final = "https://id.gs1.org"
_UNSAFE: Final = {"!": "%21", "(": "%28", ")": "%29", "*": "%2A", "+": "%2B", ",": "%2C", ":": "%3A"}
_ESCAPES: Final = str.maketrans(_UNSAFE)
_SAFE_AGAIN: Final = {escape: sign for sign, escape in _UNSAFE.items()}
_URN: Final = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(.+)")
_NAMES: Final = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017", "gsrn": "8018",
    "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004",
    "cpv": "22", "lot": "10", "ser": "21",
}  # fmt: skip
_KEYS: Final = ("00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8017", "8018")
_LINK: Final = re.compile(rf"https?://[^/]+(?:/[^?#]*?)?/({'|'.join((*_KEYS, *list(_NAMES)[:14]))})/([^?#]+)")


_KEY_LENGTH: Final = 150  # a GS1 key with everything that may follow it is shorter
_ZERO: Final = ord("0")


def check_digit(digits: str) -> str:
    """Return the GS1 check digit of a key without it."""
    values = digits.encode()
    odd, even = values[::-2], values[-2::-2]
    return str((_ZERO * (3 * len(odd) + len(even)) - 3 * sum(odd) - sum(even)) % 10)


def _checked(digits: str) -> str:
    return digits + check_digit(digits)


@lru_cache(maxsize=4096)
def _gtin(company: str, item: str) -> str:
    if len(company) + len(item) != 13 or not (company + item).isdigit():
        raise ValueError("a GTIN has 13 digits before its check digit")
    return _checked(item[0] + company + item[1:])


def _numbered(length: int, first: str = "") -> Callable[[str, str], str]:
    """Return how a key of `length` digits is joined of company prefix and reference."""

    def join(company: str, reference: str) -> str:
        if len(company) + len(reference) != length or not (company + reference).isdigit():
            raise ValueError(f"this key has {length} digits before its check digit")
        return _checked(first + company + reference)

    return join


_gln, _asset, _service = _numbered(12), _numbered(12, "0"), _numbered(17)


def _sscc(company: str, reference: str) -> str:
    if len(company) + len(reference) != 17 or not (company + reference).isdigit():
        raise ValueError("an SSCC has 17 digits before its check digit")
    return _checked(reference[0] + company + reference[1:])


def _escaped(text: str) -> str:
    return text if text.isalnum() else text.translate(_ESCAPES)


def _sgln(parts: list[str]) -> str:
    company, location, *extension = parts
    place = f"414/{_gln(company, location)}"
    serial = ".".join(extension)
    return place if serial == "0" else f"{place}/254/{_escaped(serial)}"


def _itip(parts: list[str]) -> str:
    company, item, piece, total, *serial = parts
    tail = "" if serial in ([], ["*"]) else f"/21/{_escaped('.'.join(serial))}"
    return f"8006/{_gtin(company, item)}{piece}{total}{tail}"


def _with_serial(key: str, join: Callable[[str, str], str], glue: str) -> Callable[[list[str]], str]:
    def write(parts: list[str]) -> str:
        company, reference, *serial = parts
        tail = "" if serial in ([], ["*"]) else glue + _escaped(".".join(serial))
        return f"{key}/{join(company, reference)}{tail}"

    return write


def _plain(key: str) -> Callable[[list[str]], str]:
    return lambda parts: f"{key}/{parts[0]}{_escaped('.'.join(parts[1:]))}"


def _cpi(parts: list[str]) -> str:
    company, reference, *serial = parts
    tail = "" if serial in ([], ["*"]) else f"/8011/{'.'.join(serial)}"
    return f"8010/{_escaped(company + reference)}{tail}"


_SCHEMES: Final[dict[str, Callable[[list[str]], str]]] = {
    "sgtin": _with_serial("01", _gtin, "/21/"),
    "lgtin": _with_serial("01", _gtin, "/10/"),
    "upui": _with_serial("01", _gtin, "/235/"),
    "sscc": _with_serial("00", _sscc, ""),
    "sgln": _sgln,
    "pgln": _with_serial("417", _gln, ""),
    "grai": _with_serial("8003", _asset, ""),
    "giai": _plain("8004"),
    "gsrn": _with_serial("8018", _service, ""),
    "gsrnp": _with_serial("8017", _service, ""),
    "gdti": _with_serial("253", _gln, ""),
    "cpi": _cpi,
    "sgcn": _with_serial("255", _gln, ""),
    "ginc": _plain("401"),
    "gsin": _with_serial("402", _numbered(16), ""),
    "itip": _itip,
}


def digital_link(urn: str) -> str | None:
    """Return the canonical Digital Link of an EPC, class or pattern URI; None for what is none of GS1's keys."""
    head, _, last = urn.rpartition(".")
    if not (last.isalnum() and head.startswith(_NUMBERED) and len(urn) <= _KEY_LENGTH):
        return _link_of(urn)
    stem = _stem(head)
    return stem + last if stem else None


_NUMBERED: Final = ("urn:epc:id:sgtin:", "urn:epc:class:lgtin:")


@lru_cache(maxsize=4096)
def _stem(head: str) -> str:
    """Return the address of goods up to the last sign before their serial or lot: a document names thousands of one product."""
    return (_link_of(f"{head}.0") or "")[:-1]


def _link_of(urn: str) -> str | None:
    found = _URN.fullmatch(urn) if len(urn) <= _KEY_LENGTH else None
    if found is None or found[2] not in _SCHEMES:
        return None
    try:
        return f"{RESOLVER}/{_SCHEMES[found[2]](found[3].split('.'))}"
    except ValueError:
        return None


def canonical_link(address: str) -> str | None:
    """Return a Digital Link of any resolver in its canonical form: numeric keys, GTIN-14, finest level, no query."""
    found = _LINK.fullmatch(address.partition("?")[0].partition("#")[0])
    if found is None:
        return None
    key, parts = _NAMES.get(found[1], found[1]), found[2].rstrip("/").split("/")
    if key == "01":
        if not parts[0].isdigit() or len(parts[0]) not in {8, 12, 13, 14}:
            return None
        parts[0] = parts[0].zfill(14)
    elif len(parts[0]) < 4 or not parts[0][:4].isdigit():
        return None
    qualifiers = {_NAMES.get(name, name): value for name, value in zip(parts[1::2], parts[2::2], strict=False)}
    qualifiers.pop("22", None)
    if "21" in qualifiers:
        qualifiers.pop("10", None)
    return "/".join([RESOLVER, key, parts[0], *(part for pair in qualifiers.items() for part in pair)])


@lru_cache(maxsize=65536)
def canonical_uri(uri: str) -> str:
    """Return an identifier in its one form for comparison: a Digital Link where it is a GS1 key, else as it is."""
    if uri.startswith("urn:epc:"):
        return digital_link(uri) or uri
    if uri.startswith("http"):
        return canonical_link(uri) or uri
    return uri


class Goods(NamedTuple):
    """What an identifier of goods says: product, lot and serial, each "" where it does not; `key`: its GS1 key."""

    key: str
    product: str
    lot: str = ""
    serial: str = ""


def goods_of(uri: str) -> Goods | None:
    """Return what an identifier says of goods: a GTIN with lot or serial, or a logistic unit; None for other things."""
    parts = canonical_uri(uri).removeprefix(RESOLVER + "/").split("/")
    if parts[0] == "00" and len(parts) == 2:
        return Goods("00", parts[1])
    if parts[0] in {"01", "8006"} and len(parts) in {2, 4}:
        value = _unescaped(parts[3]) if len(parts) == 4 else ""
        level = parts[2] if len(parts) == 4 else ""
        return Goods(parts[0], parts[1], lot=value if level == "10" else "", serial=value if level == "21" else "")
    if parts[0] in {"8003", "8004"} and len(parts) == 2:
        return Goods(parts[0], _unescaped(parts[1]))
    return None


def _unescaped(text: str) -> str:
    for escape, sign in _SAFE_AGAIN.items():
        text = text.replace(escape, sign)
    return text


def epc_uri(link: str, company_digits: int) -> str | None:
    """Return the EPC URI of a Digital Link of a GTIN, SSCC or GLN; the length of its company prefix must be known."""
    parts = (canonical_link(link) or "").removeprefix(RESOLVER + "/").split("/")
    key, number = parts[0], parts[1] if len(parts) > 1 else ""
    if not 6 <= company_digits <= 12 or not number.isdigit():
        return None
    value = _unescaped(parts[3]) if len(parts) == 4 else ""
    if key in {"01", "00"}:
        body, first = number[1:-1], number[0]
        reference = f"{body[:company_digits]}.{first}{body[company_digits:]}"
        if key == "00":
            return f"urn:epc:id:sscc:{reference}"
        kind = {"21": "id:sgtin", "10": "class:lgtin"}.get(parts[2]) if len(parts) == 4 else "idpat:sgtin"
        return f"urn:epc:{kind}:{reference}.{value or '*'}" if kind else None
    if key == "414":
        return f"urn:epc:id:sgln:{number[:company_digits]}.{number[company_digits:-1]}.{value or '0'}"
    if key == "417":
        return f"urn:epc:id:pgln:{number[:company_digits]}.{number[company_digits:-1]}"
    return None
