"""Clusters as reported: who names the same kind of venue, and whom reported contacts tie to them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from lianfang.apps.core.models import Subject
from lianfang.apps.people.selectors import reported_settings
from lianfang.apps.places.selectors import contact_reports
from lianfang.formats.setting_names import codes_in, venues_named

Links = Mapping[int, AbstractSet[int]]


@dataclass(frozen=True, slots=True)
class Cluster:
    """One venue: the subjects that name it, and those tied to them by contacts, however far. No one is in both."""

    venue: str
    reporters: frozenset[int]
    linked: frozenset[int]


def reported_clusters(*, area: str, at_least: int = 2) -> list[Cluster]:
    """Return the venues named by at least so many persons of an area, largest cluster first.

    Sources: settings in line lists and contact lists (verbatim, however spelt), reported contacts, and mentions of one
    case in the text about another. It shows where to look; it classifies nobody.
    """
    texts = reported_settings(area=area)
    contacts = list(contact_reports(area=area).values_list("source_id", "exposed_id", "setting"))
    texts += [(exposed, setting) for _, exposed, setting in contacts]
    links = _links([*((source, exposed) for source, exposed, _ in contacts), *_mentions(texts, area)])
    reporters: dict[str, set[int]] = defaultdict(set)
    for subject, text in texts:
        for venue in venues_named(text):
            reporters[venue].add(subject)
    found = [
        Cluster(venue, frozenset(named), _reached(named, links) - named)
        for venue, named in reporters.items()
        if len(named) >= at_least
    ]
    return sorted(found, key=lambda cluster: (-len(cluster.reporters | cluster.linked), cluster.venue))


def contact_generations(subject_id: int, *, area: str) -> dict[int, int]:
    """Return whom chains of reported contacts lead to from a subject, and after how many links at least."""
    followed: dict[int, set[int]] = defaultdict(set)
    for source, exposed in contact_reports(area=area).values_list("source_id", "exposed_id"):
        followed[source].add(exposed)
    generations, frontier = {subject_id: 0}, {subject_id}
    while frontier:
        reached = {exposed for source in frontier for exposed in followed[source]} - generations.keys()
        generation = max(generations.values()) + 1
        generations |= dict.fromkeys(reached, generation)
        frontier = reached
    return {subject: generation for subject, generation in generations.items() if generation}


def _mentions(texts: Iterable[tuple[int, str]], area: str) -> list[tuple[int, int]]:
    """Return (mentioned, subject of the text) wherever a text names the code of a person of the area."""
    said = [(subject, codes_in(text)) for subject, text in texts]
    asked = {code for _, codes in said for code in codes}
    people = Subject.objects.filter(kind="person", code__in=asked, area_code__startswith=area)
    ids = dict(people.values_list("code", "id"))
    named = ((ids[code], subject) for subject, codes in said for code in codes if code in ids)
    return [(mentioned, subject) for mentioned, subject in named if mentioned != subject]


def _links(pairs: Iterable[tuple[int, int]]) -> Links:
    links: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        links[one].add(other)
        links[other].add(one)
    return links


def _reached(start: AbstractSet[int], links: Links) -> frozenset[int]:
    reached, frontier = set(start), set(start)
    while frontier:
        frontier = {other for one in frontier for other in links.get(one, ())} - reached
        reached |= frontier
    return frozenset(reached)
