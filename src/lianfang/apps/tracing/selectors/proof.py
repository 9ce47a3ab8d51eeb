"""The path of proof of one exposure: from via to via back to the index, in the order in which infection travelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from lianfang.apps.core.errors import NotFound
from lianfang.apps.tracing.links import place_label, place_url
from lianfang.apps.tracing.models import Exposure, ExposureEdge, Run
from lianfang.apps.tracing.selectors.explaining import Explained, explained
from lianfang.apps.tracing.selectors.reading import Reader, SubjectCard
from lianfang.rules.vocabulary import Direction


class ExposureNotFound(NotFound):
    """The run found no such subject, or not in the reader's area (we do not tell which)."""

    code = "exposure_not_found"


@dataclass(frozen=True, slots=True)
class Hop:
    """One step as stored: the exposure it explains and the edge behind it (None: goods of one lot with the index)."""

    exposure: Exposure
    edge: ExposureEdge | None

    @property
    def source_id(self) -> int:
        """Who passed it on."""
        if self.exposure.direction == Direction.BACKWARD:
            return self.exposure.subject_id
        return self.exposure.via_subject_id

    @property
    def exposed_id(self) -> int:
        """Who caught it."""
        if self.exposure.direction == Direction.BACKWARD:
            return self.exposure.via_subject_id
        return self.exposure.subject_id

    @property
    def starts_at(self) -> datetime:
        """When the step begins."""
        return self.edge.starts_at if self.edge else self.exposure.first_at

    @property
    def ends_at(self) -> datetime:
        """When the step ends."""
        return self.edge.ends_at if self.edge else self.exposure.first_at


@dataclass(frozen=True, slots=True)
class Step:
    """One step as a page shows it. `about`: whose class the reasons explain."""

    number: int
    source: SubjectCard
    exposed: SubjectCard
    about: SubjectCard
    place: str
    place_kind: str
    place_href: str
    at: datetime
    until: datetime
    seconds: int
    lingering: bool
    generation: int
    cls: str
    why: Explained


@dataclass(frozen=True, slots=True)
class Way:
    """How one subject is tied to the index in one direction; no steps for the index itself."""

    exposure: Exposure
    steps: Sequence[Step]


def ways_to(found: Sequence[Exposure], reader: Reader) -> list[Way]:
    """Return the path of proof of each of a subject's exposures."""
    return [Way(exposure, steps_of(hops_to(exposure), reader)) for exposure in found]


def exposures_of(run: Run, code: str, reader: Reader) -> Sequence[Exposure]:
    """Return what a run found of a subject, forward first. Raises: ExposureNotFound."""
    found = list(
        reader.exposures(run)
        .filter(subject__code=code)
        .select_related("subject", "verdict", "via_place")
        .order_by("-direction")
    )
    if not found:
        raise ExposureNotFound("This run did not find such a subject in your area.")
    return found


def hops_to(exposure: Exposure) -> list[Hop]:
    """Return the steps between the index and an exposure in the order of infection; none for the index itself.

    One query a step for the exposure and one for its edge; a path has as many steps as generations and links.
    """
    hops: list[Hop] = []
    seen: set[int] = set()
    current: Exposure | None = exposure
    while current is not None and current.subject_id != current.via_subject_id and current.pk not in seen:
        seen.add(current.pk)
        hops.append(Hop(current, _edge(current)))
        current = _exposure_of_via(current)
    return hops if exposure.direction == Direction.BACKWARD else hops[::-1]


def steps_of(hops: Sequence[Hop], reader: Reader) -> list[Step]:
    """Return the steps as one reader may see them."""
    cards = reader.cards({hop.source_id for hop in hops} | {hop.exposed_id for hop in hops})
    steps = []
    for number, hop in enumerate(hops, 1):
        place = hop.edge.place if hop.edge else None
        steps.append(
            Step(
                number=number,
                source=cards[hop.source_id],
                exposed=cards[hop.exposed_id],
                about=cards[hop.exposure.subject_id],
                place=place_label(place.name, place.kind) if place else "",
                place_kind=place.kind if place and place.name else "",
                place_href=place_url(place.code) if place else "",
                at=hop.starts_at,
                until=hop.ends_at,
                seconds=int((hop.ends_at - hop.starts_at).total_seconds()),
                lingering=bool(hop.edge and hop.edge.lingering),
                generation=hop.exposure.generation,
                cls=hop.exposure.exposure_class,
                why=explained(hop.exposure.verdict),
            )
        )
    return steps


def _edge(exposure: Exposure) -> ExposureEdge | None:
    """Return the edge behind an exposure's via; of several that reach at the same time, the longest."""
    edges = ExposureEdge.objects.filter(
        run=exposure.run_id, direction=exposure.direction, place=exposure.via_place_id
    ).select_related("place")
    if exposure.direction == Direction.BACKWARD:
        edges = edges.filter(source=exposure.subject_id, exposed=exposure.via_subject_id, ends_at=exposure.last_at)
    else:
        edges = edges.filter(exposed=exposure.subject_id, source=exposure.via_subject_id, starts_at=exposure.first_at)
    return edges.order_by((F("ends_at") - F("starts_at")).desc(), "lingering").first()


def _exposure_of_via(exposure: Exposure) -> Exposure | None:
    """Return the exposure of the one before; the index ends the path, and backward it is listed forward only."""
    found = Exposure.objects.filter(
        run=exposure.run_id, direction=exposure.direction, subject=exposure.via_subject_id
    ).select_related("subject", "verdict", "via_place")
    return found.first()
