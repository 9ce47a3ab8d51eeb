"""One search box for everything."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from lianfang.apps.command.forms import FindForm
from lianfang.apps.command.selectors.search import everything
from lianfang.apps.command.views.reading import INVALID, noted
from lianfang.apps.core.permissions import Permission, actor, needs


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW_DESK)
def search(request: HttpRequest) -> HttpResponse:
    """Find persons, goods, places and investigations by code or name; by POST, as what is typed may be personal."""
    if request.method == "GET":
        return render(request, "command/search.html", {"find": FindForm()})
    form = FindForm(request.POST)
    if not form.is_valid():
        return render(request, "command/search.html", {"find": form}, status=INVALID)
    found = everything(form.cleaned_data["q"], by=actor(request), at=timezone.now())
    noted(request, "person.searched", [row.person.pk for row in found.people])
    return render(request, "command/search.html", {"find": form, "found": found})
