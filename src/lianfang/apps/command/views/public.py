"""For everybody, without an account: the way in, what applies to a stay, notices, campaigns of guidance."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_GET, require_safe

from lianfang.apps.areas.selectors import risk
from lianfang.apps.command.public_forms import StayForm
from lianfang.apps.command.selectors import applies, campaigns, notices
from lianfang.apps.command.services.campaigns import count_view
from lianfang.apps.core import audit, citizens, profiles
from lianfang.apps.core.models import User
from lianfang.apps.core.rates import at_most

# Readers ask a few times a minute; a whole village may share one address.
ASKED, WINDOW_S = 120, 60
# An answer about a stay runs the rule for each of its days.
STAYS_ASKED = 30
NOTICES_SHOWN = 3
INVALID = 422
Params = ParamSpec("Params")
View = Callable[Concatenate[HttpRequest, Params], HttpResponse]


def open_to_all(view: View[Params]) -> View[Params]:
    """Decorate a page that everybody reads: no account, a limit on how often, nothing kept by proxies."""
    limited = at_most(ASKED, window_s=WINDOW_S, what="public")(view)
    return login_not_required(require_safe(limited))


@open_to_all
def home(request: HttpRequest) -> HttpResponse:
    """Lead citizens to what they look for, and staff to their desk."""
    if isinstance(request.user, User):
        return redirect("desk")
    at = timezone.now()
    current = risk.list_in_force(at)
    listed = risk.listed_at(at)
    numbers = profiles.profile_in_force(at=at).risk_lists
    context = {
        "current": current,
        "counts": {level: sum(each.level == level for each in listed) for level in risk.LEVEL_ORDER},
        "stale": risk.is_stale(current, now=at, after_s=numbers.stale_after_s if numbers else 0),
        "notices": notices.published()[:NOTICES_SHOWN],
        "actions": campaigns.actions_on(localdate(at)),
        "contact": campaigns.contact_for(settings.COUNTY_CODE),
        "citizen": citizens.citizen_of(request),
    }
    _count(request, "home")
    return render(request, "public/home.html", context)


@login_not_required
@require_safe
@at_most(STAYS_ASKED, window_s=WINDOW_S, what="applies")
def applies_to_stay(request: HttpRequest) -> HttpResponse:
    """Say what the lists and the rules make of a stay somewhere; nothing about anybody is asked or kept."""
    at = timezone.now()
    profile = profiles.profile_in_force(at=at)
    is_asked = "place" in request.GET
    form = StayForm(request.GET if is_asked else None, today=localdate(at), longest_s=profile.window.incubation_max_s)
    context: dict[str, Any] = {"form": form, "citizen": citizens.citizen_of(request), "at": at}
    context["profile"] = profile
    if is_asked and form.is_valid():
        given = form.cleaned_data
        context["stays"] = applies.stays(given["place"], given["first"], given["last"], at=at)
        context["contact"] = campaigns.contact_for(settings.COUNTY_CODE)
    status = INVALID if is_asked and form.errors else 200
    return render(request, "public/applies.html", context, status=status)


@citizens.citizen
@require_GET
@at_most(STAYS_ASKED, window_s=WINDOW_S, what="applies")
def applies_to_me(request: HttpRequest) -> HttpResponse:
    """Show what is in force on the persons registered with the citizen's own phone, and why."""
    citizen, at = citizens.acting(request), timezone.now()
    persons = applies.mine(citizen, at=at)
    by = request.user if isinstance(request.user, User) else None
    ids = [person.subject_id for person in persons]
    audit.record("citizen.measures_read", by=by, at=at, subjects=ids, proof=citizen.proof)
    context = {
        "persons": persons,
        "citizen": citizen,
        "at": at,
        "contact": campaigns.contact_for(settings.COUNTY_CODE),
    }
    return render(request, "public/mine.html", context)


@open_to_all
def all_notices(request: HttpRequest) -> HttpResponse:
    """List the notices in force, and those withdrawn in the last 30 days with the reason."""
    since = timezone.now() - notices.WITHDRAWN_SHOWN
    _count(request, "notices")
    return render(request, "public/notices.html", {"notices": notices.published(withdrawn_since=since)})


@open_to_all
def notice(request: HttpRequest, number: int, version: int | None = None) -> HttpResponse:
    """Show a notice, or what an earlier version of it said."""
    shown = notices.shown(number, version=version)
    current = shown if version is None else notices.shown(number)
    context = {"notice": shown, "current": current, "versions": notices.versions_of(number)}
    _count(request, f"notice-{number}")
    return render(request, "public/notice.html", context)


@open_to_all
def notice_text(request: HttpRequest, number: int) -> HttpResponse:  # noqa: ARG001 - the signature of a view
    """Hand over a notice as plain text: to keep without a network, to forward, to read out."""
    shown = notices.shown(number)
    content = notices.as_text(shown)
    headers = {"Content-Disposition": f'attachment; filename="notice-{number}-{shown.version}.txt"'}
    return HttpResponse(content, content_type="text/plain; charset=utf-8", headers=headers)


@open_to_all
def all_campaigns(request: HttpRequest) -> HttpResponse:
    """List the published campaigns, those under way first."""
    today = localdate()
    context = {"campaigns": campaigns.public_campaigns(today), "actions": campaigns.actions_on(today), "today": today}
    _count(request, "guidance")
    return render(request, "public/campaigns.html", context)


@open_to_all
def campaign(request: HttpRequest, number: int) -> HttpResponse:
    """Show a campaign: its actions with their days, whom it reached, and the contest's standing."""
    found = campaigns.campaign(number, only_public=True)
    _count(request, f"campaign-{number}")
    context = {
        "campaign": found,
        "today": localdate(),
        "reach": campaigns.reach(found),
        "ranking": campaigns.ranking(found) if found.has_contest else [],
    }
    return render(request, "public/campaign.html", context)


def _count(request: HttpRequest, page: str) -> None:
    """Count what the public opens; staff who look after it are not the public."""
    if not isinstance(request.user, User) and request.method == "GET":
        count_view(page, localdate())
