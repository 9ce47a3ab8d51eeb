"""``lianfang door enrol|withdraw``: which doors the centre believes."""

import argparse


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("door", help="enrol a door's key, or withdraw it")
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    enrol = actions.add_parser("enrol", help="believe a door from now on")
    enrol.add_argument("code", help="the door's code, as `lianfang gate init` printed it")
    enrol.add_argument("--place", required=True, metavar="CODE", help="the place it belongs to")
    enrol.add_argument("--key", required=True, metavar="HEX", help="its public key, as `lianfang gate init` printed it")
    gone = actions.add_parser("withdraw", help="believe a door no longer: lost or stolen")
    gone.add_argument("code")


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    from django.utils import timezone

    from lianfang.apps.gates import services

    if args.action == "withdraw":
        n = services.withdraw(code=args.code, at=timezone.now(), by=None)
        print(f"{n} door withdrawn")
        return 0
    try:
        public = bytes.fromhex(args.key)
    except ValueError:
        public = b""
    door = services.enrol(code=args.code, place_code=args.place, public=public, at=timezone.now(), by=None)
    print(f"enrolled: door {door.code}")
    return 0
