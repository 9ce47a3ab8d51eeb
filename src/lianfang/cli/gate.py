"""``lianfang gate init|run``: a door on its own machine: its key, its server for scanners, its way to the centre."""

import argparse
import json
import os
import sys
from pathlib import Path

EXIT_USAGE = 2


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("gate", help="a door: make its key, serve its scanners, hand over to the centre")
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    init = actions.add_parser("init", help="make a door's key and say how to enrol it")
    init.add_argument("code", help="the door's code: letters, digits, hyphens")
    serve = actions.add_parser("run", help="serve scanners; goes on without the centre")
    for action in (init, serve):
        action.add_argument("--home", type=Path, required=True, help="the door's directory")
    serve.add_argument("--centre", required=True, help="address of the web system, as https://lianfang.example")
    serve.add_argument("--root", required=True, help="the centre's root key, hexadecimal: /gate/root of the centre")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=int, default=8100, help="port to listen on (default: %(default)s)")
    serve.add_argument("--cap", type=int, help="how many may be inside by this door's count")


def run(args: argparse.Namespace) -> int:
    """Do what the action says; exit 2 when the directory or the key cannot be used."""
    return _init(args) if args.action == "init" else _run(args)


def _init(args: argparse.Namespace) -> int:
    from lianfang.gate import home

    try:
        made = home.make(args.home, args.code)
    except (OSError, ValueError, LookupError) as error:
        return _unusable(error)
    print(f"enrol at the centre:  lianfang door enrol {made.code} --place PLACE --key {made.key.public().hex()}")
    print(f"open on a scanner:    http://THIS-DOOR:8100/#{made.word}")
    return 0


def _run(args: argparse.Namespace) -> int:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from lianfang.gate import home
    from lianfang.gate.server import SETTINGS
    from lianfang.wire.snapshot import root_of

    try:
        home.load(args.home)
        root_of(bytes.fromhex(args.root))
        if not args.centre.startswith(("http://", "https://")):
            raise ValueError("the centre's address begins with http:// or https://")
    except (OSError, ValueError, LookupError) as error:
        return _unusable(error)
    given = {"home": str(args.home), "centre": args.centre.rstrip("/"), "root": args.root, "cap": args.cap}
    os.environ[SETTINGS] = json.dumps(given)
    # One worker: one count, one file, one writer.
    Granian(
        "lianfang.gate.server:application", address=args.host, port=args.port, interface=Interfaces.ASGI, workers=1,
        log_level=LogLevels.warning, workers_kill_timeout=10,
    ).serve()  # fmt: skip
    return 0


def _unusable(error: Exception) -> int:
    print(f"lianfang: the door cannot be used: {error}", file=sys.stderr)
    return EXIT_USAGE
