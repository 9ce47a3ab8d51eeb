"""``make lab-round``: a round of shared tubes through the real server while it and the phones are killed; nothing is lost.

python -m tests.labround.run [--people 30000] [--positives 20] [--phones 6] [--every 5] [--seed 1]
"""

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lianfang.pooling.dilution import shift_milli
from lianfang.pooling.expected import expected_tests
from tests.chaos import parts
from tests.chaos.run import ENVIRONMENT
from tests.labround.client import CLOSED, Staff

VILLAGE = "140826100200"
AT_ONCE = 500


@dataclass(frozen=True)
class Plan:
    """A round. `every_s`: seconds of work between kills, `most_kills` in all; `lost_from_milli`: Ct the assay does not see."""

    people: int = 30_000
    positives: int = 20
    pool_size: int = 10
    phones: int = 6
    every_s: float = 5.0
    most_kills: int = 1_000
    seed: int = 1
    lost_from_milli: int = 40_000


@dataclass
class World:
    """The truth, kept outside the system: who is positive with which Ct, who is in which tube."""

    cts: dict[str, int]
    pools: dict[str, list[str]]
    kills: dict[str, int] = field(default_factory=lambda: {"server": 0, "phone": 0})


@dataclass(frozen=True)
class Accounts:
    """Sessions of those who take part."""

    sampler: str
    technician: str
    signer: str
    laboratories: Sequence[int]


def made_up(plan: Plan) -> World:
    """Draw the round: tubes, positives and their Ct."""
    stream = random.Random(plan.seed)
    people = [f"R{number:06d}" for number in range(plan.people)]
    positives = stream.sample(people, plan.positives)
    cts = {person: round(1000 * min(max(stream.gauss(28.0, 6.0), 12.0), 44.0)) for person in positives}
    spans = range(0, plan.people, plan.pool_size)
    pools = {f"TUBE{at // plan.pool_size:05d}": people[at : at + plan.pool_size] for at in spans}
    return World(cts, pools)


def enter(plan: Plan, world: World) -> Accounts:
    """Register persons, three laboratories and staff through the models; return their sessions."""
    from lianfang.apps.core.models import Role, Subject
    from tests.support.staff import organisation, signed_in, staff

    subjects = [
        Subject(kind="person", code=code, label=code, area_code=VILLAGE)
        for members in world.pools.values() for code in members
    ]  # fmt: skip
    Subject.objects.bulk_create(subjects, batch_size=5_000)
    laboratories = [organisation(f"LAB{number}", "laboratory", "unit") for number in range(3)]
    users = [staff(Role.LABORATORY, username=name) for name in ("sampler", "technician", "signer")]
    sessions = [signed_in(user).cookies["sessionid"].value for user in users]
    return Accounts(*sessions, [each.pk for each in laboratories])  # type: ignore[arg-type]


@contextmanager
def storm(centre: parts.Process, phones: "list[_Phone]", plan: Plan, world: World) -> Iterator[None]:
    """Kill the server and a phone with SIGKILL again and again, and start them again, until the block ends."""
    over, stream, failures = threading.Event(), random.Random(plan.seed + 1), list[BaseException]()

    def blow() -> None:
        while sum(world.kills.values()) < plan.most_kills and not over.wait(plan.every_s):
            working = [phone for phone in phones if phone.is_running()]
            try:
                if working and world.kills["phone"] <= world.kills["server"]:
                    stream.choice(working).kill()
                    world.kills["phone"] += 1
                else:
                    centre.kill()
                    world.kills["server"] += 1
                    centre.start()
                    await_health(centre.port)
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits
                failures.append(error)
                return

    thread = threading.Thread(target=blow)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert not failures, failures


def await_health(port: int) -> None:
    """Wait until the server answers pages again: killed before that, it would never get anything done."""
    deadline = time.monotonic() + parts.START_S
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except CLOSED:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise TimeoutError("the server does not answer pages")


