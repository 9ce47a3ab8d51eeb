"""People coming back, and the lists of risk areas they are screened by."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from lianfang.apps.areas.services import import_risk_list
from lianfang.apps.core.models import Organisation, User
from lianfang.apps.people.registering import PersonEntry
from lianfang.apps.returnees import services
from lianfang.apps.returnees.models import Return
from tests.support.risk_lists import entry, series
from tests.support.staff import VILLAGE

GAOCHENG = "130109"
TODAY = timezone.localdate


def list_of(at: datetime, *, high: tuple[str, ...] = (), middle: tuple[str, ...] = ()) -> int:
    """Let a list take effect that names these communities of 藁城区; return its number."""
    stamp = timezone.localtime(at)
    written = f"{stamp:%Y-%m-%d} {stamp.hour}时"
    listed = [(entry("河北省", "石家庄市", "藁城区", *names),) if names else () for names in (high, middle)]
    content = series(written, high=listed[0], middle=listed[1])
    return import_risk_list(content, name="list.json", by=None, at=at).risk_list.pk


def person(name: str = "李返乡", phone: str = "13800000001", **more: Any) -> PersonEntry:
    return PersonEntry(name, phone, more.pop("area_code", VILLAGE), **more)


def said(at: datetime, *, community: str = "增村镇小果庄村", **more: Any) -> services.Said:
    """A declaration of somebody who leaves 藁城区 today."""
    today = timezone.localdate(at)
    fields: dict[str, Any] = {
        "client_id": uuid.uuid4(),
        "stays": (services.Stay(GAOCHENG, community, today - timedelta(days=20), today),),
        "expected_on": today,
        "area_code": VILLAGE,
        "transport": "train",
        **more,
    }
    return services.Said(**fields)


def declared(at: datetime, *, by: User | None = None, who: PersonEntry | None = None, **more: Any) -> Return:
    source = services.Source("citizen" if by is None else "staff", by=by)
    return services.declare(person=who or person(), said=said(at, **more), source=source, at=at)


def unit(code: str = "U-1") -> Organisation:
    return Organisation.objects.create(
        code=code, name="绛县铸造厂", kind="employer", responsible_kind="unit", area_code="140826"
    )


def day_of(at: datetime) -> date:
    return timezone.localdate(at)
