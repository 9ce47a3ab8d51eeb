"""One question turned into the arrays the kernels take: codes for ids, mirrored time, windows, terms per place."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lianfang.trace.kernels_links import LinkRows
from lianfang.trace.kernels_scan import NEVER, Sources, Terms
from lianfang.trace.layout import Layout, Rows, layout_of
from lianfang.trace.model import Controls, Facts, Int64, Links, PlaceKinds, TraceQuery


@dataclass(frozen=True, eq=False)
class Problem:
    """A question as arrays. Subjects without a presence (in links or as index only) have the codes after the layout's.

    sign: 1, or -1 where time is mirrored. rows: the layout's, with subject_offset as long as ids. index: codes of the index
    subjects. sources.reach holds the start of their earliest window (links leave from there), NEVER elsewhere.
    """

    query: TraceQuery
    layout: Layout
    sign: int
    ids: Int64
    rows: Rows
    terms: Terms
    sources: Sources
    links: LinkRows
    index: Int64


def _codes(layout: Layout, extra: Int64, ids: Int64) -> Int64:
    """Codes of ids; -1 for ids nobody knows."""
    codes = np.full(len(ids), -1, dtype=np.int64)
    for known, first in ((layout.subjects, 0), (extra, len(layout.subjects))):
        if len(known):
            at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
            codes = np.where(known[at] == ids, at + first, codes)
    return codes


def clamp(time: int | None, otherwise: int) -> int:
    """A window bound as the kernels take it: unbounded and absurdly far are the same."""
    return otherwise if time is None else max(-NEVER, min(NEVER, time))


def united(windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Windows of one subject as disjoint ascending spans; those that overlap or touch become one."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(windows):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def _mirrored_windows(query: TraceQuery, sign: int) -> dict[int, list[tuple[int, int]]]:
    """Each index subject's windows within the horizon, on the kernels' clock."""
    windows: dict[int, list[tuple[int, int]]] = {}
    for window in query.windows:
        start, end = clamp(window.start, -NEVER), clamp(window.end, NEVER)
        if query.horizon is not None:
            end = min(end, query.horizon)
        spans = windows.setdefault(window.subject, [])
        if start < end:
            spans.append((start, end) if sign > 0 else (-end, -start))
    return windows


def _controls(query: TraceQuery, controls: Controls | None, codes_of: Any, n: int) -> Int64:
    """Until when each subject may be a source, calendar time: int64[n]."""
    until = np.full(n, NEVER if query.horizon is None else query.horizon, dtype=np.int64)
    if controls is not None:
        codes = codes_of(controls.subject)
        known = codes >= 0
        np.minimum.at(until, codes[known], controls.controlled_at[known])
    return until


def _sources(query: TraceQuery, sign: int, index: Int64, ids: Int64, until: Int64) -> Sources:
    """The windows before round 1."""
    reach, slot = np.full(len(ids), NEVER, dtype=np.int64), np.full(len(ids), -1, dtype=np.int32)
    if query.everyone:
        reach[:] = -NEVER if sign > 0 or query.horizon is None else -query.horizon
        spans: list[list[tuple[int, int]]] = []
    else:
        windows = _mirrored_windows(query, sign)
        spans = [united(windows[int(ids[code])]) for code in index]
        slot[index] = np.arange(len(index))
        reach[index] = [listed[0][0] if listed else NEVER for listed in spans]
    flat = [
        (start, min(end, int(until[code])) if sign > 0 else end)
        for code, listed in zip(index, spans, strict=False)
        for start, end in listed
    ]
    table = np.array(flat, dtype=np.int64).reshape(-1, 2)
    offset = np.zeros(len(spans) + 1, dtype=np.int64)
    np.cumsum([len(listed) for listed in spans], out=offset[1:])
    return Sources(
        reach=reach,
        slot=slot,
        window_offset=offset,
        window_start=table[:, 0].copy(),
        window_end=table[:, 1].copy(),
        until=until if sign > 0 else np.full(len(ids), NEVER, dtype=np.int64),
        latent=0 if query.everyone else query.latent_s,
    )


def _terms(query: TraceQuery, layout: Layout, place_kind: PlaceKinds | None, sign: int, until: Int64) -> Terms:
    """The rules place by place."""
    n = len(layout.places)
    rules = [query.rule, *query.rules_by_kind.values()]
    chosen = np.zeros(n, dtype=np.int64)
    if place_kind is not None and n:
        at = np.minimum(np.searchsorted(layout.places, place_kind[0]), n - 1)
        known = layout.places[at] == place_kind[0]
        kinds = np.asarray(place_kind[1])[known]
        for number, kind in enumerate(query.rules_by_kind, start=1):
            chosen[at[known][kinds == kind]] = number
    linger = np.array([rule.linger_s for rule in rules], dtype=np.int64)[chosen]
    none = np.zeros(n, dtype=np.int64)
    return Terms(
        min_overlap=np.array([rule.min_overlap_s for rule in rules], dtype=np.int64)[chosen],
        source_linger=linger if sign > 0 else none,
        reached_linger=none if sign > 0 else linger,
        cumulative=np.array([rule.cumulative for rule in rules], dtype=np.bool_)[chosen],
        reached_from=np.full(len(until), -NEVER, dtype=np.int64) if sign > 0 else -until,
        cap=NEVER if sign < 0 or query.horizon is None else query.horizon,
    )


def distinct_links(links: Links | None, horizon: int | None) -> Int64:
    """The links the engine looks at, int64[L, 3] (from, to, at): each once, none to itself, none at or after the horizon."""
    if links is None:
        return np.empty((0, 3), dtype=np.int64)
    table: Int64 = np.unique(np.column_stack((links.from_, links.to, links.at)), axis=0)
    kept = table[:, 0] != table[:, 1]
    if horizon is not None:
        kept &= table[:, 2] < horizon
    return np.ascontiguousarray(table[kept])


def _link_rows(codes: Int64, at: Int64, n: int, sign: int) -> LinkRows:
    """Links on the kernels' clock: backward they lead from `to` to `from`. codes: int64[L, 2]."""
    leaving, entering = (codes[:, 0], codes[:, 1]) if sign > 0 else (codes[:, 1], codes[:, 0])
    order = np.argsort(leaving, kind="stable")
    offset = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(leaving, minlength=n), out=offset[1:])
    return LinkRows(offset=offset, to=entering[order], at=sign * at[order])


