"""``make lab-round``: a round of shared tubes through the real server while it and the phones are killed; nothing is lost.

python -m tests.labround.run [--people 30000] [--positives 20] [--phones 6] [--every 15] [--seed 1]
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
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from lianfang.pooling.expected import expected_tests
from tests.chaos import parts
from tests.chaos.run import ENVIRONMENT
from tests.labround.bench import AT_ONCE, Laboratory
from tests.labround.client import CLOSED, Staff
from tests.labround.phone import BATCH
from tests.labround.truth import EXPECTED_ZERO, OWN, Accounts, Plan, World, enter, made_up, outcome


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


def play(directory: Path, centre: parts.Process, plan: Plan, world: World, accounts: Accounts) -> dict[str, float]:
    """Collect, send, receive, test and sign everything; what reacts is collected again singly. Return seconds by part."""
    dealt: list[list[tuple[str, str]]] = [[] for _ in range(plan.phones)]
    for number, (tube, members) in enumerate(world.pools.items()):
        dealt[number % plan.phones] += [(tube, member) for member in members]
    phones = [
        _Phone(directory / f"phone-{n}", centre.port, accounts.sampler, given) for n, given in enumerate(dealt)
    ]  # fmt: skip
    centre.start()
    await_health(centre.port)
    sampler = Staff(centre.port, accounts.sampler)
    laboratories = [Laboratory(centre.port, bench, accounts.lot, world) for bench in accounts.benches]
    took = dict[str, float]()
    try:
        with storm(centre, phones, plan, world):
            with _timed(took, "collected"):
                for phone in phones:
                    phone.start()
                for phone in phones:
                    phone.finish()
            tested(list(world.pools), sampler, laboratories, took)
            with _timed(took, "collected again"):
                again = collect_again(sampler)
            tested(again, sampler, laboratories, took)
    finally:
        for phone in phones:
            phone.kill()
        for each in (sampler, *laboratories):
            each.close()
    return took


@contextmanager
def _timed(took: dict[str, float], part: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    took[part] = took.get(part, 0.0) + time.monotonic() - began


def tested(tubes: Sequence[str], sampler: Staff, laboratories: Sequence[Laboratory], took: dict[str, float]) -> None:
    """Send the tubes, dealt over the laboratories, which receive, test and sign them side by side."""
    with _timed(took, "sent and received"):
        for number, laboratory in enumerate(laboratories):
            own = tubes[number :: len(laboratories)]
            for at in range(0, len(own), AT_ONCE):
                codes = "\n".join(own[at : at + AT_ONCE])
                sent = sampler.form("/custody/", kind="sent", organisation=str(laboratory.number), codes=codes)
                assert sent.status == 200, sent
            laboratory.receive(own)
    with _timed(took, "tested and signed"), ThreadPoolExecutor(len(laboratories)) as pool:
        for done in [pool.submit(laboratory.work) for laboratory in laboratories]:
            done.result()


def collect_again(sampler: Staff) -> list[str]:
    """Everybody whom the system asks for after a tube that reacted, in a tube of their own; return the tubes."""
    from lianfang.apps.lab.models import PoolMember

    reacted = PoolMember.objects.filter(pool__results__status="final").exclude(pool__results__value="negative")
    members = reacted.order_by("id").values_list("subject__code", flat=True)
    entries = [
        {"client_id": str(uuid.uuid4()), "tube": OWN + member, "subject": member, "is_shared": False,
         "collected_at": datetime.now(UTC).isoformat()} for member in members
    ]  # fmt: skip
    for at in range(0, len(entries), BATCH):
        answers = sampler.api("/api/swabs", {"entries": entries[at : at + BATCH]})["results"]
        assert all(answer["is_stored"] for answer in answers), answers
    return [entry["tube"] for entry in entries]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=30_000)
    parser.add_argument("--positives", type=int, default=20)
    parser.add_argument("--phones", type=int, default=6)
    parser.add_argument("--every", type=float, default=15.0, help="seconds of work between kills")
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
            accounts = enter(world)
            centre = parts.centre(directory, url, ENVIRONMENT)
            try:
                took = play(directory, centre, plan, world, accounts)
            finally:
                centre.kill()
            result = outcome(plan, world)
            dorfman = expected_tests(plan.people, plan.positives / plan.people, plan.pool_size)
            print(f"{plan.people} people, {len(world.pools)} tubes, seed {plan.seed}: {time.monotonic() - began:.0f} s")
            print("; ".join(f"{part} in {seconds:.0f} s" for part, seconds in took.items()))
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
