"""Background jobs of the laboratories' capacity: a step that is late is noticed without anybody asking."""

from procrastinate.contrib.django import app

from lianfang.apps.capacity import services
from lianfang.apps.core import clock


@app.periodic(cron="*/15 * * * *", periodic_id="commissioning")
@app.task(name="lianfang.commissioning", queueing_lock="commissioning", pass_context=False)
def watch(timestamp: int) -> None:
    """Give responsible units tasks for late steps; idempotent."""
    del timestamp
    services.watch(at=clock.now())
