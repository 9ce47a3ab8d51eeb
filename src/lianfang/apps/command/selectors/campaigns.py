"""Campaigns of guidance with what they reached, by channel, organisation and township, and their contest."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, QuerySet, Subquery, Sum

from lianfang.apps.command.models import (
    Campaign,
    CampaignAction,
    CampaignReach,
    CampaignResult,
    ContactPoint,
    PageViews,
)
from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import Organisation, User
from lianfang.apps.core.permissions import Permission, may

AREA_DIGITS = (12, 9, 6)


class CampaignNotFound(NotFound):
    """No campaign has this number, or it is not published."""

    code = "campaign_not_found"


@dataclass(frozen=True, slots=True)
class Ranked:
    """One organisation in a campaign's contest; equal points share a place."""

    place: int
    organisation: Organisation
    points: int
    n_actions: int
    n_people: int


@dataclass(frozen=True, slots=True)
class Reach:
    """What a campaign reached: people by channel and by organisation, and openings of its page."""

    by_channel: Sequence[tuple[str, int]]
    by_organisation: Sequence[tuple[Organisation, int]]
    total: int
    views: int


def campaigns() -> QuerySet[Campaign]:
    """Return all campaigns, the newest first."""
    return Campaign.objects.select_related("planned_by", "published_by").order_by("-starts_on", "-id")


def public_campaigns(today: date) -> list[Campaign]:
    """Return the published campaigns, those under way first."""
    found = list(Campaign.objects.filter(published_at__isnull=False).order_by("-starts_on", "-id"))
    return sorted(found, key=lambda each: not each.starts_on <= today <= each.ends_on)


def campaign(number: int, *, only_public: bool) -> Campaign:
    """Return one campaign with its actions. Raises: CampaignNotFound."""
    found = Campaign.objects.prefetch_related("actions").filter(pk=number).first()
    if found is None or (only_public and found.published_at is None):
        raise CampaignNotFound("There is no such campaign.")
    return found


def actions_on(today: date) -> list[CampaignAction]:
    """Return the actions of published campaigns that are under way."""
    found = CampaignAction.objects.filter(
        campaign__published_at__isnull=False, starts_on__lte=today, ends_on__gte=today
    )
    return list(found.select_related("campaign").order_by("campaign", "number"))


def reach_rows(campaign: Campaign) -> QuerySet[CampaignReach]:
    """Return what was recorded last of each organisation, channel and day."""
    newest = CampaignReach.objects.filter(
        campaign=OuterRef("campaign"),
        organisation=OuterRef("organisation"),
        channel=OuterRef("channel"),
        day=OuterRef("day"),
    ).order_by("-id")
    rows = CampaignReach.objects.filter(campaign=campaign, id=Subquery(newest.values("id")[:1]))
    return rows.select_related("organisation", "recorded_by").order_by("-day", "organisation__code", "channel")


def reach(campaign: Campaign) -> Reach:
    """Return what a campaign reached; people told twice are counted twice, which pages say."""
    by_channel: dict[str, int] = defaultdict(int)
    by_organisation: dict[int, int] = defaultdict(int)
    organisations: dict[int, Organisation] = {}
    for row in reach_rows(campaign):
        by_channel[row.channel] += row.n_people
        by_organisation[row.organisation_id] += row.n_people
        organisations[row.organisation_id] = row.organisation
    ranked = sorted(by_organisation.items(), key=lambda item: (-item[1], organisations[item[0]].code))
    return Reach(
        by_channel=sorted(by_channel.items(), key=lambda item: -item[1]),
        by_organisation=[(organisations[key], n) for key, n in ranked],
        total=sum(by_channel.values()),
        views=views_of(f"campaign-{campaign.pk}"),
    )


def result_rows(campaign: Campaign) -> QuerySet[CampaignResult]:
    """Return what was recorded last of each action and organisation."""
    newest = CampaignResult.objects.filter(action=OuterRef("action"), organisation=OuterRef("organisation")).order_by(
        "-id"
    )
    rows = CampaignResult.objects.filter(action__campaign=campaign, id=Subquery(newest.values("id")[:1]))
    return rows.select_related("organisation", "action").order_by("organisation__code", "action__number")


def ranking(campaign: Campaign) -> list[Ranked]:
    """Return the organisations of a contest by their points, the best first."""
    by_organisation: dict[int, list[CampaignResult]] = defaultdict(list)
    for row in result_rows(campaign):
        by_organisation[row.organisation_id].append(row)
    sums = [(sum(row.points for row in rows), rows) for rows in by_organisation.values()]
    sums.sort(key=lambda item: (-item[0], item[1][0].organisation.code))
    ranked: list[Ranked] = []
    for points, rows in sums:
        place = ranked[-1].place if ranked and ranked[-1].points == points else len(ranked) + 1
        ranked.append(Ranked(place, rows[0].organisation, points, len(rows), sum(row.n_people for row in rows)))
    return ranked


def views_of(page: str) -> int:
    """Return how often a public page was opened."""
    return PageViews.objects.filter(page=page).aggregate(n=Sum("n"))["n"] or 0


def recordable(by: User) -> QuerySet[Organisation]:
    """Return the organisations a member of staff records for: their own, or those of their area."""
    if may(by, Permission.RECORD_FOR_OTHERS):
        return Organisation.objects.filter(area_code__startswith=by.area_code)
    return Organisation.objects.filter(user=by)


def contact_for(area_code: str) -> ContactPoint | None:
    """Return whom to ring in an area: its own contact point, else the next one above it."""
    codes = [area_code[:digits] for digits in AREA_DIGITS if len(area_code) >= digits]
    found = contacts(codes)
    return next((found[code] for code in codes if code in found), None)


def contacts(area_codes: Sequence[str]) -> Mapping[str, ContactPoint]:
    """Return the newest contact point of each of these areas that has one."""
    rows = ContactPoint.objects.filter(area_code__in=area_codes).select_related("organisation").order_by("id")
    return {row.area_code: row for row in rows}


def all_contacts(area: str) -> list[ContactPoint]:
    """Return the newest contact point of every area inside one, by area."""
    rows = ContactPoint.objects.filter(area_code__startswith=area).select_related("organisation").order_by("id")
    newest = {row.area_code: row for row in rows}
    return [newest[code] for code in sorted(newest)]
