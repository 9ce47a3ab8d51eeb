"""Tasks."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from lianfang.apps.core.pages import answer
from lianfang.apps.core.permissions import Permission, needs


@require_GET
@needs(Permission.WORK_TASKS)
def tasks(request: HttpRequest) -> HttpResponse:
    """Show the list."""
    return answer(request, "command/tasks.html", {})


@require_GET
@needs(Permission.WORK_TASKS)
def task(request: HttpRequest, task_id: int) -> HttpResponse:
    """Show one."""
    return answer(request, "command/task.html", {"code": task_id})
