"""The slow readable twin: the meaning of a trace in plain Python, for small inputs and as the judge of the fast engine.

Nothing here is shared with the fast engine but the input types and the table writer.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lianfang.trace.model import EDGES_SCHEMA, EXPOSURES_SCHEMA, ContactRule, Facts, TraceQuery
from lianfang.trace.tables import Answer, edges_table, exposures_table

Span = tuple[float, float]
ALL_TIME: Span = (float("-inf"), float("inf"))


class Stay(NamedTuple):
    """One subject at one place during [start, end)."""

    subject: int
    place: int
    start: int
    end: int


class Edge(NamedTuple):
    """A counted exposure, or a link (place None, start == end)."""

    source: int
    exposed: int
    place: int | None
    start: int
    end: int
    lingering: bool


class Label(NamedTuple):
    """How a subject was reached. clock: the time, negated backward, so that lower is always better.

    Of two equal times the earlier round, then fewer links, was there first: following ties that way never turns in a circle.
    """

    clock: float
    round: int
    links: int


Labels = dict[int, Label]


def merged(spans: list[Span]) -> list[Span]:
    """Spans that overlap or touch become one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def cut(span: Span, window: Span) -> Span | None:
    """The part of a span inside a window, or None."""
    start, end = max(span[0], window[0]), min(span[1], window[1])
    return (start, end) if start < end else None


@dataclass
class World:
    """The facts, cut at the horizon and looked up by subject and place."""

    query: TraceQuery
    stays: dict[int, list[Stay]]
    links: list[tuple[int, int, int]]
    control: dict[int, float]
    windows: dict[int, list[Span]]
    rule: dict[int, ContactRule]

    def is_index(self, subject: int) -> bool:
        """Whether a subject is given, so that nothing reaches it."""
        return subject in self.windows

    def subjects(self) -> set[int]:
        """Everybody with a stay or a link."""
        return set(self.stays) | {subject for source, to, _ in self.links for subject in (source, to)}


def build_world(query: TraceQuery, facts: Facts) -> World:
    """Look everything up."""
    horizon = float("inf") if query.horizon is None else query.horizon
    until_horizon = (float("-inf"), horizon)
    spans: dict[tuple[int, int], list[Span]] = defaultdict(list)
    presences = facts.presences
    columns = (presences.subject, presences.place, presences.t_in, presences.t_out)
    for subject, place, start, end in zip(*(column.tolist() for column in columns), strict=True):
        inside = cut((start, end), until_horizon)
        if inside:
            spans[subject, place].append(inside)
    stays: dict[int, list[Stay]] = defaultdict(list)
    for (subject, place), listed in spans.items():
        stays[subject] += [Stay(subject, place, int(start), int(end)) for start, end in merged(listed)]

    links: set[tuple[int, int, int]] = set()
    if facts.links is not None:
        rows = zip(facts.links.from_.tolist(), facts.links.to.tolist(), facts.links.at.tolist(), strict=True)
        links = {(source, to, at) for source, to, at in rows if source != to and at < horizon}

    control: dict[int, float] = defaultdict(lambda: horizon)
    if facts.controls is not None:
        for subject, at in zip(facts.controls.subject.tolist(), facts.controls.controlled_at.tolist(), strict=True):
            control[subject] = min(control[subject], at)

    kinds: dict[int, int] = {}
    if facts.place_kind is not None:
        kinds = dict(
            zip(np.asarray(facts.place_kind[0]).tolist(), np.asarray(facts.place_kind[1]).tolist(), strict=True)
        )
    places = {place for _, place in spans}
    rule = {p: query.rules_by_kind.get(kinds[p], query.rule) if p in kinds else query.rule for p in places}
    return World(query, stays, sorted(links), control, index_windows(query, until_horizon), rule)


def index_windows(query: TraceQuery, until_horizon: Span) -> dict[int, list[Span]]:
    """Each index subject's windows, united and cut at the horizon."""
    windows: dict[int, list[Span]] = defaultdict(list)
    for window in query.windows:
        start = ALL_TIME[0] if window.start is None else window.start
        end = ALL_TIME[1] if window.end is None else window.end
        inside = cut((start, end), until_horizon)
        windows[window.subject] += [inside] if inside else []
    return {subject: merged(listed) for subject, listed in windows.items()}


