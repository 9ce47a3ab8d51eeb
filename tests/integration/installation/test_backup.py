"""A backup holds the whole database, and a restore brings back exactly that."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from lianfang.cli import backup, restore
from lianfang.cli.installation import cluster, database
from lianfang.cli.installation.errors import StartError
from lianfang.cli.main import _parser


@pytest.fixture
def url(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database."""
    server = cluster.start(home, durable=False)
    url = server.url("kept")
    database.create_database(url)
    database.clear(url)
    monkeypatch.setenv("DATABASE_URL", url)
    yield url
    server.stop()


def rows(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT name FROM thing ORDER BY name").fetchall()


def test_a_restore_replaces_everything_by_what_was_backed_up(url: str, tmp_path: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE thing (name text PRIMARY KEY)")
        connection.execute("INSERT INTO thing VALUES ('绛县')")
    file = tmp_path / "kept.dump"
    backup.run(_parser("backup").parse_args(["backup", str(file)]))
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO thing VALUES ('after')")
        connection.execute("CREATE TABLE later ()")
    restore.run(_parser("restore").parse_args(["restore", "--yes", str(file)]))
    assert rows(url) == [("绛县",)]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('later')").fetchone() == (None,)


def test_a_file_that_is_no_backup_changes_nothing(url: str, tmp_path: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE thing (name text PRIMARY KEY)")
    file = tmp_path / "wrong.dump"
    file.write_text("not a dump", encoding="utf-8")
    with pytest.raises(StartError, match="pg_restore failed"):
        restore.run(_parser("restore").parse_args(["restore", "--yes", str(file)]))
    assert rows(url) == []


def test_a_remark_in_the_database_goes_with_its_content(url: str) -> None:
    assert database.remark(url) != "half made"
    database.set_remark(url, "half made")
    assert database.remark(url) == "half made"
    database.clear(url)
    assert database.remark(url) is None
