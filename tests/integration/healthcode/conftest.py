"""The fixed cast in a small nation with one list of risk areas, two days old."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.utils import timezone

from lianfang.apps.areas import services as areas
from lianfang.apps.areas.services import import_divisions
from lianfang.apps.core import outbox
from lianfang.apps.core.models import Role, User
from tests.integration.risk.conftest import AREAS, CITIES, PROVINCES
from tests.integration.risk.lists import LUBEI_WHOLE, LUNAN
from tests.support.case import Case
from tests.support.divisions import write_lists
from tests.support.kept import made_once
from tests.support.risk_lists import series
from tests.support.staff import COUNTY, staff


def with_risk_list() -> Case:
    made = Case().cast()
    with TemporaryDirectory() as directory:
        lists = write_lists(Path(directory), provinces=PROVINCES, cities=CITIES, areas=AREAS)
        import_divisions(lists, county_code=COUNTY, by=None, at=made.now)
    stamp = timezone.localtime(made.now - timedelta(days=2)).strftime("%Y-%m-%d %H时")
    content = series(stamp=stamp, high=(LUNAN,), middle=(LUBEI_WHOLE,))
    areas.import_risk_list(content, name="list.json", by=None, at=made.now)
    outbox.deliver_pending()
    return made


kept_case = made_once(with_risk_list)


@pytest.fixture
def community(case: Case) -> User:
    """Whoever records evidence in the township."""
    return staff(Role.COMMUNITY)


@pytest.fixture
def cdc(case: Case) -> User:
    """Whoever decides appeals."""
    return staff(Role.EPIDEMIOLOGIST)
