"""The end of an emergency: records and the keys of their commitments are destroyed, and a signed certificate says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from psycopg import sql

from lianfang.apps.core import audit, evidence, log
from lianfang.apps.core.commitments import lock_log
from lianfang.apps.core.errors import DomainError, NotAllowed
from lianfang.apps.core.models import CommitmentKey, Destruction, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.healthcode import keys
from lianfang.apps.places.services import expire_presences
from lianfang.wire import heads


class SamePerson(NotAllowed):
    """One person orders, another one confirms."""

    code = "destruction_of_one"


class KindUnknown(DomainError):
    """Nothing of this kind can be destroyed."""

    code = "destruction_kind_unknown"
    http_status = 422


PRESENCES = "presences"  # deleted by dropping their days' partitions


@dataclass(frozen=True, slots=True)
class Doomed:
    """Rows to destroy: a table, which rows of it (SQL), and the kind of their commitments' keys ("" where none has any)."""

    table: str
    key: str
    where: str = "true"


def kinds() -> Mapping[str, Sequence[Doomed]]:
    """Return what can be destroyed: a kind of records -> its tables, in the order of deletion (config/destruction.py)."""
    return cast("Mapping[str, Sequence[Doomed]]", import_string(settings.DESTRUCTION))


@transaction.atomic
def destroy(*, what: Sequence[str], reason: str, at: datetime, by: User, confirmed_by: User) -> Destruction:
    """Destroy all records of these kinds with their keys. The log keeps its entries and still verifies. For good.

    Raises: PermissionMissing, SamePerson, KindUnknown.
    """
    for each in (by, confirmed_by):
        require(each, Permission.DESTROY_RECORDS)
    if by.pk == confirmed_by.pk:
        raise SamePerson("One person orders the destruction, another one confirms it.")
    if not what or not set(what) <= set(kinds()):
        raise KindUnknown("Name kinds of records that can be destroyed.", field="what")
    lock_log()
    doomed = [each for kind in what for each in kinds()[kind]]
    counts: dict[str, int] = {f"{each.table} {each.key}".strip(): _delete(each) for each in doomed}
    if PRESENCES in what:
        tomorrow = timezone.localdate(at) + timedelta(days=1)
        counts["places_presence days"] = len(expire_presences(before=tomorrow, at=at, by=by))
    gone = CommitmentKey.objects.filter(kind__in=[each.key for each in doomed if each.key], destroyed_at__isnull=True)
    n_keys = gone.update(cipher=None, destroyed_at=at)
    head = log.newest_head()
    said: dict[str, Any] = {
        "kinds": sorted(what),
        "reason": reason,
        "rows": counts,
        "keys": n_keys,
        "destroyed_at": int(at.timestamp()),
        "ordered_by": by.pk,
        "confirmed_by": confirmed_by.pk,
        "log_size": head.size if head else 0,
        "log_root": bytes(head.root) if head else b"",
    }
    made = Destruction.objects.create(
        kinds=sorted(what),
        certificate=heads.sign_certificate(said, keys.root_key()),
        destroyed_at=at,
        ordered_by=by,
        confirmed_by=confirmed_by,
    )
    audit.record("core.records_destroyed", by=by, at=at, destruction=made.pk, kinds=sorted(what))
    evidence.record("destruction", [made])
    return made


def _delete(doomed: Doomed) -> int:
    """Delete rows of a guarded table; its triggers are off inside this transaction only, which nobody else can enter."""
    table = sql.Identifier(doomed.table)
    with connection.cursor() as cursor:
        # What earlier statements put off is checked now: a table with checks waiting cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
        cursor.execute(sql.SQL("DELETE FROM {} WHERE {}").format(table, sql.SQL(doomed.where)))
        n: int = cursor.rowcount
        cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return n
