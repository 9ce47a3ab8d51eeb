"""The network of a run, a neighbourhood at a time: people and goods meet at places; goods become goods by links.

Shape of the answer: frontend/src/islands/graph/data.ts. Nodes are "s<subject id>" and "p<place id>".
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Min, Q, QuerySet
from django.utils.timezone import localtime

from lianfang.apps.core.errors import DomainError
from lianfang.apps.places.selectors import places
from lianfang.apps.tracing.links import place_label, place_url
from lianfang.apps.tracing.models import Exposure, ExposureEdge, Run
from lianfang.apps.tracing.selectors.affected import CLASS_RANK, strictest
from lianfang.apps.tracing.selectors.involved import edges_for
from lianfang.apps.tracing.selectors.reading import Reader, SubjectCard
from lianfang.rules.vocabulary import ExposureClass

NODES: Final = 150
PLACES: Final = 40
MAX_DIGITS: Final = 18

Answer = dict[str, Any]


class NodeUnknown(DomainError):
    """The name of a node is "s" or "p" and a number."""

    code = "node_unknown"
    http_status = 404


@dataclass(frozen=True, slots=True)
class _View:
    """A run as one reader may see it."""

    run: Run
    reader: Reader

    @property
    def edges(self) -> QuerySet[ExposureEdge]:
        return edges_for(self.run, self.reader)

    @property
    def index(self) -> int:
        return self.run.investigation.index_subject_id


@dataclass(frozen=True, slots=True)
class _Ties:
    """What ties nodes together: (subject, place) with a label, and links (from, to) between goods."""

    stays: Mapping[tuple[int, int], str]
    links: frozenset[tuple[int, int]]


def beginning(run: Run, reader: Reader) -> tuple[Answer, Sequence[SubjectCard]]:
    """Return the whole network where it fits, else the index with its first generation, the strictest classes first."""
    view = _View(run, reader)
    rows = strictest(reader.exposures(run)).exclude(exposure_class=ExposureClass.NOT_EXPOSED)
    ranked = rows.order_by(CLASS_RANK, "first_at", "pk").values_list("subject_id", flat=True)
    found = list(ranked[: NODES + 1])
    is_cut = len(found) > NODES
    if is_cut:
        found = list(ranked.filter(generation__lte=1)[:NODES])
    subjects = {view.index, *found}
    within = view.edges.filter(source__in=subjects, exposed__in=subjects)
    return _answer(view, subjects, within, is_cut=is_cut)


def neighbourhood(run: Run, reader: Reader, node: str) -> tuple[Answer, Sequence[SubjectCard]]:
    """Return one node with what it is tied to. Raises: NodeUnknown."""
    kind, number = node[:1], node[1:]
    if kind not in {"s", "p"} or not (number.isascii() and number.isdigit()) or len(number) > MAX_DIGITS:
        raise NodeUnknown("There is no such node in this network.")
    view, pk = _View(run, reader), int(number)
    around = view.edges.filter(place=pk) if kind == "p" else view.edges.filter(Q(source=pk) | Q(exposed=pk))
    met = set(around.values_list("source_id", flat=True).union(around.values_list("exposed_id", flat=True)))
    if kind == "s":
        met |= _by_lot(view, {pk})
    subjects, is_cut = _strictest_of(view, met)
    subjects |= {pk} & (met | {view.index}) if kind == "s" else set()
    if not subjects:
        raise NodeUnknown("There is no such node in this network.")
    return _answer(view, subjects, around.filter(source__in=subjects, exposed__in=subjects), is_cut=is_cut)


def _strictest_of(view: _View, met: Collection[int]) -> tuple[set[int], bool]:
    """Return those of the strictest classes, as many as fit, and whether some had to be left out."""
    rows = strictest(Exposure.objects.filter(run=view.run, subject__in=met)).order_by(CLASS_RANK, "first_at", "pk")
    found = list(rows.values_list("subject_id", flat=True)[: NODES + 1])
    return set(found[:NODES]) | ({view.index} & set(met)), len(found) > NODES


def _by_lot(view: _View, subjects: Collection[int]) -> set[int]:
    """Return the goods that these belong to or that belong to them without a link of their own: one lot."""
    rows = _lot_ties(view).filter(Q(subject__in=subjects) | Q(via_subject__in=subjects))
    return {pk for pair in rows.values_list("subject_id", "via_subject_id") for pk in pair}


def _lot_ties(view: _View) -> QuerySet[Exposure]:
    return view.reader.exposures(view.run).filter(via_place__isnull=True).exclude(subject=F("via_subject"))


def _answer(
    view: _View, subjects: set[int], edges: QuerySet[ExposureEdge], *, is_cut: bool
) -> tuple[Answer, Sequence[SubjectCard]]:
    ties = _ties(view, subjects, edges)
    busiest = Counter(place for _, place in ties.stays).most_common()
    shown_places = {place for place, _ in busiest[:PLACES]}
    stays = {pair: label for pair, label in ties.stays.items() if pair[1] in shown_places}
    ties = _Ties(stays, ties.links)
    cards = view.reader.cards(subjects)
    nodes = [*_subject_nodes(view, cards, ties), *_place_nodes(view, shown_places, ties)]
    lines = [
        {"source": f"s{subject}", "target": f"p{place}", "kind": "presence", "label": label}
        for (subject, place), label in stays.items()
    ]
    lines += [{"source": f"s{one}", "target": f"s{other}", "kind": "link", "label": ""} for one, other in ties.links]
    truncated = is_cut or len(busiest) > PLACES or any(node["n_hidden"] for node in nodes)
    return {"nodes": nodes, "edges": lines, "truncated": truncated}, list(cards.values())


def _ties(view: _View, subjects: Collection[int], edges: QuerySet[ExposureEdge]) -> _Ties:
    stays: dict[tuple[int, int], str] = {}
    for end in ("source_id", "exposed_id"):
        rows = edges.filter(place__isnull=False).values_list(end, "place_id").annotate(at=Min("starts_at"))
        for subject, place, at in rows:
            label = localtime(at).strftime("%m-%d %H:%M")
            stays[subject, place] = min(label, stays.get((subject, place), label))
    links = set(edges.filter(place__isnull=True).values_list("source_id", "exposed_id").distinct())
    lots = _lot_ties(view).filter(subject__in=subjects, via_subject__in=subjects)
    linked = links | {(b, a) for a, b in links}
    links |= {pair for pair in lots.values_list("via_subject_id", "subject_id") if pair not in linked}
    return _Ties(stays, frozenset(links))


def _subject_nodes(view: _View, cards: Mapping[int, SubjectCard], ties: _Ties) -> list[Answer]:
    rows = strictest(Exposure.objects.filter(run=view.run, subject__in=cards))
    found = {pk: (name, n) for pk, name, n in rows.values_list("subject_id", "exposure_class", "generation")}
    hidden = Counter(
        subject for subject, place in _all_stays(view, "source", cards) if (subject, place) not in ties.stays
    )
    nodes = []
    for pk, card in cards.items():
        cls, generation = found.get(pk, ("", 0))
        nodes.append(
            {
                "id": f"s{pk}",
                "label": card.label,
                "kind": card.kind,
                "cls": cls,
                "generation": generation,
                "n_hidden": hidden[pk],
                "href": card.href,
            }
        )
    return nodes


def _place_nodes(view: _View, place_ids: Collection[int], ties: _Ties) -> list[Answer]:
    named = places(area="").in_bulk(place_ids)
    hidden = Counter(
        place for subject, place in _all_stays(view, "place", place_ids) if (subject, place) not in ties.stays
    )
    return [
        {
            "id": f"p{pk}",
            "label": place_label(place.name, place.kind),
            "kind": "place",
            "cls": "",
            "generation": 0,
            "n_hidden": hidden[pk],
            "href": place_url(place.code),
        }
        for pk, place in named.items()
    ]


def _all_stays(view: _View, by: str, ids: Collection[int]) -> set[tuple[int, int]]:
    """Return every (subject, place) of the run's edges that concern these subjects, or (by "place") these places."""
    pairs: set[tuple[int, int]] = set()
    for end in ("source", "exposed"):
        edges = view.edges.filter(place__isnull=False)
        edges = edges.filter(**{f"{'place' if by == 'place' else end}__in": ids})
        pairs |= set(edges.values_list(f"{end}_id", "place_id").distinct())
    return pairs
