"""Presence timelines of one subject's last days and of one place's day.

Shape of the answer: frontend/src/islands/timeline/data.ts. Stays are read as they are known now.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import polars as pl
from django.utils.timezone import localdate
from django.utils.translation import gettext

from lianfang.apps.core.models import Subject
from lianfang.apps.core.selectors import day_span
from lianfang.apps.places import pages as places
from lianfang.apps.places.selectors import Place
from lianfang.apps.tracing.links import place_url
from lianfang.apps.tracing.selectors.by_subject import Overlap, overlaps_of, overlaps_with
from lianfang.apps.tracing.selectors.reading import Reader, SubjectCard

DAYS: Final = 14
DAY_S: Final = 86_400
LANES: Final = 40
OVERLAPS: Final = 400

Answer = dict[str, Any]
Span = tuple[int, int]


def last_days(subject: Subject, reader: Reader, at: datetime) -> tuple[Answer, Collection[SubjectCard]]:
    """Return where a subject was in the last days up to its last known stay, and whom the answer shows."""
    last = places.last_stay_of(subject.pk)
    until = _midnight_after(min(last, at) if last else at)
    span = (until - DAYS * DAY_S, until)
    stays = places.stays_of_subject(subject.pk, span, _seconds(at))
    overlaps = overlaps_of(subject.pk, (_instant(span[0]), _instant(span[1])), OVERLAPS)
    shown = _important(stays, "place", [overlap.place_id for overlap in overlaps])
    records = places.places_of(shown)
    cards = reader.cards({overlap.source_id for overlap in overlaps} | {subject.pk})
    bars = _own_stays(stays, cards[subject.pk], overlaps, span)
    bars += _together(overlaps, cards, span)
    lanes = [_place_lane(records[place]) for place in shown]
    return _answer(span, lanes, bars, stays["place"].n_unique() - len(shown)), list(cards.values())


def day_at(place: Place, day: date, reader: Reader, at: datetime) -> tuple[Answer, Collection[SubjectCard]]:
    """Return who and what was at a place on a county day, a lane each, and whom the answer shows."""
    start, end = day_span(day)
    span = (_seconds(start), _seconds(end))
    stays = places.stays_at_place(place.pk, span, _seconds(at))
    overlaps = overlaps_with(place.pk, (start, end), OVERLAPS)
    involved = [one for overlap in overlaps for one in (overlap.source_id, overlap.exposed_id)]
    shown = _important(stays, "subject", involved)
    cards = reader.cards(shown)
    exposed = {overlap.exposed_id for overlap in overlaps}
    index = {overlap.source_id for overlap in overlaps if overlap.is_index}
    bars: list[Answer] = []
    for subject, _, t_in, t_out in stays.filter(pl.col("subject").is_in(shown)).iter_rows():
        role = "exposed" if subject in exposed else "index" if subject in index else "other"
        bars.append(_bar(len(bars), f"s{subject}", _cut((t_in, t_out), span), role, cards.get(subject)))
    met = {(each.exposed_id, _cut((_seconds(each.starts_at), _seconds(each.ends_at)), span)) for each in overlaps}
    for subject, cut in sorted(met):
        if subject in cards:
            bars.append(_bar(len(bars), f"s{subject}", cut, "overlap", cards[subject]))
    lanes = [_subject_lane(subject, cards) for subject in shown if subject in cards]
    return _answer(span, lanes, bars, stays["subject"].n_unique() - len(lanes)), list(cards.values())


def default_day(place: Place, at: datetime) -> date:
    """Return the last county day with a known stay at a place; today without any."""
    return localdate(places.last_stay_at(place.pk) or at)


def _important(stays: pl.DataFrame, column: str, first: Sequence[int]) -> list[int]:
    """Return the ids to show: those of exposures, then those with most time; in the order in which they begin."""
    if stays.is_empty():
        return []
    by_id = stays.group_by(column).agg(seconds=(pl.col("t_out") - pl.col("t_in")).sum(), begins=pl.col("t_in").min())
    ranked = by_id.with_columns(involved=pl.col(column).is_in(list(set(first)))).sort(
        ["involved", "seconds", column], descending=[True, True, False]
    )
    return ranked.head(LANES).sort("begins", column)[column].to_list()


def _own_stays(stays: pl.DataFrame, card: SubjectCard, overlaps: Iterable[Overlap], span: Span) -> list[Answer]:
    spans: dict[int, list[Span]] = defaultdict(list)
    for overlap in overlaps:
        spans[overlap.place_id].append((_seconds(overlap.starts_at), _seconds(overlap.ends_at)))
    shown = set(_important(stays, "place", list(spans)))
    bars: list[Answer] = []
    for _, place, t_in, t_out in stays.iter_rows():
        if place in shown:
            met = any(start < t_out and t_in < end for start, end in spans[place])
            bars.append(_bar(len(bars), f"p{place}", _cut((t_in, t_out), span), "exposed" if met else "other", card))
    return [bar | {"href": ""} for bar in bars]


def _together(overlaps: Iterable[Overlap], cards: Mapping[int, SubjectCard], span: Span) -> list[Answer]:
    bars = []
    for number, overlap in enumerate(overlaps):
        cut = _cut((_seconds(overlap.starts_at), _seconds(overlap.ends_at)), span)
        bar = _bar(number, f"p{overlap.place_id}", cut, "overlap", cards.get(overlap.source_id))
        bars.append(bar | {"id": f"o{number}", "label": gettext("with %(who)s") % {"who": bar["label"]}})
    return bars


def _bar(number: int, lane: str, span: Span, role: str, card: SubjectCard | None) -> Answer:
    label, href = (card.label, card.href) if card else ("", "")
    bar = {"id": f"b{number}", "lane": lane, "start": span[0], "end": span[1]}
    return bar | {"label": label, "role": role, "href": href}


def _place_lane(place: Place) -> Answer:
    return {"id": f"p{place.pk}", "label": place.name or place.code, "kind": place.kind, "href": place_url(place.code)}


def _subject_lane(subject: int, cards: Mapping[int, SubjectCard]) -> Answer:
    card = cards[subject]
    label = f"{card.label} {card.code}".strip() if card.label != card.code else card.label
    return {"id": f"s{subject}", "label": label, "kind": "", "href": card.href}


def _answer(span: Span, lanes: list[Answer], bars: list[Answer], more: int) -> Answer:
    known = {lane["id"] for lane in lanes}
    kept = [bar for bar in bars if bar["lane"] in known and bar["end"] > bar["start"]]
    return {"from": span[0], "until": span[1], "lanes": lanes, "bars": kept, "path": [], "more": more}


def _cut(stay: Span, span: Span) -> Span:
    return max(stay[0], span[0]), min(stay[1], span[1])


def _midnight_after(at: datetime) -> int:
    return _seconds(day_span(localdate(at))[1])


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
