"""The presence timeline of one subject: the places of its path of proof and of its exposures, and who was there."""

from collections.abc import Iterable, Sequence
from typing import Final

from django.utils.translation import gettext

from lianfang.apps.tracing.known import seconds
from lianfang.apps.tracing.models import Exposure, ExposureEdge
from lianfang.apps.tracing.selectors.bars import BARS, LANES, Answer, Bars, Cast, add_stays, lane_id, lanes, shown_span
from lianfang.apps.tracing.selectors.proof import Hop, hops_to
from lianfang.apps.tracing.selectors.reading import Reader, SubjectCard
from lianfang.rules.vocabulary import Direction

SUBJECTS: Final = 200
# Splits and repackings happen at no place: their steps have a lane of their own.
LINK_LANE: Final = "link"


def timeline_of(exposure: Exposure, reader: Reader) -> tuple[Answer, Sequence[SubjectCard]]:
    """Return the timeline of one subject with its path of proof, and the subjects that it shows."""
    hops, own = hops_to(exposure), _own_edges(exposure)
    edges = {edge.pk: edge for edge in [*(hop.edge for hop in hops if hop.edge and hop.edge.place_id), *own]}
    cast = _cast(exposure, hops, edges.values(), reader)
    spans = [(hop.starts_at, hop.ends_at) for hop in hops] + [(e.starts_at, e.ends_at) for e in edges.values()]
    places = _places_in_order(hops, own)
    shown = places[:LANES]
    bars = Bars(set(shown), shown_span(spans or [(exposure.first_at, exposure.last_at)]))
    _add_overlaps(bars, edges.values(), exposure, cast)
    add_stays(bars, cast, exposure.run)
    answer: Answer = {
        "from": bars.span[0],
        "until": bars.span[1],
        "lanes": lanes(shown, bars) + _link_lane(hops),
        "bars": bars.rows,
        "path": [_path_step(number, hop, cast) for number, hop in enumerate(hops, 1)],
        "more": len(places) - len(shown),
    }
    return answer, list(cast.cards.values())


def _own_edges(exposure: Exposure) -> Sequence[ExposureEdge]:
    edges = ExposureEdge.objects.filter(run=exposure.run_id, direction=exposure.direction, place__isnull=False)
    mine = "source" if exposure.direction == Direction.BACKWARD else "exposed"
    return list(edges.filter(**{mine: exposure.subject_id}).order_by("starts_at", "id")[:BARS])


def _cast(exposure: Exposure, hops: Sequence[Hop], edges: Iterable[ExposureEdge], reader: Reader) -> Cast:
    on_path = [pk for hop in hops for pk in (hop.source_id, hop.exposed_id)]
    met = [pk for edge in edges for pk in (edge.source_id, edge.exposed_id)]
    subjects = list(dict.fromkeys([exposure.subject_id, *on_path, *met]))[:SUBJECTS]
    roles = dict.fromkeys(subjects, "source")
    roles[exposure.subject_id] = "exposed"
    roles[exposure.run.investigation.index_subject_id] = "index"
    return Cast(reader.cards(subjects), roles)


def _places_in_order(hops: Sequence[Hop], own: Iterable[ExposureEdge]) -> list[int]:
    """Return the places of the path in its order, then the subject's other places by time spent exposed there."""
    path = [hop.edge.place_id for hop in hops if hop.edge and hop.edge.place_id]
    spent: dict[int, float] = {}
    for edge in own:
        place = edge.place_id or 0
        spent[place] = spent.get(place, 0) + (edge.ends_at - edge.starts_at).total_seconds()
    return list(dict.fromkeys([*path, *sorted(spent, key=lambda place: (-spent[place], place))]))


def _add_overlaps(bars: Bars, edges: Iterable[ExposureEdge], exposure: Exposure, cast: Cast) -> None:
    for edge in edges:
        # On the stay of whom the step is about: the subject itself, or on the path whoever caught it there.
        other = edge.exposed_id if edge.source_id == exposure.subject_id else edge.source_id
        label = gettext("with %(who)s") % {"who": cast.cards[other].label} if other in cast.cards else ""
        bars.add(edge.place_id or 0, (seconds(edge.starts_at), seconds(edge.ends_at)), label, "overlap")


def _link_lane(hops: Sequence[Hop]) -> list[Answer]:
    if all(hop.edge and hop.edge.place_id for hop in hops):
        return []
    return [{"id": LINK_LANE, "label": gettext("Split, merged or repacked"), "kind": "other", "href": ""}]


def _path_step(number: int, hop: Hop, cast: Cast) -> Answer:
    place = hop.edge.place_id if hop.edge else None
    ends = [cast.cards[pk].label if pk in cast.cards else "?" for pk in (hop.source_id, hop.exposed_id)]
    return {
        "step": number,
        "lane": lane_id(place) if place else LINK_LANE,
        "at": seconds(hop.starts_at),
        "until": seconds(hop.ends_at),
        "label": " → ".join(ends),
    }
