"""Background jobs of the laboratory: the list of tests that are left is kept even if nobody looks at it."""

from procrastinate.contrib.django import app

from lianfang.apps.lab import order_upkeep


@app.periodic(cron="* * * * *", periodic_id="open-tests")
@app.task(name="lianfang.open_tests", queueing_lock="open-tests", pass_context=False)
def keep_open_tests(timestamp: int) -> None:
    """Work in whatever changed; idempotent."""
    del timestamp
    order_upkeep.keep_all()
