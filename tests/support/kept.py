"""A case made in the database once for a module of tests: each finds it as it was made, and it is gone after the module."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.support.case import Case


def made_once(make: Callable[[], Any]) -> Any:
    """The fixture `kept_case`, a `Case` or what holds one: made in a transaction that stays open, each test in a savepoint of
    it; `case` is a copy.

    For tests of one session only: others (a server's threads) see nothing of it.
    """

    @pytest.fixture(scope="module", name="kept_case")
    def kept_case(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
        whole = transaction.atomic()

        def end() -> None:
            with django_db_blocker.unblock():
                transaction.set_rollback(True)
                whole.__exit__(None, None, None)

        with django_db_blocker.unblock():
            whole.__enter__()
            _ENDS.append(end)
            case = make()
        yield case
        end_all()

    return kept_case


_ENDS: list[Callable[[], None]] = []


def end_all() -> None:
    """End the transaction of a kept case, if one is open: before a test that commits, which would wait for it."""
    while _ENDS:
        _ENDS.pop()()


def with_cast() -> Case:
    """The cast alone."""
    return Case().cast()


def with_positive_lot() -> Case:
    """The cast, and one lot found positive, with all that follows."""
    case = Case().cast()
    case.positive = case.signed("LOT")
    return case
