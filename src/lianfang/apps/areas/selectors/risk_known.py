"""What the lists known at one entry of the evidence log say of a place over a span of days."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from lianfang.apps.areas.models import RiskList, RiskListRow, RiskResolution
from lianfang.apps.areas.selectors.divisions import ancestor_codes
from lianfang.rules.profile import Profile
from lianfang.rules.risk import RiskEntry, RiskExtent, RiskFacts, RiskStanding, risk_on
from lianfang.rules.vocabulary import RiskLevel


@dataclass(frozen=True, slots=True)
class RiskSeen:
    """The highest levels at any time of the span: of the place itself, of anything in it; whether any list was known."""

    level: RiskLevel | None
    parts_level: RiskLevel | None
    is_known: bool


class RiskKnown:
    """Asks the lists as they were known at an entry; many questions share the lists it has read."""

    def __init__(self, known_seq: int, profile: Profile) -> None:
        self._seq, self._profile = known_seq, profile
        decided = RiskList.objects.filter(decision__takes_effect=True, decision__seq__lte=known_seq)
        self._lists = list(decided.order_by("stamp", "decision__id").values_list("pk", "stamp"))

    def seen(self, area_code: str, community: str, starts_at: datetime, ends_at: datetime) -> RiskSeen:
        """Return what the lists in force at any time of [starts_at, ends_at) say of a division or a place in it."""
        first, last = int(starts_at.timestamp()), int(ends_at.timestamp())
        entries = self._entries(area_code, first, last)
        known_from = int(self._lists[0][1].timestamp()) if self._lists else None
        facts = RiskFacts(area_code, community, first, last, known_from, entries)
        answer = risk_on(facts, self._profile).outcome
        return RiskSeen(answer.level, answer.parts_level, answer.standing is not RiskStanding.UNKNOWN)

    def highest_in(self, area_code: str, starts_at: datetime, ends_at: datetime) -> RiskLevel | None:
        """Return the highest level of anything in a division, or all of it."""
        seen = self.seen(area_code, "", starts_at, ends_at)
        order = list(RiskLevel)
        return min((each for each in (seen.level, seen.parts_level) if each), key=order.index, default=None)

    def _entries(self, area_code: str, first: int, last: int) -> tuple[RiskEntry, ...]:
        spans = self._spans(first, last)
        places = self._places(area_code)
        rows = RiskListRow.objects.filter(risk_list__in=spans, place__in=places).order_by("id")
        return tuple(
            RiskEntry(
                level=RiskLevel(level),
                area_code=found.area_code,
                extent=RiskExtent(found.extent),
                community=found.community,
                excluded=excluded,
                starts_at=spans[list_id][0],
                ends_at=spans[list_id][1],
                source=str(list_id),
                is_decided=found.is_certain,
            )
            for list_id, level, found, excluded in (
                (list_id, level, places[place_id], excluded)
                for list_id, level, place_id, excluded in rows.values_list(
                    "risk_list_id", "level", "place_id", "place__excluded"
                )
            )
        )

    def _spans(self, first: int, last: int) -> dict[int, tuple[int, int | None]]:
        """Return the lists in force at any time of [first, last), each until the next one's stamp."""
        spans: dict[int, tuple[int, int | None]] = {}
        for number, (pk, stamp) in enumerate(self._lists, 1):
            start = int(stamp.timestamp())
            end = int(self._lists[number][1].timestamp()) if number < len(self._lists) else None
            if start < last and end != start and (end is None or end > first):
                spans[pk] = (start, end)
        return spans

    def _places(self, area_code: str) -> dict[int, RiskResolution]:
        """Return the listed places in or above a division, as resolved then: the newest resolution of each holds."""
        known = RiskResolution.objects.filter(Q(seq__lte=self._seq) | Q(batch__seq__lte=self._seq))
        here = Q(area_code__startswith=area_code) | Q(area_code__in=ancestor_codes(area_code))
        candidates = known.filter(here).values("place")
        newest = known.filter(place__in=candidates).order_by("place_id", "-id").distinct("place_id")
        return {each.place_id: each for each in newest if _is_here(each.area_code, area_code)}


def _is_here(found: str, asked: str) -> bool:
    return bool(found) and (found.startswith(asked) or asked.startswith(found))
