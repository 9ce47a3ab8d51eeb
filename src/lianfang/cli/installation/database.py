"""Which database the system works on, and making sure that it is there."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lianfang.cli.installation import cluster
from lianfang.cli.installation.errors import StartError

NAME = "lianfang"
CONNECT_TIMEOUT_S = 10
MINIMUM_VERSION = 150000  # as psycopg counts; range types and exclusion constraints used here need no more


def given_url() -> str | None:
    """Return the address of the server the environment names (DATABASE_URL or DATABASE_URL_FILE), if any."""
    if path := os.environ.get("DATABASE_URL_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get("DATABASE_URL") or None


@contextmanager
def available(home: Path) -> Iterator[str]:
    """Give a database to work on: the named server's, a running embedded one's, or one started for the while.

    Yields its address, also set as DATABASE_URL. Raises: StartError.
    """
    if url := given_url():
        create_database(url)
        yield url
        return
    if cluster.is_running(home):
        url = cluster.layout(home).url(NAME)
        os.environ["DATABASE_URL"] = url
        yield url
        return
    server = cluster.start(home)
    try:
        url = server.url(NAME)
        create_database(url)
        os.environ["DATABASE_URL"] = url
        yield url
    finally:
        server.stop()


def create_database(url: str, *, patience_s: float = 0) -> None:
    """Make the database of ``url`` if its server has none of that name. Raises: StartError if it cannot be reached."""
    try:
        with _connect(url, patience_s) as connection:
            _check_server(connection)
    except psycopg.OperationalError as error:
        # 3D000 is "no such database"; libpq reports it without its code when it happens while connecting.
        if "does not exist" not in str(error):
            raise StartError(f"cannot use the database of DATABASE_URL: {error}") from error
        _create(url)


def clear(url: str) -> None:
    """Remove every table and type of the database. Raises: StartError if it cannot be reached."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
    except psycopg.Error as error:
        raise StartError(f"cannot clear the database: {error}") from error


def require_nobody(url: str) -> None:
    """Raises: StartError if anybody else is connected to the database: what they do would be lost, or break."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    if row and row[0]:
        raise StartError(f"{row[0]} others are connected to the database; stop the system first")


@contextmanager
def replacement(url: str) -> Iterator[str]:
    """Give the address of a new, empty database; what is in it after the block takes the place of the database's content.

    If the block fails, or somebody has connected meanwhile, the new one is dropped and nothing has changed. Raises: StartError.
    """
    name = str(conninfo_to_dict(url)["dbname"])
    fresh, old = f"{name}_restored", f"{name}_replaced"
    maintenance = make_conninfo(url, dbname="postgres")
    drop = sql.SQL("DROP DATABASE IF EXISTS {}")
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    try:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(drop.format(sql.Identifier(fresh)))
            _create(make_conninfo(url, dbname=fresh))
            try:
                clear(make_conninfo(url, dbname=fresh))
                yield make_conninfo(url, dbname=fresh)
                connection.execute(drop.format(sql.Identifier(old)))
                with connection.transaction():
                    connection.execute(rename.format(sql.Identifier(name), sql.Identifier(old)))
                    connection.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
                connection.execute(drop.format(sql.Identifier(old)))
            finally:
                connection.execute(drop.format(sql.Identifier(fresh)))
    except psycopg.Error as error:
        raise StartError(f"cannot replace the database: {error}") from error


def remark(url: str) -> str | None:
    """Return the remark left in the database by ``set_remark``, if any."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT obj_description('public'::regnamespace, 'pg_namespace')").fetchone()
    return str(row[0]) if row and row[0] else None


def set_remark(url: str, remark: str | None) -> None:
    """Leave a remark in the database itself, where it follows the data wherever they go; None removes it."""
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("COMMENT ON SCHEMA public IS {}").format(sql.Literal(remark)))


def _create(url: str) -> None:
    name = str(conninfo_to_dict(url)["dbname"])
    try:
        with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as connection:
            _check_server(connection)
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
            connection.execute(statement)
    except psycopg.errors.DuplicateDatabase:
        return
    except psycopg.Error as error:
        raise StartError(f"the database {name} does not exist and cannot be created: {error}") from error


def _connect(url: str, patience_s: float) -> "psycopg.Connection[tuple[object, ...]]":
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_S)
        except psycopg.OperationalError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.2)


def _check_server(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    if connection.info.server_version < MINIMUM_VERSION:
        raise StartError(f"PostgreSQL 15 or newer is needed, the server is {connection.info.server_version // 10000}")
