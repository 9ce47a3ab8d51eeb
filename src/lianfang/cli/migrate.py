"""``lianfang migrate``: bring the database's tables up to date."""

import argparse


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("migrate", help="bring the database's tables up to date")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")


def run(args: argparse.Namespace) -> None:
    """Apply what has not been applied; repeating it changes nothing."""
    from lianfang.apps.core.migrating import migrate

    migrate(verbosity=0 if args.quiet else 1)
