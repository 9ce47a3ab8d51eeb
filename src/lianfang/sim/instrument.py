"""A run's file as an instrument would write it: for the demonstration, drills and tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEAD = "Block Type,{block}-Well Block\nExperiment Barcode,{barcode}\n\n"
COLUMNS = "Well,Well Position,Omit,Sample Name,Target Name,Task,Reporter,CT,Amp Status\n"


@dataclass(frozen=True, slots=True)
class SimulatedWell:
    """One well: its sample's name, the instrument's task, and the Ct of each target in cycles, None: none came up."""

    position: str
    sample: str
    task: str
    cts: Mapping[str, float | None]


def quantstudio_csv(barcode: str, wells: Sequence[SimulatedWell], *, block: int = 96) -> bytes:
    """The results of a run as a QuantStudio exports them; `barcode`: the plate's."""
    lines = [
        f"{number},{well.position},FALSE,{well.sample},{target},{well.task},FAM,"
        f"{'Undetermined,No Amp' if ct is None else f'{ct:.3f},Amp'}\n"
        for number, well in enumerate(wells, start=1)
        for target, ct in well.cts.items()
    ]
    return (HEAD.format(block=block, barcode=barcode) + COLUMNS + "".join(lines)).encode()


def cts_of(control: str, *, positive: bool = False) -> dict[str, float | None]:
    """What a well of the dual-target kit should show: a control's kind, or "" for a tube that is positive or not."""
    if control == "negative":
        return {"ORF1ab": None, "N": None, "RNase P": None}
    if control in {"positive", "weak_positive"}:
        return {"ORF1ab": 32.5 if control == "weak_positive" else 25.0, "N": 33.0, "RNase P": 29.0}
    if positive:
        return {"ORF1ab": 27.4, "N": 26.9, "RNase P": 28.0}
    return {"ORF1ab": None, "N": None, "RNase P": 27.5}


TASKS = {"negative": "NTC", "extraction": "NTC", "positive": "POS", "weak_positive": "POS", "": "UNKNOWN"}
