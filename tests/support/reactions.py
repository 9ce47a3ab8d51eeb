"""Reactions to events of the tests: each leaves a trace in the audit trail, one fails on request."""

from datetime import UTC, datetime

from lianfang.apps.core import audit
from lianfang.apps.core.models import AuditEvent

AT = datetime(2020, 12, 7, 1, 0, tzinfo=UTC)


class ReactionFailed(Exception):
    """What a reaction under test raises."""


def note(*, n: int) -> None:
    """Leave a trace."""
    audit.record("reaction.noted", by=None, at=AT, n=n)


def fail_until_mended(*, n: int) -> None:
    """Fail until somebody records that the cause is mended."""
    if not AuditEvent.objects.filter(action="mended").exists():
        raise ReactionFailed(n)


REACTIONS = {"test.happened": (note,), "test.fails": (note, fail_until_mended)}
