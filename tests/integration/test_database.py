"""The server tests run on is the real one, with the encoding the county's names need."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_database_stores_chinese_and_orders_it_the_same_everywhere() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_encoding'), '绛县'::text")
        assert cursor.fetchone() == ("UTF8", "绛县")