def known_windows(world: World, subject: int, labels: Labels) -> list[Span]:
    """When a subject is an infectious source (forward) or may have been infected (backward), given how it was reached."""
    if world.query.everyone:
        return [ALL_TIME]
    if world.is_index(subject):
        return world.windows[subject]
    if subject not in labels:
        return []
    if world.query.direction == "forward":
        return [(labels[subject].clock + world.query.latent_s, float("inf"))]
    return [(float("-inf"), -labels[subject].clock - world.query.latent_s)]


def overlaps(world: World, source: int, exposed: int, labels: Labels) -> Iterator[Edge]:
    """Every meeting of the source's stays, lingering, with the exposed one's stays, longer than 0.

    Forward the source's stays are cut to its windows, backward the exposed one's; a source is none after its control.
    """
    forward = world.query.direction == "forward"
    windows = known_windows(world, source if forward else exposed, labels)
    uncontrolled = (float("-inf"), world.control[source])
    for window in windows:
        for theirs in world.stays.get(source, []):
            proper = cut((theirs.start, theirs.end), uncontrolled)
            proper = cut(proper, window) if proper and forward else proper
            if not proper:
                continue
            lingering_end = proper[1] + world.rule[theirs.place].linger_s
            for own in world.stays.get(exposed, []):
                mine = (own.start, own.end) if forward else cut((own.start, own.end), window)
                if own.place != theirs.place or not mine:
                    continue
                together = cut((proper[0], lingering_end), mine)
                if together:
                    start, end = int(together[0]), int(together[1])
                    yield Edge(source, exposed, own.place, start, end, start >= proper[1])


def counted(world: World, source: int, exposed: int, labels: Labels) -> list[Edge]:
    """The meetings that last long enough, each alone or, where the rule says so, summed per place."""
    by_place: dict[int, list[Edge]] = defaultdict(list)
    if source != exposed:
        for edge in overlaps(world, source, exposed, labels):
            assert edge.place is not None
            by_place[edge.place].append(edge)
    result = []
    for place, edges in by_place.items():
        rule = world.rule[place]
        if rule.cumulative:
            long_enough = sum(edge.end - edge.start for edge in edges) >= rule.min_overlap_s
            result += edges if long_enough else []
        else:
            result += [edge for edge in edges if edge.end - edge.start >= rule.min_overlap_s]
    return result


def pair(world: World, known: int, reached: int) -> tuple[int, int]:
    """(source, exposed): backward the reached one may have been the source of the known one."""
    return (known, reached) if world.query.direction == "forward" else (reached, known)


def clock_of(world: World, edge: Edge) -> int:
    """The time at which an edge reaches, lower is better."""
    return edge.start if world.query.direction == "forward" else -edge.end


def index_clock(world: World, subject: int) -> float | None:
    """From when an index may pass along links: its earliest window's start (backward: the latest one's end)."""
    windows = world.windows[subject]
    if not windows:
        return None
    return windows[0][0] if world.query.direction == "forward" else -windows[-1][1]


def link_clock(world: World, link: tuple[int, int, int], labels: Labels) -> tuple[int, int, float] | None:
    """(known, reached, clock) of a link whose known end is an index or reached, if it reaches before the horizon."""
    known, reached = (link[0], link[1]) if world.query.direction == "forward" else (link[1], link[0])
    at = link[2] if world.query.direction == "forward" else -link[2]
    since: float | None = None
    if world.query.everyone:
        since = ALL_TIME[0]
    elif world.is_index(known):
        since = index_clock(world, known)
    elif known in labels:
        since = labels[known].clock
    return None if since is None else (known, reached, max(since, at))


def close_over_links(world: World, labels: Labels, number: int) -> None:
    """Follow links, in the same round, until nothing gets better."""
    changed = True
    while changed:
        changed = False
        for link in world.links:
            found = link_clock(world, link, labels)
            if found is None or world.is_index(found[1]):
                continue
            known, reached, clock = found
            label = Label(clock, number, 0)
            if known in labels and labels[known].clock == clock and labels[known].round == number:
                label = Label(clock, number, labels[known].links + 1)
            if reached not in labels or label < labels[reached]:
                labels[reached] = label
                changed = True


