"""The proof path of an exposure: from one via to the next, back to an index."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianfang.trace.model import InvalidTraceInputError, TraceResult


class Step(NamedTuple):
    """One edge of a path, in the direction of infection: source to exposed, at a place (None: a link) during [start, end)."""

    source: int
    exposed: int
    place: int | None
    start: int
    end: int
    lingering: bool


def _step(edges: pa.Table, *, traced: str, known: str, via: dict[str, Any]) -> Step:
    """The edge behind one exposure's via; of several that reach at the same time the one with the most seconds."""
    ends = edges[traced].combine_chunks()
    column = ends.to_numpy()
    first, last = np.searchsorted(column, via["subject"], "left"), np.searchsorted(column, via["subject"], "right")
    own = edges.slice(first, last - first)
    place = own["place"]
    same_place = pc.is_null(place) if via["via_place"] is None else pc.equal(place, via["via_place"])
    reaches = pc.equal(own["start"], via["first"]) if traced == "exposed" else pc.equal(own["end"], via["last"])
    matching = pc.and_(pc.and_(pc.equal(own[known], via["via_subject"]), pc.fill_null(same_place, False)), reaches)
    rows = own.filter(matching).to_pylist()
    return Step(**max(rows, key=lambda row: (row["end"] - row["start"], not row["lingering"])))


def proof_path(result: TraceResult, subject: int) -> tuple[Step, ...]:
    """The chain of edges between an exposed subject and an index, in the order of infection.

    Forward it begins at an index and ends at `subject`; backward it begins at `subject`, a possible source, and ends at an index.
    Each step's exposed is the next one's source. Follows via_subject and via_place; O(log edges) a step.
    Raises:  InvalidTraceInputError if the subject is not among the exposures, or the trace was asked without edges.
    """
    traced, known = ("exposed", "source") if result.direction == "forward" else ("source", "exposed")
    if not result.edges.num_rows and result.exposures.num_rows:
        raise InvalidTraceInputError("proof path: the trace was asked without edges")
    steps: list[Step] = []
    while subject not in result.index:
        row = pc.index(result.exposures["subject"], pa.scalar(subject, pa.int64())).as_py()
        if row < 0:
            raise InvalidTraceInputError(f"proof path: subject {subject} is not among the exposures")
        via = result.exposures.slice(row, 1).to_pylist()[0]
        steps.append(_step(result.edges, traced=traced, known=known, via=via))
        subject = via["via_subject"]
    return tuple(reversed(steps)) if result.direction == "forward" else tuple(steps)
