"""Result files of PCR instruments as one typed run: ABI 7500, QuantStudio, Bio-Rad CFX, LightCycler, RDML, .eds.

`read_run(path)` says what a file is by its content. Every row that stands for a well is either read or refused with its
line and reason: `n_rows == len(wells) + len(refused)`. A file that is not understood as a whole raises InstrumentError.
"""

from lianfang.formats.instruments.model import (
    InstrumentError,
    InstrumentRun,
    RefusedWell,
    RunFormat,
    Task,
    WellReading,
)
from lianfang.formats.instruments.reading import read_run

__all__ = ["InstrumentError", "InstrumentRun", "RefusedWell", "RunFormat", "Task", "WellReading", "read_run"]
