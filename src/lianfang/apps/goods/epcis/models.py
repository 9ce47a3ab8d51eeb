"""Captured documents, their events with what they name and measure, and who is told of new ones."""

import uuid
import zlib
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Capture(models.Model):
    """One document handed in and its reconciliation: n_events = n_stored + n_known + n_rejected.

    errors: [pointer, code] of what was wrong. reading: what of it the trace could use and what not.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    class Behaviour(models.TextChoices):
        ROLLBACK = "rollback", _("All or nothing")
        PROCEED = "proceed", _("Keep what is right")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    content = models.BinaryField(help_text="of the document, compressed by zlib")
    sha256 = models.CharField(max_length=64)
    behaviour = models.CharField(max_length=8, choices=Behaviour.choices, default=Behaviour.ROLLBACK)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    area_code = models.CharField(max_length=12)
    n_events = models.IntegerField(default=0)
    n_stored = models.IntegerField(default=0)
    n_known = models.IntegerField(default=0)
    n_rejected = models.IntegerField(default=0)
    errors = models.JSONField(default=list)
    reading = models.JSONField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["-created_at"], name="epcis_capture_created")]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=~models.Q(status="done")
                | models.Q(n_events=models.F("n_stored") + models.F("n_known") + models.F("n_rejected")),
                name="epcis_capture_reconciles",
            ),
        ]

    @property
    def document(self) -> bytes:
        """The document as it came. One kept before documents were compressed begins as JSON does, never with an x."""
        content = bytes(self.content)
        return zlib.decompress(content) if content.startswith(b"x") else content


class Context(models.Model):
    """A JSON-LD context that events came with; most documents of one partner share theirs."""

    sha256 = models.CharField(max_length=64, unique=True)
    content = models.JSONField()


class Event(models.Model):
    """One event. Append-only; what is asked for often stands in columns, all of it in `body`, as it came.

    hash: the event hash id, the same for the same event however written. event_id: given, or the hash. An event and the
    declaration that it was in error share their id.
    """

    # References without db_constraint are checked once for all rows of a statement: migrations 0003 and 0005.
    capture = models.ForeignKey(
        Capture, on_delete=models.PROTECT, null=True, related_name="events", db_constraint=False
    )
    goods_event = models.ForeignKey(
        "goods.GoodsEvent", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    batch = models.ForeignKey(
        "core.FactBatch", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    context = models.ForeignKey(
        Context, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    event_id = models.CharField(max_length=500)
    hash = models.CharField(max_length=100)
    is_error = models.BooleanField(default=False)
    type = models.CharField(max_length=20)
    event_time = models.DateTimeField()
    record_time = models.DateTimeField()
    action = models.CharField(max_length=8, blank=True)
    biz_step = models.CharField(max_length=300, blank=True)
    disposition = models.CharField(max_length=300, blank=True)
    read_point = models.CharField(max_length=500, blank=True)
    biz_location = models.CharField(max_length=500, blank=True)
    area_code = models.CharField(max_length=12)
    body = models.JSONField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["event_id", "is_error"], name="epcis_event_once"),
            models.UniqueConstraint(
                fields=["goods_event"], condition=models.Q(goods_event__isnull=False), name="epcis_event_of_step"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["event_time", "id"], name="epcis_event_time"),
            models.Index(fields=["record_time", "id"], name="epcis_event_recorded"),
        ]


class EventKey(models.Model):
    """A thing, party or transaction that an event names, in its canonical form; `place`: the how many-th it names."""

    class Role(models.TextChoices):
        EPC = "epc", _("Object")
        PARENT = "parent", _("Container")
        CHILD = "child", _("Content")
        INPUT = "input", _("Input")
        OUTPUT = "output", _("Output")
        TRANSACTION = "transact", _("Transaction")
        SOURCE = "source", _("From")
        DESTINATION = "dest", _("To")

    pk = models.CompositePrimaryKey("event_id", "place")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="keys", db_index=False, db_constraint=False)
    place = models.IntegerField()
    role = models.CharField(max_length=8, choices=Role.choices)
    key = models.CharField(max_length=500)
    is_class = models.BooleanField(default=False)
    qualifier = models.CharField(max_length=300, blank=True, help_text="type of a transaction or party")
    quantity = models.FloatField(null=True)
    unit = models.CharField(max_length=3, blank=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["key", "event"], opclasses=["text_pattern_ops", "int8_ops"], name="epcis_key"),
        ]


class Reading(models.Model):
    """One measured value of an event in the base unit of its dimension, so that CEL is found by asking in KEL."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="readings", db_constraint=False)
    type = models.CharField(max_length=300)
    field = models.CharField(max_length=9)
    value = models.FloatField()
    dimension = models.CharField(max_length=100)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["dimension", "field", "value"], name="epcis_reading_value"),
        ]


class Link(models.Model):
    """What `source` was at `at` became (part of) `target`, by one event: what the trace follows."""

    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="links", db_index=False, db_constraint=False
    )
    source = models.CharField(max_length=500)
    target = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["source"], name="epcis_link_source"),
            models.Index(fields=["target"], name="epcis_link_target"),
        ]


class NamedQuery(models.Model):
    """A question kept under a name; nobody changes it, so that a subscription means what it meant."""

    name = models.CharField(max_length=64, unique=True)
    params = models.JSONField()
    area_code = models.CharField(max_length=12)
    created_at = models.DateTimeField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """Whom to tell of new answers to a named query: at every capture, or at certain minutes of the hour.

    secret: encrypted; signs what is sent. told_up_to: the last event that was considered.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    query = models.ForeignKey(NamedQuery, on_delete=models.PROTECT, related_name="subscriptions")
    receiver = models.URLField(max_length=500)
    secret = models.BinaryField()
    minutes = ArrayField(models.SmallIntegerField(), default=list, help_text="of the hour; none: at every capture")
    report_if_empty = models.BooleanField(default=False)
    told_up_to = models.BigIntegerField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")


class Delivery(models.Model):
    """One message to a subscriber: what it covers, and how sending it went."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="deliveries")
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    n_events = models.IntegerField()
    n_attempts = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["subscription", "last_id", "created_at"], name="epcis_delivery_once"),
        ]
