"""A small nation and the people who answer for the lists."""

from pathlib import Path

import pytest

from lianfang.apps.areas.services import import_divisions
from lianfang.apps.core.models import Role, User
from tests.integration.risk.lists import AT, COUNTY
from tests.support.divisions import FILES, write_lists
from tests.support.staff import staff

CITIES = FILES["cities"] + '1302,"唐山市",13\n1309,"沧州市",13\n'
PROVINCES = FILES["provinces"] + '13,"河北省"\n'
AREAS = FILES["areas"] + "".join(
    f'{code},"{name}",{code[:4]},13\n'
    for code, name in (("130202", "路南区"), ("130203", "路北区"), ("130902", "新华区"), ("130981", "泊头市"))
)


@pytest.fixture(autouse=True)
def nation(db: None, tmp_path: Path) -> None:
    """Two provinces, three cities, six counties, and the townships and villages of the own one."""
    lists = write_lists(tmp_path, provinces=PROVINCES, cities=CITIES, areas=AREAS)
    import_divisions(lists, county_code=COUNTY, by=None, at=AT)


@pytest.fixture
def first(nation: None) -> User:
    """Whoever brings lists in."""
    return staff(Role.EPIDEMIOLOGIST)


@pytest.fixture
def second(nation: None) -> User:
    """Somebody else who may confirm them."""
    return staff(Role.COMMAND)