class _Phone:
    """One sampling point's phone: started again whenever it was killed, until its plan is done."""

    def __init__(self, home: Path, port: int, session: str, plan: Sequence[tuple[str, str]]) -> None:
        home.mkdir()
        (home / "plan.json").write_text(json.dumps(plan))
        self._command = [sys.executable, "-m", "tests.labround.phone", str(home), str(port), session]
        self._log = home / "phone.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(self._command, stdout=out, stderr=out)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def finish(self) -> None:
        """Wait until the plan is done. Raises AssertionError if the phone failed by itself."""
        while True:
            assert self._process is not None
            code = self._process.wait()
            if code == 0:
                return
            assert code == -signal.SIGKILL, self._log.read_text()[-2000:]
            self.start()


def play(directory: Path, centre: parts.Process, plan: Plan, world: World, accounts: Accounts) -> None:
    """Collect, send, receive, test and sign everything; what reacts is collected again singly."""
    dealt: list[list[tuple[str, str]]] = [[] for _ in range(plan.phones)]
    for number, (tube, members) in enumerate(world.pools.items()):
        dealt[number % plan.phones] += [(tube, member) for member in members]
    phones = [
        _Phone(directory / f"phone-{n}", centre.port, accounts.sampler, given) for n, given in enumerate(dealt)
    ]  # fmt: skip
    centre.start()
    await_health(centre.port)
    try:
        with storm(centre, phones, plan, world):
            for phone in phones:
                phone.start()
            for phone in phones:
                phone.finish()
            staff = Staff(centre.port, accounts.technician), Staff(centre.port, accounts.signer)
            try:
                move(list(world.pools), staff[0], accounts)
                reacted = [
                    tube for tube, members in world.pools.items() if sign_pool(tube, members, plan, world, staff)
                ]
                collect_again([each for tube in reacted for each in world.pools[tube]], plan, world, staff, accounts)
            finally:
                for each in staff:
                    each.close()
    finally:
        for phone in phones:
            phone.kill()


def move(tubes: Sequence[str], technician: Staff, accounts: Accounts) -> None:
    """Send and receive the tubes, dealt over the three laboratories."""
    for number, laboratory in enumerate(accounts.laboratories):
        own = tubes[number :: len(accounts.laboratories)]
        for at in range(0, len(own), AT_ONCE):
            codes = "\n".join(own[at : at + AT_ONCE])
            for kind in ("sent", "received"):
                status = technician.form("/custody/", kind=kind, organisation=str(laboratory), codes=codes)
                assert status == 200, status


def _value(ct_milli: int | None, plan: Plan) -> str:
    return "positive" if ct_milli is not None and ct_milli < plan.lost_from_milli else "negative"


def sign_pool(tube: str, members: Sequence[str], plan: Plan, world: World, staff: tuple[Staff, Staff]) -> bool:
    """Record and sign what the assay sees of a shared tube; return whether it reacted."""
    cts = [world.cts[member] for member in members if member in world.cts]
    value = _value(min(cts) + shift_milli(len(members)) if cts else None, plan)
    technician, signer = staff
    # Asked again after a kill, a step that was done answers that it is signed already: that is what was wanted.
    assert technician.form(f"/pools/{tube}/record/", value=value) in {302, 422}
    assert signer.form(f"/pools/{tube}/sign/", value=value) == 302
    return value == "positive"


def collect_again(
    members: Sequence[str], plan: Plan, world: World, staff: tuple[Staff, Staff], accounts: Accounts
) -> None:
    """Everybody of a tube that reacted, in a tube of their own, through to the signature."""
    import uuid
    from datetime import UTC, datetime

    technician, signer = staff
    entries = [
        {"client_id": str(uuid.uuid4()), "tube": f"OWN-{member}", "subject": member, "is_shared": False,
         "collected_at": datetime.now(UTC).isoformat()} for member in members
    ]  # fmt: skip
    for at in range(0, len(entries), 50):
        answers = technician.api("/api/swabs", {"entries": entries[at : at + 50]})["results"]
        assert all(answer["is_stored"] for answer in answers), answers
    move([entry["tube"] for entry in entries], technician, accounts)
    for entry, member in zip(entries, members, strict=True):
        value = _value(world.cts.get(member), plan)
        assert technician.form(f"/results/{entry['tube']}/record/", value=value) in {302, 422}
        assert signer.form(f"/results/{entry['tube']}/sign/", value=value) == 302


