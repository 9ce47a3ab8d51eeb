"""Facts can be added to and never changed: every guarded table refuses, found from the database's own catalogue."""

from typing import NamedTuple

import pytest
from django.db import DatabaseError, connection, transaction

pytestmark = pytest.mark.django_db

# What must be guarded, and how. A new table of facts joins by its migration and by a line here.
NEVER, NUMBER_ONCE, EXPIRE_ONCE = "lianfang_refuse_change", "lianfang_only_number", "lianfang_only_expire"
DESTROY_ONCE = "lianfang_only_destroy"
GUARDED = {
    "areas_risklist": NUMBER_ONCE,
    "areas_risklistdecision": NUMBER_ONCE,
    "areas_risklistrow": NEVER,
    "areas_riskplace": NEVER,
    "areas_riskresolution": NUMBER_ONCE,
    "core_auditevent": NEVER,
    "core_commitmentkey": DESTROY_ONCE,
    "core_control": NUMBER_ONCE,
    "core_destruction": NUMBER_ONCE,
    "healthcode_signedhead": NEVER,
    "core_evidenceentry": NEVER,
    "core_factarchive": EXPIRE_ONCE,
    "core_profileedition": NUMBER_ONCE,
    "core_profileapproval": NUMBER_ONCE,
    "core_profiledryrun": NUMBER_ONCE,
    "core_profileproposal": NUMBER_ONCE,
    "core_taskevent": NUMBER_ONCE,
    "core_treehead": NEVER,
    "core_verdict": NUMBER_ONCE,
    "capacity_laboratoryentry": NUMBER_ONCE,
    "capacity_milestone": NUMBER_ONCE,
    "capacity_milestoneevidence": NUMBER_ONCE,
    "command_campaignreach": NUMBER_ONCE,
    "command_campaignresult": NUMBER_ONCE,
    "command_contactpoint": NEVER,
    "command_noticeevent": NUMBER_ONCE,
    "command_noticeversion": NUMBER_ONCE,
    "followup_healthrecord": NUMBER_ONCE,
    "followup_transfer": NUMBER_ONCE,
    "epcis_context": NEVER,
    "epcis_event": NEVER,
    "epcis_eventkey": NEVER,
    "epcis_link": NEVER,
    "epcis_reading": NEVER,
    "goods_booking": NUMBER_ONCE,
    "goods_certificate": NUMBER_ONCE,
    "goods_certificatecheck": NUMBER_ONCE,
    "goods_goodsevent": NUMBER_ONCE,
    "goods_inspection": NUMBER_ONCE,
    "goods_penalty": NUMBER_ONCE,
    "goods_recallnotice": NUMBER_ONCE,
    "goods_recallreply": NUMBER_ONCE,
    "goods_scan": NUMBER_ONCE,
    "goods_temperature": NEVER,
    "gates_feversign": NEVER,
    "gates_gatebatch": NUMBER_ONCE,
    "gates_gateevent": NEVER,
    "gates_gaterecheck": NEVER,
    "gates_quarantine": NEVER,
    "goods_lotlink": NEVER,
    "bench_judgement": NEVER,
    "bench_readwell": NUMBER_ONCE,
    "bench_reagentlot": NUMBER_ONCE,
    "bench_run": NUMBER_ONCE,
    "bench_runfile": NEVER,
    "bench_runsignature": NUMBER_ONCE,
    "bench_setaside": NUMBER_ONCE,
    "bench_wellcall": NEVER,
    "lab_custodystep": NUMBER_ONCE,
    "lab_revocation": NUMBER_ONCE,
    "lab_samplingorder": NUMBER_ONCE,
    "lab_samplinground": NUMBER_ONCE,
    "lab_pool": NUMBER_ONCE,
    "lab_poolmember": NUMBER_ONCE,
    "healthcode_appeal": NUMBER_ONCE,
    "healthcode_appealdecision": NUMBER_ONCE,
    "healthcode_codeholder": NUMBER_ONCE,
    "healthcode_codewithdrawal": NUMBER_ONCE,
    "healthcode_issuedcode": NUMBER_ONCE,
    "healthcode_riskstay": NUMBER_ONCE,
    "lab_specimen": NUMBER_ONCE,
    "lists_candidate": NEVER,
    "lists_listedrow": NEVER,
    "lists_rowdecision": NUMBER_ONCE,
    "lists_tally": NEVER,
    "people_casereport": NUMBER_ONCE,
    "people_personedit": NUMBER_ONCE,
    "people_personmerge": NUMBER_ONCE,
    "places_contactreport": NEVER,
    "places_presence": NEVER,
    "returnees_confirmation": NUMBER_ONCE,
    "returnees_declaration": NUMBER_ONCE,
    "venues_logentry": NUMBER_ONCE,
    "venues_registration": NUMBER_ONCE,
    "tracing_exposure": NEVER,
    "tracing_exposureedge": NEVER,
}
CHANGED = 9  # the number of a value that differs from every one inserted
FUNCTIONS = [NEVER, NUMBER_ONCE, EXPIRE_ONCE, DESTROY_ONCE]
SAMPLES = {
    "double precision": "{n}.5",
    "bigint": "{n}",
    "integer": "{n}",
    "smallint": "{n}",
    "numeric": "{n}",
    "character varying": "'x{n}'",
    "text": "'x{n}'",
    "uuid": "'00000000-0000-0000-0000-00000000000{n}'",
    "bytea": "'\\x0{n}'",
    "jsonb": "'{{\"n\":{n}}}'",
    "ARRAY": "'{{{n}}}'",
    "date": "'2020-12-0{n}'",
    "timestamp with time zone": "'2020-12-0{n}T00:00:00Z'",
}


