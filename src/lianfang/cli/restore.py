"""``lianfang restore``: replace the database's content and the proofs by a backup's."""

import argparse
import sys
import tarfile
import tempfile
from pathlib import Path

from lianfang.cli.backup import DUMP, PROOFS, program, proofs_dir
from lianfang.cli.installation import database
from lianfang.cli.installation.errors import StartError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("restore", help="replace database and proofs by a backup's")
    parser.add_argument("file", type=Path, help="written by: lianfang backup")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace) -> None:
    """Replace everything, after asking. Nothing changes unless the whole backup could be read.

    Raises: StartError: the file is no backup, or somebody is working on the database.
    """
    url = database.given_url()
    assert url, "commands that need a database have DATABASE_URL set"
    with tempfile.TemporaryDirectory(prefix="lianfang-restore-") as name:
        _unpack(args.file, Path(name))
        dump = Path(name) / DUMP
        program("pg_restore", "--list", str(dump))
        database.require_nobody(url)
        if not args.yes and not _agreed():
            print("nothing was changed", file=sys.stderr)
            return
        with database.replacement(url) as fresh:
            program(
                "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={fresh}", str(dump)
            )
        _put_back(Path(name) / PROOFS)


def _unpack(file: Path, directory: Path) -> None:
    try:
        with tarfile.open(file) as backup:
            backup.extractall(directory, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise StartError(f"{file} is no backup: {error}") from error
    if not (directory / DUMP).is_file():
        raise StartError(f"{file} is no backup: there is no {DUMP} in it")


def _put_back(proofs: Path) -> None:
    """Add the backup's proofs to those that are there: names are never used twice."""
    target = proofs_dir()
    for source in sorted(path for path in proofs.rglob("*") if path.is_file()):
        place = target / source.relative_to(proofs)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            part = place.with_name(f".{place.name}.part")
            part.write_bytes(source.read_bytes())
            part.rename(place)


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise StartError("restore replaces everything in the database; say --yes")
    return input("Replace everything in the database? [y/N] ").strip().lower() == "y"
