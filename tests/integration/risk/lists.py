"""The lists these tests import, by hour of one day."""

from datetime import UTC, datetime

from lianfang.apps.areas import services
from lianfang.apps.areas.services import ListImported
from lianfang.apps.core.models import User
from tests.support.risk_lists import entry, series

COUNTY = "140826"
AT = datetime(2022, 11, 1, 1, 0, tzinfo=UTC)

YANHU = entry("山西省", "运城市", "新绛县", "龙兴镇朝殿社区")
XINJIANG_REST = entry("山西省", "运城市", "新绛县", "新绛县除高、中风险区外的其他地区")
LUNAN = entry("河北省", "唐山市", "路南区", "甲小区", "乙小区")
LUBEI_WHOLE = entry("河北省", "唐山市", "路北区", "全域")
ZONE = entry("河北省", "唐山市", "高新区", "丙小区")
OWN = entry("山西省", "运城市", "绛县", "古绛镇东关村")


def load(content: bytes, *, by: User | None = None, name: str = "list.json") -> ListImported:
    """Import a list as of the tests' now."""
    return services.import_risk_list(content, name=name, by=by, at=AT)


def at_hour(hour: int, day: int = 28, **levels: object) -> bytes:
    """A list of an hour of an October day."""
    return series(stamp=f"2022-10-{day} {hour:02d}时", **levels)  # type: ignore[arg-type]
