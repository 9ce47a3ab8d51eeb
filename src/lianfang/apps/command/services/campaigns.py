"""Campaigns of guidance: planned, published, and what each organisation did and reached. Page views are numbers only."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.utils.timezone import localdate

from lianfang.apps.command.models import (
    Campaign,
    CampaignAction,
    CampaignReach,
    CampaignResult,
    ContactPoint,
)
from lianfang.apps.command.selectors.campaigns import CampaignNotFound
from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, DomainError, NotAllowed
from lianfang.apps.core.identity import clean_phone
from lianfang.apps.core.models import Organisation, User
from lianfang.apps.core.permissions import Permission, covers, may


class CampaignPublished(Conflict):
    """What is published is not changed any more: people act on it."""

    code = "campaign_published"


class CampaignEmpty(DomainError):
    """A campaign without an action asks nothing of anybody."""

    code = "campaign_empty"
    http_status = 422


class DaysRefused(DomainError):
    """The days do not fit: an end before its start, an action outside its campaign, a day that has not come."""

    code = "days_refused"
    http_status = 422


class OtherOrganisation(NotAllowed):
    """Reach and results are recorded by the organisation itself or by the territory above it."""

    code = "other_organisation"


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """What a campaign is."""

    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    starts_on: date
    ends_on: date
    has_contest: bool


@dataclass(frozen=True, slots=True)
class ActionPlan:
    """What one action of a campaign is."""

    kind: str
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Reached:
    """How many people an organisation reached, by which channel, on which day."""

    channel: str
    day: date
    n_people: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What an organisation did of an action; points from 0 to 100."""

    n_people: int
    points: int
    note: str = ""


@transaction.atomic
def plan_campaign(*, plan: CampaignPlan, by: User, at: datetime) -> Campaign:
    """Plan a campaign; nobody sees it before it is published. Raises: DaysRefused."""
    _refuse_backwards(plan.starts_on, plan.ends_on)
    fields = {name: getattr(plan, name) for name in CampaignPlan.__dataclass_fields__}
    campaign = Campaign.objects.create(planned_at=at, planned_by=by, **fields)
    audit.record("campaign.planned", by=by, at=at, campaign=campaign.pk)
    return campaign


@transaction.atomic
def add_action(*, number: int, plan: ActionPlan, by: User, at: datetime) -> CampaignAction:
    """Add an action to a campaign not yet published. Raises: CampaignNotFound, CampaignPublished, DaysRefused."""
    campaign = _locked(number)
    if campaign.published_at is not None:
        raise CampaignPublished("This campaign is published and is not changed any more.")
    _refuse_backwards(plan.starts_on, plan.ends_on)
    if plan.starts_on < campaign.starts_on or plan.ends_on > campaign.ends_on:
        raise DaysRefused("The action's days lie outside its campaign's.", field="starts_on")
    fields = {name: getattr(plan, name) for name in ActionPlan.__dataclass_fields__}
    action = CampaignAction.objects.create(campaign=campaign, number=campaign.actions.count() + 1, **fields)
    audit.record("campaign.action_added", by=by, at=at, campaign=number, number=action.number)
    return action


@transaction.atomic
def publish_campaign(*, number: int, by: User, at: datetime) -> Campaign:
    """Show a campaign to everybody. Repeating it changes nothing. Raises: CampaignNotFound, CampaignEmpty."""
    campaign = _locked(number)
    if campaign.published_at is not None:
        return campaign
    if not campaign.actions.exists():
        raise CampaignEmpty("Add at least one action first.")
    campaign.published_at, campaign.published_by = at, by
    campaign.save(update_fields=["published_at", "published_by"])
    audit.record("campaign.published", by=by, at=at, campaign=number)
    return campaign


@transaction.atomic
def record_reach(*, number: int, organisation: Organisation, reached: Reached, by: User, at: datetime) -> CampaignReach:
    """Record how many were reached; the same channel and day again corrects it, the same number changes nothing.

    Raises: CampaignNotFound, OtherOrganisation, DaysRefused.
    """
    campaign = _locked(number)
    _refuse_others(by, organisation)
    if campaign.published_at is None or reached.day < campaign.starts_on or reached.day > localdate(at):
        raise DaysRefused("Give a day since the campaign began, not in the future.", field="day")
    same = CampaignReach.objects.filter(
        campaign=campaign, organisation=organisation, channel=reached.channel, day=reached.day
    )
    last = same.order_by("-id").first()
    if last is not None and (last.n_people, last.note) == (reached.n_people, reached.note):
        return last
    row = CampaignReach(
        campaign=campaign,
        organisation=organisation,
        channel=reached.channel,
        day=reached.day,
        n_people=reached.n_people,
        note=reached.note,
        recorded_at=at,
        recorded_by=by,
    )
    evidence.insert("campaign_reach", [row])
    audit.record("campaign.reach_recorded", by=by, at=at, campaign=number, organisation=organisation.code)
    return row


@transaction.atomic
def record_result(*, action_id: int, organisation: Organisation, done: Done, by: User, at: datetime) -> CampaignResult:
    """Record what an organisation did of an action; again corrects it, the same again changes nothing.

    Raises: CampaignNotFound, OtherOrganisation, DaysRefused.
    """
    action = CampaignAction.objects.select_related("campaign").filter(pk=action_id).first()
    if action is None:
        raise CampaignNotFound("There is no such campaign.")
    _locked(action.campaign_id)
    _refuse_others(by, organisation)
    if action.campaign.published_at is None or localdate(at) < action.starts_on:
        raise DaysRefused("This action has not begun.")
    last = CampaignResult.objects.filter(action=action, organisation=organisation).order_by("-id").first()
    if last is not None and (last.n_people, last.points, last.note) == (done.n_people, done.points, done.note):
        return last
    row = CampaignResult(
        action=action,
        organisation=organisation,
        n_people=done.n_people,
        points=done.points,
        note=done.note,
        recorded_at=at,
        recorded_by=by,
    )
    evidence.insert("campaign_result", [row])
    audit.record("campaign.result_recorded", by=by, at=at, campaign=action.campaign_id, organisation=organisation.code)
    return row


@transaction.atomic
def set_contact(*, organisation: Organisation, phone: str, hours: str, by: User, at: datetime) -> ContactPoint:
    """Say whom to ring in an organisation's area. Raises: IdentityInvalid, OtherOrganisation."""
    _refuse_others(by, organisation)
    point = ContactPoint.objects.create(
        area_code=organisation.area_code,
        organisation=organisation,
        phone=clean_phone(phone),
        hours=hours,
        recorded_at=at,
        recorded_by=by,
    )
    audit.record("campaign.contact_set", by=by, at=at, organisation=organisation.code)
    return point


def count_view(page: str, day: date) -> None:
    """Count one opening of a public page: the page and the day, nothing else."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO command_pageviews (page, day, n) VALUES (%s, %s, 1)"
            " ON CONFLICT (page, day) DO UPDATE SET n = command_pageviews.n + 1",
            [page, day],
        )


def _locked(number: int) -> Campaign:
    campaign = Campaign.objects.select_for_update(no_key=True).filter(pk=number).first()
    if campaign is None:
        raise CampaignNotFound("There is no such campaign.")
    return campaign


def _refuse_backwards(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise DaysRefused("The last day lies before the first.", field="ends_on")


def _refuse_others(by: User, organisation: Organisation) -> None:
    is_own = organisation.pk == by.organisation_id
    is_above = may(by, Permission.RECORD_FOR_OTHERS) and covers(by, organisation.area_code)
    if not (is_own or is_above):
        raise OtherOrganisation("You record for your own organisation, or for those of your area.")
