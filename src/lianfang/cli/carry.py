"""``lianfang carry``: fetch what a door carries, unless the centre's evidence log was rewritten since the last time."""

import argparse
import sys
import urllib.error
from pathlib import Path

EXIT_USAGE, EXIT_REFUSED, EXIT_UNREACHABLE = 2, 3, 4


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the subcommand's options."""
    parser = subparsers.add_parser("carry", help="fetch what a door carries, and witness the evidence log")
    parser.add_argument("--centre", required=True, help="address of the web system, as https://lianfang.example")
    parser.add_argument("--root", required=True, help="the centre's root key, hexadecimal: /gate/root of the centre")
    parser.add_argument("--snapshot", type=Path, required=True, help="the file to keep it in")
    return parser


def run(args: argparse.Namespace) -> int:
    """Replace the file; exit 3 and keep the old one when the new one is refused, 4 when the centre cannot be reached."""
    from lianfang.gate.carrying import LogRewritten, SnapshotOlder, kept
    from lianfang.gate.centre import Centre
    from lianfang.rules.profile import ProfileError
    from lianfang.wire.refusal import Refused
    from lianfang.wire.snapshot import root_of

    if not args.centre.startswith(("http://", "https://")):
        return _said("the centre's address begins with http:// or https://", EXIT_USAGE)
    try:
        root = root_of(bytes.fromhex(args.root))
        carried = kept(args.snapshot, root)
    except (Refused, ProfileError, ValueError) as error:
        return _said(f"the root key or the snapshot carried cannot be used: {error}", EXIT_USAGE)

    try:
        found = Centre(args.centre, root).renew(carried, args.snapshot)
    except urllib.error.HTTPError as error:
        return _said(f"the centre refused: {error}", EXIT_REFUSED)
    except OSError as error:
        return _said(f"the centre cannot be reached: {error}; the door goes on with what it carries", EXIT_UNREACHABLE)
    except (Refused, ProfileError, LogRewritten, SnapshotOlder, ValueError, LookupError) as error:
        return _said(f"not taken over: {error}", EXIT_REFUSED)
    print(f"carried: log of {found.log_size} entries, {len(found.lists)} status lists, {len(found.trust.keys)} keys")
    return 0


def _said(text: str, code: int) -> int:
    print(f"lianfang: {text}", file=sys.stderr)
    return code
