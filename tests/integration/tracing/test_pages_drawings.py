"""The JSON behind the timeline and the network: complete, honest about what is left out, true to the facts known."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from django.test import Client
from django.utils import timezone

from lianfang.apps.core.models import AuditEvent, Subject
from lianfang.apps.places import services as place_services
from lianfang.apps.places.selectors import places
from lianfang.apps.places.services import register_surface
from lianfang.apps.tracing.selectors import bars, graph
from tests.support.case import Case, investigation_of
from tests.support.investigations import large_case
from tests.support.kept import made_once, with_positive_lot
from tests.support.staff import signed_in, staff

pytestmark = pytest.mark.django_db
kept_case = made_once(with_positive_lot)

Answer = dict[str, Any]


def asked(case: Case, drawing: str, index: str = "LOT", **query: str) -> Answer:
    answer = signed_in(case.command).get(f"/investigations/{investigation_of(index).number}/{drawing}.json", query)
    assert answer.status_code == 200
    found: Answer = answer.json()
    return found


def well_formed(timeline: Answer) -> None:
    lanes = [lane["id"] for lane in timeline["lanes"]]
    assert len(lanes) == len(set(lanes))
    assert len({bar["id"] for bar in timeline["bars"]}) == len(timeline["bars"])
    assert {bar["lane"] for bar in timeline["bars"]} | {step["lane"] for step in timeline["path"]} <= set(lanes)
    assert all(timeline["from"] <= bar["start"] <= bar["end"] <= timeline["until"] for bar in timeline["bars"])
    assert [step["step"] for step in timeline["path"]] == list(range(1, len(timeline["path"]) + 1))


def connected(network: Answer) -> None:
    nodes = {node["id"] for node in network["nodes"]}
    assert len(nodes) == len(network["nodes"])
    assert {end for edge in network["edges"] for end in (edge["source"], edge["target"])} <= nodes


def code_of(href: str) -> str:
    return href.strip("/").split("/")[-1]


def test_the_timeline_of_a_subject_walks_its_path(case: Case) -> None:
    timeline = asked(case, "timeline", subject="child")
    well_formed(timeline)
    assert len(timeline["path"]) == 2
    first, second = timeline["path"]
    assert first["at"] == int(case.ago(50).timestamp())
    assert second["at"] == int(case.ago(40).timestamp())
    home = places(area="").get(code="home")
    assert second["lane"] == f"p{home.pk}"
    roles = {(code_of(bar["href"]), bar["role"]) for bar in timeline["bars"] if bar["href"]}
    assert {("LOT", "index"), ("wang", "source"), ("child", "exposed")} <= roles
    assert any(bar["role"] == "overlap" for bar in timeline["bars"])
    assert timeline["more"] == 0


def test_the_path_backward_ends_at_the_index(case: Case) -> None:
    timeline = asked(case, "timeline", subject="wang", direction="backward")
    well_formed(timeline)
    (step,) = timeline["path"]
    wang, lot = (Subject.objects.get(code=code).label for code in ("wang", "LOT"))
    assert step["label"] == f"{wang} → {lot}"


def test_goods_of_one_lot_have_a_lane_of_their_own(case: Case) -> None:
    timeline = asked(case, "timeline", subject="LOT-a")
    well_formed(timeline)
    assert timeline["path"][0]["lane"] == "link"
    index = asked(case, "timeline", subject="LOT")
    well_formed(index)
    assert index["path"] == []


def test_the_overview_names_the_few_and_counts_the_many(case: Case) -> None:
    timeline = asked(case, "timeline")
    well_formed(timeline)
    assert {"index", "source", "overlap"} <= {bar["role"] for bar in timeline["bars"]}
    lane_of_home = f"p{places(area='').get(code='home').pk}"
    assert "child" in {code_of(bar["href"]) for bar in timeline["bars"] if bar["lane"] == lane_of_home}


def test_stays_that_became_known_later_are_not_drawn(case: Case) -> None:
    before = asked(case, "timeline", subject="child")["bars"]
    table = pl.DataFrame([{"subject": "child", "place": "home", "t_in": case.ago(46), "t_out": case.ago(42)}])
    place_services.import_presences(table, by=None, at=timezone.now())
    assert asked(case, "timeline", subject="child")["bars"] == before


def test_a_surface_is_always_at_its_place(case: Case) -> None:
    register_surface(code="DOOR", label="door handle", place_code="cold", at=case.now, by=case.technician)
    case.stays(("passer", "cold", 30, 29))
    case.signed("DOOR")
    timeline = asked(case, "timeline", "DOOR")
    well_formed(timeline)
    stays = [bar for bar in timeline["bars"] if bar["role"] == "index"]
    assert [(bar["start"], bar["end"]) for bar in stays] == [(timeline["from"], timeline["until"])]
    assert any(node["kind"] == "surface" for node in asked(case, "graph", "DOOR")["nodes"])


def test_nothing_found_is_an_empty_drawing(case: Case) -> None:
    case.signed("mate", hours_ago=1)
    timeline = asked(case, "timeline", "mate")
    well_formed(timeline)
    case.annul(investigation_of("LOT").specimen_id)
    assert asked(case, "timeline")["lanes"] == []
    assert asked(case, "timeline", run="1")["lanes"]
    assert [node["id"] for node in asked(case, "graph")["nodes"]] == [f"s{Subject.objects.get(code='LOT').pk}"]


def test_people_and_goods_meet_at_places(case: Case) -> None:
    network = asked(case, "graph")
    connected(network)
    nodes = {code_of(node["href"]): node for node in network["nodes"] if node["href"]}
    assert nodes["wang"]["cls"] == "close_contact"
    assert nodes["wang"]["generation"] == 1
    assert nodes["home"]["kind"] == "place"
    ties = {(edge["source"], edge["target"]) for edge in network["edges"] if edge["kind"] == "presence"}
    assert (nodes["child"]["id"], nodes["home"]["id"]) in ties
    links = {(edge["source"], edge["target"]) for edge in network["edges"] if edge["kind"] == "link"}
    assert (nodes["LOT"]["id"], nodes["LOT-a"]["id"]) in links
    assert not network["truncated"]


def test_a_neighbourhood_is_a_node_with_what_it_is_tied_to(case: Case) -> None:
    home = places(area="").get(code="home")
    around_home = asked(case, "graph", node=f"p{home.pk}")
    connected(around_home)
    assert {code_of(node["href"]) for node in around_home["nodes"]} == {"home", "wang", "child"}
    wang = Subject.objects.get(code="wang")
    around_wang = asked(case, "graph", node=f"s{wang.pk}")
    connected(around_wang)
    assert {"wang", "child", "LOT", "home"} <= {code_of(node["href"]) for node in around_wang["nodes"]}


def test_a_package_and_its_lot_are_tied_without_a_link(case: Case) -> None:
    case.signed("LOT-P1", hours_ago=1)
    for query in ({}, {"node": f"s{Subject.objects.get(code='LOT-P1').pk}"}):
        network = asked(case, "graph", "LOT-P1", **query)
        connected(network)
        nodes = {code_of(node["href"]): node["id"] for node in network["nodes"]}
        links = {(edge["source"], edge["target"]) for edge in network["edges"] if edge["kind"] == "link"}
        assert (nodes["LOT-P1"], nodes["LOT"]) in links


def test_each_drawing_writes_down_whom_it_shows(case: Case) -> None:
    for drawing, action in (("timeline", "tracing.timeline_read"), ("graph", "tracing.network_read")):
        asked(case, drawing)
        event = AuditEvent.objects.latest("id")
        assert event.action == action
        assert Subject.objects.get(code="wang").pk in event.subject_ids
        assert Subject.objects.get(code="LOT").pk not in event.subject_ids


def test_a_large_network_is_cut_to_what_can_be_drawn_and_says_so() -> None:
    case = large_case(2_000)
    client = signed_in(staff("command"))
    base = f"/investigations/{case.investigation.number}/"
    network = client.get(base + "graph.json").json()
    connected(network)
    assert network["truncated"]
    assert len(network["nodes"]) <= graph.NODES + graph.PLACES + 1
    assert {node["generation"] for node in network["nodes"] if node["kind"] == "person"} == {1}
    busy = next(node for node in network["nodes"] if node["kind"] == "place")
    assert busy["n_hidden"] > 0
    more = client.get(base + "graph.json", {"node": busy["id"]}).json()
    connected(more)
    assert {node["id"] for node in more["nodes"]} - {node["id"] for node in network["nodes"]}
    timeline = client.get(base + "timeline.json").json()
    well_formed(timeline)
    assert len(timeline["lanes"]) == bars.LANES
    assert timeline["more"] == len(case.places) - bars.LANES
    assert len(timeline["bars"]) <= bars.BARS


def test_a_full_lane_tells_how_many_stays_it_leaves_out(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "BARS_A_LANE", 1)
    timeline = asked(case, "timeline", subject="child")
    well_formed(timeline)
    assert any("more stays" in lane["label"] or "停留" in lane["label"] for lane in timeline["lanes"])


def test_a_later_reader_sees_the_run_they_ask_for(case: Case) -> None:
    client: Client = signed_in(case.command)
    table = pl.DataFrame([{"subject": "mate", "place": "home", "t_in": case.ago(39), "t_out": case.ago(38)}])
    place_services.import_presences(table, by=None, at=timezone.now() + timedelta(seconds=1))
    base = f"/investigations/{investigation_of('LOT').number}/"
    client.post(base + "decide/")
    assert asked(case, "timeline", subject="mate")["path"]
    assert client.get(base + "timeline.json?run=1&subject=mate").status_code == 404
