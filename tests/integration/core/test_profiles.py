"""The editions of the rules as they are first used."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from lianfang.apps.core.models import ProfileEdition
from lianfang.apps.core.profiles import profile_of


@pytest.mark.django_db(transaction=True)
def test_several_first_users_of_an_edition_store_it_once() -> None:
    together = Barrier(4)

    def use(_: int) -> str:
        together.wait(30)
        try:
            return profile_of(settings.PROFILE_EDITION, at=timezone.now()).edition
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(use, range(4))) == {settings.PROFILE_EDITION}
    assert ProfileEdition.objects.count() == 1
