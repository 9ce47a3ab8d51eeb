"""``lianfang run``: everything on one machine, from an empty directory to a served web page, and down again."""

import argparse
import errno
import http.client
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from lianfang.cli import demo
from lianfang.cli.installation import cluster, database
from lianfang.cli.installation.errors import StartError
from lianfang.cli.installation.home import home_dir, provide_secrets
from lianfang.cli.installation.lock import hold
from lianfang.cli.installation.processes import Children
from lianfang.cli.prepare import setup_django
from lianfang.cli.progress import Progress
from lianfang.cli.serve import default_processes

ANSWER_TIMEOUT_S = 180
STOP_TIMEOUT_S = 20
HOPELESS_TIMEOUT_S = 2  # without a database no work under way can be finished
DEATH_CHECK_S = 0.25
# Stands in the database while the demo is made, so that a half-made county is never taken for a whole one.
DEMO_INCOMPLETE = "the demo county is incomplete"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("run", help="start everything: database, demo county, worker, web server")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=default_processes(), help="default: %(default)s")
    parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
    parser.add_argument(
        "--population", type=int, default=demo.DEFAULT_POPULATION, help="of the demo (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=demo.DEFAULT_SEED, help="of the demo (default: %(default)s)")


# An exception raised while a finalizer or a callback of C code runs is swallowed there; the wish to stop must not be.
_STOP_ASKED = threading.Event()


def _stop(_number: int, _frame: FrameType | None) -> None:
    _STOP_ASKED.set()
    raise KeyboardInterrupt


def run(args: argparse.Namespace) -> None:
    """Start all parts and watch them until Ctrl-C, SIGTERM, or the death of one.

    Raises: StartError when something cannot start, or ended by itself.
    """
    progress = Progress()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        _run_all(args, progress)
    except KeyboardInterrupt:
        progress.say("Everything is stopped; the data stay. Start again with the same command.")


def _run_all(args: argparse.Namespace, progress: Progress) -> None:
    home = home_dir()
    home.mkdir(parents=True, exist_ok=True)
    children = Children(home / "processes.json")
    server = None
    alone = hold(home / "run.lock", f"the installation in {home}")
    try:
        if count := children.end_leftovers(STOP_TIMEOUT_S):
            progress.say(f"Ended {count} processes left over from a killed start")
        server = _start_database(home, progress)
        _require_free(args.host, args.port)
        _prepare_data(args, progress)
        _start_children(children, args, progress)
        _announce(args, progress)
        _watch(children, server)
    except StartError as error:
        progress.say(str(error))
        raise
    finally:
        # From here on impatience changes nothing: the parts below stop within known times.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        progress.say("Stopping ...")
        database_lives = server is None or server.process.poll() is None
        children.stop(STOP_TIMEOUT_S if database_lives else HOPELESS_TIMEOUT_S)
        if server:
            server.stop()
        alone.close()


def _start_database(home: Path, progress: Progress) -> cluster.Cluster | None:
    for name in provide_secrets(home):
        progress.say(f"Key made: {name} in {home / 'secrets'}")
    if url := database.given_url():
        with progress.step("Database: the server of DATABASE_URL"):
            database.create_database(url)
        return None
    with progress.step(f"Database: PostgreSQL in {cluster.layout(home).data}"):
        server = cluster.start(home)
        os.environ["DATABASE_URL"] = server.url(database.NAME)
        database.create_database(os.environ["DATABASE_URL"])
    return server


def _require_free(host: str, port: int) -> None:
    """Raises: StartError when somebody already listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                text = (
                    f"port {port} on {host} is in use by another program; stop it or choose another: --port {port + 1}"
                )
                raise StartError(text) from error
            raise StartError(f"cannot listen on {host} port {port}: {error.strerror}") from error


def _prepare_data(args: argparse.Namespace, progress: Progress) -> None:
    """Bring the tables up to date and, in an empty database, make the demo county."""
    from lianfang.trace import warm_up

    setup_django()
    from lianfang.apps.core.migrating import migrate

    url = database.given_url() or ""
    if database.remark(url) == DEMO_INCOMPLETE:
        progress.say("An earlier start was interrupted while it made the demo county: beginning again")
        database.clear(url)
    with progress.step("Tables: migrations"):
        migrate()
    with progress.step("Trace engine: kernels compiled"):
        warm_up()
    if not args.no_demo and _is_empty():
        database.set_remark(url, DEMO_INCOMPLETE)
        with progress.step(f"Demo county: {args.population} people, seed {args.seed}"):
            demo.load(population=args.population, seed=args.seed, report=progress.say)
        database.set_remark(url, None)
    with progress.step("Trace index: segments"):
        _update_segments()


def _update_segments() -> None:
    from lianfang.apps.places.segments import keeping

    keeping.update()


def _is_empty() -> bool:
    """Whether nobody can log in yet, which is so in a database that was just made and in no other."""
    from django.contrib.auth import get_user_model

    return not get_user_model().objects.exists()


def _start_children(children: Children, args: argparse.Namespace, progress: Progress) -> None:
    from django.db import connections

    from lianfang.apps.core.demo_accounts import demo_accounts

    program = [sys.executable, "-m", "lianfang"]
    if demo_accounts():
        os.environ.setdefault("LIANFANG_SMS", "console")  # so that who tries the demo reads the codes
    connections.close_all()
    serve = ["serve", "--host", args.host, "--port", str(args.port), "--processes", str(args.processes)]
    with progress.step("Web server and worker"):
        children.start("worker", [*program, "worker"], os.environ)
        children.start("web server", [*program, *serve], os.environ)
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while not _answers(args.host, args.port):
            _require_alive(children, None)
            if time.monotonic() > deadline:
                raise StartError(f"the web server gives no answer after {ANSWER_TIMEOUT_S} s; its messages are above")
            time.sleep(0.1)


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_TIMEOUT_S)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _announce(args: argparse.Namespace, progress: Progress) -> None:
    from django.db import connections

    from lianfang.apps.command.demo import citizens_phone
    from lianfang.apps.core.demo_accounts import demo_accounts

    accounts = demo_accounts()
    phone = citizens_phone() if accounts and os.environ.get("LIANFANG_SMS") == "console" else ""
    connections.close_all()
    progress.say("Ready")
    host = f"[{args.host}]" if ":" in args.host else args.host
    print(f"\n  Lianfang 联防   http://{host}:{args.port}\n")
    for account in accounts:
        print(f"  {account.username:<10}  {account.password}   {account.role}, {account.display_name}")
    if phone:
        print(f"\n  Citizens start at / ; somebody in quarantine has the phone {phone}, codes appear here.")
    if accounts and not _is_loopback(args.host):
        print(f"\n  Anybody who reaches {host} can log in with these: give the accounts passwords of their own.")
    print("\n  Ctrl-C stops everything; the data stay.\n", flush=True)


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")


def _watch(children: Children, server: cluster.Cluster | None) -> None:
    """Wait until something ends by itself. Raises: StartError naming it."""
    while True:
        if _STOP_ASKED.is_set():
            raise KeyboardInterrupt
        _require_alive(children, server)
        time.sleep(DEATH_CHECK_S)


def _require_alive(children: Children, server: cluster.Cluster | None) -> None:
    if dead := children.dead():
        raise StartError(f"the {dead[0]} ended by itself (exit code {dead[1]}); its last messages are above")
    if server and (code := server.process.poll()) is not None:
        raise StartError(f"PostgreSQL ended by itself (exit code {code}); see {server.places.log}")
