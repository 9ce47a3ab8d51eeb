"""What the command tells the public: notices, campaigns of guidance, how far they reached. All but the plans is append-only."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """One notice through all its versions; its state is what its last event says."""

    class Kind(models.TextChoices):
        NOTICE = "notice", _("Notice")
        TRAVEL_ADVICE = "travel_advice", _("Travel advice")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            # There is one travel advice, and it follows the lists.
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(kind="travel_advice"), name="one_travel_advice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class NoticeVersion(models.Model):
    """The words of a notice at one time. `drafted_by` null: drafted from a change of the lists of risk areas."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="versions")
    number = models.SmallIntegerField()
    title_zh = models.CharField(max_length=100)
    text_zh = models.TextField()
    title_en = models.CharField(max_length=200, blank=True)
    text_en = models.TextField(blank=True)
    risk_list_id = models.BigIntegerField(null=True, help_text="the list whose change it follows")
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("notice", "number")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["notice", "number"], name="notice_version_once"),
            models.UniqueConstraint(fields=["risk_list_id"], name="one_advice_per_list"),
        ]


class NoticeEvent(models.Model):
    """That a version was published, or that the notice was withdrawn and why."""

    class Action(models.TextChoices):
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="events")
    version = models.ForeignKey(NoticeVersion, on_delete=models.PROTECT, related_name="events")
    action = models.CharField(max_length=10, choices=Action.choices)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["version", "action"], name="notice_event_once"),
            models.CheckConstraint(
                condition=models.Q(action="published") | ~models.Q(reason=""), name="withdrawn_with_reason"
            ),
        ]


class Campaign(models.Model):
    """A campaign of guidance: what people are asked to do, over a span of days (both inclusive)."""

    title_zh = models.CharField(max_length=100)
    title_en = models.CharField(max_length=200, blank=True)
    summary_zh = models.TextField()
    summary_en = models.TextField(blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    has_contest = models.BooleanField(default=False, help_text="results of the organisations are ranked publicly")
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-starts_on", "-id")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=models.Q(starts_on__lte=models.F("ends_on")), name="campaign_has_days"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class CampaignAction(models.Model):
    """One named action of a campaign with its days."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="actions")
    number = models.SmallIntegerField()
    kind = models.CharField(max_length=16, help_text="a sign of kind `guidance`")
    title_zh = models.CharField(max_length=100)
    title_en = models.CharField(max_length=200, blank=True)
    text_zh = models.TextField(blank=True)
    text_en = models.TextField(blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        ordering = ("campaign", "number")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["campaign", "number"], name="campaign_action_once"),
            models.CheckConstraint(condition=models.Q(starts_on__lte=models.F("ends_on")), name="action_has_days"),
        ]


class Channel(models.TextChoices):
    """How guidance reaches people."""

    LOUDSPEAKER = "loudspeaker", _("Village loudspeaker")
    POSTER = "poster", _("Poster")
    SMS = "sms", _("Text message")
    WECHAT = "wechat", _("WeChat group")
    VISIT = "visit", _("Home visit")


class CampaignReach(models.Model):
    """How many people an organisation reached by one channel on one day; a later row of the same corrects it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="reach")
    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    day = models.DateField()
    n_people = models.IntegerField()
    note = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["campaign", "organisation", "channel", "day", "-id"], name="campaign_reach_last"),
        ]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=models.Q(n_people__gte=0), name="reach_not_negative"),
        ]


class CampaignResult(models.Model):
    """What an organisation did of an action: how many took part, its points; a later row of the same corrects it."""

    action = models.ForeignKey(CampaignAction, on_delete=models.PROTECT, related_name="results")
    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, related_name="+")
    n_people = models.IntegerField()
    points = models.SmallIntegerField()
    note = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["action", "organisation", "-id"], name="campaign_result_last"),
        ]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(n_people__gte=0, points__gte=0, points__lte=100), name="result_in_range"
            ),
        ]


class PageViews(models.Model):
    """How often a public page was opened on a day: a number, nothing about who opened it."""

    page = models.CharField(max_length=40)
    day = models.DateField()
    n = models.IntegerField(default=1)

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["page", "day"], name="page_views_once")]


class ContactPoint(models.Model):
    """Whom to ring in an area: the duty phone of the organisation that answers there. The newest row holds."""

    area_code = models.CharField(max_length=12)
    organisation = models.ForeignKey("core.Organisation", on_delete=models.PROTECT, related_name="+")
    phone = models.CharField(max_length=20)
    hours = models.CharField(max_length=60, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["area_code", "-id"], name="contact_point_last")]