def outcome(plan: Plan, world: World) -> dict[str, int]:
    """Compare what the database holds with the truth; every line but the first four and the last is to be 0."""
    from lianfang.apps.lab.models import CustodyStep, Pool, PoolMember, PoolResult, Result, Specimen

    stored = dict[str, list[str]]()
    for tube, person in PoolMember.objects.values_list("pool__code", "subject__code"):
        stored.setdefault(tube, []).append(person)
    own = Specimen.objects.filter(membership__isnull=True)
    positives = set(
        Result.objects.filter(specimen__in=own, value="positive").values_list("specimen__subject__code", flat=True)
    )
    pool_of = {member: members for members in world.pools.values() for member in members}
    unseen = {
        person for person, ct in world.cts.items() if ct + shift_milli(len(pool_of[person])) >= plan.lost_from_milli
        and not any(world.cts.get(each, 99_999) + shift_milli(len(pool_of[person])) < plan.lost_from_milli
                    for each in pool_of[person])
    }  # fmt: skip
    unseen |= {person for person, ct in world.cts.items() if ct >= plan.lost_from_milli}
    signed = PoolResult.objects.filter(status="final").values("pool").distinct().count()
    single = own.filter(results__status="final").count()
    received = CustodyStep.objects.filter(kind="received").values("specimen").distinct().count()
    return {
        "people": sum(map(len, stored.values())),
        "tests used": signed + single,
        "positives found": len(positives),
        "not seen, explained by Ct and dilution": len(set(world.cts) - positives),
        "swabs lost or doubled": sum(sorted(stored.get(tube, [])) != sorted(members) for tube, members in world.pools.items()),
        "tubes not asked for": len(set(stored) - set(world.pools)),
        "tubes without a signed result": Pool.objects.count() - signed + own.count() - single,
        "tubes signed twice": PoolResult.objects.count() - signed + Result.objects.filter(specimen__in=own).count() - single,
        "swabs not received by a laboratory": plan.people + own.count() - received,
        "positives neither found nor explained": len(set(world.cts) - positives - unseen),
        "found without being positive": len(positives - set(world.cts)),
    }  # fmt: skip


EXPECTED_ZERO = 7


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=30_000)
    parser.add_argument("--positives", type=int, default=20)
    parser.add_argument("--phones", type=int, default=6)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between kills")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    from lianfang.cli.installation import cluster

    plan = Plan(args.people, args.positives, 10, args.phones, args.every, seed=args.seed)
    with tempfile.TemporaryDirectory(prefix="labround-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        server = cluster.start(directory / "database")
        try:
            url = server.url("lianfang")
            _prepare(directory, url)
            world, began = made_up(plan), time.monotonic()
            accounts = enter(plan, world)
            centre = parts.centre(directory, url, ENVIRONMENT)
            try:
                play(directory, centre, plan, world, accounts)
            finally:
                centre.kill()
            result = outcome(plan, world)
            dorfman = expected_tests(plan.people, plan.positives / plan.people, plan.pool_size)
            print(f"{plan.people} people, {len(world.pools)} tubes, seed {plan.seed}: {time.monotonic() - began:.0f} s")
            print(f"killed with SIGKILL: {world.kills}; tests by Dorfman's expectation: {dorfman:.0f}")
            for what, n in result.items():
                print(f"{what:<42}{n:>8}")
            from django.db import connections

            connections.close_all()
        finally:
            server.stop()
    return int(any(list(result.values())[-EXPECTED_ZERO:]))


def _prepare(directory: Path, url: str) -> None:
    os.environ.update(ENVIRONMENT, DATABASE_URL=url, LIANFANG_HOME=str(directory), LIANFANG_SETTINGS="")
    os.environ["DJANGO_SETTINGS_MODULE"] = "lianfang.config.settings"
    from lianfang.cli.installation.database import create_database

    create_database(url)
    (directory / "static").mkdir(exist_ok=True)
    import django

    from lianfang.apps.core.migrating import migrate

    django.setup()
    migrate()


if __name__ == "__main__":
    sys.exit(main())
