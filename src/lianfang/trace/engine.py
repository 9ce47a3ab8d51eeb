"""The one entry point of the exposure trace."""

import time
from typing import Any, Literal

import numpy as np

from lianfang.trace.answer import answer
from lianfang.trace.model import (
    EVERYONE,
    Controls,
    Facts,
    IndexWindow,
    InvalidTraceInputError,
    Links,
    PlaceKinds,
    Presences,
    TraceQuery,
    TraceResult,
)
from lianfang.trace.problem import pose
from lianfang.trace.reference import trace_reference
from lianfang.trace.rounds import Tuning, reach_all
from lianfang.trace.tables import Answer

Engine = Literal["local", "reference"]


def trace_local(query: TraceQuery, facts: Facts, tuning: Tuning = Tuning()) -> Answer:
    """The answer of the fast engine; the tuning changes the plan, never the answer."""
    problem = pose(query, facts)
    return answer(problem, reach_all(problem, tuning), tuning)


ENGINES = {"local": trace_local, "reference": trace_reference}


def _checked_kinds(place_kind: PlaceKinds | None) -> PlaceKinds | None:
    if place_kind is None:
        return None
    places, kinds = np.asarray(place_kind[0], dtype=np.int64), np.asarray(place_kind[1])
    if places.shape != kinds.shape or places.ndim != 1:
        raise InvalidTraceInputError("place_kind: expected places and kinds of one length")
    if len(np.unique(places)) != len(places):
        raise InvalidTraceInputError("place_kind: a place has two kinds")
    return places, kinds


def trace(  # noqa: PLR0913  the facts come one by one: most callers have presences only
    presences: Presences,
    query: TraceQuery,
    *,
    links: Links | None = None,
    controls: Controls | None = None,
    place_kind: PlaceKinds | None = None,
    engine: Engine = "local",
) -> TraceResult:
    """Who and what the index reached (forward), or may have been reached from (backward).

    Args:    place_kind: (places int64[n], kinds integers[n]) for query.rules_by_kind; places not listed follow query.rule.
             engine: "local" (compiled) or "reference" (the slow readable twin); both give the same tables.
    Returns: TraceResult; same input, same tables, whatever the order of the rows, the engine or the number of threads.
    Raises:  InvalidTraceInputError.     Cost: sorting once per Presences and direction, then what the answer needs.
    """
    started = time.perf_counter()
    facts = Facts(presences, links, controls, _checked_kinds(place_kind))
    found = ENGINES[engine](query, facts)
    stats: dict[str, Any] = {
        "engine": engine,
        "presences": len(presences),
        "exposures": found.exposures.num_rows,
        "edges": found.n_edges,
        "plan": found.plan,
        "rounds": found.rounds,
        "latest_entry": int(presences.t_in.max()) if len(presences) else None,
        "milliseconds": round(1000 * (time.perf_counter() - started), 3),
    }
    index = () if query.index == EVERYONE else (w.subject for w in query.index if isinstance(w, IndexWindow))
    return TraceResult(found.exposures, found.edges, stats, query.direction, frozenset(index))
