"""One laboratory at work: tubes scanned in, plates filled, read from the instrument's file and signed by a second person."""

import csv
import random
from collections.abc import Sequence
from itertools import count

from lianfang.sim.instrument import TASKS, SimulatedWell, cts_of, quantstudio_csv
from tests.labround.client import Staff
from tests.labround.truth import Bench, World

AT_ONCE = 200
WELLS = 96
INTERNAL_CT = 27.5
CONTROL_SD = 0.25


class Laboratory:
    """The technician and the signer of one laboratory, and its instrument, which finds what is true."""

    def __init__(self, port: int, bench: Bench, lot: int, world: World) -> None:
        self.number = bench.laboratory
        self._technician, self._signer = Staff(port, bench.technician), Staff(port, bench.signer)
        self._lot, self._world = lot, world
        self._plates, self._stream = count(1), random.Random(bench.laboratory)

    def close(self) -> None:
        """Hang up."""
        self._technician.close()
        self._signer.close()

    def receive(self, tubes: Sequence[str]) -> None:
        """Scan tubes in."""
        for at in range(0, len(tubes), AT_ONCE):
            codes = "\n".join(tubes[at : at + AT_ONCE])
            answer = self._technician.form("/bench/", organisation=str(self.number), codes=codes)
            assert answer.status == 200, answer

    def work(self) -> None:
        """Plate after plate, until no tube waits: what is to be repeated, or was in a run that failed, waits again."""
        for number in self._plates:
            path = f"/bench/plates/LAB{self.number}-{number}/"
            # Asked again after a kill, a step that was done is refused or changes nothing: it is there.
            begun = {"code": path.split("/")[3], "size": str(WELLS), "lot": str(self._lot)}
            assert self._technician.form("/bench/new-plate/", **begun).status in {302, 422}
            assert self._technician.form(f"{path}fill/").status == 302
            wells = list(csv.DictReader(self._technician.page(f"{path}sheet.csv").decode().splitlines()))
            if all(well["Task"] != TASKS[""] for well in wells):
                self._technician.form(f"{path}give-up/")
                return
            assert self._technician.form(f"{path}seal/").status == 302
            content = quantstudio_csv(begun["code"], [self._found(well) for well in wells], block=WELLS)
            read = self._technician.upload(f"{path}read/", "run.csv", content)
            assert read.status == 302, read
            # Refused is a run whose controls failed; its tubes wait again.
            assert self._signer.form(f"{read.location}sign/").status in {302, 422}

    def _found(self, well: dict[str, str]) -> SimulatedWell:
        place, sample, task = well["Well Position"], well["Sample Name"], well["Task"]
        if task != TASKS[""]:
            cts = {
                target: None if ct is None else ct + self._stream.gauss(0, CONTROL_SD)
                for target, ct in cts_of(sample).items()
            }
            return SimulatedWell(place, sample, task, cts)
        ct = self._world.ct_of(sample)
        cycles = None if ct is None else ct / 1000
        return SimulatedWell(place, sample, task, {"ORF1ab": cycles, "N": cycles, "RNase P": INTERNAL_CT})
