"""What one reader may see of an investigation: area, names, links."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.identity import mask_name
from lianfang.apps.core.models import Subject, User
from lianfang.apps.core.permissions import AreaMissing, Permission, covers, may
from lianfang.apps.core.signs import sign_for
from lianfang.apps.tracing.links import subject_url
from lianfang.apps.tracing.models import Exposure, Investigation, Run
from lianfang.rules.vocabulary import SubjectKind

MAX_DIGITS: Final = 9


class InvestigationNotFound(NotFound):
    """No investigation has this number."""

    code = "investigation_not_found"


class RunNotFound(NotFound):
    """The investigation has no run of this number."""

    code = "run_not_found"


@dataclass(frozen=True, slots=True)
class SubjectCard:
    """A subject as one reader may see it; `is_hidden`: outside the reader's area, so neither label nor link."""

    id: int
    kind: str
    code: str
    label: str
    href: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """A member of staff who looks at an investigation. Who is county-wide sees all of it, wherever people live."""

    user: User

    @property
    def is_county_wide(self) -> bool:
        """Whether the reader's area contains the whole county."""
        return settings.COUNTY_CODE.startswith(self.user.area_code)

    @property
    def area_code(self) -> str:
        """The prefix that a subject's area must have for this reader; "" for no limit."""
        return "" if self.is_county_wide else self.user.area_code

    def card(self, subject: Subject) -> SubjectCard:
        """Return a subject as this reader may see it."""
        if not subject.area_code.startswith(self.area_code):
            word = gettext("%(kind)s outside your area") % {"kind": sign_for("subject", subject.kind).word}
            return SubjectCard(subject.pk, subject.kind, "", word, "", is_hidden=True)
        label = subject.label
        if subject.kind == SubjectKind.PERSON and not may(self.user, Permission.VIEW_IDENTITY):
            label = mask_name(label)
        # Whose area ends at the county sees who was exposed outside it, but has no page of theirs.
        href = subject_url(subject.kind, subject.code) if covers(self.user, subject.area_code) else ""
        return SubjectCard(subject.pk, subject.kind, subject.code, label, href)

    def cards(self, subject_ids: Collection[int]) -> dict[int, SubjectCard]:
        """Return many subjects by id, in one query."""
        return {subject.pk: self.card(subject) for subject in Subject.objects.filter(pk__in=subject_ids)}

    def investigations(self) -> QuerySet[Investigation]:
        """Return the investigations the reader may open."""
        found = Investigation.objects.select_related("index_subject", "current_run", "specimen")
        return found.filter(area_code__startswith=self.area_code)

    def investigation(self, number: str) -> Investigation:
        """Return one investigation. Raises: InvestigationNotFound, AreaMissing."""
        found = Investigation.objects.select_related("index_subject", "current_run", "specimen").filter(number=number)
        investigation = found.first()
        if investigation is None:
            raise InvestigationNotFound("There is no such investigation.")
        if not (self.is_county_wide or covers(self.user, investigation.area_code)):
            raise AreaMissing("This record lies outside your area.")
        return investigation

    def exposures(self, run: Run) -> QuerySet[Exposure]:
        """Return what a run found, as far as the reader's area goes."""
        return Exposure.objects.filter(run=run, subject__area_code__startswith=self.area_code)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is looked at: a run of an investigation, by whom, when."""

    investigation: Investigation
    run: Run
    reader: Reader
    at: datetime


def occasion_of(by: User, number: str, *, run: str, at: datetime) -> Occasion:
    """Return what a request is about; `run`: an ordinal as text, "" for the current run.

    Raises: InvestigationNotFound, AreaMissing, RunNotFound.
    """
    reader = Reader(by)
    investigation = reader.investigation(number)
    found = run_of(investigation, run)
    found.investigation = investigation
    return Occasion(investigation, found, reader, at)


def run_of(investigation: Investigation, ordinal: str) -> Run:
    """Return the run of an ordinal given as text, the current one for "". Raises: RunNotFound."""
    found = investigation.current_run
    if ordinal:
        is_number = ordinal.isascii() and ordinal.isdigit() and len(ordinal) <= MAX_DIGITS
        found = investigation.runs.filter(ordinal=int(ordinal)).first() if is_number else None
    if found is None:
        raise RunNotFound("This investigation has no such run.")
    return found


def persons_among(cards: Iterable[SubjectCard]) -> list[int]:
    """Return the ids of the persons whose record these cards show: what an audit entry names."""
    return sorted({card.id for card in cards if card.kind == SubjectKind.PERSON and not card.is_hidden})


def in_words(n_people: int, n_goods: int, n_places: int) -> str:
    """Return "131 people · 28 lots or packages · 5 places", without what there is none of."""
    words = (
        (n_people, ngettext("%(n)s person", "%(n)s people", n_people)),
        (n_goods, ngettext("%(n)s lot or package", "%(n)s lots or packages", n_goods)),
        (n_places, ngettext("%(n)s place", "%(n)s places", n_places)),
    )
    return " · ".join(text % {"n": n} for n, text in words if n)
