"""The present instant, for what runs without a caller's `at`: reactions and background jobs.

It is the system's clock, except while a script of the past is played (the demo, a drill): then it starts at the
script's instant and goes on at real speed.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.utils import timezone

# The script's instant and the monotonic second at which it was set.
_PLAYED: ContextVar[tuple[datetime, float] | None] = ContextVar("played", default=None)


def now() -> datetime:
    """Return the present instant."""
    played = _PLAYED.get()
    if played is None:
        return timezone.now()
    start, set_at = played
    return start + timedelta(seconds=time.monotonic() - set_at)


@contextmanager
def playing(at: datetime) -> Iterator[None]:
    """Let the clock start at `at` inside the block."""
    token = _PLAYED.set((at, time.monotonic()))
    try:
        yield
    finally:
        _PLAYED.reset(token)
