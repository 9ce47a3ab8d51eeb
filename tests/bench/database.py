"""A database of its own for one measurement, with the server's settings for real use: commits reach the disk."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lianfang.cli.installation import cluster
from lianfang.cli.installation.database import create_database, given_url


@contextmanager
def bench_database(name: str) -> Iterator[None]:
    """Start a server (or use the one DATABASE_URL names), make the tables, and set Django up on them."""
    home = Path(tempfile.mkdtemp(prefix=f"lianfang-bench-{name}-"))
    home.chmod(0o711)
    server = None if given_url() else cluster.start(home)
    try:
        if server is not None:
            os.environ["DATABASE_URL"] = server.url(f"lianfang_bench_{name}")
        create_database(os.environ["DATABASE_URL"])
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.support.settings"
        import django
        from django.db import connections

        from lianfang.apps.core.migrating import migrate

        django.setup()
        migrate()
        yield
        connections.close_all()
    finally:
        if server is not None:
            server.stop()
            os.environ.pop("DATABASE_URL")
        shutil.rmtree(home, ignore_errors=True)
