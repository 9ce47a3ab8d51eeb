"""The parts of a presence timeline: lanes of places, stays and overlaps as bars, within limits that are told.

Stays are read as they were known to the run. Shape of the answer: frontend/src/islands/timeline/data.ts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext

from lianfang.apps.places import store
from lianfang.apps.places.selectors import places
from lianfang.apps.places.store import Known, Spans
from lianfang.apps.tracing.known import seconds
from lianfang.apps.tracing.links import place_label, place_url
from lianfang.apps.tracing.models import Run
from lianfang.apps.tracing.selectors.reading import SubjectCard
from lianfang.rules.vocabulary import SubjectKind

LANES: Final = 30
BARS: Final = 2_000
BARS_A_LANE: Final = 120
MARGIN_S: Final = 6 * 3600

Answer = dict[str, Any]
Span = tuple[int, int]


@dataclass(slots=True)
class Bars:
    """Bars being gathered for the lanes of some places; `more_in` counts, by place, those left out."""

    lanes: Collection[int]
    span: Span
    rows: list[Answer] = field(default_factory=list)
    in_lane: dict[int, int] = field(default_factory=dict)
    more_in: dict[int, int] = field(default_factory=dict)

    def add(self, place: int, span: Span, label: str, role: str, *, href: str = "") -> None:
        """Add a bar cut to the shown span; when its lane or the whole is full, count it as left out."""
        start, end = max(span[0], self.span[0]), min(span[1], self.span[1])
        if place not in self.lanes or end < start:
            return
        if len(self.rows) >= BARS or self.in_lane.get(place, 0) >= BARS_A_LANE:
            self.more_in[place] = self.more_in.get(place, 0) + 1
            return
        self.in_lane[place] = self.in_lane.get(place, 0) + 1
        where = {"id": f"b{len(self.rows)}", "lane": lane_id(place), "start": start, "end": end}
        self.rows.append({**where, "label": label, "role": role, "href": href})


@dataclass(frozen=True, slots=True)
class Cast:
    """Whose stays to draw: each subject as the reader may see it, and its role in the story."""

    cards: Mapping[int, SubjectCard]
    roles: Mapping[int, str]


def lane_id(place: int) -> str:
    """Return the lane of a place."""
    return f"p{place}"


def shown_span(spans: Sequence[tuple[datetime, datetime]]) -> Span:
    """Return from when until when to draw: everything, with a margin. Raises: ValueError for no spans."""
    return seconds(min(start for start, _ in spans)) - MARGIN_S, seconds(max(end for _, end in spans)) + MARGIN_S


def add_stays(bars: Bars, cast: Cast, run: Run) -> None:
    """Add the stays of the cast at the lanes' places; a surface never leaves its place."""
    surfaces, _ = store.surface_places([pk for pk, card in cast.cards.items() if card.kind == SubjectKind.SURFACE])
    for subject, place in surfaces.items():
        _add(bars, (subject, place, *bars.span), cast)
    for stay in _stays(cast.cards.keys(), bars.span, run):
        _add(bars, stay, cast)


def _add(bars: Bars, stay: tuple[int, int, int, int], cast: Cast) -> None:
    subject, place, t_in, t_out = stay
    card = cast.cards[subject]
    bars.add(place, (t_in, t_out), card.label, cast.roles.get(subject, "other"), href=card.href)


def _stays(subjects: Collection[int], span: Span, run: Run) -> list[tuple[int, int, int, int]]:
    ids = np.array(sorted(subjects), dtype=np.int64)
    spans = Spans(ids, np.full(len(ids), span[0], dtype=np.int64), np.full(len(ids), span[1], dtype=np.int64))
    found = store.stays_of(spans, Known(run.known_seq, seconds(run.decided_at)))
    return found.sort("t_in", "t_out", "subject").rows()


def lanes(place_ids: Sequence[int], bars: Bars) -> list[Answer]:
    """Return the lanes of places; one that lacks bars says how many, one without a name is called by its kind."""
    named = places(area="").in_bulk(place_ids)
    return [
        {
            "id": lane_id(place.pk),
            "label": _lane_label(place_label(place.name, place.kind), bars.more_in.get(place.pk, 0)),
            "kind": place.kind if place.name else "",
            "href": place_url(place.code),
        }
        for place in map(named.__getitem__, place_ids)
    ]


def _lane_label(name: str, hidden: int) -> str:
    return gettext("%(place)s (%(n)s more stays)") % {"place": name, "n": hidden} if hidden else name
