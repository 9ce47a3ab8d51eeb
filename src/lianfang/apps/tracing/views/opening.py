"""What every view of an investigation does first: who asks, which investigation, which run; and what it must note down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core import audit
from lianfang.apps.core.permissions import Permission, actor, may
from lianfang.apps.core.signs import sign_for
from lianfang.apps.tracing.selectors.affected import Counts, count, earliest_release
from lianfang.apps.tracing.selectors.involved import n_places
from lianfang.apps.tracing.selectors.reading import (
    Occasion,
    SubjectCard,
    in_words,
    occasion_of,
    persons_among,
)
from lianfang.apps.tracing.selectors.runs import Freshness, freshness, response_seconds
from lianfang.rules.vocabulary import SubjectKind

PAGE_SIZE = 50
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
    return occasion_of(actor(request), number, run=request.GET.get("run", ""), at=timezone.now())


def noted(request: HttpRequest, action: str, cards: Iterable[SubjectCard], **detail: object) -> None:
    """Write down whose record was shown: one entry a page. `detail` holds codes and numbers only."""
    audit.record(action, by=actor(request), at=timezone.now(), subjects=persons_among(cards), **detail)


def page_of(request: HttpRequest, found: "QuerySet[Any, Any]", n: int | None = None) -> Page[Any]:
    """Return the page of a list that the address asks for; a page that does not exist gives the nearest.

    `n`: the length of the list, where it is known already.
    """
    paginator = Paginator(found, PAGE_SIZE)
    if n is not None:
        vars(paginator)["count"] = n  # its cached property
    return paginator.get_page(request.GET.get("page"))


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
        funnel=_funnel(occasion, counts, places) if is_current and counts.n_all else [],
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


def _title(index: SubjectCard) -> str:
    label = (
        index.label if index.kind == SubjectKind.PERSON or index.code in index.label else f"{index.code} {index.label}"
    )
    return gettext("%(kind)s positive · %(label)s") % {"kind": sign_for("subject", index.kind).word, "label": label}


def _funnel(occasion: Occasion, counts: Counts, n_places: int) -> list[dict[str, Any]]:
    release = earliest_release(occasion)
    first = gettext("earliest %(day)s") % {"day": timezone.localtime(release).strftime("%m-%d")} if release else ""
    late = gettext("%(n)s with a late task") % {"n": counts.n_late} if counts.n_late else ""
    step = partial(_step, occasion)
    return [
        {**step("", _("Affected"), counts.n_all), "note": in_words(counts.n_people, counts.n_goods, n_places)},
        step("located", _("Located"), counts.n_located, counts.n_all - counts.n_located),
        {**step("controlled", _("Under control"), counts.n_controlled, counts.n_uncontrolled), "note": late},
        step("sampled", _("Sampled"), counts.n_sampled, counts.n_unsampled),
        {**step("released", _("Released"), counts.n_released), "note": first},
    ]


def _step(occasion: Occasion, state: str, label: str | Promise, value: int, missing: int = 0) -> dict[str, Any]:
    """Return one step of the funnel; its figure opens the rows that have taken it, its lack those that have not."""
    rows = address("investigation", occasion, **({"state": state} if state else {}))
    lacking = address("investigation", occasion, state=f"un{state}")
    return {
        "label": label,
        "value": value,
        "href": f"{rows}#exposure-rows",
        "tone": "orange" if missing else "green" if value else "grey",
        "missing": missing,
        "missing_label": _("missing"),
        "missing_href": f"{lacking}#exposure-rows",
    }


def _tabs(occasion: Occasion) -> list[Tab]:
    parts = (
        ("investigation", _("Who and what"), "users"),
        ("investigation_places", _("Places"), "map-pin"),
        ("investigation_network", _("Network"), "affiliate"),
        ("investigation_work", _("Measures and tasks"), "checklist"),
        ("investigation_runs", _("History"), "history"),
    )
    return [Tab(name, label, address(name, occasion), icon=icon) for name, label, icon in parts]
