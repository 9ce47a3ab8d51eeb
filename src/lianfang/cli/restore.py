"""``lianfang restore``: replace the database's content by a backup's."""

import argparse
import sys
from pathlib import Path

from lianfang.cli.backup import program
from lianfang.cli.installation import database
from lianfang.cli.installation.errors import StartError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("restore", help="replace the database's content by a backup's")
    parser.add_argument("file", type=Path, help="written by: lianfang backup")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace) -> None:
    """Replace everything in the database, after asking. Raises: StartError if the file cannot be read."""
    program("pg_restore", "--list", str(args.file))
    if not args.yes and not _agreed():
        print("nothing was changed", file=sys.stderr)
        return
    url = database.given_url()
    assert url, "commands that need a database have DATABASE_URL set"
    database.clear(url)
    program("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={url}", str(args.file))


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise StartError("restore replaces everything in the database; say --yes")
    return input("Replace everything in the database? [y/N] ").strip().lower() == "y"
