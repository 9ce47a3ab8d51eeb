"""A list of 100,000 rows handed in on its page and worked off by the real worker, against 300,000 persons.

Run: python -m tests.bench.list_import [ROWS] [PERSONS]. Prints what the pages said and when, and how long they took.
"""

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.bench_people import register
from tests.bench.database import bench_database
from tests.bench.list_data import given

ASK_EVERY_S = 0.5
_WORD = re.compile(r"<[^>]+>|\s+")
_SECTION = re.compile(r'<section id="(?:import|list)-state".*?</section>', re.DOTALL)


def main() -> None:
    """Fill the register, start the worker, hand in the list and watch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("persons", type=int, nargs="?", default=300_000)
    asked = parser.parse_args()
    with bench_database("list"):
        from django.test.utils import override_settings

        register(asked.persons)
        listed = given(population=asked.persons, rows=asked.rows).listed.drop("key")
        worker = subprocess.Popen([sys.executable, "-m", "lianfang.cli.main", "worker"])
        try:
            with override_settings(ALLOWED_HOSTS=["testserver"]), tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "list.csv"
                listed.write_csv(file)
                _hand_in(file)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait()


def _hand_in(file: Path) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.utils.translation import override

    from lianfang.apps.core.models import ImportJob
    from tests.support.staff import signed_in, staff

    client = signed_in(staff(username="list"))
    with override("en"):
        upload = SimpleUploadedFile(file.name, file.read_bytes())
        client.post("/imports/", {"kind": "list", "source": "bench", "file": upload})
        job = ImportJob.objects.latest("pk")
        options = {f"column_{name}": name for name in ("name", "id_number", "phone", "birth_date", "sex", "address")}
        answer = client.post(
            f"/imports/{job.pk}/start/", options | {"keep_good": "on"}, headers={"Accept-Language": "en"}
        )
        assert answer.status_code == 302, answer.content.decode()[:2_000]
    began = time.perf_counter()
    _watch(client, f"/imports/{job.pk}/", began, {"HX-Request": "true"})
    job.refresh_from_db()
    print(f"import: {job.status}, {job.rows_in:,} in = {job.n_stored:,} + {job.n_duplicates:,} + {job.n_rejected:,}")
    _watch(client, f"/lists/{job.batch_id}/?part=state", began, {})
    times = []
    for _ in range(5):
        asked = time.perf_counter()
        client.get(f"/lists/{job.batch_id}/")
        times.append(1_000 * (time.perf_counter() - asked))
    print(f"the list's page with its rows: {sorted(times)[2]:.0f} ms")


def _watch(client: Any, address: str, began: float, headers: dict[str, str]) -> None:
    """Ask a page as its browser does until it stops asking; print each change and the slowest answer."""
    said, slowest, runs = "", 0.0, True
    while runs:
        asked = time.perf_counter()
        text = client.get(address, headers=headers | {"Accept-Language": "en"}).content.decode()
        slowest = max(slowest, time.perf_counter() - asked)
        section = _SECTION.search(text)
        assert section is not None, text[:500]
        runs = "hx-trigger" in section[0]
        words = _WORD.sub(" ", section[0]).split()
        now = " ".join(words[:60])
        if now != said:
            print(f"{time.perf_counter() - began:6.1f} s  {now}", flush=True)
            said = now
        time.sleep(ASK_EVERY_S if runs else 0)
    print(f"         slowest answer {1_000 * slowest:.0f} ms")


if __name__ == "__main__":
    main()
