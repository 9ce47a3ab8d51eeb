"""``lianfang backup``: the database and the proofs handed in with tasks, in one file."""

import argparse
import subprocess
import tarfile
import tempfile
from pathlib import Path

from lianfang.cli.installation import cluster, database
from lianfang.cli.installation.errors import StartError
from lianfang.cli.installation.home import home_dir

DUMP = "database.dump"
PROOFS = "proofs"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("backup", help="write database and proofs to one file")
    parser.add_argument("file", type=Path, help="a tar file, made anew")


def run(args: argparse.Namespace) -> None:
    """Write everything as it is now, while others go on working. The keys are not in it.

    The database first: a proof it names was on disk before. The file is there whole or not at all.
    """
    part = args.file.with_name(f".{args.file.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=args.file.parent, prefix=".backup-") as name:
            dump = Path(name) / DUMP
            program("pg_dump", "--format=custom", "--no-owner", f"--file={dump}", f"--dbname={database.given_url()}")
            with tarfile.open(part, "w") as file:
                file.add(dump, DUMP)
                if (proofs := proofs_dir()).is_dir():
                    file.add(proofs, PROOFS)
        part.chmod(0o600)
        part.rename(args.file)
    except OSError as error:
        raise StartError(f"cannot write {args.file}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def proofs_dir() -> Path:
    """Return where the web system keeps proofs."""
    return home_dir() / "media" / PROOFS


def program(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs. Raises: StartError with what it said."""
    command = [str(cluster.programs() / name), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise StartError(f"{name} failed:\n{done.stderr.strip()}")
