"""Background jobs of health codes: what time alone ends."""

from procrastinate.contrib.django import app

from lianfang.apps.core import clock
from lianfang.apps.healthcode import heads, services


@app.periodic(cron="* * * * *", periodic_id="health-codes")
@app.task(name="lianfang.health_codes", queueing_lock="health-codes", pass_context=False)
def follow_time(timestamp: int) -> None:
    """Decide every code whose time has come, and what no event announced; idempotent."""
    del timestamp
    services.bring_up_to_date(at=clock.now())


@app.periodic(cron="* * * * *", periodic_id="signed-heads")
@app.task(name="lianfang.signed_heads", queueing_lock="signed-heads", pass_context=False)
def sign_head(timestamp: int) -> None:
    """Sign the evidence log's head; idempotent."""
    del timestamp
    heads.sign(at=clock.now())
