"""Changes of the rules' numbers: proposed, tried on the codes that stand, approved by others."""

import difflib

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.apps.core import governing
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.forms import add_refusal
from lianfang.apps.core.models import ProfileEdition, ProfileProposal
from lianfang.apps.core.permissions import Permission, actor, may, needs
from lianfang.apps.core.profiles import in_force_since, profile_in_force
from lianfang.apps.healthcode import dry_run as trying
from lianfang.apps.healthcode.forms import ProposalForm

INVALID = 422


@require_http_methods(["GET", "POST"])
@needs(Permission.GOVERN_PROFILES)
def changes(request: HttpRequest) -> HttpResponse:
    """List the proposals and take in a new one; the form begins with the text in force."""
    by, at = actor(request), timezone.now()
    current = ProfileEdition.objects.get(edition=profile_in_force(at=at).edition)
    form = ProposalForm(request.POST or None, initial={"toml": current.toml})
    if request.method == "POST" and form.is_valid():
        try:
            made = governing.propose(at=at, by=by, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The change is proposed. Others approve it."))
            return redirect("profile_change", made.pk)
    proposals = ProfileProposal.objects.select_related("proposed_by").prefetch_related("approvals").order_by("-pk")
    context = {
        "current": current,
        "rows": [(each, in_force_since(each), each.approvals.count()) for each in proposals],
        "form": form,
        "zone": settings.TIME_ZONE,
    }
    return render(request, "healthcode/profile_changes.html", context, status=INVALID if form.errors else 200)


@require_GET
@needs(Permission.GOVERN_PROFILES)
def change(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Show one proposal: what it changes, who approved, who would change colour."""
    return _page(request, trying.proposal(proposal_id), [])


def _page(request: HttpRequest, found: ProfileProposal, rows: object) -> HttpResponse:
    by, at = actor(request), timezone.now()
    before = ProfileEdition.objects.get(edition=profile_in_force(at=at).edition)
    lines = difflib.unified_diff(before.toml.splitlines(), found.toml.splitlines(), lineterm="", n=1)
    approvals = list(found.approvals.all())
    context = {
        "found": found,
        "since": in_force_since(found),
        "approvals": approvals,
        "missing": max(0, found.n_needed - len(approvals)),
        "may_approve": by.pk not in {found.proposed_by_id, *(each.approved_by_id for each in approvals)},
        "diff": [line for line in lines if not line.startswith(("---", "+++"))],
        "runs": [(run, _lines(run.changes)) for run in reversed(found.dry_runs.all())],
        "rows": rows,
        "may_open": may(by, Permission.VIEW_PERSONS),
    }
    return render(request, "healthcode/profile_change.html", context)


def _lines(counts: dict[str, dict[str, int]]) -> list[tuple[str, str, int]]:
    return [(now, then, n) for now, to in sorted(counts.items()) for then, n in sorted(to.items())]


@require_POST
@needs(Permission.GOVERN_PROFILES)
def approve(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Approve a proposal of somebody else's."""
    governing.approve(proposal_id=proposal_id, at=timezone.now(), by=actor(request))
    messages.success(request, _("Your approval is recorded."))
    return redirect("profile_change", proposal_id)


@require_POST
@needs(Permission.GOVERN_PROFILES)
def dry_run(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Count who would change colour, and show the first of them."""
    _made, rows = trying.dry_run(proposal_id=proposal_id, at=timezone.now(), by=actor(request))
    return _page(request, trying.proposal(proposal_id), rows)
