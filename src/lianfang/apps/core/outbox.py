"""Transactional outbox: what happened is written with what made it happen, and followed up exactly once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from lianfang.apps.core import clock
from lianfang.apps.core.models import OutboxEvent

Reaction = Callable[..., None]
DELIVERY_PRIORITY = 10  # other jobs have 0


def add(kind: str, /, **payload: Any) -> OutboxEvent:
    """Note an event inside the caller's transaction and queue its delivery for the moment that commits."""
    return add_many(kind, [payload])[0]


def add_many(kind: str, payloads: Sequence[Mapping[str, Any]]) -> list[OutboxEvent]:
    """Note several events of a kind, to be delivered one after the other."""
    from procrastinate.contrib.django import app

    if not payloads:
        return []
    events = OutboxEvent.objects.bulk_create(OutboxEvent(kind=kind, payload=payload) for payload in payloads)
    # Same connection, same transaction: the job exists if and only if the event does. It goes before everything that
    # only brings something up to date: a signed positive does not wait for housekeeping.
    deferrer = app.configure_task("lianfang.deliver", lock=f"outbox:{kind}", priority=DELIVERY_PRIORITY)
    deferrer.batch_defer(*[dict[str, Any](event_id=event.pk) for event in events])
    return events


def deliver(event_id: int) -> bool:
    """Run the reactions to one event and mark it delivered, atomically; return False if that was done before."""
    reactions = cast("Mapping[str, tuple[Reaction, ...]]", import_string(settings.OUTBOX_REACTIONS))
    with transaction.atomic():
        event = OutboxEvent.objects.select_for_update().get(pk=event_id)
        if event.delivered_at is not None:
            return False
        for reaction in reactions[event.kind]:
            reaction(**event.payload)
        event.delivered_at = clock.now()
        event.save(update_fields=["delivered_at"])
    return True


def deliver_pending() -> int:
    """Deliver, in order, every event not yet delivered, and those that follow from them; return how many.

    Safe beside running workers.
    """
    pending = OutboxEvent.objects.filter(delivered_at__isnull=True).order_by("id").values_list("id", flat=True)
    n_delivered = 0
    while event_ids := list(pending.all()):
        n_delivered += sum(deliver(event_id) for event_id in event_ids)
    return n_delivered
