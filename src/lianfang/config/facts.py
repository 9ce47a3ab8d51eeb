"""Where the facts of the evidence log live: entry kind -> model, batch kind -> the tables its parts were stored in."""

from collections.abc import Mapping

from lianfang.apps.core.integrity import FactTable

MODELS: Mapping[str, str] = {
    "specimen": "lab.Specimen",
    "result": "lab.Result",
    "custody_step": "lab.CustodyStep",
    "control": "core.Control",
    "task_event": "core.TaskEvent",
    "profile": "core.ProfileEdition",
    "case_report": "people.CaseReport",
    "health_record": "followup.HealthRecord",
    "transfer": "followup.Transfer",
    "declaration": "returnees.Declaration",
    "confirmation": "returnees.Confirmation",
    "surface": "places.Surface",
    "run": "tracing.Run",
    "verdict": "core.Verdict",
    "risk_list": "areas.RiskList",
    "risk_list_decision": "areas.RiskListDecision",
    "risk_resolution": "areas.RiskResolution",
    "notice_version": "command.NoticeVersion",
    "notice_event": "command.NoticeEvent",
    "campaign_reach": "command.CampaignReach",
    "campaign_result": "command.CampaignResult",
}

_PRESENCES = FactTable(
    name="places_presence",
    of_days=True,
    key="subject_id",
    columns=("subject_id", "place_id", "starts_at", "ends_at"),
    source="places_presence WHERE batch_id = {batch} AND starts_at >= {start} AND starts_at < {until}",
)

BATCHES: Mapping[str, tuple[FactTable, ...]] = {
    "presences": (_PRESENCES,),
    "contacts": (
        _PRESENCES,
        FactTable(
            name="places_contactreport",
            key="id",
            columns=("id", "source_id", "exposed_id", "place_id", "starts_at", "ends_at"),
            source="places_contactreport WHERE batch_id = {batch}",
        ),
    ),
    "persons": (
        FactTable(
            name="people_person",
            key="kind",  # null in a row that only reports on a person already known
            columns=("subject_id", "kind", "area_code", "household_id", "work_unit_id"),
            source="(SELECT p.*, s.kind FROM people_person p JOIN core_subject s ON s.id = p.subject_id) t"
            " WHERE batch_id = {batch}",
        ),
        FactTable(
            name="people_casereport",
            key="report_id",
            columns=(
                "subject_id",
                "report_id",
                "onset_date",
                "exposure_start_date",
                "exposure_end_date",
                "confirmed_date",
            ),
            source="(SELECT *, id AS report_id FROM people_casereport) t WHERE batch_id = {batch}",
        ),
    ),
    "places": (
        FactTable(
            name="places_place",
            key="id",
            columns=("code", "kind", "id", "area_code", "organisation_id"),
            source="places_place WHERE batch_id = {batch}",
        ),
    ),
    "lots": (
        FactTable(
            name="goods_lot",
            key="subject_id",
            columns=("code", "area_code", "subject_id", "product", "country", "declaration_no", "quarantine_cert_no",
                     "production_lot", "n_pieces", "net_weight_kg", "arrived_at", "owner_id"),
            source="(SELECT l.*, s.code, s.area_code FROM goods_lot l JOIN core_subject s ON s.id = l.subject_id) t"
            " WHERE batch_id = {batch}",
        ),
    ),
    "packages": (
        FactTable(
            name="goods_package",
            key="subject_id",
            columns=("code", "area_code", "subject_id", "lot_id"),
            source="(SELECT k.*, s.code, s.area_code FROM goods_package k JOIN core_subject s ON s.id = k.subject_id) t"
            " WHERE batch_id = {batch}",
        ),
    ),
    "risk_list": (
        FactTable(
            name="areas_risklistrow",
            key="number",
            columns=("number", "list_id", "level", "place_id"),
            source="(SELECT r.number, r.risk_list_id AS list_id, r.level, r.place_id, l.content_id FROM"
            " areas_risklistrow r JOIN areas_risklist l ON l.id = r.risk_list_id) t WHERE content_id = {batch}",
        ),
        FactTable(
            name="areas_riskplace",
            key="words_id",
            columns=("key", "words_id", "area_name", "words"),
            source="(SELECT key, id AS words_id, area_name, community AS words, batch_id FROM areas_riskplace) t"
            " WHERE batch_id = {batch}",
        ),
        FactTable(
            name="areas_riskresolution",
            key="resolution_id",
            columns=("resolution_id", "resolved_id", "area_code", "extent", "is_certain"),
            source="(SELECT id AS resolution_id, place_id AS resolved_id, area_code, extent, is_certain::int, batch_id"
            " FROM areas_riskresolution) t WHERE batch_id = {batch}",
        ),
    ),
    "links": (
        FactTable(
            name="goods_lotlink",
            key="id",
            columns=("source_id", "target_id", "at", "kind", "id"),
            source="goods_lotlink WHERE batch_id = {batch}",
        ),
    ),
}  # fmt: skip
