"""Background jobs of places: the segments follow the database."""

import contextlib

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from lianfang.apps.places.segments import keeping

SEGMENT_KINDS = ("presences", "contacts")


@app.periodic(cron="17 * * * *", periodic_id="update-segments")
@app.task(name="lianfang.update_segments", queueing_lock="update-segments", pass_context=False)
def update_segments(timestamp: int) -> None:
    """Bring the segments up to the newest facts; idempotent. Hourly besides: quiet weeks are put together."""
    del timestamp
    keeping.update()


def follow_batch(*, batch_id: int, kind: str) -> None:
    """After presences arrived: have the segments brought up to date, once for many batches."""
    del batch_id
    if kind in SEGMENT_KINDS:
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            app.configure_task("lianfang.update_segments", queueing_lock="update-segments").defer(timestamp=0)
