"""Fixtures every test may use: the database on a real server, a real browser."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.creation import DatabaseCreation
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, BrowserContext, Page

from lianfang.apps.core.migrating import render_less
from tests.support import browser as chromium
from tests.support.kept import end_all
from tests.support.server import TestServer

SERVER = TestServer()
EVIDENCE = Path("test-results")
# The time of one example says nothing on a shared machine; `make fuzz` looks much longer.
hypothesis_settings.register_profile("suite", deadline=None, max_examples=30)
hypothesis_settings.register_profile("fuzz", deadline=None, max_examples=5_000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
FAILED = pytest.StashKey[bool]()


def _drop_test_database(creation: DatabaseCreation, name: str, verbosity: int) -> None:
    """Drop a test database although a session is left in it (a server's thread, a killed child): Django's own would fail."""
    with creation._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {creation.connection.ops.quote_name(name)} WITH (FORCE)")


DatabaseCreation._destroy_test_db = _drop_test_database


def _leave_no_row(_: TransactionTestCase) -> None:
    """After a test that commits: empty what holds a row. Django's flush truncates all tables and makes permissions anew, which
    takes a second, and leaves alone the tables of models it does not manage.
    """
    with connection.cursor() as cursor:
        # A session that a test left in a transaction (a thread, a killed child) would be waited for without end.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
        )
        cursor.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> ALL(%s)",
            [["django_migrations", "django_content_type", "auth_permission"]],
        )
        questions = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(questions))
        filled = [name for (name,) in cursor.fetchall()]
        cursor.execute("SET session_replication_role = replica")  # neither triggers nor references are asked
        cursor.execute("; ".join(f"DELETE FROM {name}" for name in filled) or "SELECT")
        cursor.execute("SET session_replication_role = DEFAULT")


TransactionTestCase._fixture_teardown = _leave_no_row


def pytest_configure(config: pytest.Config) -> None:
    # With workers the parent starts the server: a server ends with the process that started it.
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        SERVER.url()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest, which one worker does alone: at the end the other would wait for it."""
    items.sort(key=lambda item: "tests/spark/" not in item.nodeid)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests that commit come after the others (pytest-django); a module's kept case may then still be open."""
    asked: set[str] = set(getattr(item, "fixturenames", ()))
    marker = item.get_closest_marker("django_db")
    if asked & {"transactional_db", "live_server"} or (marker and marker.kwargs.get("transaction")):
        end_all()


def pytest_report_header(config: pytest.Config) -> list[str]:
    asked = any("spark" in argument for argument in config.args)
    left = "Spark's store and command, a lost executor, and real data on Spark (make test-spark)"
    return [] if asked else [f"not in make test: {left}"]


def pytest_unconfigure() -> None:
    SERVER.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Point Django at the run's server; each worker makes a test database of its own there."""
    settings.DATABASES["default"].update(SERVER.django_entry())
    render_less()


@pytest.fixture(autouse=True)
def _default_language() -> None:
    """Django's test client leaves the language of its last request behind in the thread."""
    translation.deactivate()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, one per worker."""
    # Playwright runs an event loop in this thread, so Django sees its calls here as made from async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with chromium.running() as running:
        yield running


@pytest.fixture
def context_options() -> dict[str, object]:
    """A Chinese desktop screen in the county's time zone; tests override it for phones and English."""
    return {"viewport": {"width": 1360, "height": 850}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture
def context(
    browser: Browser, context_options: dict[str, object], request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """A fresh browser profile; a failed test leaves pictures in test-results."""
    context = browser.new_context(**context_options)
    yield context
    if request.node.stash.get(FAILED, False):
        chromium.keep_evidence(context, EVIDENCE, re.sub(r"\W+", "-", request.node.name))
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose scripts must not fail and whose content must not be refused."""
    page = context.new_page()
    complaints = chromium.Complaints(page)
    yield page
    assert complaints.lines == []
