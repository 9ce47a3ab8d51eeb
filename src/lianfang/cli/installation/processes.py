"""Child processes that never outlive the program that started them."""

import ctypes
import json
import os
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
        self._running: dict[str, tuple[subprocess.Popen[bytes], float]] = {}

    def end_leftovers(self, patience_s: float) -> int:
        """End what an earlier supervisor left running; return how many there were."""
        try:
            named = json.loads(self._record.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0
        leftovers = [process for pid, created in named for process in _family(pid, created)]
        _end(leftovers, patience_s)
        self._record.unlink()
        return len(leftovers)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a program under a name."""
        child = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - started before any thread
        )
        self._running[name] = child, psutil.Process(child.pid).create_time()
        self._record.write_text(json.dumps(self._births()), encoding="ascii")

    def dead(self) -> tuple[str, int] | None:
        """Return the name and exit code of a program that ended, if any did."""
        for name, (child, _) in self._running.items():
            if (code := child.poll()) is not None:
                return name, code
        return None

    def _births(self) -> list[tuple[int, float]]:
        return [(child.pid, created) for child, created in self._running.values()]

    def stop(self, patience_s: float) -> None:
        """End all programs and what they started: asked first, killed when ``patience_s`` has passed."""
        _end([process for pid, created in self._births() for process in _family(pid, created)], patience_s)
        for child, _ in self._running.values():
            child.wait()
        self._running.clear()
        self._record.unlink(missing_ok=True)


def _family(pid: int, created: float) -> list[psutil.Process]:
    """Return the living processes of a program's session: those it started belong to it even after its own death.

    Process ids are used again: whoever was born before ``created`` or runs another program is somebody else.
    """
    program = Path(sys.executable).resolve()
    family = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == pid and process.create_time() >= created and Path(process.exe()) == program:
                family.append(process)
        except (psutil.Error, ProcessLookupError):
            continue  # ended meanwhile, or not ours to look at
    return family


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
