"""Synthetic counties and incidents to show, drill and measure the system with; no Django, deterministic by seed."""

from lianfang.sim.county import County, make_county
from lianfang.sim.divisions import Division
from lianfang.sim.files import write_csv
from lianfang.sim.incident import CorrectResult, Incident, MustReach, SignResult, TakeSpecimen, make_incident

__all__ = [
    "CorrectResult",
    "County",
    "Division",
    "Incident",
    "MustReach",
    "SignResult",
    "TakeSpecimen",
    "make_county",
    "make_incident",
    "write_csv",
]
