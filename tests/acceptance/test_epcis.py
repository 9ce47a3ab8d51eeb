"""GS1's own EPCIS 2.0 documents through the API: captured, found again, valid by GS1's schema, equal by event hash.

The documents reuse each other's event ids, so each has a store of its own (a transaction that is rolled back).
"""

import copy
import importlib
import json
import os
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.test import Client
from django.utils import timezone

from lianfang.apps.core.models import Role
from lianfang.apps.goods.epcis import services
from lianfang.apps.goods.epcis.models import Capture, Event
from lianfang.formats.epcis import canonical, checks, vocabulary
from lianfang.formats.epcis.documents import open_document
from tests.support.staff import signed_in, staff

DATA = Path(os.environ.get("LIANFANG_DATA", Path(__file__).parents[3] / "shared" / "data")) / "epcis"
DOCUMENTS = sorted(DATA.glob("JSON/**/*.jsonld"))


def by_name(path: Path) -> str:
    return path.stem


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schema() -> Any:
    """Return GS1's schema with formats asserted: without, it lets most wrong documents pass."""
    path = DATA / "EPCIS-JSON-Schema.json"
    if not path.exists():
        pytest.skip(f"not run: {path} is not there (set LIANFANG_DATA)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        checker = jsonschema.Draft7Validator.FORMAT_CHECKER
    assert {"uri", "date-time"} <= set(checker.checkers)
    return jsonschema.Draft7Validator(read(path), format_checker=checker)


def hashes(document: Any) -> Counter[str]:
    found = open_document(document)
    prefixes = vocabulary.namespaces(found.context)
    own = [
        {**prefixes, **vocabulary.namespaces(event["@context"])} if "@context" in event else prefixes
        for event in found.events
    ]
    return Counter(canonical.event_hash(event, names) for event, names in zip(found.events, own, strict=True))


def test_all_documents_are_there() -> None:
    if not DATA.exists():
        pytest.skip(f"not run: {DATA} is not there (set LIANFANG_DATA)")
    assert len(DOCUMENTS) == 47
    assert sum(len(open_document(read(path)).events) for path in DOCUMENTS) == 56


@pytest.mark.django_db
@pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
def test_document_comes_back_as_it_was(path: Path, schema: Any) -> None:
    client = signed_in(staff(Role.WAREHOUSE))
    content = path.read_bytes()
    response = client.post("/api/epcis/capture", content, content_type="application/ld+json")
    assert response.status_code == 202
    services.process(Capture.objects.get().pk, at=timezone.now())
    job = client.get(response.headers["Location"]).json()
    assert (job["success"], job["errors"]) == (True, [])
    sent = open_document(json.loads(content))
    assert job["counts"]["stored"] + job["counts"]["known"] == len(sent.events)

    answer = client.get("/api/epcis/events", {"orderBy": "eventTime", "orderDirection": "ASC", "perPage": 100})
    document = answer.json()
    assert [error.message for error in schema.iter_errors(document)] == []
    assert checks.problems_of(document) == []
    assert hashes(document).keys() == hashes(json.loads(content)).keys()

    for event in sent.events:  # each is found by what it names
        for asked, key in (("MATCH_epc", "epcList"), ("MATCH_inputEPC", "inputEPCList"), ("MATCH_epc", "childEPCs")):
            for epc in event.get(key, ())[:1]:
                assert events_of(client, {asked: epc, "eventType": event["type"]})
        if "eventID" in event:
            assert events_of(client, {"EQ_eventID": event["eventID"]})
    services.map_capture(Capture.objects.get().pk, at=timezone.now())


def events_of(client: Client, params: dict[str, str]) -> list[Any]:
    body = client.get("/api/epcis/events", params).json()["epcisBody"]
    return list(body["queryResults"]["resultsBody"]["eventList"])


def broken(event: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is wrong after each of many single changes to an event."""
    for name in event:
        if name not in {"@context", "eventID"}:
            yield f"without {name}", {key: value for key, value in event.items() if key != name}
        for value in (7, "not a uri", [], {}, None, True, ["x"], "2020-13-45T00:00:00Z"):
            yield f"{name} = {value!r}", {**event, name: value}
    yield "a field without namespace", {**event, "somethingElse": 1}
    for name, inner in event.items():
        entries = inner if isinstance(inner, list) else [inner]
        for entry in entries[:1]:
            if isinstance(entry, dict):
                for key in entry:
                    for value in (7, "no word", None, []):
                        changed = {**entry, key: value}
                        yield f"{name}.{key} = {value!r}", {**event, name: [changed] if entries is inner else changed}


@pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
def test_our_checks_refuse_what_the_schema_refuses(path: Path, schema: Any) -> None:
    """GS1's schema is not part of the project (its licence): our own checks must decide alike on every change."""
    document = read(path)
    assert [error.message for error in schema.iter_errors(document)] == []
    kind = "EPCISDocument"
    differing = []
    for event in open_document(document).events[:1]:
        for what, changed in broken(copy.deepcopy(event)):
            around = {
                "@context": document["@context"], "type": kind, "schemaVersion": "2.0",
                "creationDate": "2020-12-01T00:00:00Z", "epcisBody": {"eventList": [changed]},
            }  # fmt: skip
            problems = checks.problems_of(around)
            if bool(problems) == schema.is_valid(around):
                differing.append((what, [p.pointer for p in problems]))
            for problem in problems:
                assert problem.pointer.startswith("/epcisBody/eventList/0")
    assert differing == []


# Where the reference program departs from the standard, or stops: its file, and why.
DEPARTS = {
    "aggregation_event_all_possible_fields": "leaves the prefix of a component as it is",
    "object_event_all_possible_fields": "sorts the master data by its prefix, not by its namespace",
    "SensorDataExample12": "leaves out a single extension of sensor metadata",
    "SensorDataExample8": "does not know the business rules of a sensor report",
    "Example-TransactionEvents-2020_07_03y": "stops at a transaction without a type",
    "transformation_event_all_possible_fields": "refuses the context",
}


@pytest.mark.filterwarnings("default")  # the program's own
@pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
def test_canonical_form_equals_the_reference_program(path: Path) -> None:
    """The same parts, character by character; their order is the standard's, which the program changed for some lists."""
    document = read(path)
    found = open_document(document)
    prefixes = vocabulary.namespaces(document["@context"])
    mine = [as_the_program_orders(canonical.canonical_parts(event, prefixes)) for event in found.events]
    if path.stem in DEPARTS:
        assert theirs(document, found.events) != mine, f"no longer: {DEPARTS[path.stem]}"
    else:
        assert theirs(document, found.events) == mine


def as_the_program_orders(parts: list[tuple[str, str]]) -> str:
    late = {"bizTransactionList", "sourceList", "destinationList", "ilmd"}
    first = [text for name, text in parts[:-1] if name not in late]
    return "".join([*first, *sorted(text for name, text in parts if name in late), parts[-1][1]])


def theirs(document: Any, events: Any) -> list[str] | None:
    program = importlib.import_module("epcis_event_hash_generator.hash_generator")
    reader = importlib.import_module("epcis_event_hash_generator.json_to_py")
    reader._namespaces.clear()
    given = {**document, "type": "EPCISDocument", "epcisBody": {"eventList": copy.deepcopy(list(events))}}
    try:
        texts = program.derive_prehashes_from_events(reader.event_list_from_epcis_document_json(given))
    except Exception:  # noqa: BLE001 - whatever stops the program: DEPARTS says where
        return None
    return [
        text.replace("booleanValue=True", "booleanValue=true").replace("cbvmda:", "{urn:epcglobal:cbv:mda}")
        for text in texts
    ]


@pytest.mark.django_db
def test_networks_of_foodchain_lab_are_traced_as_a_graph_search_does() -> None:
    folder = DATA.parent / "goods"
    if not folder.exists():
        pytest.skip(f"not run: {folder} is not there (set LIANFANG_DATA)")
    user = staff(Role.WAREHOUSE)
    for path in (folder / "ExampleData.json", folder / "Scenario_2_LaSource.json"):
        deliveries, edges = network(read(path)["data"])
        document = as_events(path.stem, edges)
        kept = services.take(json.dumps(document).encode(), at=timezone.now(), by=user)
        assert services.process(kept.pk, at=timezone.now()).errors == []
        assert Event.objects.filter(capture=kept).count() == len(edges)
        n_compared = compare(path.stem, deliveries, edges)
        print(f"{path.stem}: {len(deliveries)} deliveries, {len(edges)} relations, {n_compared} traces equal")


def network(data: Any) -> tuple[list[str], list[tuple[str, str]]]:
    rows = [{cell["id"]: cell.get("value") for cell in row} for row in data["deliveries"]["data"]]
    links = [{cell["id"]: cell.get("value") for cell in row} for row in data["deliveryRelations"]["data"]]
    return [str(row["ID"]) for row in rows], [(str(link["from"]), str(link["to"])) for link in links]


def as_events(name: str, edges: list[tuple[str, str]]) -> dict[str, Any]:
    events = [
        {
            "type": "TransformationEvent", "eventTime": f"2020-12-01T{n // 60:02d}:{n % 60:02d}:00Z",
            "eventTimeZoneOffset": "+08:00", "eventID": f"urn:example:{name}:{n}",
            "inputQuantityList": [{"epcClass": f"urn:example:{name}:delivery:{source}"}],
            "outputQuantityList": [{"epcClass": f"urn:example:{name}:delivery:{target}"}],
        }
        for n, (source, target) in enumerate(edges)
    ]  # fmt: skip
    return {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2020-12-02T00:00:00Z", "epcisBody": {"eventList": events},
    }  # fmt: skip


def compare(name: str, deliveries: list[str], edges: list[tuple[str, str]]) -> int:
    from lianfang.apps.goods.epcis.selectors.following import follow

    prefix, n = f"urn:example:{name}:delivery:", 0
    for direction in ("forward", "backward"):
        pairs = edges if direction == "forward" else [(target, source) for source, target in edges]
        for root in deliveries:
            expected, front = set(), [root]
            while front:
                front = [b for a, b in pairs if a in front and b not in expected and b != root]
                expected |= set(front)
            found = {each.key.removeprefix(prefix) for each in follow([prefix + root], direction, area="")}
            assert found == expected, (direction, root)
            n += 1
    return n
