"""Today's list of one member of staff: arrivals, calls, visits and temperatures, in walking order."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from lianfang.apps.areas.selectors import names_of
from lianfang.apps.core.identity import decrypt, mask_name
from lianfang.apps.core.models import User
from lianfang.apps.core.permissions import Permission, may
from lianfang.apps.followup.selectors import FollowedLine, HealthRecord, followed, lines_of, recorded_today
from lianfang.apps.people.pages import persons_of
from lianfang.apps.people.selectors import Person
from lianfang.apps.returnees import selectors
from lianfang.apps.returnees.models import Return


@dataclass(slots=True)
class TodayRow:
    """One person to see to today; `arrival`: whose arrival is to be confirmed; `record`: today's, if there is one."""

    person: Person
    name: str
    phone: str
    area: str
    address: str = ""
    lines: list[FollowedLine] = field(default_factory=list)
    record: HealthRecord | None = None
    arrival: Return | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do today."""
        return self.arrival is None and self.record is not None and self.record.is_reached

    @property
    def is_late(self) -> bool:
        """Whether a report is late or one of the days before is missing."""
        return any(line.reports.is_late or line.reports.missed for line in self.lines)

    @property
    def missed(self) -> int:
        """How many days are missing."""
        return max((line.reports.missed for line in self.lines), default=0)


@dataclass(frozen=True, slots=True)
class Today:
    """The list: what is still to be done in walking order, and what is done."""

    to_do: list[TodayRow]
    done: list[TodayRow]
    n_late: int
    n_arrivals: int
    n_more: int

    @property
    def shown(self) -> Iterable[TodayRow]:
        """All rows that are shown."""
        return (*self.to_do, *self.done)


def today_of(by: User, *, at: datetime, most: int) -> Today:
    """Return the list of one member of staff; of a whole county no more than `most` persons, the first in order."""
    measures, due = followed(by), selectors.arrivals_due(by, at=at)
    followed_now = measures.filter(starts_at__lte=at).values("subject_id")
    who = due.order_by().values("subject_id").union(followed_now)
    shown = list(selectors.in_walking_order(who)[:most])
    arrivals = {each.subject_id: each for each in due.filter(subject__in=shown)}
    lines: dict[int, list[FollowedLine]] = {}
    for line in lines_of(measures.filter(subject__in=shown), at=at):
        lines.setdefault(line.measure.subject_id or 0, []).append(line)
    rows = _rows(shown, by, lines, arrivals, recorded_today(shown, at=at))
    to_do = [row for row in rows if not row.is_done]
    return Today(
        to_do=to_do,
        done=[row for row in rows if row.is_done],
        n_late=sum(row.is_late for row in rows),
        n_arrivals=sum(row.arrival is not None for row in rows),
        n_more=who.count() - len(shown),
    )


def _rows(
    ids: list[int],
    by: User,
    lines: dict[int, list[FollowedLine]],
    arrivals: dict[int, Return],
    records: dict[int, HealthRecord],
) -> list[TodayRow]:
    persons, is_known = persons_of(ids), may(by, Permission.VIEW_IDENTITY)
    goes_to = {pk: (arrivals[pk].area_code if pk in arrivals else persons[pk].area_code) for pk in ids}
    goes_to |= {pk: each[0].measure.area_code for pk, each in lines.items()}
    names = names_of(goes_to.values())
    return [
        TodayRow(
            person=persons[pk],
            name=(persons[pk].name if is_known else mask_name(persons[pk].name)) or "–",
            phone=decrypt(cipher) if is_known and (cipher := persons[pk].phone_cipher) else "",
            area=names[goes_to[pk]],
            address=household.code if (household := persons[pk].household) else "",
            lines=lines.get(pk, []),
            record=records.get(pk),
            arrival=arrivals.get(pk),
        )
        for pk in ids
    ]
