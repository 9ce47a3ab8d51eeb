"""An import as staff see it: a job with its file, its progress, its reconciliation and its rejects."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from lianfang.apps.core import audit, import_rejects
from lianfang.apps.core.errors import Conflict, NotFound
from lianfang.apps.core.imports import FileUnusable, ImportOptions, ImportRefused, Outcome, Progress, silent
from lianfang.apps.core.models import ImportJob, User
from lianfang.apps.core.telling import telling
from lianfang.formats.dates import DateForm
from lianfang.formats.errors import Remark
from lianfang.formats.tables import Source

Status = ImportJob.Status
UPLOAD_KEPT_DAYS = 7
REJECTS_KEPT_DAYS = 7
_READ_BLOCK = 1 << 20


class ImportJobNotFound(NotFound):
    """No such import, or not one of this area."""

    code = "import_job_not_found"


class ImportUnderWay(Conflict):
    """The import was started already."""

    code = "import_under_way"


class Importer(Protocol):
    """The one form all import services have. Raises: FileUnusable, ImportRefused; then nothing was stored."""

    def __call__(
        self, source: Source, *, by: User | None, at: datetime, options: ImportOptions = ..., progress: Progress = ...
    ) -> Outcome:
        """Import a table and return its reconciliation."""
        ...  # pragma: no cover


@dataclass(frozen=True, slots=True)
class JobEntry:
    """What a new job is about."""

    kind: str
    filename: str
    sha256: str
    options: ImportOptions


def jobs(user: User) -> QuerySet[ImportJob]:
    """Return the imports a member of staff may see: those made in their area, and the system's own if that covers it."""
    visible = Q(by__area_code__startswith=user.area_code)
    if settings.COUNTY_CODE.startswith(user.area_code):
        visible |= Q(by=None)
    return ImportJob.objects.filter(visible).select_related("by")


def job(job_id: int, *, user: User) -> ImportJob:
    """Return one import. Raises: ImportJobNotFound."""
    found = jobs(user).filter(pk=job_id).first()
    if found is None:
        raise ImportJobNotFound("There is no such import in your area.")
    return found


def system_job(job_id: int) -> ImportJob | None:
    """Return a queued import for whoever works it off; None if it is done or was thrown away."""
    return ImportJob.objects.filter(pk=job_id).exclude(upload="").exclude(status=Status.DONE).first()


def done_before(found: ImportJob, *, user: User) -> ImportJob | None:
    """Return an earlier import of the very same file that left nothing out.

    Once it is said how the file is to be read, only an import that read it so.
    """
    same = jobs(user).filter(file_sha256=found.file_sha256, kind=found.kind, status=Status.DONE, n_rejected=0)
    earlier = same.exclude(pk=found.pk).exclude(file_sha256="").order_by("id")
    if not found.mapping.get("columns"):
        return earlier.first()
    said = _said(found)
    return next((job for job in earlier if _said(job) == said), None)


def _said(found: ImportJob) -> dict[str, Any]:
    return {name: found.mapping.get(name) for name in _as_json(ImportOptions())}


def create_job(entry: JobEntry, *, by: User | None, at: datetime, upload: "File[bytes] | None" = None) -> ImportJob:
    """Note an import that is to be made; the upload, if any, is kept until it is done, or for UPLOAD_KEPT_DAYS."""
    forget_old_files(at=at)
    return ImportJob.objects.create(
        kind=entry.kind,
        filename=entry.filename[:200],
        file_sha256=entry.sha256,
        mapping=_as_json(entry.options),
        keep_good=entry.options.keep_good,
        upload=upload or "",
        created_at=at,
        by=by,
    )


def forget_old_files(*, at: datetime) -> None:
    """Delete what is kept no longer: files nobody imported, and rejected rows; both hold names and numbers."""
    forgotten = ImportJob.objects.exclude(upload="").exclude(status__in=[Status.RUNNING, Status.DONE])
    for old in forgotten.filter(created_at__lt=at - timedelta(days=UPLOAD_KEPT_DAYS)):
        _forget(old, "upload")
    read = ImportJob.objects.exclude(rejects="").exclude(status=Status.RUNNING)
    for old in read.filter(finished_at__lt=at - timedelta(days=REJECTS_KEPT_DAYS)):
        _forget(old, "rejects")


