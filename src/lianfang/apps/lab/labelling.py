"""Codes for new tubes: the county, a number that is never handed out twice, a check digit."""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from lianfang.apps.core import audit
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, require
from lianfang.formats.tube_labels import with_check


@transaction.atomic
def new_codes(*, n: int, at: datetime, by: User) -> list[str]:
    """Hand out so many codes; unused ones stay unused. Raises: PermissionMissing."""
    require(by, Permission.COLLECT_SPECIMENS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('lab_tube_number') FROM generate_series(1, %s)", [n])
        codes = [with_check(f"{settings.COUNTY_CODE[:6]}{number:08d}") for (number,) in cursor.fetchall()]
    audit.record("lab.labels_made", by=by, at=at, first=codes[0], last=codes[-1], n=n)
    return codes
