"""``lianfang manage``: Django's own commands (createsuperuser, dbshell, ...) on the installation's database."""

import argparse


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("manage", help="run one of Django's own commands", add_help=False)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="COMMAND ...")


def run(args: argparse.Namespace) -> None:
    """Hand the arguments to Django, which prints and exits as usual."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["lianfang manage", *args.arguments])
