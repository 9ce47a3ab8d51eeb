"""One positive lot for the pages: who handled it, who they met, and the tasks that follow."""

import pytest
from django.test import Client

from lianfang.apps.core.models import Role
from tests.support.case import Case
from tests.support.kept import made_once, with_positive_lot
from tests.support.staff import OTHER_TOWNSHIP, TOWNSHIP, signed_in, staff

kept_case = made_once(with_positive_lot)


@pytest.fixture
def command(case: Case) -> Client:
    return signed_in(case.command)


@pytest.fixture
def community(case: Case) -> Client:
    return signed_in(staff(Role.COMMUNITY, area_code=TOWNSHIP))


@pytest.fixture
def neighbour(case: Case) -> Client:
    return signed_in(staff(Role.COMMUNITY, area_code=OTHER_TOWNSHIP))
