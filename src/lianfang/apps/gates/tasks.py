"""Background jobs of doors: what they told reaches the trace."""

from procrastinate.contrib.django import app

from lianfang.apps.core import clock
from lianfang.apps.gates import services


@app.periodic(cron="* * * * *", periodic_id="follow-gates")
@app.task(name="lianfang.follow_gates", queueing_lock="follow-gates", pass_context=False)
def follow_gates(timestamp: int) -> None:
    """Follow up what doors told; idempotent. Each minute besides: what time alone ends."""
    del timestamp
    services.follow(at=clock.now())
