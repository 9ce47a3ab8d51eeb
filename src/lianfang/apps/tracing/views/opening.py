"""What every view of an investigation does first: who asks, which investigation, which run; and what it must note down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core import audit
from lianfang.apps.core.permissions import Permission, actor, may
from lianfang.apps.core.signs import sign_for
from lianfang.apps.tracing.models import Investigation
from lianfang.apps.tracing.selectors.affected import Counts, Occasion, count, earliest_release
from lianfang.apps.tracing.selectors.involved import n_places
from lianfang.apps.tracing.selectors.reading import (
    Reader,
    RunNotFound,
    SubjectCard,
    people_and_goods,
    persons_among,
    run_of,
)
from lianfang.apps.tracing.selectors.runs import Freshness, freshness, response_seconds
from lianfang.rules.vocabulary import SubjectKind

PAGE_SIZE = 50
_MAX_DIGITS = 9
_HOUR_S, _MINUTE_S = 3600, 60


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of an investigation's page."""

    name: str
    label: str | Promise
    href: str
    icon: str


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above every part of an investigation's page."""

    index: SubjectCard
    title: str
    figure: str
    freshness: Freshness
    counts: Counts
    n_places: int
    funnel: Sequence[dict[str, Any]]
    tabs: Sequence[Tab]
    is_current: bool
    may_decide: bool


def opened(request: HttpRequest, number: str) -> Occasion:
    """Return what the request is about. Raises: InvestigationNotFound, AreaMissing, RunNotFound."""
    reader = Reader(actor(request))
    investigation = reader.investigation(number)
    run = run_of(investigation, _ordinal(request.GET.get("run", "")))
    run.investigation = investigation
    return Occasion(investigation, run, reader, timezone.now())


def noted(request: HttpRequest, action: str, cards: Iterable[SubjectCard], **detail: object) -> None:
    """Write down whose record was shown: one entry a page. `detail` holds codes and numbers only."""
    audit.record(action, by=actor(request), at=timezone.now(), subjects=persons_among(cards), **detail)


def page_of(request: HttpRequest, found: "QuerySet[Any, Any]") -> Page[Any]:
    """Return the page of a list that the address asks for; a page that does not exist gives the nearest."""
    return Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))


def head_of(occasion: Occasion) -> Head:
    """Return the heading of an investigation's pages."""
    investigation, run, reader = occasion.investigation, occasion.run, occasion.reader
    counts, places = count(occasion), n_places(run, reader)
    is_current = run.pk == investigation.current_run_id
    index = reader.card(investigation.index_subject)
    return Head(
        index=index,
        title=_title(index),
        figure=stopwatch(response_seconds(run)),
        freshness=freshness(run),
        counts=counts,
        n_places=places,
        funnel=_funnel(occasion, counts) if is_current and counts.n_all else [],
        tabs=_tabs(occasion),
        is_current=is_current,
        may_decide=is_current and may(reader.user, Permission.ASSIGN_TASKS),
    )


def address(name: str, occasion: Occasion, **query: str) -> str:
    """Return the address of a part of the investigation, of the same run, with a query."""
    if occasion.run.pk != occasion.investigation.current_run_id:
        query["run"] = str(occasion.run.ordinal)
    path = reverse(name, args=[occasion.investigation.number])
    return f"{path}?{urlencode(query)}" if query else path


def stopwatch(seconds: float) -> str:
    """Return seconds as 00:00:03.1."""
    hours, rest = divmod(max(seconds, 0), _HOUR_S)
    minutes, left = divmod(rest, _MINUTE_S)
    return f"{int(hours):02}:{int(minutes):02}:{left:04.1f}"


def _ordinal(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > _MAX_DIGITS:
        raise RunNotFound("This investigation has no such run.")
    return int(text)


def _title(index: SubjectCard) -> str:
    label = (
        index.label if index.kind == SubjectKind.PERSON or index.code in index.label else f"{index.code} {index.label}"
    )
    return str(_("%(kind)s positive · %(label)s")) % {"kind": sign_for("subject", index.kind).word, "label": label}


def _funnel(occasion: Occasion, counts: Counts) -> list[dict[str, Any]]:
    def rows(**query: str) -> str:
        return address("investigation", occasion, **query) + "#exposure-rows"

    release = earliest_release(occasion)
    first = str(_("earliest %(day)s")) % {"day": timezone.localtime(release).strftime("%m-%d")} if release else ""
    late = str(_("%(n)s with a late task")) % {"n": counts.n_late} if counts.n_late else ""
    return [
        {
            "label": _("Affected"),
            "value": counts.n_all,
            "href": rows(),
            "note": people_and_goods(counts.n_people, counts.n_goods),
        },
        _step(_("Located"), counts.n_located, counts.n_all - counts.n_located, rows, "located", "unlocated"),
        {
            **_step(_("Under control"), counts.n_controlled, counts.n_uncontrolled, rows, "controlled", "uncontrolled"),
            "note": late,
        },
        _step(_("Sampled"), counts.n_sampled, counts.n_unsampled, rows, "sampled", "unsampled"),
        {
            "label": _("Released"),
            "value": counts.n_released,
            "tone": "green",
            "href": rows(state="released" if counts.n_released else "unreleased"),
            "note": first,
        },
    ]
