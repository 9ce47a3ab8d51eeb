"""The exposure trace: arrays in, arrays out. docs/trace.md says what it means and how to ask."""

from lianfang.trace.engine import trace, warm_up
from lianfang.trace.index import PresenceIndex
from lianfang.trace.model import (
    EDGES_SCHEMA,
    EVERYONE,
    EXPOSURES_SCHEMA,
    ContactRule,
    Controls,
    IndexWindow,
    InvalidTraceInputError,
    Links,
    Presences,
    TraceQuery,
    TraceResult,
)
from lianfang.trace.proof import Step, proof_path
from lianfang.trace.segment import InputCounts
from lianfang.trace.storage import SegmentError

__all__ = [
    "EDGES_SCHEMA",
    "EVERYONE",
    "EXPOSURES_SCHEMA",
    "ContactRule",
    "Controls",
    "IndexWindow",
    "InputCounts",
    "InvalidTraceInputError",
    "Links",
    "PresenceIndex",
    "Presences",
    "SegmentError",
    "Step",
    "TraceQuery",
    "TraceResult",
    "proof_path",
    "trace",
    "warm_up",
]
