"""Shapes of the API's answers about investigations. Instants are ISO 8601 in UTC, spans in seconds."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ninja import Field, Schema
from pydantic import PositiveInt

from lianfang.apps.tracing.models import Investigation
from lianfang.apps.tracing.selectors.affected import STATES, RowFilter
from lianfang.apps.tracing.selectors.investigations import ListFilter, Summary
from lianfang.apps.tracing.selectors.rows import Row
from lianfang.rules.vocabulary import Direction, ExposureClass, SubjectKind


def _word(words: Iterable[str]) -> Any:
    """Return a query field that is one of the words, or left out."""
    return Field("", pattern=f"^({'|'.join(words)})?$")


class SubjectSchema(Schema):
    """A person, lot, package or surface; a person's name is masked unless the caller's role allows it."""

    kind: str
    code: str
    label: str


class InvestigationSchema(Schema):
    """One investigation with its figures, in subjects of the current run."""

    number: str
    status: str
    index: SubjectSchema
    area: str
    opened_at: datetime
    edition: str
    by_class: dict[str, int]
    n_affected: int
    n_to_control: int
    n_uncontrolled: int
    n_late_tasks: int

    @classmethod
    def of(cls, found: Summary) -> "InvestigationSchema":
        """Return a line of the list."""
        return cls(
            number=found.number,
            status=found.status,
            index=SubjectSchema.from_orm(found.index),
            area=found.area,
            opened_at=found.opened_at,
            edition=found.edition,
            by_class=dict(found.by_class),
            n_affected=found.n_all,
            n_to_control=found.n_to_control,
            n_uncontrolled=found.n_uncontrolled,
            n_late_tasks=found.n_late,
        )


class InvestigationsSchema(Schema):
    """One page of the list."""

    n: int
    page: int
    n_pages: int
    investigations: list[InvestigationSchema]


class RunSchema(Schema):
    """The run an answer is about and how fresh it is; `newer_facts_at` is the last fact recorded after it."""

    ordinal: int
    cause: str
    decided_at: datetime
    edition: str
    stands: bool
    known_seq: int
    known_at: datetime | None
    newer_facts_at: datetime | None
    response_seconds: float


class FunnelSchema(Schema):
    """How far the response to a run has come, in subjects."""

    n_all: int
    n_people: int
    n_goods: int
    n_surfaces: int
    n_not_exposed: int
    n_located: int
    n_controlled: int
    n_uncontrolled: int
    n_sampled: int
    n_unsampled: int
    n_released: int
    n_late: int


class InvestigationDetailSchema(Schema):
    """One investigation with its current run."""

    number: str
    status: str
    index: SubjectSchema
    opened_at: datetime
    ended_at: datetime | None
    run: RunSchema
    funnel: FunnelSchema
    n_places: int


class ReasonSchema(Schema):
    """One decision-table row that applied."""

    code: str
    text: str


class PlaceSchema(Schema):
    """Where an exposure began."""

    name: str
    kind: str


class MeasureSchema(Schema):
    """One measure of a subject: `ends_at` is planned, `ended_at` and `end` say how it ended."""

    kind: str
    starts_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None
    end: str


class ExposureSchema(Schema):
    """One subject of a run."""

    subject: SubjectSchema
    area: str
    exposure_class: str
    direction: str
    generation: int
    first_at: datetime
    last_at: datetime
    seconds: int
    place: PlaceSchema | None
    response: str
    measures: list[MeasureSchema]
    n_late_tasks: int
    reasons: list[ReasonSchema]
    edition: str

    @classmethod
    def of(cls, row: Row) -> "ExposureSchema":
        """Return a row of the table."""
        return cls(
            subject=SubjectSchema.from_orm(row.subject),
            area=row.area,
            exposure_class=row.cls,
            direction=row.direction,
            generation=row.generation,
            first_at=row.first_at,
            last_at=row.last_at,
            seconds=row.seconds,
            place=PlaceSchema.from_orm(row.place) if row.place else None,
            response=row.state,
            measures=[MeasureSchema.from_orm(line) for line in row.measures],
            n_late_tasks=row.task.n_late if row.task else 0,
            reasons=[ReasonSchema.from_orm(reason) for reason in row.reasons],
            edition=row.edition,
        )


class ExposuresSchema(Schema):
    """One page of what a run found."""

    n: int
    page: int
    n_pages: int
    run: int
    exposures: list[ExposureSchema]


class ListQuery(Schema):
    """Which investigations; what is left out narrows nothing."""

    q: str = Field("", max_length=64)
    status: str = _word(Investigation.Status.values)
    kind: str = _word(SubjectKind)
    page: PositiveInt = 1

    def wanted(self) -> ListFilter:
        """Return the selector's filter."""
        return ListFilter(self.q, self.status, self.kind)


class ExposuresQuery(Schema):
    """Which exposures of which run ("" for the current one); what is left out narrows nothing."""

    q: str = Field("", max_length=64)
    exposure_class: str = _word(ExposureClass)
    kind: str = _word([*SubjectKind, "goods"])
    direction: str = _word(Direction)
    area: str = Field("", max_length=12, pattern=r"^\d*$")
    state: str = _word(STATES)
    late: bool = False
    run: str = Field("", max_length=9, pattern=r"^\d*$")
    page: PositiveInt = 1

    def wanted(self) -> RowFilter:
        """Return the selector's filter."""
        return RowFilter(self.q, self.exposure_class, self.kind, self.direction, self.area, self.state, self.late)
