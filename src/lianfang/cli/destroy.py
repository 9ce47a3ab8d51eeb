"""``lianfang destroy``: when an emergency is over, destroy records with the keys of their commitments, for good."""

import argparse
import json
import sys
from pathlib import Path


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the subcommand's options."""
    parser = subparsers.add_parser("destroy", help="destroy records and keys when an emergency is over")
    parser.add_argument("kinds", nargs="+", metavar="KIND", help="health_codes, presences")
    parser.add_argument("--reason", required=True, help="which decision orders it")
    parser.add_argument("--by", required=True, metavar="ACCOUNT", help="who orders it")
    parser.add_argument("--confirmed-by", required=True, metavar="ACCOUNT", help="the second person")
    parser.add_argument(
        "--certificate", required=True, type=Path, metavar="FILE", help="where the signed certificate goes"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Destroy, write the certificate, print what it says; exit 2 for an account that does not exist."""
    from django.utils import timezone

    from lianfang.apps.core.models import User
    from lianfang.apps.healthcode import destruction, keys
    from lianfang.wire import heads, snapshot

    accounts = User.objects.filter(is_active=True).in_bulk([args.by, args.confirmed_by], field_name="username")
    unknown = [name for name in (args.by, args.confirmed_by) if name not in accounts]
    if unknown:
        print(f"no such account: {', '.join(unknown)}", file=sys.stderr)
        return 2
    made = destruction.destroy(
        what=args.kinds,
        reason=args.reason,
        at=timezone.now(),
        by=accounts[args.by],
        confirmed_by=accounts[args.confirmed_by],
    )
    args.certificate.write_bytes(bytes(made.certificate))
    said = heads.open_certificate(bytes(made.certificate), snapshot.root_of(keys.root_key().public()))
    print(json.dumps({**said, "log_root": said["log_root"].hex()}, ensure_ascii=False))
    print("Backups made before still hold the records: destroy them as well.", file=sys.stderr)
    return 0
