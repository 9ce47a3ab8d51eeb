"""The real processes: one centre and many doors, started, killed and started again."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lianfang.gate import home as gate_home
from lianfang.gate.home import Home

START_S = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Process:
    """One program with all its children, in a group of their own."""

    command: list[str]
    port: int
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    running: "subprocess.Popen[bytes] | None" = None

    def start(self, *, wait: bool = True) -> None:
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                self.command, env={**os.environ, **self.environment}, stdout=out, stderr=out, start_new_session=True
            )
        if wait:
            self.await_answer()

    def await_answer(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError(f"{self.command[2]} does not answer: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """kill -9, the whole group."""
        if self.running is not None:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()
            self.running = None


def centre(directory: Path, database_url: str, environment: dict[str, str], *, processes: int = 2) -> Process:
    port = free_port()
    serve = [sys.executable, "-m", "lianfang", "serve", "--port", str(port), "--processes", str(processes)]
    given = {"DATABASE_URL": database_url, "LIANFANG_HOME": str(directory), **environment}
    return Process(serve, port, directory / "centre.log", given)


@dataclass
class Gate:
    """One door: its directory, its process, and how to ask it."""

    home: Home
    process: Process

    def fault(self, *, clock_s: float = 0.0, file_bytes: int = 0) -> None:
        path = self.home.path / "faults.json"
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"clock_s": clock_s, "file_bytes": file_bytes}))
        part.replace(path)

    def ask(self, scans: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Raises: OSError, HTTPException, ValueError."""
        status, content = self._request("POST", "/scan", json.dumps(scans))
        if status != 200:
            raise ValueError(f"the door answers {status}")
        found: list[dict[str, Any]] = json.loads(content)
        return found

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._request("GET", "/state", None)[1])
        return found

    def _request(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.process.port, timeout=30)
        try:
            connection.request(method, path, body, {"X-Door-Word": self.home.word})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def gate(directory: Path, code: str, centre_url: str, root: str) -> Gate:
    made, port = gate_home.make(directory / code, code), free_port()
    settings = json.dumps({"home": str(made.path), "centre": centre_url, "root": root, "cap": None})
    command = [sys.executable, "-m", "tests.chaos.gate_under_fault", settings, str(port)]
    return Gate(made, Process(command, port, made.path / "gate.log"))
