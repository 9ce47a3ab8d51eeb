"""`lianfang run` as a person meets it: it comes up, says where it is, and goes down whatever happens to it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

PATIENCE_S = 240
# One worker runs them all: the installation they share is made once.
pytestmark = pytest.mark.xdist_group("run")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A started `lianfang run`, which says what it says into a file."""

    def __init__(self, process: "subprocess.Popen[bytes]", output: Path) -> None:
        self.process = process
        self._output = output

    def said(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def until(self, text: str) -> None:
        """Wait until it has said the text."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.said():
            assert self.process.poll() is None, f"ended before saying {text!r}:\n{self.said()}"
            assert time.monotonic() < deadline, f"has not said {text!r} in {PATIENCE_S} s:\n{self.said()}"
            time.sleep(0.05)

    def rest(self) -> str:
        """Wait for the end and return all that was said."""
        self.process.wait(PATIENCE_S)
        return self.said()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def lianfang_run(home: Path, port: int) -> Iterator[Running]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LIANFANG_", "DATABASE_", "DJANGO_"))
    }
    command = [sys.executable, "-m", "lianfang", "run", "--no-demo", "--port", str(port), "--processes", "1"]
    output = home / f"output-{port}"
    with output.open("wb") as file:
        process = subprocess.Popen(command, env=kept | {"LIANFANG_HOME": str(home)}, stdout=file, stderr=file)
    running = Running(process, output)
    try:
        yield running
    finally:
        process.terminate()
        running.rest()


def status(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/")
    code = connection.getresponse().status
    connection.close()
    return code


def assert_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_S)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_serves_until_ctrl_c(home: Path) -> None:
    port = free_port()
    with lianfang_run(home, port) as running:
        running.until(f"http://127.0.0.1:{port}")
        assert status(port) in {200, 302}
        killed = running.family()
        running.process.send_signal(signal.SIGKILL)
    with lianfang_run(home, port) as again:
        again.until(f"http://127.0.0.1:{port}")
        assert status(port) in {200, 302}
        assert_gone(killed)
        family = again.family()
        again.process.send_signal(signal.SIGINT)
        said = again.rest()
    assert again.process.returncode == 0, said
    assert "Everything is stopped" in said
    assert "Traceback" not in said
    assert_gone(family)


@pytest.mark.parametrize("part", ["serve", "postgres"])
def test_the_death_of_a_part_stops_everything_and_is_named(home: Path, part: str) -> None:
    port = free_port()
    with lianfang_run(home, port) as running:
        running.until(f"http://127.0.0.1:{port}")
        family = running.family()
        victim = next(
            process
            for process in family
            if process.ppid() == running.process.pid and any(part in word for word in process.cmdline())
        )
        victim.kill()
        said = running.rest()
    assert running.process.returncode == 4, said
    assert "ended by itself" in said.splitlines()[-1]
    assert_gone(family)


def test_a_port_in_use_is_said_and_nothing_stays_behind(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with lianfang_run(home, port) as running:
            said = running.rest()
    assert running.process.returncode == 4, said
    assert f"port {port} on 127.0.0.1 is in use" in said.splitlines()[-1]


def test_a_second_start_of_the_same_installation_is_refused(home: Path) -> None:
    port = free_port()
    with lianfang_run(home, port) as first:
        first.until("Tables")
        with lianfang_run(home, free_port()) as second:
            said = second.rest()
        assert second.process.returncode == 4, said
        assert f"in use by process {first.process.pid}" in said
        assert first.process.poll() is None