def pose(query: TraceQuery, facts: Facts) -> Problem:
    """Turn a question into arrays. O(subjects + places + links), after the layout is built."""
    layout = layout_of(facts.presences, query.direction)
    sign = 1 if query.direction == "forward" else -1
    links = distinct_links(facts.links, query.horizon)
    asked = {window.subject for window in query.windows}
    named = np.unique(np.concatenate((np.array(sorted(asked), dtype=np.int64), links[:, 0], links[:, 1])))
    extra = named[_codes(layout, named[:0], named) < 0]
    ids = np.concatenate((layout.subjects, extra)) if len(extra) else layout.subjects

    def codes_of(values: Int64) -> Int64:
        return _codes(layout, extra, values)

    until = _controls(query, facts.controls, codes_of, len(ids))
    index = codes_of(np.array(sorted(asked), dtype=np.int64))
    rows = layout.rows
    if len(extra):
        padding = np.full(len(extra), rows.subject_offset[-1])
        rows = rows._replace(subject_offset=np.concatenate((rows.subject_offset, padding)))
    codes = codes_of(links[:, :2].ravel()).reshape(-1, 2)
    return Problem(
        query=query,
        layout=layout,
        sign=sign,
        ids=ids,
        rows=rows,
        terms=_terms(query, layout, facts.place_kind, sign, until),
        sources=_sources(query, sign, index, ids, until),
        links=_link_rows(codes, links[:, 2], len(ids), sign),
        index=index,
    )
