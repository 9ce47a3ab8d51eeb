"""The one entry point of the exposure trace."""

import time
from typing import Any, Final, Literal

import numpy as np

from lianfang.trace.answer import answer
from lianfang.trace.direct import answer_directly, is_direct
from lianfang.trace.grouping import Tuning
from lianfang.trace.index import PresenceIndex, index_of
from lianfang.trace.model import (
    ContactRule,
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
from lianfang.trace.tables import Answer

Engine = Literal["local", "reference"]
MEASURED: Final = Tuning()


def trace_local(query: TraceQuery, facts: Facts, tuning: Tuning = MEASURED) -> Answer:
    """The answer of the fast engine; the tuning changes the plan, never the answer."""
    index = index_of(facts.presences)
    if (
        tuning.from_reached is None
        and is_direct(query, facts)
        and (told := answer_directly(query, index, facts.place_kind))
    ):
        return told
    return answer(pose(query, index, facts.links, facts.controls, facts.place_kind), tuning)


def warm_up() -> None:
    """Compile every kernel, or load it from the cache: seconds once on a new machine, so that no first trace waits for it."""
    start = np.array([0, 1, 2])
    stays = Presences(start + 1, np.ones_like(start), start, start + 9)
    more = PresenceIndex.build(start + 1, np.ones_like(start), start + 5, start + 99_999)
    index = PresenceIndex.of_segments([PresenceIndex.build(stays), more])
    links = Links(start + 1, start + 7, start)
    for rule in (ContactRule(), ContactRule(cumulative=True)):
        for tuning in (Tuning(), Tuning(sweep=True, from_reached=True)):
            query = TraceQuery(index=(IndexWindow(1),), generations=2, rule=rule)
            trace_local(query, Facts(index, links), tuning)
    for small in (index, more):
        trace_local(TraceQuery(index=(IndexWindow(1),), with_edges=False), Facts(small))


def _checked_kinds(place_kind: PlaceKinds | None) -> PlaceKinds | None:
    if place_kind is None:
        return None
    places, kinds = np.asarray(place_kind[0], dtype=np.int64), np.asarray(place_kind[1])
    if places.shape != kinds.shape or places.ndim != 1:
        raise InvalidTraceInputError("place_kind: expected places and kinds of one length")
    if len(np.unique(places)) != len(places):
        raise InvalidTraceInputError("place_kind: a place has two kinds")
    return places, kinds


def _plain(facts: Facts) -> Facts:
    """The facts as the readable twin takes them."""
    index = facts.presences
    if not isinstance(index, PresenceIndex):
        return facts
    kinds = facts.place_kind if facts.place_kind is not None or not index.kinds.known else index.listed_kinds()
    return facts._replace(presences=index.presences(), place_kind=kinds)


def trace(  # noqa: PLR0913  the facts come one by one: most callers have presences only
    presences: Presences | PresenceIndex,
    query: TraceQuery,
    *,
    links: Links | None = None,
    controls: Controls | None = None,
    place_kind: PlaceKinds | None = None,
    engine: Engine = "local",
    threads: int | None = None,
) -> TraceResult:
    """Who and what the index reached (forward), or may have been reached from (backward).

    Args:    presences: a PresenceIndex; or Presences, which are indexed on first use and keep their index.
             place_kind: (places int64[n], kinds integers[n]) for query.rules_by_kind; places not listed follow query.rule.
             engine: "local" (compiled) or "reference" (the slow readable twin); both give the same tables.
             threads: at most so many; None: one for each core. Small questions are answered on the caller's thread.
    Returns: TraceResult; same input, same tables, whatever the order of the rows, the engine or the number of threads.
    Raises:  InvalidTraceInputError.     Cost: what the answer needs, besides indexing Presences once.
    """
    started = time.perf_counter()
    facts = Facts(presences, links, controls, _checked_kinds(place_kind))
    if engine == "reference":
        found = trace_reference(query, _plain(facts))
    else:
        found = trace_local(query, facts, MEASURED if threads is None else Tuning(threads=threads))
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
