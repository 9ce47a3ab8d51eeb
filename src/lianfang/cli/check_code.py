"""``lianfang check-code``: what a door would do with a code, from a snapshot file alone: no database, no network."""

import argparse
import json
import sys
import time
from datetime import datetime
from pathlib import Path

EXIT_USAGE, EXIT_NOT_ADMITTED = 2, 3


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the subcommand's options."""
    parser = subparsers.add_parser("check-code", help="what a door would do with a code, offline")
    parser.add_argument("text", help="the code as scanned; - reads it from standard input")
    parser.add_argument(
        "--snapshot", type=Path, required=True, help="what the door carries: /gate/snapshot of the centre"
    )
    parser.add_argument("--root", required=True, help="the centre's root key, hexadecimal: /gate/root of the centre")
    parser.add_argument("--temperature", type=float, help="degrees Celsius, as 36.5")
    parser.add_argument("--as-of", type=datetime.fromisoformat, help="an instant with its zone (default: now)")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    return parser


def run(args: argparse.Namespace) -> int:
    """Print the verdict with its reasons; exit 0 when the door lets in, 3 when not, 2 when it cannot be asked."""
    from lianfang.gate.admission import Reading, admit, load
    from lianfang.rules.gate import Admission
    from lianfang.rules.profile import ProfileError
    from lianfang.rules.reasons import explain
    from lianfang.rules.words import label
    from lianfang.wire.refusal import Refused
    from lianfang.wire.snapshot import root_of

    try:
        carried = load(args.snapshot.read_bytes(), root_of(bytes.fromhex(args.root)))
    except (OSError, Refused, ProfileError, ValueError) as error:
        print(f"lianfang: the snapshot cannot be used: {error}", file=sys.stderr)
        return EXIT_USAGE
    text = sys.stdin.readline().rstrip("\n") if args.text == "-" else args.text
    now = int(args.as_of.timestamp() if args.as_of else time.time())
    tenths = None if args.temperature is None else round(args.temperature * 10)
    verdict = admit(text, carried, Reading(tenths_celsius=tenths), now)
    if args.json:
        print(json.dumps(json.loads(verdict.to_json()), ensure_ascii=False, indent=1))
    else:
        print(label(verdict.outcome, "zh"), label(verdict.outcome, "en"), sep="  ")
        for reason in verdict.reasons:
            print(f"{reason.code}  {explain(reason, 'zh')}  {explain(reason, 'en')}")
        print(f"snapshot {now - carried.issued_at} s old", file=sys.stderr)
    return 0 if verdict.outcome in {Admission.ADMIT, Admission.ADMIT_FLAGGED} else EXIT_NOT_ADMITTED
