"""Where the facts of the evidence log live: entry kind -> model, batch kind -> the tables its parts were stored in."""

from collections.abc import Mapping

from lianfang.apps.core.integrity import FactTable

MODELS: Mapping[str, str] = {
    "specimen": "lab.Specimen",
    "result": "lab.Result",
    "custody_step": "lab.CustodyStep",
    "sampling_order": "lab.SamplingOrder",
    "sampling_round": "lab.SamplingRound",
    "revocation": "lab.Revocation",
    "pool": "lab.Pool",
    "pool_member": "lab.PoolMember",
    "pool_result": "lab.PoolResult",
    "reagent_lot": "bench.ReagentLot",
    "bench_run": "bench.Run",
    "read_well": "bench.ReadWell",
    "run_signature": "bench.RunSignature",
    "set_aside": "bench.SetAside",
    "laboratory_entry": "capacity.LaboratoryEntry",
    "milestone": "capacity.Milestone",
    "milestone_evidence": "capacity.MilestoneEvidence",
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
    "person_merge": "people.PersonMerge",
    "person_edit": "people.PersonEdit",
    "row_decision": "lists.RowDecision",
    "risk_stay": "healthcode.RiskStay",
    "issued_code": "healthcode.IssuedCode",
    "gate_batch": "gates.GateBatch",
    "code_holder": "healthcode.CodeHolder",
    "code_withdrawal": "healthcode.CodeWithdrawal",
    "profile_proposal": "core.ProfileProposal",
    "profile_approval": "core.ProfileApproval",
    "profile_dry_run": "core.ProfileDryRun",
    "destruction": "core.Destruction",
    "venue": "venues.Registration",
    "venue_log": "venues.LogEntry",
    "appeal": "healthcode.Appeal",
    "appeal_decision": "healthcode.AppealDecision",
    "risk_list": "areas.RiskList",
    "risk_list_decision": "areas.RiskListDecision",
    "risk_resolution": "areas.RiskResolution",
    "booking": "goods.Booking",
    "certificate": "goods.Certificate",
    "certificate_check": "goods.CertificateCheck",
    "goods_event": "goods.GoodsEvent",
    "goods_scan": "goods.Scan",
    "recall_notice": "goods.RecallNotice",
    "recall_reply": "goods.RecallReply",
    "inspection": "goods.Inspection",
    "penalty": "goods.Penalty",
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
            # As the list brought them: before the first change by staff.
            source="(SELECT p.batch_id, p.subject_id, s.kind,"
            " CASE WHEN e.id IS NULL THEN p.area_code ELSE e.area_before END AS area_code,"
            " CASE WHEN e.id IS NULL THEN p.household_id ELSE e.household_before END AS household_id,"
            " CASE WHEN e.id IS NULL THEN p.work_unit_id ELSE e.work_unit_before END AS work_unit_id"
            " FROM people_person p JOIN core_subject s ON s.id = p.subject_id"
            " LEFT JOIN people_personedit e ON e.subject_id = p.subject_id AND e.version = 2) t"
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
    "list": (
        FactTable(
            name="lists_listedrow",
            key="row_id",
            columns=("row_id", "area_code", "on_date"),
            source="(SELECT id AS row_id, * FROM lists_listedrow) t WHERE batch_id = {batch}",
        ),
    ),
    "linkage": (
        FactTable(
            name="lists_candidate",
            key="candidate_id",
            columns=("subject_id", "weight_tenths", "levels", "candidate_id", "row_id"),
            source="(SELECT id AS candidate_id, * FROM lists_candidate) t WHERE batch_id = {batch}",
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
    "temperatures": (
        FactTable(
            name="goods_temperature",
            key="id",
            columns=("id", "place_id", "at", "tenths_celsius"),
            source="goods_temperature WHERE batch_id = {batch}",
        ),
    ),
    "epcis": (
        FactTable(
            name="epcis_event",
            key="id",
            columns=("id", "event_id", "hash"),
            source="epcis_event WHERE batch_id = {batch}",
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
