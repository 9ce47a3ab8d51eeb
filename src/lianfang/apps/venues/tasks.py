"""Background jobs of key places: what is missing is noticed without anybody asking."""

from procrastinate.contrib.django import app

from lianfang.apps.core import clock
from lianfang.apps.venues import services


@app.periodic(cron="*/5 * * * *", periodic_id="venues")
@app.task(name="lianfang.venues", queueing_lock="venues", pass_context=False)
def watch(timestamp: int) -> None:
    """Put every key place to the rule; idempotent."""
    del timestamp
    services.watch(at=clock.now())
