"""Background jobs of the pages that combine apps: imports, and the end of their files."""

from pathlib import Path

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from lianfang.apps.command.importing import IMPORTERS
from lianfang.apps.core import clock, import_jobs


@app.task(name="lianfang.import", retry=RetryStrategy(max_attempts=3, exponential_wait=5))
def import_file(job_id: int) -> None:
    """Make one import that a member of staff confirmed; repeating it changes nothing."""
    found = import_jobs.system_job(job_id)
    if found is not None:
        source = Path(found.upload.path)
        import_jobs.run_job(job_id, IMPORTERS[found.kind], source=source, at=clock.now())


@app.periodic(cron="20 * * * *", periodic_id="forget-import-files")
@app.task(name="lianfang.forget_import_files", queueing_lock="forget-import-files", pass_context=False)
def forget_import_files(timestamp: int) -> None:
    """Delete uploads nobody imported and rejected rows once they are kept no longer."""
    del timestamp
    import_jobs.forget_old_files(at=clock.now())
