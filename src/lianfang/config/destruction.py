"""What can be destroyed when an emergency is over: a kind of records -> its tables, in the order of deletion."""

from collections.abc import Mapping, Sequence

from lianfang.apps.healthcode.destruction import PRESENCES, Doomed

KINDS: Mapping[str, Sequence[Doomed]] = {
    PRESENCES: (),
    "door_events": (
        Doomed("gates_doorstay", ""),
        Doomed("gates_feversign", ""),
        Doomed("gates_gaterecheck", ""),
        Doomed("gates_quarantine", ""),
        Doomed("gates_gateevent", ""),
        Doomed("gates_gatebatch", "gate_batch"),
    ),
    "health_codes": (
        Doomed("healthcode_codeholder", "code_holder"),
        Doomed("healthcode_codewithdrawal", "code_withdrawal"),
        Doomed("healthcode_issuedcode", "issued_code"),
        Doomed("healthcode_currentcode", ""),
        Doomed("core_verdict", "verdict:decide_colour", "kind = 'decide_colour'"),
        Doomed("healthcode_appealdecision", "appeal_decision"),
        Doomed("healthcode_appeal", "appeal"),
        Doomed("healthcode_riskstay", "risk_stay"),
    ),
}
