"""``lianfang worker``: work off the background jobs, and take up again those a killed worker left behind."""

import argparse
import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from procrastinate import App

RECOVERY_INTERVAL_S = 15
HEARTBEAT_S = 5
STALLED_AFTER_S = 20  # a worker silent for four heartbeats is gone


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("worker", help="work off the background jobs")
    parser.add_argument("--concurrency", type=int, default=1, help="jobs at a time (default: %(default)s)")


def run(args: argparse.Namespace) -> None:
    """Work until SIGTERM or SIGINT, finishing the job under way."""
    from lianfang.trace import warm_up

    warm_up()  # the first positive after a start must not wait for kernels to be compiled
    asyncio.run(_work(args.concurrency))


async def _work(concurrency: int) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    assert isinstance(app.connector, DjangoConnector)
    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:
        async with worker_app.open_async():
            recovery = asyncio.create_task(_take_up_abandoned(worker_app))
            try:
                await worker_app.run_worker_async(
                    concurrency=concurrency,
                    update_heartbeat_interval=HEARTBEAT_S,
                    stalled_worker_timeout=STALLED_AFTER_S,
                )
            finally:
                recovery.cancel()


async def _take_up_abandoned(app: "App") -> None:
    """Queue again, for ever, the jobs of workers that no longer give a sign of life: jobs are safe to repeat."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
            await app.job_manager.retry_job(job)
        await asyncio.sleep(RECOVERY_INTERVAL_S)
