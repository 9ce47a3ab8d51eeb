"""One question turned into the arrays the kernels take: codes for ids, windows, rules, links."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TypeAlias

import numpy as np

from lianfang.trace.index import PresenceIndex, place_kinds
from lianfang.trace.kernels_links import Labels, LinkRows
from lianfang.trace.kernels_scan import Sources, Terms
from lianfang.trace.kernels_sort import NEVER, Flags
from lianfang.trace.kernels_sums import Names
from lianfang.trace.model import ContactRule, Controls, Int64, InvalidTraceInputError, Links, PlaceKinds, TraceQuery
from lianfang.trace.state import State, clear_marks

Windows: TypeAlias = list[list[tuple[int, int]]]
NOBODY = np.empty(0, dtype=np.int64)
NO_LINKS = LinkRows(NOBODY, np.zeros(1, dtype=np.int64), NOBODY, NOBODY)


@dataclass(frozen=True, eq=False)
class Problem:
    """A question as arrays. Subjects without a presence (in links or as index only) have the codes after the index's.

    sign: 1 forward, -1 backward. state: whose marks hold index, controls and, later, who was reached. seeds: codes of the index
    subjects; sources.reach holds the start of their earliest window on the kernels' clock (links leave from there). marked:
    codes whose marks are to be cleared besides those reached.
    """

    query: TraceQuery
    index: PresenceIndex
    state: State
    sign: int
    names: Names
    terms: Terms
    sources: Sources
    labels: Labels
    links: LinkRows
    seeds: Int64
    marked: Int64

    def ids(self, codes: Int64) -> Int64:
        """The ids behind subject codes."""
        if not len(self.names.extra):
            return self.names.known[codes]
        return np.concatenate(self.names)[codes]

    @property
    def n_codes(self) -> int:
        """How many subjects there are, with a presence or without."""
        return len(self.names.known) + len(self.names.extra)

    def clear(self, reached: Int64) -> None:
        """Leave the state as it was, and give it back."""
        if self.query.everyone:  # every mark was set: a new state costs no more than clearing this one
            return
        clear_marks(self.state.marks, np.concatenate((self.marked, reached)))
        self.index.states.give_back(self.state)


def positions(sorted_ids: Int64, ids: Int64) -> Int64:
    """Where each id is among ascending ones; -1 where it is not."""
    if not len(sorted_ids):
        return np.full(len(ids), -1, dtype=np.int64)
    at: Int64 = sorted_ids.searchsorted(ids)
    at[sorted_ids.take(at, mode="clip") != ids] = -1
    return at


def codes_of(names: Names, ids: Int64) -> Int64:
    """Codes of subjects; -1 for ids nobody knows."""
    codes = positions(names.known, ids)
    if len(names.extra):
        extra = positions(names.extra, ids)
        codes = np.where(extra >= 0, extra + len(names.known), codes)
    return codes


def clamp(time: int) -> int:
    """A window bound as the kernels take it: absurdly far is unbounded."""
    return max(-NEVER, min(NEVER, time))


def united(windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Windows of one subject as disjoint ascending spans; those that overlap or touch become one."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(windows):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def windows_by_subject(query: TraceQuery) -> dict[int, list[tuple[int, int]]]:
    """Each index subject's windows within the horizon, ascending by subject; empty for one who has none left."""
    windows: dict[int, list[tuple[int, int]]] = {}
    horizon = NEVER if query.horizon is None else query.horizon
    for window in query.windows:
        start = -NEVER if window.start is None else clamp(window.start)
        end = horizon if window.end is None else min(clamp(window.end), horizon)
        spans = windows.setdefault(window.subject, [])
        if start < end:
            spans.append((start, end))
    return {subject: spans if len(spans) < 2 else united(spans) for subject, spans in sorted(windows.items())}


def distinct_links(links: Links | None, horizon: int | None) -> Int64:
    """The links the engine looks at, int64[L, 3] (from, to, at): each once, none to itself, none at or after the horizon."""
    if links is None or not len(links.at):
        return np.empty((0, 3), dtype=np.int64)
    table: Int64 = np.unique(np.column_stack((links.from_, links.to, links.at)), axis=0)
    kept = table[:, 0] != table[:, 1]
    if horizon is not None:
        kept &= table[:, 2] < horizon
    return np.ascontiguousarray(table[kept])


def _link_rows(table: Int64, names: Names, sign: int) -> LinkRows:
    """Links on the kernels' clock: backward they lead from `to` to `from`."""
    if not len(table):
        return NO_LINKS
    codes = codes_of(names, table[:, :2].ravel())
    nodes, numbered = np.unique(codes, return_inverse=True)
    numbered = numbered.reshape(-1, 2)
    leaving, entering = (numbered[:, 0], numbered[:, 1]) if sign > 0 else (numbered[:, 1], numbered[:, 0])
    order = np.argsort(leaving, kind="stable")
    offset = np.zeros(len(nodes) + 1, dtype=np.int64)
    np.cumsum(np.bincount(leaving, minlength=len(nodes)), out=offset[1:])
    return LinkRows(nodes, offset, entering[order], sign * table[order, 2])


