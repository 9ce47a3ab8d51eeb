"""GS1 Digital Link addresses of lots, with the check digits they need; for labels, the public page and EPCIS."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

GTIN_LENGTH = 14
_LOT = re.compile(r"[!-~]{1,20}")


def check_digit(digits: str) -> str:
    """Return the GS1 check digit of a GTIN without it (weights 3, 1, 3, ... from the right)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def restricted_gtin(number: int) -> str:
    """Return a GTIN-14 of the range for use inside a region (prefix 2), for goods that bring none along."""
    digits = f"02{number % 10**11:011d}"
    return digits + check_digit(digits)


def is_gtin(text: str) -> bool:
    """Whether a text is a GTIN-8, -12, -13 or -14 with its right check digit."""
    return text.isascii() and text.isdigit() and len(text) in {8, 12, 13, 14} and check_digit(text[:-1]) == text[-1]


@dataclass(frozen=True, slots=True)
class GoodsLink:
    """What a label says: product, trace code of the lot, and the serial of one part or package, "" for the lot itself."""

    gtin: str
    lot: str
    serial: str = ""

    def address(self, base: str) -> str:
        """Return the Digital Link below a base such as https://lianfang.example."""
        path = f"/01/{self.gtin}/10/{quote(self.lot, safe='')}"
        return base.rstrip("/") + path + (f"/21/{quote(self.serial, safe='')}" if self.serial else "")


_PATH = re.compile(r"/01/(\d{8,14})/10/([^/]+)(?:/21/([^/]+))?/?$")


def read_link(text: str) -> GoodsLink | None:
    """Read a scanned address; None if it is no Digital Link of a lot or its GTIN is wrong."""
    found = _PATH.search(urlsplit(text.strip()).path)
    if not found or not is_gtin(found[1]):
        return None
    lot, serial = unquote(found[2]), unquote(found[3] or "")
    return GoodsLink(found[1].zfill(GTIN_LENGTH), lot, serial) if _LOT.fullmatch(lot) else None


def trace_code(area_code: str, day: str, number: int) -> str:
    """Return a trace code of 20 digits: county, day (yymmdd), number, and two check digits (ISO 7064 mod 97-10)."""
    digits = f"{area_code[:6]:0<6}{day}{number:06d}"
    return digits + f"{98 - int(digits) * 100 % 97:02d}"


def is_trace_code(text: str) -> bool:
    """Whether a text is a trace code: typing one digit wrong, or two in the wrong order, is noticed."""
    return len(text) == 20 and text.isascii() and text.isdigit() and int(text) % 97 == 1
