"""``lianfang account create|passwd|list``: staff accounts, for the operator at the console."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lianfang.apps.core.services import Credentials


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("account", help="create and list staff accounts, set passwords")
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    create = actions.add_parser("create", help="create an account")
    create.add_argument("username")
    create.add_argument("--name", required=True, help="the person's name, as pages show it")
    create.add_argument("--role", required=True, help="e.g. command, epidemiologist, community, administrator")
    create.add_argument("--area", metavar="CODE", help="division code (default: the installation's county)")
    create.add_argument("--organisation", metavar="CODE", help="code of the organisation they work for")
    passwd = actions.add_parser("passwd", help="give an account a new first password")
    passwd.add_argument("username")
    for action in (create, passwd):
        action.add_argument("--stdin", action="store_true", help="read the password from standard input, else make one")
    listing = actions.add_parser("list", help="list all accounts")
    listing.add_argument("--json", action="store_true", help="print JSON, one object a line")


def run(args: argparse.Namespace) -> None:
    """Do what the action says; a password that was made is printed once."""
    {"create": _create, "passwd": _passwd, "list": _list}[args.action](args)


def _create(args: argparse.Namespace) -> None:
    from django.conf import settings
    from django.utils import timezone

    from lianfang.apps.core.selectors import organisation
    from lianfang.apps.core.services import AccountEntry, create_account

    entry = AccountEntry(
        username=args.username,
        display_name=args.name,
        role=args.role,
        area_code=args.area or settings.COUNTY_CODE,
        organisation=organisation(args.organisation) if args.organisation else None,
    )
    _tell(create_account(entry, password=_given(args), by=None, at=timezone.now()), args)


def _passwd(args: argparse.Namespace) -> None:
    from django.utils import timezone

    from lianfang.apps.core.selectors import account
    from lianfang.apps.core.services import reset_password

    _tell(reset_password(account(args.username).pk, password=_given(args), by=None, at=timezone.now()), args)


def _given(args: argparse.Namespace) -> str | None:
    return sys.stdin.readline().rstrip("\n") if args.stdin else None


def _tell(made: "Credentials", args: argparse.Namespace) -> None:
    if not args.stdin:
        print(f"{made.user.username} {made.password}")
    print("The password must be changed at the first log-in.", file=sys.stderr)


def _list(args: argparse.Namespace) -> None:
    from lianfang.apps.core.selectors import accounts_for

    for user in accounts_for(None):
        row = {
            "username": user.username,
            "role": user.role,
            "area_code": user.area_code,
            "organisation": user.organisation.code if user.organisation else None,
            "active": user.is_active,
            "last_login": user.last_login.isoformat() if user.last_login else None,
        }
        if args.json:
            print(json.dumps(row, ensure_ascii=False))
        else:
            print(row["username"], row["role"], row["area_code"], "" if user.is_active else "closed", sep="\t")
