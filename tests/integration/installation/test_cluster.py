"""The server that comes along: made, found again, recovered after every kind of death, and never shared by accident."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from lianfang.cli.installation import cluster, database
from lianfang.cli.installation.errors import StartError


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()  # type: ignore[call-overload]
    return row[0]


def test_what_was_committed_survives_the_death_of_every_server_process(home: Path) -> None:
    first = cluster.start(home)
    url = first.url(database.NAME)
    database.create_database(url)
    assert ask(url, "SHOW fsync") == ask(url, "SHOW synchronous_commit") == ask(url, "SHOW full_page_writes") == "on"
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (id int PRIMARY KEY)")
        connection.execute("INSERT INTO kept VALUES (1) ON CONFLICT DO NOTHING")
    server = psutil.Process(first.process.pid)
    for process in [server, *server.children(recursive=True)]:
        process.kill()
    first.stop()
    second = cluster.start(home)
    try:
        assert ask(url, "SELECT count(*) FROM kept") == 1
    finally:
        second.stop()


def test_a_second_program_is_refused_and_told_who_has_it(home: Path) -> None:
    running = cluster.start(home)
    try:
        assert cluster.is_running(home)
        with pytest.raises(StartError, match=f"in use by process {os.getpid()}"):
            cluster.start(home)
    finally:
        running.stop()


def test_a_pid_file_that_names_another_process_is_no_obstacle(home: Path) -> None:
    cluster.start(home).stop()
    data = cluster.layout(home).data
    # After a restart of the machine the id in a left-over file may belong to anybody: here to this test.
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n0\n5432\n\n\n\nready\n", encoding="utf-8")
    assert not cluster.is_running(home)
    cluster.start(home).stop()


def test_the_server_of_a_killed_program_is_replaced(home: Path) -> None:
    code = (
        "import pathlib, sys, time; from lianfang.cli.installation import cluster;"
        "server = cluster.start(pathlib.Path(sys.argv[1])); print(server.process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        orphan = int(program.stdout.readline())
        program.send_signal(signal.SIGKILL)
    server = cluster.start(home)
    try:
        assert server.process.pid != orphan
        assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE
    finally:
        server.stop()


def test_a_half_made_data_directory_is_made_anew(home: Path) -> None:
    place = home / "other"
    half = cluster.layout(place).data.with_name("postgres.new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n", encoding="ascii")
    server = cluster.start(place, durable=False)
    try:
        assert ask(server.url("postgres"), "SELECT 1") == 1
    finally:
        server.stop()


def test_data_of_another_major_version_are_not_touched(home: Path) -> None:
    place = home / "older"
    data = cluster.layout(place).data
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n", encoding="ascii")
    with pytest.raises(StartError, match="made by PostgreSQL 15"):
        cluster.start(place)
    assert sorted(path.name for path in data.iterdir()) == ["PG_VERSION"]


def test_a_server_that_cannot_be_reached_is_named_without_waiting() -> None:
    began = time.monotonic()
    with pytest.raises(StartError, match="cannot use the database of DATABASE_URL"):
        database.create_database("postgresql://nobody@127.0.0.1:1/lianfang")
    assert time.monotonic() - began < 5
