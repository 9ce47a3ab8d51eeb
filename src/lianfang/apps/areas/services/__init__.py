"""Bringing divisions and the lists of risk areas into the store."""

from lianfang.apps.areas.services.divisions import (
    DivisionsImported,
    LevelCount,
    Rename,
    import_divisions,
    register_territories,
)
from lianfang.apps.areas.services.resolutions import Placement, resolve_place
from lianfang.apps.areas.services.risk_lists import ListImported, decide_risk_list, import_risk_list, publish_change

__all__ = [
    "DivisionsImported",
    "LevelCount",
    "ListImported",
    "Placement",
    "Rename",
    "decide_risk_list",
    "import_divisions",
    "import_risk_list",
    "publish_change",
    "register_territories",
    "resolve_place",
]
