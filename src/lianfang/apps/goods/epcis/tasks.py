"""Background jobs of EPCIS: captures, what the trace reads from them, the warehouse's own events, messages."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from lianfang.apps.core import clock
from lianfang.apps.goods.epcis import services
from lianfang.apps.goods.services import follow_measures


@app.task(name="lianfang.epcis_capture", retry=RetryStrategy(max_attempts=3, exponential_wait=5))
def capture_document(capture_id: str) -> None:
    """Capture a document that was handed in, give the trace what it says, and tell subscribers."""
    kept = services.process(UUID(capture_id), at=clock.now())
    if kept.n_stored and kept.reading is None:
        services.map_capture(kept.pk, at=clock.now())
    tell_subscribers()


@app.periodic(cron="* * * * *", periodic_id="epcis-minute")
@app.task(name="lianfang.epcis_minute", queueing_lock="epcis-minute", pass_context=False)
def every_minute(timestamp: int) -> None:
    """Bring the warehouse up to date with measures, tell of its steps, papers and temperatures, then those whose minute it is."""
    del timestamp
    follow_measures(at=clock.now())
    for follow in (services.follow_warehouse, services.follow_papers, services.follow_rooms):
        while follow(at=clock.now()):
            pass
    tell_subscribers()


def tell_subscribers() -> None:
    """Queue every message that is due."""
    for number in services.send_due(at=clock.now()):
        app.configure_task("lianfang.epcis_send").defer(delivery_id=number)


@app.task(name="lianfang.epcis_send", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def send_message(delivery_id: int) -> None:
    """Send one message; one that does not arrive is tried again with growing waits."""
    services.send(delivery_id, at=clock.now())
