"""For everybody, without an account: what is at risk now and on a day, what changed, and the same as feeds."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import etag, require_safe

from lianfang.apps.areas.forms import RiskQuestionForm
from lianfang.apps.areas.models import RiskList
from lianfang.apps.areas.selectors import name_of, risk, risk_history
from lianfang.apps.core import profiles
from lianfang.apps.core.language import spoken
from lianfang.apps.core.pages import answer, wants_fragment
from lianfang.apps.core.rates import at_most
from lianfang.rules.reasons import explain

PAGE_SIZE = 50
CHANGES_SHOWN = 30
FEED_LISTS = 20
FEED_CHANGES = 50
FRESH_S = 60
# Some thousand people look when a list changes; a reader asks a few times a minute, a copier hundreds of times.
ASKED, WINDOW_S = 60, 60

View = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True)
class Asked:
    """One reading of the question, with what the lists say: the division, the rest of the words, the answer."""

    area_code: str
    division: str
    community: str
    on_day: risk_history.RiskOnDay
    sentences: tuple[str, ...]


def _version(request: HttpRequest, *_args: object) -> str:
    """Return what the answer depends on besides the address: the lists, the day, the language, who asks, which part."""
    visitor = str(request.user.pk) if request.user.is_authenticated else ""
    hour = timezone.localtime().strftime("%Y-%m-%d %H")  # a list grows old although nothing changes
    parts = [risk.version(), hour, translation.get_language() or "", visitor]
    parts += [str(wants_fragment(request)), request.COOKIES.get("theme", ""), request.get_full_path()]
    return '"' + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32] + '"'


def _cached(view: View) -> View:
    """Decorate a public view: proxies may keep a feed for a minute; then, and for pages always, the ETag is asked."""

    @wraps(view)
    def kept(request: HttpRequest) -> HttpResponse:
        response = view(request)
        if response.status_code in {200, 304} and not request.user.is_authenticated:
            # A page carries its visitor's form token, so only their own browser may keep it.
            is_page = response.get("Content-Type", "text/html").startswith("text/html")
            kept_by = {"private": True} if is_page else {"public": True}
            patch_cache_control(response, max_age=0 if is_page else FRESH_S, **kept_by)
        return response

    return kept


@login_not_required
@require_safe
@at_most(ASKED, window_s=WINDOW_S, what="risk-areas")
@_cached
@etag(_version)
def risk_areas(request: HttpRequest) -> HttpResponse:
    """Show what is at risk now or on a day, answer for a place, and tell what the last list changed."""
    now = timezone.now()
    form = RiskQuestionForm(request.GET)
    given = form.criteria()
    day: date | None = given["day"]
    at = _instant(day, now)
    asked = _asked(given["q"], day or localdate(now)) if given["q"] else []
    listed = risk.listed_at(at, area_codes=[each.area_code for each in asked])
    if given["q"] and not asked:
        listed = [each for each in listed if given["q"] in each.division + each.community + each.area_name]
    counts = {level: sum(each.level == level for each in listed) for level in risk.LEVEL_ORDER}
    if given["level"]:
        listed = [each for each in listed if each.level == given["level"]]
    context = {
        "form": form,
        "asked": asked,
        "day": day,
        "at": at,
        "counts": counts,
        "page": Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page")),
        **_state(at, now),
    }
    return answer(request, "areas/risk_areas.html", context)


def _instant(day: date | None, now: datetime) -> datetime:
    """Return the instant shown: now, or the end of a past day (what was lifted on it no longer stands there)."""
    if day is None or day >= localdate(now):
        return now
    return risk_history.day_of(day)[1]


def _state(at: datetime, now: datetime) -> dict[str, Any]:
    current = risk.list_in_force(at)
    numbers = profiles.profile_in_force(at=now).risk_lists
    changes = [change for change in risk.published_changes(1) if current and change.risk_list_id == current.pk]
    stale_after_s = numbers.stale_after_s if numbers else 0
    return {
        "current": current,
        "stale": risk.is_stale(current, now=at, after_s=stale_after_s),
        "change": changes[0] if changes else None,
        "changes": risk.changes_of(changes[0])[:CHANGES_SHOWN] if changes else [],
    }


def _asked(question: str, day: date) -> list[Asked]:
    """Return what the words can mean, each with its answer; nothing if they name no division."""
    language = spoken()
    found = risk.gazetteer().find(question, limit=5)
    names = risk.divisions_of(code for code, _rest in found)
    read = []
    for code, rest in found:
        on_day = risk_history.risk_on_day(code, day, community=rest)
        sentences = tuple(dict.fromkeys(explain(each, language) for each in on_day.verdict.reasons))
        read.append(Asked(code, names[code] or name_of(code), rest, on_day, sentences))
    return read


@login_not_required
@require_safe
@at_most(ASKED, window_s=WINDOW_S, what="risk-areas")
@_cached
@etag(_version)
def feed_json(request: HttpRequest) -> HttpResponse:
    """Return everything at risk now, and what the last lists changed. Fields: docs/risk-areas.md."""
    now = timezone.now()
    current = risk.list_in_force(now)
    areas = [
        {
            "level": each.level,
            "area_code": each.area_code,
            "division": each.division,
            "extent": each.extent,
            "community": each.community,
            "excluded": each.excluded,
            "heading": each.area_name,
            "is_certain": each.is_certain,
            "since": each.since.isoformat(),
        }
        for each in risk.listed_at(now)
    ]
    changes = [
        {
            "list": _named(change.risk_list),
            "previous": _named(change.previous),
            **{kind: getattr(change, f"n_{kind}") for kind in ("added", "lifted", "raised", "lowered")},
        }
        for change in risk.published_changes(FEED_LISTS)
    ]
    return JsonResponse(
        {"list": _named(current), "areas": areas, "changes": changes, "page": _absolute(request, "risk_areas")},
        json_dumps_params={"ensure_ascii": False},
    )


def _named(given: RiskList | None) -> dict[str, object] | None:
    if given is None:
        return None
    return {
        "number": given.pk,
        "stamp": given.stamp.isoformat(),
        "source": given.source,
        "categories": given.categories,
    }


def _absolute(request: HttpRequest, name: str) -> str:
    return request.build_absolute_uri(reverse(name))


@login_not_required
@require_safe
@at_most(ASKED, window_s=WINDOW_S, what="risk-areas")
@_cached
@etag(_version)
def feed_atom(request: HttpRequest) -> HttpResponse:
    """Return the last lists as an Atom feed, one entry each with what it changed."""
    page = _absolute(request, "risk_areas")
    feed = Atom1Feed(
        title=_("Areas at risk"),
        link=page,
        description="",
        language=translation.get_language(),
        feed_url=_absolute(request, "risk_areas_atom"),
    )
    for change in risk.published_changes(FEED_LISTS):
        lines = [_line(each) for each in risk.changes_of(change)[:FEED_CHANGES]]
        feed.add_item(
            title=_("%(added)d added, %(lifted)d lifted, %(raised)d raised, %(lowered)d lowered")
            % {kind: getattr(change, f"n_{kind}") for kind in ("added", "lifted", "raised", "lowered")},
            link=f"{page}?day={localdate(change.risk_list.stamp)}",
            description="\n".join(lines),
            unique_id=f"{page}#list-{change.risk_list_id}",
            pubdate=change.risk_list.stamp,
            updateddate=change.published_at,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def _line(change: risk.Change) -> str:
    names = {"high": _("High risk"), "middle": _("Medium risk"), "low": _("Low risk"), "": _("not listed")}
    where = change.division or change.place.area_name
    return f"{where} {change.place.community}: {names[change.before]} → {names[change.after]}"
