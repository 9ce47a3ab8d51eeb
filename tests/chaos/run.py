"""``make chaos``: doors, a centre and a network that fail while people are scanned; lost 0, doubled 0, nobody shut out.

python -m tests.chaos.run [--gates 20] [--events 1000000] [--seed 1]
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psycopg

from lianfang.wire.keys import SigningKey
from tests.chaos import parts
from tests.chaos.parts import Gate
from tests.chaos.proxy import Network
from tests.chaos.storm import ADMITTED, Ledger, Plan, Scanner, Storm, drain

ENVIRONMENT = {
    "LIANFANG_SECRET_KEY": "chaos", "LIANFANG_IDENTITY_KEYS": "00" * 32, "LIANFANG_IDENTITY_HASH_KEY": "11" * 32,
    "LIANFANG_CODE_KEY": "22" * 32, "LIANFANG_LOG_LEVEL": "ERROR",
}  # fmt: skip


def play(
    directory: Path, database_url: str, given: tuple[str, SigningKey], n_gates: int, plan: Plan
) -> tuple[Ledger, Storm]:
    """Run the storm until every outbox is empty. `given`: the root key, and one that signs codes."""
    root, key = given
    centre = parts.centre(directory, database_url, ENVIRONMENT, n_processes=plan.n_processes)
    network = Network(centre.port, plan.seed)
    gates = [parts.gate(directory, f"gate-{n}", f"http://127.0.0.1:{network.port}", root) for n in range(n_gates)]
    ledger, per_gate = Ledger(), -(-plan.n_events // n_gates)
    try:
        enrol(gates)
        for process in (centre, *(gate.process for gate in gates)):
            process.start(wait=False)
        centre.await_answer()
        for gate in gates:
            gate.process.await_answer()
            _carries(gate)
        ranges = [range(n * per_gate + 1, min((n + 1) * per_gate, plan.n_events) + 1) for n in range(n_gates)]
        scanners = [Scanner(g, key, ledger, numbers, plan) for g, numbers in zip(gates, ranges, strict=True)]
        storm = Storm(centre, gates, network, plan)
        for scanner in scanners:
            scanner.start()
        storm.blow(scanners)
        for scanner in scanners:
            scanner.join()
            assert scanner.failure == "", scanner.failure
        drain(gates)
        return ledger, storm
    finally:
        for gate in gates:
            gate.process.kill()
        centre.kill()
        network.close()


def _carries(gate: Gate) -> None:
    deadline = time.monotonic() + parts.START_S
    while gate.state()["snapshot_age_s"] is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the door got nothing to carry: {gate.state()}")
        time.sleep(0.05)


def enrol(gates: list[Gate]) -> None:
    from django.db import connection
    from django.utils import timezone

    from lianfang.apps.gates import services

    for gate in gates:
        services.enrol(
            code=gate.home.code, place_code="market", public=gate.home.key.public(), at=timezone.now(), by=None
        )
    connection.close()


def found(database_url: str, ledger: Ledger) -> dict[str, int]:
    """Compare the centre's events with the ledger."""
    with psycopg.connect(database_url) as connection:
        query = (
            "SELECT e.pseudonym, d.code, e.outcome FROM gates_gateevent e JOIN gates_gatedevice d ON d.id = e.device_id"
            " WHERE e.kind = 'asked'"
        )
        rows = connection.execute(query).fetchall()
        (quarantined,) = connection.execute("SELECT count(*) FROM gates_quarantine").fetchone() or (0,)
    counts = Counter(bytes(pseudonym or b"") for pseudonym, _, _ in rows)
    return {
        "in the ledger": len(ledger.shown),
        "at the centre": len(rows),
        "lost": sum(pseudonym not in counts for pseudonym in ledger.shown),
        "doubled": sum(n - 1 for n in counts.values()),
        "unknown to the ledger": sum(pseudonym not in ledger.shown for pseudonym in counts),
        "at another door": sum(ledger.door_of.get(bytes(p or b"")) != code for p, code, _ in rows),
        "quarantined": quarantined,
        "not admitted": sum(n for outcome, n in ledger.outcomes.items() if outcome not in ADMITTED),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gates", type=int, default=20)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=100, help="scans at once at a door")
    parser.add_argument("--every", type=float, default=3.0, help="seconds between faults")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    from lianfang.cli.installation import cluster

    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        server = cluster.start(directory / "database")
        try:
            url = server.url("lianfang")
            root, key = prepared(directory, url)
            plan = Plan(args.events, args.batch, args.every, args.seed)
            began = time.monotonic()
            ledger, storm = play(directory, url, (root, key), args.gates, plan)
            result = found(url, ledger)
            print(f"{args.gates} doors, {args.events} scans, seed {args.seed}: {time.monotonic() - began:.0f} s")
            print("faults:", dict(storm.done), "batches repeated by the network:", storm.network.n_repeated)
            print("asked:", ledger.n_asked, "not recorded at first (full disk):", ledger.n_unrecorded)
            print("shown:", dict(ledger.outcomes))
            for what, n in result.items():
                print(f"{what:<24}{n:>10}")
        finally:
            server.stop()
    wrong = sum(result[what] for what in ("lost", "doubled", "unknown to the ledger", "at another door", "quarantined"))
    return 1 if wrong or result["not admitted"] else 0


def prepared(directory: Path, url: str) -> tuple[str, SigningKey]:
    """Make the tables and one place; return the root key, and the key that signs codes today."""
    os.environ.update(ENVIRONMENT, DATABASE_URL=url, LIANFANG_HOME=str(directory), LIANFANG_SETTINGS="")
    os.environ["DJANGO_SETTINGS_MODULE"] = "lianfang.config.settings"
    from lianfang.cli.installation.database import create_database

    create_database(url)
    (directory / "static").mkdir(exist_ok=True)
    import django

    django.setup()
    import polars as pl
    from django.utils import timezone

    from lianfang.apps.core.migrating import migrate
    from lianfang.apps.healthcode import keys
    from lianfang.apps.places import services as places
    from lianfang.wire.keys import KeyUse

    migrate()
    row = {"code": "market", "kind": "market", "area_code": "140826100005"}
    places.import_places(pl.DataFrame([row]), by=None, at=timezone.now())
    now = timezone.now()
    return keys.root_key().public().hex(), keys.day_key(KeyUse.CODE, keys.day_number(now))


if __name__ == "__main__":
    sys.exit(main())
