"""A small nation in which 藁城区 of 石家庄 lies, and the staff of two villages and a work unit."""

from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone

from lianfang.apps.areas.services import import_divisions
from lianfang.apps.core.models import Organisation, Role, User
from tests.support.divisions import FILES, write_lists
from tests.support.returnees import unit as make_unit
from tests.support.staff import COUNTY, VILLAGE, staff


@pytest.fixture
def nation(db: None, tmp_path: Path) -> None:
    lists = write_lists(
        tmp_path,
        provinces=FILES["provinces"] + '13,"河北省"\n',
        cities=FILES["cities"] + '1301,"石家庄市",13\n',
        areas=FILES["areas"] + '130109,"藁城区",1301,13\n130102,"长安区",1301,13\n',
    )
    import_divisions(lists, county_code=COUNTY, by=None, at=timezone.now())


@pytest.fixture
def now(nation: None) -> datetime:
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def unit(nation: None) -> Organisation:
    return make_unit()


@pytest.fixture
def villager(nation: None) -> User:
    return staff(Role.COMMUNITY, area_code=VILLAGE)


@pytest.fixture
def clerk(unit: Organisation) -> User:
    return staff(Role.UNIT, organisation=unit)
