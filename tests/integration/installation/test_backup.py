"""A backup holds the whole database, and a restore brings back exactly that."""

import tarfile
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
    monkeypatch.setenv("LIANFANG_HOME", str(home))
    server = cluster.start(home, durable=False)
    url = server.url("kept")
    database.create_database(url)
    database.clear(url)
    monkeypatch.setenv("DATABASE_URL", url)
    yield url
    server.stop()


def databases(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")
        return {name for (name,) in found}


def rows(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT name FROM thing ORDER BY name").fetchall()


def test_a_restore_replaces_everything_by_what_was_backed_up(url: str, home: Path, tmp_path: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE thing (name text PRIMARY KEY)")
        connection.execute("INSERT INTO thing VALUES ('绛县')")
    file = tmp_path / "kept.tar"
    proof = home / "media" / "proofs" / "receipt.jpg"
    proof.parent.mkdir(parents=True)
    proof.write_bytes(b"a receipt")
    backup.run(_parser("backup").parse_args(["backup", str(file)]))
    assert file.stat().st_mode & 0o077 == 0
    proof.unlink()
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO thing VALUES ('after')")
        connection.execute("CREATE TABLE later ()")
    restore.run(_parser("restore").parse_args(["restore", "--yes", str(file)]))
    assert rows(url) == [("绛县",)]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('later')").fetchone() == (None,)
    assert proof.read_bytes() == b"a receipt"
    assert databases(url) == {"kept", "postgres"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.tar"]


def test_a_file_that_is_no_backup_changes_nothing(url: str, tmp_path: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE thing (name text PRIMARY KEY)")
    file = tmp_path / "wrong.dump"
    file.write_text("not a dump", encoding="utf-8")
    with pytest.raises(StartError, match="is no backup"):
        restore.run(_parser("restore").parse_args(["restore", "--yes", str(file)]))
    assert rows(url) == []


def test_a_dump_that_breaks_off_changes_nothing(url: str, tmp_path: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE thing AS SELECT md5(n::text) AS name FROM generate_series(1, 50000) n")
    whole = tmp_path / "whole.tar"
    backup.run(_parser("backup").parse_args(["backup", str(whole)]))
    broken = tmp_path / "broken.tar"
    with tarfile.open(whole) as source, tarfile.open(broken, "w") as target:
        member = source.getmember(backup.DUMP)
        content = source.extractfile(member)
        assert content is not None
        member.size = member.size * 3 // 4
        target.addfile(member, content)
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM thing WHERE name > '8'")
    left = len(rows(url))
    with pytest.raises(StartError, match="pg_restore failed"):
        restore.run(_parser("restore").parse_args(["restore", "--yes", str(broken)]))
    assert len(rows(url)) == left
    assert databases(url) == {"kept", "postgres"}


def test_nobody_may_be_at_work_during_a_restore(url: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.tar"
    backup.run(_parser("backup").parse_args(["backup", str(file)]))
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE thing (name text)")
        connection.commit()
        with pytest.raises(StartError, match="stop the system first"):
            restore.run(_parser("restore").parse_args(["restore", "--yes", str(file)]))
    assert rows(url) == []


def test_a_remark_in_the_database_goes_with_its_content(url: str) -> None:
    assert database.remark(url) != "half made"
    database.set_remark(url, "half made")
    assert database.remark(url) == "half made"
    database.clear(url)
    assert database.remark(url) is None
