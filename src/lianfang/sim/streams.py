"""One random stream per process, so that changing one process leaves every other one as it was."""

from enum import IntEnum

import numpy as np


class Process(IntEnum):
    """The county's random processes; a number is part of the seed and is never reused or changed."""

    VILLAGES = 1
    HOUSEHOLDS = 2
    AGES = 3
    NAMES = 4
    PHONES = 5
    SITES = 6
    CODES = 7
    JOBS = 8
    SCHOOLS = 9
    CAST = 10
    RETURNEES = 11
    SHIFTS = 12
    VISITS = 13
    HOMES = 14
    LOTS = 15
    HABITS = 16


def stream(seed: int, process: Process, *step: int) -> np.random.Generator:
    """Return the PCG64 generator of one process, or of one of its steps (a day, say).

    Raises: ValueError if the seed is negative (NumPy).
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(int(process), *step))
    return np.random.Generator(np.random.PCG64(sequence))
