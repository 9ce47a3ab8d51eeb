"""Telling the public, for staff: notices drafted and published by two, campaigns, reach and results, duty phones."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.apps.command import guidance_forms as shapes
from lianfang.apps.command.selectors import campaigns, notices
from lianfang.apps.command.services import campaigns as campaign_services
from lianfang.apps.command.services import notices as notice_services
from lianfang.apps.command.views.reading import INVALID, page_of
from lianfang.apps.core.errors import DomainError, NotFound
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.permissions import Permission, actor, may, needs

SUGGESTED = 300


@require_GET
@needs(Permission.RECORD_REACH)
def overview(request: HttpRequest) -> HttpResponse:
    """Show what the public is told: notices with the drafts that wait, campaigns, duty phones."""
    by = actor(request)
    context = {
        "notices": page_of(request, notices.kept()),
        "campaigns": campaigns.campaigns()[:20],
        "contacts": campaigns.all_contacts(by.area_code),
        "views": campaigns.views_of("home"),
    }
    return render(request, "command/telling.html", context)


@require_http_methods(["GET", "POST"])
@needs(Permission.PLAN_GUIDANCE)
def new_notice(request: HttpRequest) -> HttpResponse:
    """Draft a notice."""
    form = shapes.NoticeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        draft = notice_services.draft_notice(words=form.words(), by=actor(request), at=timezone.now())
        return redirect("notice_kept", draft.notice_id)
    return render(request, "command/notice_new.html", {"form": form}, status=INVALID if form.errors else 200)


@require_GET
@needs(Permission.RECORD_REACH)
def notice(request: HttpRequest, number: int) -> HttpResponse:
    """Show a notice with its draft and everything that happened to it."""
    return _notice_page(request, number)


@require_POST
@needs(Permission.PLAN_GUIDANCE)
def revise(request: HttpRequest, number: int) -> HttpResponse:
    """Write a new version."""
    form = shapes.NoticeForm(request.POST)

    def act() -> None:
        read = form.cleaned_data["read"] or 0
        notice_services.revise_notice(
            number=number, words=form.words(), read=read, by=actor(request), at=timezone.now()
        )

    return _noticed(request, number, form, act, revise_form=form)


@require_POST
@needs(Permission.PUBLISH_GUIDANCE)
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """Publish the draft that was read."""
    form = shapes.PublishForm(request.POST)

    def act() -> None:
        version = form.cleaned_data["version"]
        notice_services.publish_notice(number=number, version=version, by=actor(request), at=timezone.now())
        messages.success(request, _("Published: everybody can read it now."))

    return _noticed(request, number, form, act, publish_form=form)


@require_POST
@needs(Permission.PUBLISH_GUIDANCE)
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Withdraw what is published, with a reason everybody reads."""
    form = shapes.WithdrawForm(request.POST)

    def act() -> None:
        reason = form.cleaned_data["reason"]
        notice_services.withdraw_notice(number=number, reason=reason, by=actor(request), at=timezone.now())
        messages.success(request, _("Withdrawn: the page says so, with the reason."))

    return _noticed(request, number, form, act, withdraw_form=form)


def _noticed(
    request: HttpRequest, number: int, form: forms.Form, act: Callable[[], None], **more: forms.Form
) -> HttpResponse:
    return _acted(form, act, lambda status: _notice_page(request, number, more, status=status), ("notice_kept", number))


def _acted(
    form: forms.Form, act: Callable[[], None], show: Callable[[int], HttpResponse], then: tuple[str, int]
) -> HttpResponse:
    """Act on a valid form and go on to `then`; a refusal is shown at the form, what was typed is kept."""
    if not form.is_valid():
        return show(INVALID)
    try:
        act()
    except NotFound:
        raise
    except DomainError as error:
        add_refusal(form, error)
        return show(error.http_status)
    return redirect(*then)


