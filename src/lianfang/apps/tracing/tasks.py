"""Background jobs of investigations: measures whose planned end has come are put to the release rule."""

from procrastinate.contrib.django import app

from lianfang.apps.core import clock
from lianfang.apps.tracing import services


@app.periodic(cron="*/10 * * * *", periodic_id="review-measures")
@app.task(name="lianfang.review_measures", queueing_lock="review-measures", pass_context=False)
def review_measures(timestamp: int) -> None:
    """Review every measure that is due; idempotent, so a missed or doubled run does no harm."""
    del timestamp
    services.review_measures(at=clock.now())


@app.task(name="lianfang.decide_open")
def decide_open() -> None:
    """Decide one open investigation that has not seen the newest facts, and queue the next."""
    if services.decide_next_again(at=clock.now()):
        services.queue_decisions()
