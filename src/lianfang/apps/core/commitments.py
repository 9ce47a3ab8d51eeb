"""Salted commitments: the log shows that facts were not changed, and tells nobody what they were.

Each kind of fact has a new random key every day. An entry's hash is keyed with it, so that a destroyed key leaves a log
that still verifies and hashes that nobody can try guesses against.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection, models

from lianfang.apps.core import identity
from lianfang.apps.core.locks import Lock
from lianfang.apps.core.models import CommitmentKey

KEY_BYTES = 32
# Held from an append to its commit, so that sequence order is commit order. A new key is made under it too: two
# transactions that each make a key and then append could otherwise wait for each other.


def lock_log() -> datetime:
    """Be the only one to append until the end of the transaction; return the database's instant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s), clock_timestamp()", [Lock.APPEND])
        now: datetime = cursor.fetchone()[1]
        return now


@dataclass(frozen=True, slots=True, repr=False)
class Salt:
    """A key and its number; `secret` None: destroyed."""

    pk: int | None
    secret: bytes | None

    def over(self, content: bytes) -> bytes:
        """Return the commitment to a content. Raises: ValueError for a destroyed key."""
        if self.pk is None:
            return hashlib.sha256(content).digest()
        if self.secret is None:
            raise ValueError("the key was destroyed")
        return hmac.digest(self.secret, content, "sha256")

    @property
    def is_destroyed(self) -> bool:
        """Whether nothing can be checked against it any more."""
        return self.pk is not None and self.secret is None


BARE = Salt(None, None)


def name_of(kind: str, row: models.Model | None = None) -> str:
    """Return the kind a fact's key is for: verdicts have one for each rule, everything else one for its kind."""
    return f"verdict:{row.kind}" if kind == "verdict" and row is not None else kind  # type: ignore[attr-defined]


def salts_of_today(names: Iterable[str], *, at: datetime) -> dict[str, Salt]:
    """Return today's key of each kind, made when it is the first of its day."""
    wanted, day = sorted(set(names)), at.astimezone(UTC).date()
    found = _stored(wanted, day)
    missing = [name for name in wanted if name not in found]
    if missing:
        lock_log()
        new = [
            CommitmentKey(kind=name, day=day, cipher=identity.encrypt_bytes(secrets.token_bytes(KEY_BYTES)))
            for name in missing
        ]
        CommitmentKey.objects.bulk_create(new, ignore_conflicts=True)
        found |= _stored(missing, day)
    return found


def _stored(names: list[str], day: date) -> dict[str, Salt]:
    keys = CommitmentKey.objects.filter(kind__in=names, day=day)
    return {key.kind: _salt(key) for key in keys}


def all_salts() -> dict[int | None, Salt]:
    """Return every key by its number; None: of entries before keys."""
    return {None: BARE} | {key.pk: _salt(key) for key in CommitmentKey.objects.all()}


def _salt(key: CommitmentKey) -> Salt:
    return Salt(key.pk, None if key.cipher is None else identity.decrypt_bytes(bytes(key.cipher)))
