"""The one entry point of the exposure trace."""

import time
from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np

from lianfang.trace.answer import answer
from lianfang.trace.model import (
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
MEASURED: Final = Tuning()


def trace_local(query: TraceQuery, facts: Facts, tuning: Tuning = MEASURED) -> Answer:
    """The answer of the fast engine; the tuning changes the plan, never the answer."""
    problem = pose(query, facts)
    return answer(problem, reach_all(problem, tuning), tuning)


def warm_up() -> None:
    """Compile every kernel, or load it from the cache: seconds once on a new machine, so that no first trace waits for it."""
    start = np.array([0, 1, 2])
    stays = Presences(start + 1, np.ones_like(start), start, start + 9)
    query = TraceQuery(index=(IndexWindow(1),))
    trace_local(query, Facts(stays))
    trace_local(replace(query, with_edges=False), Facts(stays), Tuning(sweep_rows=1, stream_pieces=-1))


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
        "latest_entry": found.latest_entry,
        "milliseconds": round(1000 * (time.perf_counter() - started), 3),
    }
    index = frozenset(window.subject for window in query.windows)
    return TraceResult(found.exposures, found.edges, stats, query.direction, index)
