"""What a thing became, or came from, along the links of events: the neighbourhood from the store, the answer of the engine."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import numpy as np
from django.db import connection

from lianfang.formats.epcis.identifiers import canonical_uri
from lianfang.trace import IndexWindow, Links, Presences, TraceQuery, trace

STEPS_LIMIT: Final = 50
REACHED_LIMIT: Final = 100_000
_NOWHERE: Final = Presences(*(np.empty(0, dtype=np.int64) for _ in range(4)))
Direction = Literal["forward", "backward"]


@dataclass(frozen=True, slots=True)
class Reached:
    """A thing the trace reached: in how many steps, when at the earliest, and from which thing it was reached then."""

    key: str
    step: int
    at: datetime
    via: str


class TooMany(Exception):
    """The trace reaches more things than one answer holds."""


def follow(keys: list[str], direction: Direction, *, area: str, steps: int = STEPS_LIMIT) -> list[Reached]:
    """Return what these things became (forward) or came from (backward), by steps and time. Raises: TooMany."""
    roots = [canonical_uri(key) for key in keys]
    links, step_of = _neighbourhood(roots, direction, area=area, steps=min(steps, STEPS_LIMIT))
    if not links:
        return []
    names = sorted(step_of)
    number = {name: place for place, name in enumerate(names, 1)}
    columns = Links(
        np.array([number[source] for source, _, _ in links], dtype=np.int64),
        np.array([number[target] for _, target, _ in links], dtype=np.int64),
        np.array([int(at.timestamp()) for _, _, at in links], dtype=np.int64),
    )
    windows = tuple(IndexWindow(number[root]) for root in dict.fromkeys(roots) if root in number)
    answer = trace(_NOWHERE, TraceQuery(index=windows, direction=direction, with_edges=False), links=columns)
    rows = zip(*(answer.exposures[name].to_pylist() for name in ("subject", "first", "via_subject")), strict=True)
    found = [
        Reached(names[subject - 1], step_of[names[subject - 1]], datetime.fromtimestamp(first, UTC), names[via - 1])
        for subject, first, via in rows
    ]
    return sorted(found, key=lambda each: (each.step, each.at, each.key))


def _neighbourhood(
    roots: list[str], direction: Direction, *, area: str, steps: int
) -> tuple[list[tuple[str, str, datetime]], dict[str, int]]:
    """Collect the links around the roots, and in how many steps each thing is reached."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT step, source, target, at FROM epcis_neighbourhood(%s, %s, %s, %s, %s)",
            [roots, direction == "backward", area, steps, REACHED_LIMIT],
        )
        rows: list[tuple[int, str, str, datetime]] = cursor.fetchall()
    step_of = dict.fromkeys(roots, 0)
    for step, source, target, _ in rows:
        step_of.setdefault(target if direction == "forward" else source, step)
    if len(step_of) > REACHED_LIMIT:
        raise TooMany
    return [row[1:] for row in rows], step_of
