"""Background jobs of the core: delivery of outbox events."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from lianfang.apps.core import outbox


@app.task(name="lianfang.deliver", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def deliver(event_id: int) -> None:
    """Deliver one outbox event; a failure is retried with growing waits, the event stays until it succeeds."""
    outbox.deliver(event_id)