class Column(NamedTuple):
    """One column as the catalogue has it."""

    name: str
    type: str
    nullable: bool

    def sample(self, n: int) -> str:
        if self.type == "boolean":
            return "false" if n == CHANGED else "true"
        if self.type == "jsonb" and n != CHANGED:
            return "'[]'"  # also what a trigger reads as a list
        return SAMPLES[self.type].format(n=n)


def rows(query: str, parameters: list[object]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def guards() -> dict[str, dict[str, str]]:
    """Table -> event -> function, for row triggers that the project's guards made (partitions inherit theirs)."""
    query = """
        SELECT c.relname, p.proname, (t.tgtype & 16) > 0, (t.tgtype & 8) > 0
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE p.proname = ANY(%s) AND t.tgparentid = 0 AND t.tgenabled = 'O'
    """
    found: dict[str, dict[str, str]] = {}
    for table, function, on_update, on_delete in rows(query, [FUNCTIONS]):
        events = (["update"] if on_update else []) + (["delete"] if on_delete else [])
        found.setdefault(table, {}).update(dict.fromkeys(events, function))
    return found


def columns(table: str) -> list[Column]:
    query = """
        SELECT column_name, data_type, is_nullable = 'YES' FROM information_schema.columns
        WHERE table_name = %s AND table_schema = 'public' AND generation_expression IS NULL ORDER BY ordinal_position
    """
    return [Column(*row) for row in rows(query, [table])]


def run(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


_REFERS = """
    SELECT tgname FROM pg_trigger
    WHERE tgrelid = %s::regclass AND (tgname LIKE '%%_refers' OR tgname LIKE '%%_of_its_batch')
"""


# Checks that refuse made-up values; the end of the transaction brings them back.
LOOSENED = {
    "bench_readwell": ("bench_read_well_of_one",),
    "bench_run": ("bench_run_reconciles",),
    "core_commitmentkey": ("commitment_key_kept_or_destroyed",),
    "core_profileproposal": ("proposal_effective_later",),
    "lab_custodystep": ("custody_step_allowed", "custody_step_continues"),
    "lab_pool": ("pool_holds_several",),
    "lab_poolmember": ("pool_not_overfull",),
    "lab_revocation": ("revocation_of_one",),
}


def insert(table: str) -> None:
    """Add a row of made-up values; its references dangle, which the end of the transaction would refuse."""
    if table == "places_presence":
        run("CREATE TABLE presence_of_any_day PARTITION OF places_presence DEFAULT")
    for constraint in LOOSENED.get(table, ()):
        run(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    for (name,) in rows(_REFERS, [table]):  # references that are checked at the insertion, not at the end
        run(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    required = [column for column in columns(table) if not column.nullable]
    names = ", ".join(f'"{column.name}"' for column in required)
    values = ", ".join(column.sample(n % 8 + 1) for n, column in enumerate(required))  # nothing refers to itself
    run(f"INSERT INTO {table} ({names}) VALUES ({values})")


def refused(statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(statement)


def test_exactly_the_tables_of_facts_are_guarded_against_change_and_deletion() -> None:
    assert {table: events["update"] for table, events in guards().items()} == GUARDED
    assert {events["delete"] for events in guards().values()} == {NEVER}


@pytest.mark.parametrize("table", GUARDED)
def test_every_column_refuses_change_and_the_row_its_deletion(table: str) -> None:
    with transaction.atomic():
        insert(table)
        for column in columns(table):
            if (table in numbered() and column.name == "seq") or column.name in {"expired_at", "expired_before"}:
                continue
            refused(f'UPDATE {table} SET "{column.name}" = {column.sample(CHANGED)}')
        refused(f"DELETE FROM {table}")
        transaction.set_rollback(True)


def numbered() -> list[str]:
    return [table for table, function in GUARDED.items() if function == NUMBER_ONCE]


@pytest.mark.parametrize("table", numbered())
def test_the_evidence_number_is_set_once_and_alone(table: str) -> None:
    other = next(column for column in columns(table) if column.name not in {"seq", "id"})
    with transaction.atomic():
        insert(table)
        refused(f'UPDATE {table} SET seq = 7, "{other.name}" = {other.sample(CHANGED)}')
        assert run(f"UPDATE {table} SET seq = 7") == 1
        refused(f"UPDATE {table} SET seq = 8")
        refused(f"UPDATE {table} SET seq = NULL")
        transaction.set_rollback(True)


def test_an_archive_may_only_expire_with_its_hash_kept() -> None:
    now = "'2021-01-01T00:00:00Z'"
    with transaction.atomic():
        insert("core_factarchive")
        expired = f"expired_at = {now}, expired_before = '2020-12-01'"
        refused(f"UPDATE core_factarchive SET {expired}")
        refused(f"UPDATE core_factarchive SET expired_at = {now}, content = ''")
        refused(f"UPDATE core_factarchive SET {expired}, content = '', sha256 = ''")
        refused(f"UPDATE core_factarchive SET {expired}, content = '', n_rows = 0")
        assert run(f"UPDATE core_factarchive SET {expired}, content = ''") == 1
        refused("UPDATE core_factarchive SET content = '\\x01'")
        refused("UPDATE core_factarchive SET expired_before = '2020-11-30'")
        assert run("UPDATE core_factarchive SET expired_before = '2020-12-02'") == 1
        transaction.set_rollback(True)
