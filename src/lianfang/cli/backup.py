"""``lianfang backup``: the database in one file."""

import argparse
import subprocess
from pathlib import Path

from lianfang.cli.installation import cluster, database
from lianfang.cli.installation.errors import StartError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("backup", help="write the database to one file")
    parser.add_argument("file", type=Path, help="made anew; PostgreSQL's custom format")


def run(args: argparse.Namespace) -> None:
    """Write the database as it is now, while others go on working. The keys are not in it."""
    program("pg_dump", "--format=custom", "--no-owner", f"--file={args.file}", f"--dbname={database.given_url()}")


def program(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs. Raises: StartError with what it said."""
    command = [str(cluster.programs() / name), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise StartError(f"{name} failed:\n{done.stderr.strip()}")
