"""The command ``lianfang``: finds the subcommand, prepares what it needs, turns refusals into exit codes."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from lianfang.cli.installation.errors import StartError

EXIT_USAGE = 2  # also what argparse uses
EXIT_START = 4
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells count


class Needs(Enum):
    """What must be ready before a command runs."""

    NOTHING = "nothing"  # neither Django nor a database: starts at once
    SERVER = "server"  # the keys and a database server, started for the while if none runs
    DJANGO = "django"  # these, and Django
    TABLES = "tables"  # all that, with the tables up to date


class Command(NamedTuple):
    """One subcommand: its module offers ``add_parser(subparsers)`` and ``run(args) -> int | None``."""

    module: str
    help: str
    needs: Needs


COMMANDS = {
    "run": Command("lianfang.cli.run", "start everything: database, demo county, worker, web server", Needs.NOTHING),
    "serve": Command("lianfang.cli.serve", "serve the web system", Needs.SERVER),
    "worker": Command("lianfang.cli.worker", "work off the background jobs", Needs.TABLES),
    "migrate": Command("lianfang.cli.migrate", "bring the database's tables up to date", Needs.DJANGO),
    "manage": Command("lianfang.cli.manage", "run one of Django's own commands", Needs.DJANGO),
    "areas": Command("lianfang.cli.areas", "import the published administrative divisions", Needs.TABLES),
    "account": Command("lianfang.cli.accounts", "create and list staff accounts, set passwords", Needs.TABLES),
    "demo": Command("lianfang.cli.demo", "make the demo county and play its incident", Needs.DJANGO),
    "import": Command("lianfang.cli.imports", "import a table, or lists of risk areas", Needs.TABLES),
    "trace": Command("lianfang.cli.trace", "who and what was exposed, from a file of presences", Needs.NOTHING),
    "trace-store": Command("lianfang.cli.trace_store", "write presences as a store that Spark traces", Needs.NOTHING),
    "index": Command("lianfang.cli.index", "the trace's index: build, update, status, verify", Needs.TABLES),
    "backup": Command("lianfang.cli.backup", "write the database to one file", Needs.SERVER),
    "restore": Command("lianfang.cli.restore", "replace the database's content by a backup's", Needs.SERVER),
    "expire": Command("lianfang.cli.expire", "delete presences whose retention has ended", Needs.TABLES),
    "destroy": Command("lianfang.cli.destroy", "destroy records and keys when an emergency is over", Needs.TABLES),
    "check-code": Command("lianfang.cli.check_code", "what a door would do with a code, offline", Needs.NOTHING),
    "carry": Command("lianfang.cli.carry", "fetch what a door carries, and witness the evidence log", Needs.NOTHING),
    "lab": Command("lianfang.cli.lab", "simulate a screening round through the laboratories", Needs.NOTHING),
    "gate": Command("lianfang.cli.gate", "a door: make its key, serve its scanners, hand over", Needs.NOTHING),
    "door": Command("lianfang.cli.door", "enrol a door at the centre, or withdraw it", Needs.TABLES),
    "verify": Command("lianfang.cli.verify", "recompute every verdict from the stored facts", Needs.TABLES),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code: 0 done, 2 usage, else as documented by the error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else ""
    command = COMMANDS.get(name)
    parser = _parser(name if command else None)
    if command is None:
        parser.parse_args(arguments)  # answers --help and --version, refuses anything else
        parser.print_help(sys.stderr)
        return EXIT_USAGE
    args = parser.parse_args(arguments)
    try:
        return _run(command, args)
    except StartError as error:
        print(f"lianfang: {error}", file=sys.stderr)
        return EXIT_START
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing more to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    """Return the parser; only the chosen command's module is imported, so that each starts with what it needs."""
    parser = argparse.ArgumentParser(prog="lianfang", description="County epidemic control over people, goods, places.")
    parser.add_argument("--version", action="version", version=f"lianfang {_version()}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name, command in COMMANDS.items():
        if chosen is None:
            subparsers.add_parser(name, help=command.help)
        elif name == chosen:
            importlib.import_module(command.module).add_parser(subparsers)
    return parser


def _version() -> str:
    from importlib.metadata import version

    return version("lianfang")


def _run(command: Command, args: argparse.Namespace) -> int:
    module = importlib.import_module(command.module)
    if command.needs is Needs.NOTHING:
        return int(module.run(args) or 0)
    from lianfang.cli.prepare import django_ready, installation_ready

    if command.needs is Needs.SERVER:
        with installation_ready():
            return int(module.run(args) or 0)
    from lianfang.apps.core.errors import DomainError

    with django_ready(with_tables=command.needs is Needs.TABLES):
        try:
            return int(module.run(args) or 0)
        except DomainError as error:
            print(f"lianfang: {error} [{error.code}]", file=sys.stderr)
            return error.exit_code
