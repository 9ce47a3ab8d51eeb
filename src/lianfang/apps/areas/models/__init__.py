"""The tables of the areas."""

from lianfang.apps.areas.models.divisions import Area
from lianfang.apps.areas.models.risk import (
    RiskChange,
    RiskInterval,
    RiskList,
    RiskListDecision,
    RiskListRow,
    RiskPlace,
    RiskResolution,
)

__all__ = [
    "Area",
    "RiskChange",
    "RiskInterval",
    "RiskList",
    "RiskListDecision",
    "RiskListRow",
    "RiskPlace",
    "RiskResolution",
]
