import pytest
from django.urls import reverse

from tests.support.staff import signed_in, staff


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["desk", "tasks", "people", "goods", "places"])
def test_a_list_opens(name: str) -> None:
    assert signed_in(staff("command")).get(reverse(name)).status_code == 200
