"""What follows what: the one table from an outbox event to the functions it calls, in order."""

from lianfang.apps.areas import services as areas
from lianfang.apps.core.outbox import Reaction
from lianfang.apps.healthcode import services as healthcode
from lianfang.apps.places.tasks import follow_batch as follow_presences
from lianfang.apps.tracing import services as tracing

REACTIONS: dict[str, tuple[Reaction, ...]] = {
    "lab.result_signed": (tracing.respond_to_result, healthcode.ask_for_codes),
    "core.tasks_done": (tracing.follow_tasks, healthcode.ask_for_codes),
    "core.batch_recorded": (follow_presences, tracing.follow_batch),
    "people.case_reported": (tracing.follow_report, healthcode.ask_for_codes),
    "healthcode.evidence_changed": (healthcode.follow_facts,),
    "areas.risk_changed": (areas.publish_change,),
}
