"""Child processes that never outlive the program that started them."""

import ctypes
import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(by: signal.Signals) -> None:
    """In a child, before it becomes its program: ask Linux for signal ``by`` when the parent is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)


class Children:
    """The programs one supervisor runs, each in a session of its own so that Ctrl-C reaches the supervisor alone.

    ``record`` names them for the next start, which ends those a killed supervisor left behind where the kernel did not.
    """

    def __init__(self, record: Path) -> None:
        self._record = record
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def end_leftovers(self, patience_s: float) -> int:
        """End what an earlier supervisor left running; return how many there were."""
        try:
            named = json.loads(self._record.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0
        leftovers = []
        for pid, created in named:
            try:
                process = psutil.Process(pid)
                # Process ids are used again: the same id and the same birth is the same process.
                if process.create_time() == created:
                    leftovers += [process, *process.children(recursive=True)]
            except psutil.NoSuchProcess:
                continue
        _end(leftovers, patience_s)
        self._record.unlink()
        return len(leftovers)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a program under a name."""
        self._running[name] = subprocess.Popen(  # a fixed command of our own
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - started before any thread
        )
        named = [(child.pid, psutil.Process(child.pid).create_time()) for child in self._running.values()]
        self._record.write_text(json.dumps(named), encoding="ascii")

    def dead(self) -> tuple[str, int] | None:
        """Return the name and exit code of a program that ended, if any did."""
        for name, child in self._running.items():
            if (code := child.poll()) is not None:
                return name, code
        return None

    def stop(self, patience_s: float) -> None:
        """End all programs and what they started: asked first, killed when ``patience_s`` has passed."""
        everyone: list[psutil.Process] = []
        for child in self._running.values():
            if child.poll() is None:
                process = psutil.Process(child.pid)
                everyone += [process, *process.children(recursive=True)]
        _end(everyone, patience_s)
        for child in self._running.values():
            child.wait()
        self._running.clear()
        self._record.unlink(missing_ok=True)


def _end(processes: list[psutil.Process], patience_s: float) -> None:
    for process in processes:
        _signal(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(processes, timeout=patience_s)
    for process in alive:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=patience_s)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