def next_round(world: World, before: Labels, number: int) -> Labels:
    """Everybody's best label after one more round, from the windows of the round before."""
    labels = dict(before)
    for reached in world.stays:
        if world.is_index(reached):
            continue
        for known in world.stays:
            for edge in counted(world, *pair(world, known, reached), before):
                label = Label(clock_of(world, edge), number, 0)
                labels[reached] = min(labels.get(reached, label), label)
    close_over_links(world, labels, number)
    return labels


def edges_of(world: World, reached: int, before: Labels, labels: Labels) -> list[Edge]:
    """All counted exposures of one subject to sources with the windows before the last round, and its links."""
    edges = [edge for known in world.stays for edge in counted(world, *pair(world, known, reached), before)]
    for link in world.links:
        found = link_clock(world, link, labels)
        if found is not None and found[1] == reached:
            at = int(found[2]) if world.query.direction == "forward" else -int(found[2])
            edges.append(Edge(*pair(world, found[0], reached), None, at, at, lingering=False))
    return edges


def known_end(world: World, edge: Edge) -> int:
    """The end of an edge nearer to the index."""
    return edge.source if world.query.direction == "forward" else edge.exposed


def via(world: World, reached: int, edges: list[Edge], labels: Labels) -> Edge:
    """The edge that gives the reached one its time; ties: lowest subject, then lowest place (a link before any place)."""

    def may_precede(known: int) -> bool:
        return world.is_index(known) or labels[known] < labels[reached]

    giving = [e for e in edges if clock_of(world, e) == labels[reached].clock and may_precede(known_end(world, e))]
    return min(giving, key=lambda e: (known_end(world, e), e.place is not None, e.place or 0))


def exposure_row(
    world: World, reached: int, edges: list[Edge], labels: Labels, generation: int
) -> dict[str, int | None]:
    """One line of the exposures."""
    chosen = via(world, reached, edges, labels)
    return {
        "subject": reached,
        "generation": generation,
        "first": min(edge.start for edge in edges),
        "last": max(edge.end for edge in edges),
        "seconds": sum(edge.end - edge.start for edge in edges),
        "union_seconds": sum(int(end - start) for start, end in merged([(edge.start, edge.end) for edge in edges])),
        "places": len({edge.place for edge in edges if edge.place is not None}),
        "sources": len({known_end(world, edge) for edge in edges}),
        "via_subject": known_end(world, chosen),
        "via_place": chosen.place,
    }


def trace_reference(query: TraceQuery, facts: Facts) -> Answer:
    """The answer, from the definitions: every round looks at every pair."""
    world = build_world(query, facts)
    everyone = query.everyone
    labels: Labels = {}
    if not everyone:
        close_over_links(world, labels, 0)
    generation, before = dict.fromkeys(labels, 0), labels
    if not everyone:
        for number in range(1, query.generations + 1):
            before, labels = labels, next_round(world, labels, number)
            generation |= {subject: number for subject in labels if subject not in generation}
    edges: list[Edge] = []
    rows: list[dict[str, int | None]] = []
    for reached in sorted(world.subjects() if everyone else labels):
        own = edges_of(world, reached, before, labels)
        own.sort(key=lambda e: (known_end(world, e), e.place is not None, e.place or 0, e.start, e.end, e.lingering))
        edges += own
        if not everyone:
            rows.append(exposure_row(world, reached, own, labels, generation[reached]))
    kept, latest = edges if query.with_edges else [], max(facts.presences.t_in.tolist(), default=None)
    return Answer(_exposures(rows), _edges(kept), len(edges), "definition", [], latest)


def _exposures(rows: list[dict[str, int | None]]) -> pa.Table:
    columns = {name: np.array([row[name] or 0 for row in rows], dtype=np.int64) for name in EXPOSURES_SCHEMA.names}
    return exposures_table(columns, by_link=np.array([row["via_place"] is None for row in rows], dtype=np.bool_))


def _edges(edges: list[Edge]) -> pa.Table:
    columns: dict[str, npt.NDArray[Any]] = {}
    for name in EDGES_SCHEMA.names:
        dtype = np.bool_ if name == "lingering" else np.int64
        columns[name] = np.array([getattr(edge, name) or 0 for edge in edges], dtype=dtype)
    return edges_table(columns, by_link=np.array([edge.place is None for edge in edges], dtype=np.bool_))
