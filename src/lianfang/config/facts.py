"""Where the facts of the evidence log live: entry kind -> model, batch kind -> the rows of a part."""

from collections.abc import Mapping

from lianfang.apps.core.integrity import RowsOfPart

MODELS: Mapping[str, str] = {
    "specimen": "lab.Specimen",
    "result": "lab.Result",
    "control": "core.Control",
    "task_event": "core.TaskEvent",
    "profile": "core.ProfileEdition",
    "case_report": "people.CaseReport",
    "surface": "places.Surface",
    "run": "tracing.Run",
    "verdict": "core.Verdict",
}

BATCHES: Mapping[str, RowsOfPart] = {}
