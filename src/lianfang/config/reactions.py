"""What follows what: the one table from an outbox event to the functions it calls, in order."""

from lianfang.apps.areas import services as areas
from lianfang.apps.capacity import services as capacity
from lianfang.apps.command.services.advice import draft_advice
from lianfang.apps.core.outbox import Reaction
from lianfang.apps.gates import services as gates
from lianfang.apps.goods import services as goods
from lianfang.apps.healthcode import services as healthcode
from lianfang.apps.lists.tasks import follow_batch as follow_list
from lianfang.apps.places.tasks import follow_batch as follow_presences
from lianfang.apps.reporting import telling
from lianfang.apps.returnees import services as returnees
from lianfang.apps.tracing import services as tracing

REACTIONS: dict[str, tuple[Reaction, ...]] = {
    "core.batch_recorded": (follow_presences, tracing.follow_batch, follow_list),
    "people.merged": (tracing.follow_merge,),
    "lab.result_signed": (
        tracing.respond_to_result,
        goods.follow_result,
        returnees.follow_result,
        healthcode.ask_for_codes,
        telling.tell_result,
    ),
    "lab.results_signed": (
        tracing.respond_to_results,
        goods.follow_results,
        returnees.follow_results,
        healthcode.ask_for_codes,
        telling.tell_results,
    ),
    "lab.pool_result_signed": (telling.tell_members,),
    "core.tasks_done": (tracing.follow_tasks, healthcode.ask_for_codes, capacity.follow_tasks),
    "returnees.to_screen": (returnees.screen_again,),
    "returnees.screened": (healthcode.follow_returns,),
    "people.case_reported": (tracing.follow_report, healthcode.ask_for_codes),
    "areas.risk_changed": (areas.publish_change, draft_advice, returnees.follow_lists),
    "followup.concern_found": (healthcode.ask_for_codes,),
    "gates.batch_taken": (gates.follow_batch,),
    "healthcode.evidence_changed": (healthcode.follow_facts,),
}
