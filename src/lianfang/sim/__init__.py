"""Synthetic counties and incidents to show, drill and measure the system with; no Django, deterministic by seed."""

from lianfang.sim.county import County, make_county
from lianfang.sim.divisions import Division

__all__ = ["County", "Division", "make_county"]
