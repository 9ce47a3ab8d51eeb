"""What a run's file says, whatever wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LARGEST_CT_MILLI = 60_000


class RunFormat(StrEnum):
    """Who wrote the file."""

    ABI_7500 = "abi_7500"
    QUANTSTUDIO = "quantstudio"
    CFX = "cfx"
    LIGHTCYCLER = "lightcycler"
    RDML = "rdml"
    EDS = "eds"


class Task(StrEnum):
    """What the instrument was told that a well holds."""

    UNKNOWN = "unknown"
    NEGATIVE_CONTROL = "negative_control"
    POSITIVE_CONTROL = "positive_control"
    STANDARD = "standard"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class WellReading:
    """One target in one well.

    `line`: line of a text, row of a sheet, or number of the reading in a file without lines. `position`: A01 to P24.
    `ct_milli`: thousandths of a cycle, None when undetermined. `is_amplified`: what the instrument says of the curve,
    None when it says nothing. `quality_milli`: its confidence in the Ct, 0 to 1000. `plate`: of files with several.
    """

    line: int
    position: str
    sample: str
    target: str
    dye: str
    ct_milli: int | None
    task: Task
    is_amplified: bool | None = None
    quality_milli: int | None = None
    plate: str = ""


@dataclass(frozen=True, slots=True)
class RefusedWell:
    """A row that is not taken, with a stable code and what fills its sentence."""

    line: int
    position: str
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InstrumentRun:
    """One file. `header`: what stands above and below the table, as written."""

    format: RunFormat
    header: Mapping[str, str]
    wells: tuple[WellReading, ...]
    refused: tuple[RefusedWell, ...]
    n_rows: int

    def __post_init__(self) -> None:
        if self.n_rows != len(self.wells) + len(self.refused):
            raise ValueError(f"{self.n_rows} rows, {len(self.wells)} read and {len(self.refused)} refused")


class InstrumentError(Exception):
    """A file that is not understood as a whole; `line` 0 when none is to blame."""

    def __init__(self, code: str, *, line: int = 0, **params: str | int) -> None:
        self.code = code
        self.line = line
        self.params: Mapping[str, str | int] = params
        super().__init__(f"{code} at {line}: {params}")


class RowError(ValueError):
    """One row that is refused."""

    def __init__(self, code: str, **params: str | int) -> None:
        self.code = code
        self.params: Mapping[str, str | int] = params
        super().__init__(code)


def once(seen: dict[tuple[str, ...], int], key: tuple[str, ...], line: int) -> None:
    """Note a reading of a well and target. Raises RowError when an earlier line has one."""
    earlier = seen.setdefault(key, line)
    if earlier != line:
        raise RowError("well_twice", earlier=earlier, target=key[-1])
