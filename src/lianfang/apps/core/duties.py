"""Who sees a task, who does it, and for whom: the four responsibilities kept apart (S-1.1, S-1.2).

The staff of the responsible organisation do its tasks. The territory above it and the command may act on its behalf,
saying why. Nobody confirms what they did themselves.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from django.db.models import Q, QuerySet

from lianfang.apps.core.errors import NotAllowed
from lianfang.apps.core.models import Organisation, Role, Task, User
from lianfang.apps.core.permissions import Permission, may
from lianfang.rules.vocabulary import ResponsibleKind, TaskKind

# A task that checks another one of the same measure.
CHECKS: Final = {
    TaskKind.CHECK_HOME: TaskKind.STAY_HOME,
    TaskKind.CONFIRM_HOLD: TaskKind.SEAL_LOT,
    TaskKind.WITNESS_DESTRUCTION: TaskKind.DESTROY_LOT,
    TaskKind.CHECK_DISINFECTION: TaskKind.DISINFECT,
    TaskKind.CONFIRM_CLOSURE: TaskKind.CLOSE_PLACE,
}
# What a territory does itself where no organisation is entered; a citizen is called by the territory.
_OF_TERRITORY: Final = (ResponsibleKind.TERRITORY, ResponsibleKind.CITIZEN)


class CheckedParty(NotAllowed):
    """Who did something does not confirm it."""

    code = "checked_party"


class Standing(StrEnum):
    """How a member of staff stands to a task they may see."""

    OWN = "own"
    ON_BEHALF = "on_behalf"


def tasks_for(by: User) -> QuerySet[Task]:
    """Return the tasks this member of staff may see.

    Who may assign: all of their area. Township and village staff: what territories of their area answer for.
    Everybody: what their organisation answers for, and what they have taken.
    """
    tasks = Task.objects.select_related("subject", "place", "organisation", "assignee", "measure", "investigation")
    if may(by, Permission.ASSIGN_TASKS):
        return tasks.filter(area_code__startswith=by.area_code)
    theirs = Q(assignee=by)
    if by.organisation_id is not None:
        theirs |= Q(organisation=by.organisation_id)
    if by.role == Role.COMMUNITY:
        within = Q(
            organisation__responsible_kind=ResponsibleKind.TERRITORY, organisation__area_code__startswith=by.area_code
        )
        nobodys = Q(organisation=None, responsible_kind__in=_OF_TERRITORY, area_code__startswith=by.area_code)
        theirs |= within | nobodys
    return tasks.filter(theirs)


def standing_to(task: Task, by: User) -> Standing:
    """Return whether a visible task is the actor's own organisation's, or done on behalf of another one."""
    organisation = task.organisation
    if organisation is None or organisation.pk == by.organisation_id:
        return Standing.OWN
    is_territory = by.role == Role.COMMUNITY and organisation.responsible_kind == ResponsibleKind.TERRITORY
    if is_territory and organisation.area_code == by.area_code:
        return Standing.OWN
    return Standing.ON_BEHALF


def is_colleagues(task: Task, by: User) -> bool:
    """Return whether somebody else has taken the task and the actor may not take it over."""
    return task.assignee_id is not None and task.assignee_id != by.pk and not may(by, Permission.ASSIGN_TASKS)


def refuse_checked_party(tasks: Sequence[Task], by: User) -> None:
    """Refuse to let the party that a task checks finish it, or whoever finished what it checks. Raises: CheckedParty.

    A citizen's task is only called in by the territory, which therefore may check it.
    """
    checks = {(task.measure_id, CHECKS[TaskKind(task.kind)]) for task in tasks if task.kind in CHECKS}
    checked = Task.objects.filter(measure__in={measure for measure, _ in checks if measure is not None})
    checked = checked.exclude(responsible_kind=ResponsibleKind.CITIZEN).select_related("organisation")
    for task in checked.filter(kind__in={kind for _, kind in checks}):
        if (task.measure_id, task.kind) in checks and _did(task, by):
            raise CheckedParty("Who did this does not confirm it: another party checks.")


def _did(task: Task, by: User) -> bool:
    if task.status == Task.Status.DONE and task.assignee_id == by.pk:
        return True
    organisation = task.organisation
    if organisation is None or organisation.pk != by.organisation_id:
        return False
    return organisation.responsible_kind == task.responsible_kind  # else it only calls in an unknown party's task


def may_reassign(by: User) -> bool:
    """Return whether the actor may give tasks to another organisation; a village has nobody below it."""
    return may(by, Permission.ASSIGN_TASKS) or (by.role == Role.COMMUNITY and receivers(by).exists())


def receivers(by: User) -> QuerySet[Organisation]:
    """Return the organisations the actor may give a task to: of the command's area all, of a township its villages."""
    within = Organisation.objects.filter(area_code__startswith=by.area_code)
    if may(by, Permission.ASSIGN_TASKS):
        return within
    if by.role != Role.COMMUNITY:
        return within.none()
    return within.filter(responsible_kind=ResponsibleKind.TERRITORY).exclude(area_code=by.area_code)