def _set_controls(state: State, names: Names, controls: Controls | None) -> Int64:
    """Mark until when subjects may be sources; return whose marks were set."""
    if controls is None:
        return NOBODY
    codes = codes_of(names, controls.subject)
    known = codes >= 0
    np.minimum.at(state.marks.control, codes[known], controls.controlled_at[known])
    return codes[known]


def window_columns(windows: Windows) -> tuple[Int64, Int64, Int64]:
    """Where each subject's windows begin int64[N + 1]; their starts and ends int64[W]."""
    return (
        np.array([0, *accumulate(map(len, windows))], dtype=np.int64),
        np.array([start for spans in windows for start, _ in spans], dtype=np.int64),
        np.array([end for spans in windows for _, end in spans], dtype=np.int64),
    )


def _sources(query: TraceQuery, state: State, seeds: Int64, windows: Windows, *, controlled: bool) -> Sources:
    """The windows before round 1. seeds, windows: the codes of the index subjects, and what each one has."""
    marks, sign = state.marks, 1 if query.direction == "forward" else -1
    if query.everyone:
        marks.reach[:] = marks.since[:] = -NEVER if sign > 0 or query.horizon is None else -query.horizon
    offset, start, end = window_columns(windows)
    earliest = np.array([(w[0][0] if sign > 0 else -w[-1][1]) if w else NEVER for w in windows], dtype=np.int64)
    marks.reach[seeds] = marks.since[seeds] = earliest
    if controlled and sign > 0:
        end = np.minimum(end, np.repeat(marks.control[seeds], np.diff(offset)))
    marks.slot[seeds] = np.arange(len(seeds))
    latent = 0 if query.everyone else query.latent_s
    return Sources(marks.since, marks.reach, marks.control, marks.slot, offset, start, end, latent)


@lru_cache(maxsize=64)
def _rule_columns(rules: tuple[ContactRule, ...]) -> tuple[Int64, Int64, Flags]:
    """min_overlap, linger and cumulative of rules, only to be read: a county asks by the same few all day."""
    return (
        np.array([rule.min_overlap_s for rule in rules], dtype=np.int64),
        np.array([rule.linger_s for rule in rules], dtype=np.int64),
        np.array([rule.cumulative for rule in rules], dtype=np.bool_),
    )


def terms_of(query: TraceQuery, index: PresenceIndex, place_kind: PlaceKinds | None, sign: int) -> Terms:
    """The rules, and which place follows which."""
    kinds = index.kinds
    if place_kind is not None and query.rules_by_kind:
        kinds = place_kinds(index.places, *place_kind)
    rules = (query.rule, *(query.rules_by_kind.get(kind, query.rule) for kind in kinds.known))
    return Terms(kinds.number, *_rule_columns(rules), sign, NEVER if query.horizon is None else query.horizon)


def pose(
    query: TraceQuery,
    index: PresenceIndex,
    links: Links | None,
    controls: Controls | None,
    place_kind: PlaceKinds | None,
) -> Problem:
    """Turn a question into arrays: O(index subjects + links + controls), and O(places) if kinds are given with the question."""
    sign = 1 if query.direction == "forward" else -1
    table, windows = distinct_links(links, query.horizon), windows_by_subject(query)
    asked = np.array(list(windows), dtype=np.int64)
    named = np.concatenate((asked, table[:, 0], table[:, 1])) if len(table) else asked
    seeds = positions(index.subjects, named)
    missing = seeds < 0
    names = Names(index.subjects, np.unique(named[missing]) if np.count_nonzero(missing) else NOBODY)
    if len(table) or len(names.extra):
        seeds = codes_of(names, asked)
    state = index.states.take(len(names.extra))
    controlled = _set_controls(state, names, controls)
    sources = _sources(query, state, seeds, list(windows.values()), controlled=len(controlled) > 0)
    link_rows = _link_rows(table, names, sign)
    return Problem(
        query=query,
        index=index,
        state=state,
        sign=sign,
        names=names,
        terms=terms_of(query, index, place_kind, sign),
        sources=sources,
        labels=Labels(state.marks.reach, state.marks.rank, state.marks.slot),
        links=link_rows,
        seeds=seeds,
        marked=np.concatenate((seeds, controlled, link_rows.nodes)),
    )


def check_sums(index: PresenceIndex, query: TraceQuery, n_edges: int) -> None:
    """Refuse the input whose sums of seconds might not fit int64 (centuries-long stays by the million).

    A stay that goes on ends at the end of time, but no overlap goes on after the horizon by more than stays linger.
    """
    longest = index.span_s
    if query.horizon is not None:
        linger = max(rule.linger_s for rule in (query.rule, *query.rules_by_kind.values()))
        longest = min(longest, max(0, query.horizon - index.origin) + linger)
    if n_edges * longest >= NEVER:
        raise InvalidTraceInputError("presences: so many so long overlaps that their sum does not fit int64")
