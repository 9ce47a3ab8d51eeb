"""One search over everything that has a code or a name, each group only for who may open it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lianfang.apps.command.selectors import people as persons
from lianfang.apps.command.selectors.people import PersonRow
from lianfang.apps.core.models import Subject, User
from lianfang.apps.core.permissions import Permission, may
from lianfang.apps.core.subjects import subjects_by_prefix
from lianfang.apps.goods.pages import lots_of_product
from lianfang.apps.places.pages import found_places
from lianfang.apps.places.selectors import Place
from lianfang.apps.tracing.selectors.investigations import ListFilter, Summary, listed, summaries
from lianfang.apps.tracing.selectors.reading import Reader
from lianfang.rules.vocabulary import SubjectKind

EACH: Final = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, at most EACH of a group."""

    people: Sequence[PersonRow] = ()
    goods: Sequence[Subject] = ()
    places: Sequence[Place] = ()
    investigations: Sequence[Summary] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.people or self.goods or self.places or self.investigations)


def everything(text: str, *, by: User, at: datetime) -> Found:
    """Return what a text names: codes by their beginning, names of persons likewise, other names by any part."""
    text = text.strip()
    if not text:
        return Found()
    return Found(
        people=persons.rows_of(persons.search(text, by=by).persons[:EACH], by=by)
        if may(by, Permission.VIEW_PERSONS)
        else (),
        goods=_goods(text, by) if may(by, Permission.VIEW_GOODS) else (),
        places=list(found_places(text, "", area=by.area_code)[:EACH]) if may(by, Permission.VIEW_PLACES) else (),
        investigations=_investigations(text, by, at) if may(by, Permission.VIEW_INVESTIGATIONS) else (),
    )


def _goods(text: str, by: User) -> list[Subject]:
    coded = subjects_by_prefix(text, area=by.area_code, limit=2 * EACH)
    found = [subject for subject in coded if subject.kind != SubjectKind.PERSON]
    named = Subject.objects.filter(pk__in=list(lots_of_product(text)[:EACH]), area_code__startswith=by.area_code)
    return list({subject.pk: subject for subject in [*found, *named]}.values())[:EACH]


def _investigations(text: str, by: User, at: datetime) -> list[Summary]:
    reader = Reader(by)
    return summaries(listed(reader, ListFilter(q=text))[:EACH], reader, at)
