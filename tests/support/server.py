"""One PostgreSQL server for a whole test run, shared by all of its processes; or the one DATABASE_URL names."""

import os
import shutil
import tempfile
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from lianfang.cli.installation import cluster
from lianfang.cli.installation.database import given_url

# Set by the process that started the server, read by the workers it starts.
SHARED_URL = "LIANFANG_TEST_SERVER"


class TestServer:
    """Starts on first use; ``stop`` removes every trace."""

    __test__ = False

    def __init__(self) -> None:
        self._home: Path | None = None
        self._cluster: cluster.Cluster | None = None

    def url(self) -> str:
        """Return an address on the server; test databases are made beside the database it names."""
        url = given_url() or os.environ.get(SHARED_URL)
        if url is None:
            self._home = Path(tempfile.mkdtemp(prefix="lianfang-test-"))
            self._home.chmod(0o711)
            self._cluster = cluster.start(self._home, durable=False)
            url = os.environ[SHARED_URL] = self._cluster.url("lianfang")
        return url

    def django_entry(self) -> dict[str, str]:
        """Return what Django's DATABASES must say to reach the server."""
        parts = conninfo_to_dict(self.url())
        names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        return {django: str(parts.get(libpq) or "") for libpq, django in names.items()}

    def stop(self) -> None:
        if self._cluster is not None and self._home is not None:
            self._cluster.stop()
            shutil.rmtree(self._home)
            os.environ.pop(SHARED_URL, None)
            self._cluster = None
