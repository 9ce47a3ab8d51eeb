"""A screening round through the county's laboratories: queues, batches, shifts, pools and what the assay misses.

Same plan and seed, same output. Times are minutes from a midnight; what is collected already begins in its place.
"""

from lianfang.sim.laboratory.hours import ready_min
from lianfang.sim.laboratory.outcome import Missed, Outcome, Stage, Tube
from lianfang.sim.laboratory.plan import (
    COUNTY,
    DAY_MIN,
    Laboratory,
    Plan,
    Priority,
    Shift,
    Waiting,
    what_if,
    with_lanes,
)
from lianfang.sim.laboratory.round import simulate

__all__ = [
    "COUNTY", "DAY_MIN", "Laboratory", "Missed", "Outcome", "Plan", "Priority", "Shift", "Stage", "Tube", "Waiting",
    "ready_min", "simulate", "what_if", "with_lanes",
]  # fmt: skip
