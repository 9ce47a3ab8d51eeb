"""Which form a list has, and the reader for it."""

import gzip
import zlib

from lianfang.formats.risk_lists.bulletin import read_bulletin
from lianfang.formats.risk_lists.model import RiskListError, RiskSnapshot
from lianfang.formats.risk_lists.series import read_series

_GZIP = b"\x1f\x8b"
# A list of all the nation's areas is about a megabyte; a larger one is not one.
LARGEST_BYTES = 32 << 20


def read_risk_list(content: bytes, name: str) -> RiskSnapshot:
    """Read a list, packed by gzip or not. name: the file's, for its source and, failing all else, its year.

    Raises: RiskListError, with the place and the reason.
    """
    text = _text(_unpacked(content))
    return read_series(text, name) if text.lstrip()[:1] in {"{", "["} else read_bulletin(text, name)


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        unpacker = zlib.decompressobj(wbits=31)
        plain = unpacker.decompress(content, LARGEST_BYTES)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise RiskListError("file", f"cannot be unpacked: {error}") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise RiskListError("file", "is not complete or too large for a list of areas")
    return plain


def _text(plain: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return plain.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RiskListError("file", "is neither UTF-8 nor GB18030 text")
