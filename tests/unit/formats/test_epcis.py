"""EPCIS without a database: what is refused and where, the one form of an event and its hash, identifiers, units, documents."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from lianfang.formats.epcis import checks, units, vocabulary
from lianfang.formats.epcis.canonical import canonical_form, canonical_time, event_hash
from lianfang.formats.epcis.documents import CONTEXT, Unreadable, contexts_of, document_of, open_document, parse
from lianfang.formats.epcis.identifiers import canonical_uri, check_digit, epc_uri, goods_of

EVENT: dict[str, Any] = {
    "type": "ObjectEvent", "eventTime": "2020-12-01T08:00:00+08:00", "eventTimeZoneOffset": "+08:00", "action": "OBSERVE",
    "bizStep": "receiving", "epcList": ["urn:epc:id:sgtin:4012345.011111.9876"],
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"},
}  # fmt: skip
SENSED = {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": -18.5, "uom": "CEL"}]}]}
PREFIXES = vocabulary.namespaces([CONTEXT, {"ex": "https://ns.example.com/"}])


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        ({"type": None}, "/type", "missing"), ({"type": "Event"}, "/type", "wrong_type"),
        ({"eventTime": "2020-02-30T08:00:00Z"}, "/eventTime", "not_time"),
        ({"eventTime": "2020-12-01T08:00:00"}, "/eventTime", "not_time"),
        ({"eventTimeZoneOffset": "+15:00"}, "/eventTimeZoneOffset", "not_offset"),
        ({"action": None}, "/action", "missing"), ({"action": "LOOK"}, "/action", "not_in_vocabulary"),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:eating"}, "/bizStep", "not_in_vocabulary"),
        ({"bizStep": f"urn:x:{'a' * 300}"}, "/bizStep", "too_long"),
        ({"epcList": ["urn:x:1", "no uri"]}, "/epcList/1", "not_uri"), ({"epcList": ["urn:x:\0"]}, "/epcList/0", "not_uri"),
        ({"epcList": ["urn:x:%4"]}, "/epcList/0", "not_uri"), ({"eventID": f"urn:x:{'a' * 500}"}, "/eventID", "too_long"),
        ({"epcList": ["urn:x:1", "urn:x:1"]}, "/epcList", "repeated"), ({"epcList": None}, "", "nothing_named"),
        ({"readPoint": {}}, "/readPoint/id", "not_uri"), ({"readPoint": "urn:x:1"}, "/readPoint", "not_object"),
        ({"own": 1}, "/own", "unknown_field"), ({"a/b~c": 1}, "/a~1b~0c", "unknown_field"),
        ({"ilmd": {}}, "/ilmd", "ilmd_without_add"),
        ({"quantityList": [{"epcClass": "urn:x:1", "quantity": True}]}, "/quantityList/0/quantity", "not_number"),
        ({"quantityList": [{"epcClass": "urn:x:1", "quantity": 1e999}]}, "/quantityList/0/quantity", "not_number"),
        ({"quantityList": [{"epcClass": "urn:x:1", "uom": "kilo"}]}, "/quantityList/0/uom", "not_unit"),
        ({"sensorElementList": [{"sensorReport": []}]}, "/sensorElementList/0/sensorReport", "empty"),
        ({"errorDeclaration": {}}, "/errorDeclaration/declarationTime", "missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(changed: dict[str, Any], pointer: str, code: str) -> None:
    event = {key: value for key, value in {**EVENT, **changed}.items() if value is not None}
    assert [(checks.pointer(path), why) for path, why in checks.event(event)] == [(pointer, code)]
    assert code in checks.CODES


def test_what_no_store_can_hold_is_found_anywhere_in_an_event() -> None:
    value = {"ex:a": ["\0", {"ex:b": float("inf"), "ex:\0": 1}], "ex:c": 1.5, "ex:d": True}
    found = [(checks.pointer(path), code) for path, code in checks.unstorable(value)]
    assert found == [("/ex:a/0", "not_text"), ("/ex:a/1/ex:b", "not_number"), ("/ex:a/1/ex:\\u0000", "not_text")]


@pytest.mark.parametrize(
    "changed",
    [
        {"eventTime": "2020-12-01T00:00:00.0000Z"}, {"bizStep": "https://ref.gs1.org/cbv/BizStep-receiving"},
        {"bizStep": "urn:epcglobal:cbv:bizstep:receiving"}, {"epcList": ["https://id.gs1.org/01/04012345111118/21/9876"]},
        {"epcList": ["http://shop.example/gtin/4012345111118/ser/9876?x=1"]}, {"eventID": "urn:x:1"},
        {"recordTime": "2020-12-02T00:00:00Z"}, {"errorDeclaration": {"declarationTime": "2020-12-02T00:00:00Z"}},
    ],
)  # fmt: skip
def test_an_event_written_otherwise_has_the_same_hash(changed: dict[str, Any]) -> None:
    assert event_hash({**EVENT, **changed}, PREFIXES) == event_hash(EVENT, PREFIXES)


def test_the_form_is_that_of_the_standard_and_its_hash_the_id() -> None:
    form = canonical_form({**EVENT, **SENSED, "ex:b": 2, "ex:a": {"ex:c": "x"}}, PREFIXES)
    assert form == (
        "eventType=ObjectEventeventTime=2020-12-01T00:00:00.000ZeventTimeZoneOffset=+08:00"
        "epcListepc=https://id.gs1.org/01/04012345111118/21/9876action=OBSERVE"
        "bizStep=https://ref.gs1.org/cbv/BizStep-receivingreadPointid=https://id.gs1.org/414/4012345000016"
        "sensorElementListsensorElementsensorReporttype=https://gs1.org/voc/Temperaturevalue=-18.5uom=CEL"
        "{https://ns.example.com/}a{https://ns.example.com/}c=x{https://ns.example.com/}b=2"
    )
    digest = hashlib.sha256(canonical_form(EVENT, PREFIXES).encode()).hexdigest()
    assert event_hash(EVENT, PREFIXES) == f"ni:///sha-256;{digest}?ver=CBV2.0"
    assert event_hash({**EVENT, "action": "ADD"}, PREFIXES) != event_hash(EVENT, PREFIXES)


def test_times_are_rounded_to_milliseconds_half_up() -> None:
    assert canonical_time("2020-12-01T08:00:00.1234+08:00") == "2020-12-01T00:00:00.123Z"
    assert canonical_time("2020-12-31T23:59:59.9995Z") == "2021-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456/10/998877"),
        ("urn:epc:id:sscc:4012345.0000000111", "https://id.gs1.org/00/040123450000001112"),
        ("urn:epc:id:sgln:4012345.00001.0", "https://id.gs1.org/414/4012345000016"),
        ("urn:epc:id:sgtin:4012345.011111.a(b", "https://id.gs1.org/01/04012345111118/21/a%28b"),
        ("urn:epc:id:sgtin:40.1.1", "urn:epc:id:sgtin:40.1.1"), ("urn:x:1", "urn:x:1"),
        (f"urn:epc:id:giai:4012345.{'9' * 200}", f"urn:epc:id:giai:4012345.{'9' * 200}"),
    ],
)  # fmt: skip
def test_identifiers_have_one_form(written: str, one: str) -> None:
    assert canonical_uri(written) == one == canonical_uri(one)


def test_identifiers_of_goods_are_read_and_written_back() -> None:
    assert check_digit("0401234512345") == "6"
    lot = goods_of("urn:epc:class:lgtin:4012345.012345.998877")
    assert lot is not None
    assert (lot.key, lot.product, lot.lot, lot.serial) == ("01", "04012345123456", "998877", "")
    assert goods_of("urn:epc:id:sgln:4012345.00001.0") is None
    for urn in ("urn:epc:class:lgtin:4012345.012345.998877", "urn:epc:id:sscc:4012345.0000000111"):
        assert epc_uri(canonical_uri(urn), 7) == urn


def test_measured_values_are_converted() -> None:
    assert units.convert(-18.5, "CEL", "FAH") == pytest.approx(-1.3)
    assert units.convert(1.0, "TNE", "KGM") == pytest.approx(1000)
    assert units.convert(1.0, "CEL", "KGM") is None
    assert units.to_base(3.0, "XYZ") == (3.0, "XYZ")


@pytest.mark.parametrize(
    "content", [b"{", b"", b"\xff", b'{"a": NaN}', b'{"a": "\\ud800"}', b"[" * 9999, "{}".encode("utf-16")]
)
def test_bytes_that_are_no_json_are_refused(content: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(content)
    assert refused.value.problems[0].code == "not_json"


def test_a_document_is_opened_with_its_place_and_context() -> None:
    written = document_of([EVENT], [CONTEXT], datetime(2020, 12, 1, tzinfo=UTC))
    assert checks.problems_of(written) == []
    opened = open_document(written)
    assert (list(opened.events), opened.place) == ([EVENT], "/epcisBody/eventList")
    assert open_document({**EVENT, "@context": CONTEXT}).place == ""
    for wrong, pointer in (
        ({**written, "schemaVersion": "two"}, "/schemaVersion"),
        ({**written, "epcisBody": {"eventList": {}}}, "/epcisBody/eventList"),
        ({**written, "sender": "\0"}, "/sender"),
    ):
        with pytest.raises(Unreadable) as refused:
            open_document(wrong)
        assert [problem.pointer for problem in refused.value.problems] == [pointer]
    merged = contexts_of([], [[CONTEXT, {"ex": "https://a/"}], [CONTEXT, {"ex": "https://b/", "own": "https://c/"}]])
    assert merged == [CONTEXT, {"ex": "https://a/", "own": "https://c/"}]