def _notice_page(
    request: HttpRequest, number: int, more: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    kept = notices.notice(number)
    by = actor(request)
    version = kept.draft or (kept.last.version if kept.last else None)
    initial = {name: getattr(version, name) for name in ("title_zh", "text_zh", "title_en", "text_en")}
    initial["read"] = version.number if version else 0
    draft = kept.draft
    context = {
        "kept": kept,
        "history": notices.history(number),
        "revise_form": shapes.NoticeForm(initial=initial),
        "publish_form": shapes.PublishForm(initial={"version": draft.number if draft else 0}),
        "withdraw_form": shapes.WithdrawForm(),
        "is_own_draft": draft is not None and draft.drafted_by_id == by.pk,
        "may_publish": may(by, Permission.PUBLISH_GUIDANCE),
        "may_plan": may(by, Permission.PLAN_GUIDANCE),
        "views": campaigns.views_of(f"notice-{number}"),
        **(more or {}),
    }
    return render(request, "command/notice.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(Permission.PLAN_GUIDANCE)
def new_campaign(request: HttpRequest) -> HttpResponse:
    """Plan a campaign."""
    form = shapes.CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = campaign_services.plan_campaign(plan=form.plan(), by=actor(request), at=timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("campaign_kept", made.pk)
    return render(request, "command/campaign_new.html", {"form": form}, status=INVALID if form.errors else 200)


@require_GET
@needs(Permission.RECORD_REACH)
def campaign(request: HttpRequest, number: int) -> HttpResponse:
    """Show a campaign with what was reached, and the forms to go on with it."""
    return _campaign_page(request, number)


@require_POST
@needs(Permission.PLAN_GUIDANCE)
def action(request: HttpRequest, number: int) -> HttpResponse:
    """Add an action."""
    form = shapes.ActionForm(request.POST)

    def act() -> None:
        campaign_services.add_action(number=number, plan=form.plan(), by=actor(request), at=timezone.now())

    return _campaigned(request, number, form, act, action_form=form)


@require_POST
@needs(Permission.PUBLISH_GUIDANCE)
def publish_campaign(request: HttpRequest, number: int) -> HttpResponse:
    """Show a campaign to everybody."""
    form = forms.Form(request.POST)

    def act() -> None:
        campaign_services.publish_campaign(number=number, by=actor(request), at=timezone.now())
        messages.success(request, _("Published: everybody can read it now."))

    return _campaigned(request, number, form, act, publish_form=form)


@require_POST
@needs(Permission.RECORD_REACH)
def reach(request: HttpRequest, number: int) -> HttpResponse:
    """Record whom an organisation reached."""
    by = actor(request)
    form = shapes.ReachForm(request.POST, among=campaigns.recordable(by))

    def act() -> None:
        organisation = form.cleaned_data["organisation"]
        campaign_services.record_reach(
            number=number, organisation=organisation, reached=form.reached(), by=by, at=timezone.now()
        )
        messages.success(request, _("Recorded."))

    return _campaigned(request, number, form, act, reach_form=form)


@require_POST
@needs(Permission.RECORD_REACH)
def result(request: HttpRequest, number: int) -> HttpResponse:
    """Record what an organisation did of an action."""
    by = actor(request)
    choices = _actions(campaigns.campaign(number, only_public=False))
    form = shapes.ResultForm(request.POST, among=campaigns.recordable(by), actions=choices)

    def act() -> None:
        given = form.cleaned_data
        campaign_services.record_result(
            action_id=given["action"],
            organisation=given["organisation"],
            done=form.done(),
            by=by,
            at=timezone.now(),
        )
        messages.success(request, _("Recorded."))

    return _campaigned(request, number, form, act, result_form=form)


def _campaigned(
    request: HttpRequest, number: int, form: forms.Form, act: Callable[[], None], **more: forms.Form
) -> HttpResponse:
    return _acted(
        form, act, lambda status: _campaign_page(request, number, more, status=status), ("campaign_kept", number)
    )


def _campaign_page(
    request: HttpRequest, number: int, more: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    by = actor(request)
    found = campaigns.campaign(number, only_public=False)
    among = campaigns.recordable(by)
    own = {"organisation": by.organisation.code if by.organisation else ""}
    days = {"starts_on": found.starts_on, "ends_on": found.ends_on}
    context = {
        "campaign": found,
        "reach": campaigns.reach(found),
        "rows": campaigns.reach_rows(found)[:SUGGESTED],
        "results": campaigns.result_rows(found)[:SUGGESTED],
        "ranking": campaigns.ranking(found),
        "organisations": among[:SUGGESTED],
        "action_form": shapes.ActionForm(initial=days),
        "publish_form": forms.Form(),
        "reach_form": shapes.ReachForm(None, among=among, initial=own | shapes.today(), auto_id="reach_%s"),
        "result_form": shapes.ResultForm(None, among=among, actions=_actions(found), initial=own, auto_id="result_%s"),
        "may_publish": may(by, Permission.PUBLISH_GUIDANCE),
        "may_plan": may(by, Permission.PLAN_GUIDANCE),
        **(more or {}),
    }
    return render(request, "command/campaign.html", context, status=status)


def _actions(found: Any) -> list[tuple[int, str]]:
    return [(each.pk, notices.in_language(each.title_zh, each.title_en)) for each in found.actions.all()]


@require_http_methods(["GET", "POST"])
@needs(Permission.RECORD_FOR_OTHERS)
def contacts(request: HttpRequest) -> HttpResponse:
    """Say whom to ring in each area: shown to the public and to persons under a measure."""
    by = actor(request)
    among = campaigns.recordable(by)
    form = shapes.ContactForm(request.POST or None, among=among)
    status = 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            campaign_services.set_contact(
                organisation=given["organisation"],
                phone=given["phone"],
                hours=given["hours"],
                by=by,
                at=timezone.now(),
            )
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("contacts")
    if form.errors:
        status = INVALID
    context = {"form": form, "contacts": campaigns.all_contacts(by.area_code), "organisations": among[:SUGGESTED]}
    return render(request, "command/contacts.html", context, status=status)
