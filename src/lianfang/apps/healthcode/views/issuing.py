"""Codes on paper, and what doors fetch: the signed snapshot and the root key, which name nobody."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from lianfang.apps.core import audit, identity, log
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.core.rates import at_most
from lianfang.apps.healthcode import heads, issuing, keys, selectors
from lianfang.apps.healthcode.forms import WithdrawForm

ASKED, WINDOW_S = 60, 60
SNAPSHOT_TYPE = "application/cose; cose-type=cose-sign1"


@require_POST
@needs(Permission.ISSUE_CODES)
def issue(request: HttpRequest, code: str) -> HttpResponse:
    """Issue a code and show it for printing."""
    made = issuing.issue(person_code=code, at=timezone.now(), by=actor(request))
    return redirect("health_code_issued", made.pk)


@require_POST
@needs(Permission.ISSUE_CODES)
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Withdraw the codes of a person that are still valid."""
    form = WithdrawForm(request.POST)
    if form.is_valid():
        at = timezone.now()
        n = issuing.withdraw_for(person_code=code, why=form.cleaned_data["why"], at=at, by=actor(request))
        messages.success(request, ngettext("%(n)d code was withdrawn.", "%(n)d codes were withdrawn.", n) % {"n": n})
    else:
        messages.error(request, _("Say why the codes are withdrawn."))
    return redirect("health_code", code)


@require_GET
@needs(Permission.ISSUE_CODES)
def issued(request: HttpRequest, issued_id: int) -> HttpResponse:
    """Show one issued code: drawn in the browser, made to be printed."""
    by = actor(request)
    made = issuing.issued_code(issued_id, by=by)
    person = selectors.person(made.subject.code, by=by)
    audit.record("healthcode.read", by=by, at=timezone.now(), subjects=[made.subject_id])
    context = {
        "made": made,
        "masked": identity.mask_name(person.name) or made.subject.code,
        "text": issuing.text_of(made),
        "is_over": made.expires_at <= timezone.now(),
        "is_withdrawn": hasattr(made, "withdrawal"),
    }
    return render(request, "healthcode/issued.html", context)


@login_not_required
@require_safe
@at_most(ASKED, window_s=WINDOW_S, what="gate-snapshot")
def snapshot(_request: HttpRequest) -> HttpResponse:
    """Return what a door carries, as of now."""
    return HttpResponse(issuing.snapshot_for_doors(at=timezone.now()), content_type=SNAPSHOT_TYPE)


@login_not_required
@require_safe
@at_most(ASKED, window_s=WINDOW_S, what="gate-update")
def update(request: HttpRequest) -> HttpResponse:
    """Return what changed since a door's snapshot (`since`: when it was issued); 410 where it needs a new one."""
    since = request.GET.get("since", "")
    if not (since.isascii() and since.isdigit() and len(since) < 12):
        return _refused("malformed", "Give since as the second the snapshot was issued.", 422)
    try:
        content = issuing.update_for_doors(int(since), at=timezone.now())
    except issuing.SnapshotOver as error:
        return _refused(error.code, error.message, error.http_status)
    return HttpResponse(content, content_type=SNAPSHOT_TYPE)


def _refused(code: str, message: str, status: int) -> JsonResponse:
    return JsonResponse({"code": code, "message": message, "field": None}, status=status)


@login_not_required
@require_safe
@at_most(ASKED, window_s=WINDOW_S, what="gate-root")
def root(_request: HttpRequest) -> HttpResponse:
    """Return the public root key. A door is given it once, when it is set up, over a channel that is trusted."""
    return HttpResponse(keys.root_key().public().hex() + "\n", content_type="text/plain; charset=ascii")


@login_not_required
@require_safe
@at_most(ASKED, window_s=WINDOW_S, what="gate-head")
def head(_request: HttpRequest) -> JsonResponse:
    """Return the newest signed head of the evidence log, for phones: each keeps the last one it saw."""
    found = heads.for_phones(at=timezone.now())
    return JsonResponse(found) if found else _refused("log_empty", "Nothing is recorded yet.", 404)


@login_not_required
@require_safe
@at_most(ASKED, window_s=WINDOW_S, what="gate-consistency")
def consistency(request: HttpRequest) -> HttpResponse:
    """Prove that the log of one head (`old`) is the beginning of that of another (`new`)."""
    sizes = [request.GET.get(name, "") for name in ("old", "new")]
    if not all(size.isascii() and size.isdigit() and len(size) < 16 for size in sizes):
        return _refused("malformed", "Give old and new as sizes of the log.", 422)
    proof = log.prove_growth(*(int(size) for size in sizes))
    return JsonResponse({"proof": [part.hex() for part in proof]})