@transaction.atomic
def confirm_job(job_id: int, options: ImportOptions, *, by: User, at: datetime) -> ImportJob:
    """Set what the user says about the file and queue the import. Raises: ImportJobNotFound, ImportUnderWay."""
    from procrastinate.contrib.django import app

    found = jobs(by).select_for_update(of=("self",)).filter(pk=job_id).first()
    if found is None:
        raise ImportJobNotFound("There is no such import in your area.")
    if not is_editable(found):
        raise ImportUnderWay("This import was started already.")
    found.mapping = _as_json(options) | {"queued": True}
    found.keep_good = options.keep_good
    found.status, found.finished_at, found.message = Status.WAITING, None, ""
    found.rows_total, found.rows_in, found.n_stored, found.n_duplicates, found.n_rejected = None, 0, 0, 0, 0
    found.save()
    audit.record("import.started", by=by, at=at, job=found.pk, kind=found.kind)
    app.configure_task("lianfang.import", lock=f"import:{found.pk}").defer(job_id=found.pk)
    return found


@transaction.atomic
def discard_job(job_id: int, *, by: User, at: datetime) -> None:
    """Throw away a file that was handed in; the job goes too unless it ran. Raises: ImportJobNotFound, ImportUnderWay."""
    found = jobs(by).select_for_update(of=("self",)).filter(pk=job_id).first()
    if found is None:
        raise ImportJobNotFound("There is no such import in your area.")
    if not is_editable(found):
        raise ImportUnderWay("This import was started already.")
    audit.record("import.discarded", by=by, at=at, job=found.pk, kind=found.kind)
    storage, names = found.upload.storage, [str(file.name) for file in (found.upload, found.rejects) if file]
    if found.status == Status.WAITING:
        found.delete()
    else:
        _set(found, upload="", rejects="")
    for name in names:
        transaction.on_commit(partial(storage.delete, name))


def is_editable(found: ImportJob) -> bool:
    """Return whether the job waits for the user, or was refused and can be tried again with other words."""
    waiting = found.status == Status.WAITING and not found.mapping.get("queued")
    return bool(found.upload) and (waiting or found.status in {Status.REFUSED, Status.FAILED})


def run_job(
    job_id: int, importer: Importer, *, source: Source, at: datetime, progress: Progress = silent
) -> tuple[ImportJob, Outcome | None]:
    """Make the import and keep its reconciliation with it. A finished job is left as it is.

    The facts, the evidence and the job's end are one transaction: a killed run leaves nothing half done and is repeated.
    Returns: the job, and its outcome unless the file could not be read at all.
    """
    found = ImportJob.objects.get(pk=job_id)
    if found.status == Status.DONE:
        return found, None
    _set(found, status=Status.RUNNING)
    outcome: Outcome | None = None
    try:
        with _telling(found, progress) as tell, transaction.atomic():
            outcome = importer(source, by=found.by, at=at, options=options_of(found), progress=tell)
            nothing_good = outcome.n_rejected and not outcome.n_stored
            _finish(found, outcome, Status.REFUSED if nothing_good else Status.DONE)
    except ImportRefused as refusal:
        outcome = refusal.outcome
        _finish(found, outcome, Status.REFUSED)
    except FileUnusable as error:
        remark = {"code": error.remark.code, "params": dict(error.remark.params)}
        mapping = found.mapping | {"fault": remark}
        _set(found, status=Status.REFUSED, message=error.message[:500], finished_at=timezone.now(), mapping=mapping)
    finally:
        if found.status == Status.RUNNING:
            _set(found, status=Status.FAILED, finished_at=timezone.now())
    return found, outcome


