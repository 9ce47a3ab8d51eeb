"""A job carries an import from the file to the reconciliation; whatever happens on the way, nothing is half done."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import translation

from lianfang.apps.command.importing import IMPORTERS
from lianfang.apps.command.tasks import forget_import_files, import_file
from lianfang.apps.core import import_jobs, import_words
from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.import_jobs import ImportJobNotFound, ImportUnderWay, JobEntry
from lianfang.apps.core.imports import ImportOptions
from lianfang.apps.core.models import AuditEvent, ImportJob, Subject
from lianfang.formats.reasons import Reason
from tests.integration.imports.cast import NOW, WANG_ID
from tests.support.staff import OTHER_COUNTY, TOWNSHIP, staff

pytestmark = pytest.mark.django_db

GOOD = b"code,sex\nN1,M\nN2,F\n"
BAD = b"code,sex\nN1,M\nN2,x\n"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def handed_in(content: bytes = GOOD, *, by=None, at=NOW) -> ImportJob:
    entry = JobEntry("persons", "list.csv", "00" * 32, ImportOptions())
    return import_jobs.create_job(entry, by=by, at=at, upload=ContentFile(content, name="list.csv"))


def confirmed(content: bytes = GOOD, **said: object) -> ImportJob:
    by = staff("epidemiologist")
    return import_jobs.confirm_job(handed_in(content, by=by).pk, ImportOptions(**said), by=by, at=NOW)


def test_a_confirmed_file_is_imported_by_the_worker_and_then_forgotten(django_capture_on_commit_callbacks) -> None:
    job = confirmed()
    stored = Path(job.upload.path)
    with django_capture_on_commit_callbacks(execute=True):
        import_file(job_id=job.pk)
    job.refresh_from_db()
    assert (job.status, job.rows_in, job.n_stored, job.upload.name) == ("done", 2, 2, "")
    assert job.finished_at is not None
    assert job.batch.seq is not None
    assert not stored.exists()
    assert {"import.started", "import.done"} <= set(AuditEvent.objects.values_list("action", flat=True))
    import_file(job_id=job.pk)
    assert Subject.objects.count() == 2


def test_a_refused_file_stays_and_can_be_tried_again(django_capture_on_commit_callbacks) -> None:
    job = confirmed(BAD)
    import_file(job_id=job.pk)
    job.refresh_from_db()
    assert (job.status, job.rows_in, job.n_rejected, job.n_stored) == ("refused", 2, 1, 0)
    assert import_jobs.rejects_csv(job).decode("utf-8-sig").splitlines()[1].startswith("3,sex,bad_choice,")
    first = Path(job.rejects.path)
    assert import_jobs.is_editable(job)
    import_jobs.confirm_job(job.pk, ImportOptions(keep_good=True), by=job.by, at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        import_file(job_id=job.pk)
    job.refresh_from_db()
    assert (job.status, job.n_stored, job.n_rejected) == ("done", 1, 1)
    assert list(first.parent.iterdir()) == [Path(job.rejects.path)]


def test_rejected_rows_are_kept_encrypted_for_the_systems_account_and_for_a_week() -> None:
    job = confirmed(f"code,name,id_number,sex\nN1,王小明,{WANG_ID},x\n".encode())
    import_file(job_id=job.pk)
    job.refresh_from_db()
    kept = Path(job.rejects.path)
    assert WANG_ID.encode() not in kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    with translation.override("en"):
        assert import_jobs.rejects_csv(job).decode("utf-8-sig").splitlines() == [
            "line,field,reason,message,code,name,id_number,sex",
            f"2,sex,bad_choice,This is not one of the values this field can have.,N1,王小明,{WANG_ID},x",
        ]
    with translation.override("zh-hans"):
        assert "This is not" not in import_jobs.rejects_csv(job).decode()
    forget_import_files(timestamp=0)
    assert kept.exists()
    ImportJob.objects.filter(pk=job.pk).update(finished_at=job.finished_at - timedelta(days=8))
    forget_import_files(timestamp=0)
    job.refresh_from_db()
    assert not kept.exists()
    with pytest.raises(NotFound):
        import_jobs.rejects_csv(job)


def test_a_file_that_is_no_table_is_refused_with_its_fault() -> None:
    job = confirmed(b"code,code\n")
    import_file(job_id=job.pk)
    job.refresh_from_db()
    assert job.status == "refused"
    assert import_jobs.fault_of(job).code == "duplicate_column"


def test_a_bug_fails_the_job_and_is_not_swallowed() -> None:
    job = confirmed()

    def broken(source, **_options: object):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        import_jobs.run_job(job.pk, broken, source=Path(job.upload.path), at=NOW)
    job.refresh_from_db()
    assert job.status == "failed"
    assert import_jobs.is_editable(job)


def test_a_finished_job_is_not_run_again() -> None:
    job = confirmed()
    import_jobs.run_job(job.pk, IMPORTERS["persons"], source=Path(job.upload.path), at=NOW)
    again, outcome = import_jobs.run_job(job.pk, IMPORTERS["persons"], source=Path("/nowhere"), at=NOW)
    assert (again.status, outcome) == ("done", None)


def test_a_job_is_confirmed_once_and_only_where_it_is_seen() -> None:
    job = confirmed()
    with pytest.raises(ImportUnderWay):
        import_jobs.confirm_job(job.pk, ImportOptions(), by=job.by, at=NOW)
    with pytest.raises(ImportUnderWay):
        import_jobs.discard_job(job.pk, by=job.by, at=NOW)
    stranger = staff("epidemiologist", area_code=OTHER_COUNTY)
    for call in (import_jobs.confirm_job, import_jobs.discard_job):
        arguments = [job.pk, ImportOptions()] if call is import_jobs.confirm_job else [job.pk]
        with pytest.raises(ImportJobNotFound):
            call(*arguments, by=stranger, at=NOW)


def test_the_systems_own_imports_are_seen_by_those_whose_area_holds_the_county() -> None:
    job = handed_in()
    assert import_jobs.job(job.pk, user=staff("command")) == job
    with pytest.raises(ImportJobNotFound):
        import_jobs.job(job.pk, user=staff("command", area_code=TOWNSHIP))


def test_a_file_handed_in_can_be_thrown_away(django_capture_on_commit_callbacks) -> None:
    by = staff("epidemiologist")
    job = handed_in(by=by)
    with django_capture_on_commit_callbacks(execute=True):
        import_jobs.discard_job(job.pk, by=by, at=NOW)
    assert not ImportJob.objects.exists()
    assert not Path(job.upload.path).exists()


def test_files_nobody_imported_are_forgotten_after_a_week() -> None:
    old = handed_in(at=NOW - timedelta(days=8))
    directory = Path(old.upload.path).parent
    new = handed_in()
    old.refresh_from_db()
    assert not old.upload
    assert list(directory.iterdir()) == [Path(new.upload.path)]


def test_the_same_file_is_recognised(django_capture_on_commit_callbacks) -> None:
    job = confirmed()
    assert import_jobs.done_before(handed_in(by=job.by), user=job.by) is None
    import_file(job_id=job.pk)
    assert import_jobs.done_before(handed_in(by=job.by), user=job.by).pk == job.pk


def test_only_an_import_that_left_nothing_out_and_read_the_file_alike_makes_another_needless() -> None:
    job = confirmed(BAD, keep_good=True)
    import_file(job_id=job.pk)
    assert import_jobs.done_before(handed_in(BAD, by=job.by), user=job.by) is None
    whole = handed_in(by=job.by)
    import_jobs.confirm_job(whole.pk, ImportOptions(columns={"code": ("code",)}), by=job.by, at=NOW)
    import_file(job_id=whole.pk)
    for columns, same in (({"code": ("code",)}, whole), ({"code": ("code",), "sex": ("sex",)}, None)):
        said = import_jobs.confirm_job(handed_in(by=job.by).pk, ImportOptions(columns=columns), by=job.by, at=NOW)
        assert import_jobs.done_before(said, user=job.by) == same


def test_the_database_refuses_a_done_job_that_does_not_reconcile() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportJob.objects.create(kind="persons", filename="x", status="done", rows_in=3, n_stored=1, created_at=NOW)


def test_one_is_counted_in_the_singular() -> None:
    with translation.override("en"):
        assert import_words.count("open_stay", 1) == "stay without an end"
        assert import_words.count("open_stay", 2) == "stays without an end"


def test_every_reason_can_be_said() -> None:
    assert all(import_words.reason(code) for code in Reason)
