"""Published lists of risk areas: bytes of a list in one of the known forms -> one typed snapshot that checks itself."""

from lianfang.formats.risk_lists.complement import Complement, complement_of
from lianfang.formats.risk_lists.model import (
    Count,
    RiskListError,
    RiskRow,
    RiskSnapshot,
    ways_found,
)
from lianfang.formats.risk_lists.reading import read_risk_list

__all__ = [
    "Complement",
    "Count",
    "RiskListError",
    "RiskRow",
    "RiskSnapshot",
    "complement_of",
    "read_risk_list",
    "ways_found",
]
