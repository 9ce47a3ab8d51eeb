"""Importing files: hand in, say what the columns are, watch, read the reconciliation."""

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.apps.command.import_fields import KINDS, in_words
from lianfang.apps.command.import_forms import OptionsForm, UploadForm
from lianfang.apps.command.import_templates import template_workbook
from lianfang.apps.command.importing import check_first_rows, kinds_for
from lianfang.apps.core import audit, import_jobs, import_words
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.imports import FileUnusable, ImportOptions
from lianfang.apps.core.models import ImportJob
from lianfang.apps.core.pages import answer, wants_fragment
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.lists.receiving import columns_of, source_names
from lianfang.formats.errors import TableError
from lianfang.formats.fields import SPECS
from lianfang.formats.preview import Preview, preview

PAGE_SIZE = 30
INVALID = 422
MAX_DIGITS = 8


@require_http_methods(["GET", "POST"])
@needs(Permission.IMPORT)
def imports(request: HttpRequest) -> HttpResponse:
    """List past imports and take in a file."""
    by, at = actor(request), timezone.now()
    kinds = kinds_for(by)
    form = UploadForm(request.POST or None, request.FILES or None, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        upload, kind = form.cleaned_data["file"], form.cleaned_data["kind"]
        digest = hashlib.sha256()
        for block in upload.chunks():
            digest.update(block)
        entry = import_jobs.JobEntry(kind, upload.name, digest.hexdigest(), _first_options(form))
        return redirect("import", import_jobs.create_job(entry, by=by, at=at, upload=upload).pk)
    page = Paginator(import_jobs.jobs(by).filter(kind__in=kinds).order_by("-id"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "form": form,
        "page": page,
        "sources": source_names(),
        "kinds": [(kind, KINDS[kind]) for kind in KINDS if kind in kinds],
        "shown": [(job, KINDS[job.kind]) for job in page],
    }
    return answer(request, "command/imports.html", context, status=INVALID if form.errors else 200)


def _first_options(form: UploadForm) -> ImportOptions:
    """What is known of a file before anybody has said more: a list's source, and the columns last chosen for it."""
    if form.cleaned_data["kind"] != "list":
        return ImportOptions()
    source = form.cleaned_data["source"].strip()
    return ImportOptions(columns=columns_of(source), list_source=source)


@require_GET
@needs(Permission.IMPORT)
def template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Hand over an empty workbook of a kind of table: its columns, which of them are needed, and what they take."""
    if kind not in kinds_for(actor(request)):
        raise import_jobs.ImportJobNotFound("There is no such table.")
    return FileResponse(template_workbook(kind), as_attachment=True, filename=f"{kind}.xlsx")


def _job(request: HttpRequest, job_id: int) -> ImportJob:
    """Return an import of a kind that the reader may hand in. Raises: ImportJobNotFound."""
    by = actor(request)
    found = import_jobs.job(job_id, user=by)
    if found.kind not in kinds_for(by):
        raise import_jobs.ImportJobNotFound("There is no such import in your area.")
    return found


@require_GET
@needs(Permission.IMPORT)
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Show one import: what the file seems to be, how far it is, or how it ended."""
    found = _job(request, job_id)
    if wants_fragment(request):
        return render(request, "command/_import_state.html", _context(found))
    form, looked, fault = _form(request, found)
    context = _context(found) | {"form": form, "looked": looked, "unreadable": fault}
    context["same"] = import_jobs.done_before(found, user=actor(request))
    return render(request, "command/import.html", context)


@require_POST
@needs(Permission.IMPORT)
def start(request: HttpRequest, job_id: int) -> HttpResponse:
    """Queue an import with what the user says about its file; another header row shows the mapping again."""
    by = actor(request)
    found = _job(request, job_id)
    form, looked, fault = _form(request, found)
    if form is not None and form.is_bound and form.is_valid():
        options = form.options(found.filename)
        try:
            options = replace(options, list_source=import_jobs.options_of(found).list_source)
            check_first_rows(found.kind, Path(found.upload.path), options)
            import_jobs.confirm_job(job_id, options, by=by, at=timezone.now())
        except DomainError as error:
            name = error.field if error.field in form.fields else f"column_{error.field}"
            form.add_error(name if name in form.fields else None, _message(error, found.kind))
        else:
            return redirect("import", job_id)
    context = _context(found) | {"form": form, "looked": looked, "unreadable": fault}
    is_shown_again = form is not None and not form.is_bound
    return render(request, "command/import.html", context, status=200 if is_shown_again else INVALID)


@require_POST
@needs(Permission.IMPORT)
def discard(request: HttpRequest, job_id: int) -> HttpResponse:
    """Throw a file away that was handed in but not imported."""
    _job(request, job_id)
    import_jobs.discard_job(job_id, by=actor(request), at=timezone.now())
    return redirect("imports")


@require_GET
@needs(Permission.IMPORT)
def rejects(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Hand over the rejected rows, each with its line, field and reason."""
    by = actor(request)
    found = _job(request, job_id)
    content = import_jobs.rejects_csv(found)
    audit.record("import.rejects_read", by=by, at=timezone.now(), job=found.pk, kind=found.kind)
    name = f"{Path(found.filename).stem}-rejects.csv"
    return FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type="text/csv")


def _context(found: ImportJob) -> dict[str, object]:
    fault = import_jobs.fault_of(found)
    return {
        "job": found,
        "kind": KINDS[found.kind],
        "is_editable": import_jobs.is_editable(found),
        "is_under_way": found.status in {ImportJob.Status.WAITING, ImportJob.Status.RUNNING}
        and not import_jobs.is_editable(found),
        "fault": import_words.remark(in_words(fault, found.kind)) if fault else "",
        "remarks": [import_words.remark(said) for said in import_jobs.remarks_of(found)],
        "counts": [(n, import_words.count(code, n)) for code, n in found.mapping.get("counts", {}).items()],
    }


def _form(request: HttpRequest, found: ImportJob) -> tuple[OptionsForm | None, Preview | None, str]:
    """Return the form about an editable job's file and what it holds; else why it cannot be read."""
    if not import_jobs.is_editable(found):
        return None, None, ""
    said = import_jobs.options_of(found)
    posted, shown = (_row(request.POST.get(name, "")) for name in ("header_row", "shown_header_row"))
    is_other_header = request.method == "POST" and posted != shown
    header_row = posted if request.method == "POST" else said.header_row
    columns = said.columns if header_row == said.header_row else {}
    try:
        looked = preview(Path(found.upload.path), SPECS[found.kind], columns, header_row)
    except TableError as error:
        return None, None, FileUnusable(error).message
    by = actor(request)
    audit.record("import.previewed", by=by, at=timezone.now(), job=found.pk, kind=found.kind)
    initial: dict[str, object] = {
        "zone": said.zone,
        "date_form": said.date_form,
        "keep_good": said.keep_good,
        "area_code": said.area_code or by.area_code,
    }
    if is_other_header:
        initial = {name: request.POST.get(name, "") for name in initial}
    initial |= {"header_row": looked.header_row, "shown_header_row": looked.header_row}
    data = request.POST if request.method == "POST" and not is_other_header else None
    return OptionsForm(data, kind=found.kind, looked=looked, initial=initial), looked, ""


def _message(error: DomainError, kind: str) -> str:
    """What is wrong, in the reader's words for the file's fields."""
    return import_words.remark(in_words(error.remark, kind)) if isinstance(error, FileUnusable) else _(error.message)


def _row(text: str) -> int | None:
    """Return a row number as posted; None for the first row with content, and for what the form will refuse."""
    return int(text) or None if text.isdecimal() and len(text) < MAX_DIGITS else None
