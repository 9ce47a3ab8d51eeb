"""What commands need before they can work: keys, a database, Django."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lianfang.cli.installation import database
from lianfang.cli.installation.errors import StartError
from lianfang.cli.installation.home import home_dir, provide_secrets


@contextmanager
def installation_ready() -> Iterator[None]:
    """Put the keys and DATABASE_URL into the environment, with a server started for the while if none runs.

    Raises: StartError.
    """
    home = home_dir()
    provide_secrets(home)
    with database.available(home):
        yield


@contextmanager
def django_ready(*, with_tables: bool) -> Iterator[None]:
    """Set up Django on the installation's database; ``with_tables`` also asks for up-to-date tables.

    Raises: StartError.
    """
    with installation_ready():
        setup_django()
        if with_tables:
            _require_migrated()
        yield


def setup_django() -> None:
    """Load settings and models. The keys and DATABASE_URL must be in the environment."""
    import django
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianfang.config.settings")
    for directory in (settings.STATIC_ROOT, settings.MEDIA_ROOT):
        Path(directory).mkdir(parents=True, exist_ok=True)
    django.setup()


def tables_ready() -> None:
    """Make the tables of a new database. Raises: StartError when there are some, but not up to date."""
    from django.db import connection

    from lianfang.apps.core.migrating import migrate

    if not connection.introspection.table_names():
        migrate()
    _require_migrated()


def _require_migrated() -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise StartError("the database's tables are not up to date; run: lianfang migrate")
