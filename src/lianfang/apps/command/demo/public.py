"""What the demo county tells its people: a notice, a campaign of eight actions with a contest, duty phones."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.timezone import localdate

from lianfang.apps.command.services import campaigns, notices
from lianfang.apps.core import identity
from lianfang.apps.core.models import Measure, Organisation, User
from lianfang.apps.people.pages import persons_of
from lianfang.rules.vocabulary import MeasureKind

_NOTICE: Final = notices.Words(
    "关于做好冬春季疫情防控的通告",
    "一、返乡人员提前向村（社区）和所在单位报备。\n二、进入公共场所佩戴口罩、扫码测温。\n三、进口冷链食品一律进入总仓。",
    "Notice on epidemic control in winter and spring",
    "1. Whoever comes back reports to the village or community and to the work unit beforehand.\n"
    "2. Masks, scanning and temperature checks in public places.\n"
    "3. All imported cold-chain food goes through the total warehouse.",
)
_ACTIONS: Final = (
    ("masks", "戴好一只口罩", "Wear a mask"),
    ("hand_washing", "洗好一双手", "Wash your hands"),
    ("ventilation", "开好一扇窗", "Open a window"),
    ("distance", "守好一米线", "Keep one metre apart"),
    ("no_gatherings", "少办一场宴", "Hold one feast less"),
    ("clean_places", "扫净一个院", "Sweep your yard"),
    ("vaccination", "打好一针苗", "Take your vaccination"),
    ("study", "答好一张卷", "Answer the quiz"),
)
_CAMPAIGN_DAYS: Final = timedelta(days=30)


def tell_public(*, at: datetime) -> None:
    """Publish the demo's notice and campaign and record some of what was done; needs the demo accounts."""
    author, editor = (User.objects.get(username=name) for name in ("cdc", "command"))
    draft = notices.draft_notice(words=_NOTICE, by=author, at=at)
    notices.publish_notice(number=draft.notice_id, version=draft.number, by=editor, at=at)
    today = localdate(at)
    span = (today - timedelta(days=3), today + _CAMPAIGN_DAYS)
    plan = campaigns.CampaignPlan(
        "“八个一”健康行动", "Eight small actions", "人人动手，户户参与。", "Something for everybody to do.", *span, True
    )
    campaign = campaigns.plan_campaign(plan=plan, by=author, at=at)
    actions = [
        campaigns.add_action(
            number=campaign.pk, plan=campaigns.ActionPlan(kind, zh, en, "", "", *span), by=author, at=at
        )
        for kind, zh, en in _ACTIONS
    ]
    campaigns.publish_campaign(number=campaign.pk, by=editor, at=at)
    territories = Organisation.objects.filter(kind="township", area_code__startswith=settings.COUNTY_CODE)
    for number, township in enumerate(territories.order_by("code")):
        reached = campaigns.Reached("loudspeaker", today, 400 + 70 * number)
        campaigns.record_reach(number=campaign.pk, organisation=township, reached=reached, by=editor, at=at)
        for action in actions[: 1 + number % 4]:
            done = campaigns.Done(50 + 9 * number, 60 + (7 * number) % 40)
            campaigns.record_result(action_id=action.pk, organisation=township, done=done, by=editor, at=at)
    command = Organisation.objects.filter(kind="command", area_code=settings.COUNTY_CODE).first()
    if command is not None:
        campaigns.set_contact(organisation=command, phone="0359-6520000", hours="24小时", by=editor, at=at)


def citizens_phone() -> str:
    """Return the phone of somebody in quarantine, to try the pages for citizens with; "" if there is none."""
    standing = Measure.objects.filter(kind=MeasureKind.CENTRAL_QUARANTINE, ended_at__isnull=True)
    subjects = standing.filter(subject__kind="person").order_by("pk").values_list("subject_id", flat=True)
    persons = persons_of([subject for subject in subjects[:50] if subject])
    found = (person.phone_cipher for person in persons.values() if person.phone_cipher)
    cipher = next(found, None)
    return identity.decrypt(cipher) if cipher else ""
