"""Background jobs of the core: delivery of outbox events and of texts."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from lianfang.apps.core import outbox, sms


@app.task(name="lianfang.deliver", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def deliver(event_id: int) -> None:
    """Deliver one outbox event; a failure is retried with growing waits, the event stays until it succeeds."""
    outbox.deliver(event_id)


@app.task(name="lianfang.send_sms", retry=RetryStrategy(max_attempts=9, exponential_wait=2))
def send_sms(message_id: int) -> None:
    """Send one text; a failure is retried with growing waits until the text is of no use any more."""
    sms.send(message_id)
