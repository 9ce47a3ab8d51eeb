"""Background jobs of the lists."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from lianfang.apps.core import clock
from lianfang.apps.lists.comparing import compare_list


def follow_batch(*, batch_id: int, kind: str) -> None:
    """Have a received list compared with the register."""
    if kind == "list":
        app.configure_task("lianfang.compare_list", queueing_lock=f"compare-list:{batch_id}").defer(batch_id=batch_id)


@app.task(name="lianfang.compare_list", retry=RetryStrategy(max_attempts=3, exponential_wait=5))
def compare(batch_id: int) -> None:
    """Compare one received list; a killed run leaves nothing half done and is repeated."""
    compare_list(batch_id, at=clock.now())
