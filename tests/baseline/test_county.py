"""Golden county: the same seed gives the same tables, whatever the threads; a change here is a change of results."""

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lianfang.sim import County, make_incident
from tests.unit.sim.county_table import small_county

GOLDEN = Path(__file__).with_name("county.json")


def digest(table: pa.Table) -> str:
    """Digest of a table's names and values, independent of how Arrow lays them out."""
    total = hashlib.sha256()
    for name in table.column_names:
        values = table[name]
        if pa.types.is_dictionary(values.type):
            values = values.cast(pa.string())
        text = pc.fill_null(values.cast(pa.string()), "\N{SYMBOL FOR NULL}")
        total.update("\x1f".join([name, *text.to_pylist()]).encode())
    return total.hexdigest()


def digests(county: County) -> dict[str, str]:
    found = {name: digest(table) for name, table in county.tables.items()}
    return found | {"incident": hashlib.sha256(repr(make_incident(county)).encode()).hexdigest()}


def test_the_county_of_seed_7_is_the_golden_one() -> None:
    assert digests(small_county()) == json.loads(GOLDEN.read_text())


def test_the_number_of_threads_changes_nothing() -> None:
    threads = pa.cpu_count()
    answers = []
    try:
        for count in (1, 4):
            pa.set_cpu_count(count)
            answers.append(digests(small_county(population=1500)))
    finally:
        pa.set_cpu_count(threads)
    assert answers[0] == answers[1]
