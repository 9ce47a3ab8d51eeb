"""Telling how far long work is while its transaction is open: on a connection of its own, so that others see it at once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

TELL_EVERY_S = 0.5
Tell = Callable[..., None]


@contextmanager
def telling(statement: str) -> Iterator[Tell]:
    """Give `tell(values, now=False)`, which runs the statement with these values, at most every TELL_EVERY_S unless `now`.

    The work's own transaction must not hold the row that is told of before it tells for the last time.
    """
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    told_at = 0.0

    def tell(values: Sequence[Any], *, now: bool = False) -> None:
        nonlocal told_at
        if not now and monotonic() - told_at < TELL_EVERY_S:
            return
        told_at = monotonic()
        with own.cursor() as cursor:
            cursor.execute(statement, values)

    try:
        yield tell
    finally:
        own.close()
