"""``lianfang serve``: the web system behind granian, one process per worker."""

import argparse
import multiprocessing
import os


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("serve", help="serve the web system")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=default_processes(), help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=4, help="requests at a time in each (default: %(default)s)")


def default_processes() -> int:
    """Return how many processes serve pages: one per two processors, at least two so that one slow page blocks none."""
    return max(2, (os.cpu_count() or 1) // 2)


def run(args: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT, finishing the requests under way. The tables must be up to date."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    # Each process loads the program for itself: locks of NumPy's and Polars' threads do not survive a fork.
    multiprocessing.set_start_method("spawn")
    Granian(
        "lianfang.config.serving:application",
        address=args.host,
        port=args.port,
        interface=Interfaces.WSGI,
        workers=args.processes,
        blocking_threads=args.threads,
        respawn_failed_workers=True,
        workers_kill_timeout=15,
        log_level=LogLevels.warning,
    ).serve()
