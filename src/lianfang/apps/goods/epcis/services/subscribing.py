"""Named queries, and telling subscribers of new answers: signed messages, tried again until they arrive."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from lianfang.apps.core import audit, identity
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.models import User
from lianfang.apps.goods.epcis import selectors
from lianfang.apps.goods.epcis.models import Delivery, Event, NamedQuery, Subscription
from lianfang.apps.goods.epcis.selectors import querying
from lianfang.formats.epcis.documents import results_of

TIMEOUT_S: Final = 10
MESSAGE_LIMIT: Final = 1_000
SECRET_LENGTH: Final = 16


class NameTaken(Conflict):
    """A query of this name exists."""

    code = "query_name_taken"


class QueryInUse(Conflict):
    """The query has subscriptions."""

    code = "query_in_use"


class ReceiverRefused(DomainError):
    """Messages are sent only to receivers that the installation lists."""

    code = "receiver_refused"


class SecretTooShort(DomainError):
    """A secret that signs messages has at least 16 characters."""

    code = "secret_too_short"


class NotDelivered(Exception):
    """The receiver did not take a message; it is tried again."""


@dataclass(frozen=True, slots=True)
class SubscriptionEntry:
    """Whom to tell, how what is sent is signed, and when: at every capture, or at these minutes of the hour."""

    receiver: str
    secret: str
    minutes: tuple[int, ...] = ()
    report_if_empty: bool = False


@transaction.atomic
def keep_query(name: str, params: Mapping[str, Sequence[str]], *, at: datetime, by: User) -> NamedQuery:
    """Keep a question under a name; the same again: nothing. Raises: QueryInvalid, NameTaken."""
    querying.asked(params, area=by.area_code)
    kept = {key: list(values) for key, values in params.items()}
    found, is_new = NamedQuery.objects.get_or_create(
        name=name, defaults={"params": kept, "area_code": by.area_code, "created_at": at, "by": by}
    )
    if (found.params, found.area_code) != (kept, by.area_code):
        raise NameTaken("There is another query of this name.")
    if is_new:
        audit.record("epcis.query_kept", by=by, at=at, query=name)
    return found


@transaction.atomic
def remove_query(name: str, *, at: datetime, by: User) -> None:
    """Remove a query nobody ever subscribed to. Raises: QueryNotFound, QueryInUse."""
    found = selectors.query_by_name(name, area=by.area_code)
    if found.subscriptions.exists():
        raise QueryInUse("The query has subscriptions.")
    found.delete()
    audit.record("epcis.query_removed", by=by, at=at, query=name)


@transaction.atomic
def subscribe(name: str, entry: SubscriptionEntry, *, at: datetime, by: User) -> Subscription:
    """Tell a receiver of new answers from now on. Raises: QueryNotFound, ReceiverRefused, SecretTooShort."""
    query = selectors.query_by_name(name, area=by.area_code)
    address = urlsplit(entry.receiver)
    if address.scheme not in {"http", "https"} or address.hostname not in settings.EPCIS_RECEIVERS:
        raise ReceiverRefused("This receiver is not on the installation's list.", field="dest")
    if len(entry.secret) < SECRET_LENGTH:
        raise SecretTooShort("The secret needs at least 16 characters.", field="signatureToken")
    made = Subscription.objects.create(
        query=query,
        receiver=entry.receiver,
        secret=identity.encrypt(entry.secret),
        minutes=sorted(set(entry.minutes)),
        report_if_empty=entry.report_if_empty,
        told_up_to=Event.objects.aggregate(last=Max("pk"))["last"] or 0,
        created_at=at,
        by=by,
    )
    audit.record("epcis.subscribed", by=by, at=at, subscription=str(made.pk))
    return made


@transaction.atomic
def end_subscription(subscription_id: Any, *, at: datetime, by: User) -> None:
    """Tell a receiver no longer; ended already: nothing. Raises: SubscriptionNotFound."""
    found = selectors.subscription_by_id(subscription_id, area=by.area_code)
    if found.ended_at is None:
        found.ended_at = at
        found.save(update_fields=["ended_at"])
        audit.record("epcis.unsubscribed", by=by, at=at, subscription=str(found.pk))


def send_due(*, at: datetime) -> list[int]:
    """Make a delivery for every subscription that is due and has something to tell; return their numbers."""
    made = []
    for number in Subscription.objects.filter(ended_at=None).order_by("pk").values_list("pk", flat=True):
        delivery = _prepare(number, at)
        if delivery is not None:
            made.append(delivery.pk)
    return made


@transaction.atomic
def _prepare(subscription_id: Any, at: datetime) -> Delivery | None:
    found = Subscription.objects.select_for_update(of=("self",)).select_related("query").get(pk=subscription_id)
    if found.ended_at or (found.minutes and at.minute not in found.minutes):
        return None
    matching = querying.asked(found.query.params, area=found.query.area_code).filter(pk__gt=found.told_up_to)
    ids = list(matching.order_by("pk").values_list("pk", flat=True)[:MESSAGE_LIMIT])
    if not ids and not (found.minutes and found.report_if_empty):
        return None
    first, last = (ids[0], ids[-1]) if ids else (found.told_up_to, found.told_up_to)
    found.told_up_to = last
    found.save(update_fields=["told_up_to"])
    delivery, _ = Delivery.objects.get_or_create(
        subscription=found, last_id=last, created_at=at.replace(second=0, microsecond=0) if found.minutes else at,
        defaults={"first_id": first, "n_events": len(ids)},
    )  # fmt: skip
    return delivery


def send(delivery_id: int, *, at: datetime) -> Delivery:
    """Send one delivery; one that arrived is not sent again. Raises: NotDelivered."""
    delivery = Delivery.objects.select_related("subscription__query").get(pk=delivery_id)
    if delivery.delivered_at is not None:
        return delivery
    failure = _post(delivery, at)
    delivery.n_attempts += 1
    delivery.failure = failure
    delivery.delivered_at = None if failure else at
    delivery.save(update_fields=["n_attempts", "failure", "delivered_at"])
    if failure:
        raise NotDelivered(failure)
    return delivery


def message_of(delivery: Delivery) -> bytes:
    """Return the document that a delivery consists of."""
    found, query = delivery.subscription, delivery.subscription.query
    events: list[Event] = []
    if delivery.n_events:
        span = {"pk__gte": delivery.first_id, "pk__lte": delivery.last_id}
        events = list(querying.asked(query.params, area=query.area_code).filter(**span).order_by("pk"))
    shown, context = selectors.bodies(events)
    document = results_of(shown, context, delivery.created_at, name=query.name, subscription=str(found.pk))
    return json.dumps(document, ensure_ascii=False).encode()


def _post(delivery: Delivery, at: datetime) -> str:
    """Send the message; return why it did not arrive, "" if it did."""
    found = delivery.subscription
    if urlsplit(found.receiver).hostname not in settings.EPCIS_RECEIVERS:
        return "receiver_refused"
    content = message_of(delivery)
    stamp = str(int(at.timestamp()))
    secret = identity.decrypt(bytes(found.secret)).encode()
    signature = hmac.new(secret, f"{stamp}.".encode() + content, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/ld+json",
        "GS1-EPCIS-Version": "2.0.0",
        "GS1-Signature": f"t={stamp},v1={signature}",
        "Idempotency-Key": str(delivery.pk),
    }
    request = urllib.request.Request(found.receiver, content, headers)  # noqa: S310 - the scheme was checked
    try:
        with _OPENER.open(request, timeout=TIMEOUT_S) as response:
            return "" if 200 <= response.status < 300 else f"status {response.status}"
    except urllib.error.HTTPError as error:
        return f"status {error.code}"
    except (OSError, ValueError) as error:
        return type(error).__name__


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A receiver that is allowed must not lead on to one that is not."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_OPENER: Final = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