def _finish(found: ImportJob, outcome: Outcome, status: str) -> None:
    found.rows_total = found.rows_in = outcome.rows_in
    found.n_stored, found.n_duplicates, found.n_rejected = outcome.n_stored, outcome.n_duplicates, outcome.n_rejected
    found.batch = outcome.batch
    found.mapping = found.mapping | {"counts": dict(outcome.notes), "remarks": _remarks(outcome), "columns_read": {
        name: list(columns) for name, columns in outcome.reader.columns.items()}}  # fmt: skip
    found.mapping.pop("fault", None)
    found.finished_at = timezone.now()
    storage, before = found.rejects.storage, str(found.rejects.name or "")
    found.rejects = ""
    if outcome.n_rejected:
        content = ContentFile(import_rejects.sealed(import_rejects.rejected_rows(outcome)))
        found.rejects.save(f"{found.pk}-rejects", content, save=False)
    if before:  # of an earlier try
        transaction.on_commit(lambda: storage.delete(before))
    found.status = status
    found.save()
    if status == Status.DONE:
        audit.record("import.done", by=found.by, at=found.finished_at, job=found.pk, kind=found.kind)
        # Its facts are stored: the file itself, with names and numbers in plain, is kept no longer.
        transaction.on_commit(lambda: _forget(found, "upload"))


def _forget(found: ImportJob, name: str) -> None:
    """Delete the job's file of this field."""
    file = getattr(found, name)
    if file:
        file.delete(save=False)
        ImportJob.objects.filter(pk=found.pk).update(**{name: ""})


def rejects_csv(found: ImportJob) -> bytes:
    """Return the rejected rows as CSV in the active language. Raises: NotFound if there are none, or no longer."""
    if not found.rejects:
        raise NotFound("There are no rejected rows of this import, or they are kept no longer.")
    with found.rejects.open("rb") as file:
        return import_rejects.as_csv(import_rejects.unsealed(file.read()))


def _remarks(outcome: Outcome) -> list[dict[str, Any]]:
    return [{"code": note.code, "params": dict(note.params)} for note in outcome.reader.table.notes]


def remarks_of(found: ImportJob) -> list[Remark]:
    """Return what there is to tell about the job's file."""
    return [Remark(said["code"], said["params"]) for said in found.mapping.get("remarks", [])]


def fault_of(found: ImportJob) -> Remark | None:
    """Return why the job's file could not be read, if it could not."""
    said = found.mapping.get("fault")
    return Remark(said["code"], said["params"]) if said else None


def _set(found: ImportJob, **values: Any) -> None:
    for name, value in values.items():
        setattr(found, name, value)
    found.save(update_fields=list(values))


@contextmanager
def _telling(found: ImportJob, progress: Progress) -> Iterator[Progress]:
    with telling("UPDATE core_importjob SET rows_in = %s, rows_total = %s, message = %s WHERE id = %s") as tell:

        def told(done: int, total: int, phase: str) -> None:
            progress(done, total, phase)
            tell([done, total, phase, found.pk])

        yield told


def options_of(found: ImportJob) -> ImportOptions:
    """Return what the user said about the job's file."""
    said: Mapping[str, Any] = found.mapping
    return ImportOptions(
        columns={name: tuple(columns) for name, columns in said.get("columns", {}).items()},
        date_form=DateForm(said["date_form"]) if said.get("date_form") else None,
        zone=said.get("zone") or None,
        header_row=said.get("header_row") or None,
        keep_good=found.keep_good,
        area_code=said.get("area_code") or None,
        source_name=found.filename,
        list_source=said.get("list_source") or "",
    )


def _as_json(options: ImportOptions) -> dict[str, Any]:
    columns: dict[str, Sequence[str]] = {name: list(chosen) for name, chosen in options.columns.items()}
    return {
        "columns": columns,
        "date_form": options.date_form.value if options.date_form else None,
        "zone": options.zone,
        "header_row": options.header_row,
        "area_code": options.area_code,
        "list_source": options.list_source,
    }


def sha256_of(path: Path) -> str:
    """Return the hash by which the same file is known again."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BLOCK):
            digest.update(block)
    return digest.hexdigest()
