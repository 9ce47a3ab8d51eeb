"""Real line lists, made by others, through the command: MERS in Korea 2015 and COVID-19 in Tianjin 2020.

The MERS list (162 cases) and its links (98) come from the R package outbreaks; the Tianjin cases (135) and the links
between them from Tindale et al. 2020, whose authors left dates in dd/mm/yyyy, blanks in headers, "NA", a byte order
mark and the sources of infection as free text. Every expected number below is counted here from the files themselves,
with the csv module and none of the product's code.
"""

import argparse
import csv
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from lianfang.apps.core.models import Subject
from lianfang.apps.people.models import CaseReport
from lianfang.apps.places.clusters import contact_generations, reported_clusters
from lianfang.apps.places.models import ContactReport, Presence
from lianfang.cli import imports
from lianfang.trace import ContactRule, IndexWindow, Presences, TraceQuery, trace

DATA = Path(os.environ.get("LIANFANG_DATA", Path(__file__).parents[3] / "shared" / "data")) / "linelists"
COUNTY = "140826"
DEPARTMENT_STORE = "department store"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def data(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"not run: {path} is not there (set LIANFANG_DATA)")
    return path


def rows(name: str) -> list[dict[str, str]]:
    with data(name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def load(capsys, kind: str, name: str, *options: str) -> dict[str, object]:
    """Run `lianfang import` and return its reconciliation."""
    parser = argparse.ArgumentParser()
    imports.add_parser(parser.add_subparsers())
    assert imports.run(parser.parse_args(["import", kind, str(data(name)), "--json", *options])) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows_in"] == told["stored"] + told["duplicates"] + told["rejected"]
    return told


def codes() -> dict[int, str]:
    return dict(Subject.objects.values_list("id", "code"))


def ids() -> dict[str, int]:
    return dict(Subject.objects.values_list("code", "id"))


def undirected(pairs: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    links: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        links[one].add(other)
        links[other].add(one)
    return links


def reached(start: Iterable[str], links: Mapping[str, set[str]]) -> set[str]:
    seen, waiting = set(start), list(start)
    while waiting:
        for other in links.get(waiting.pop(), set()) - seen:
            seen.add(other)
            waiting.append(other)
    return seen


class TestMersInKorea:
    """162 cases, 98 links; nearly all by way of three patients in crowded wards."""

    LIST, LINKS = "mers_korea_2015_linelist.csv", "mers_korea_2015_contacts.csv"

    @pytest.fixture(autouse=True)
    def told(self, capsys) -> dict[str, dict[str, object]]:
        # place_infect only says "Middle East" or not; the hospital is what people were reported to have shared.
        persons = load(capsys, "persons", self.LIST, "--map", "setting=loc_hosp", "--map", "confirmed_date=dt_diag")
        contacts = load(capsys, "contacts", self.LINKS, "--map", "setting=exposure")
        return {"persons": persons, "contacts": contacts}

    def test_every_row_is_stored(self, told) -> None:
        assert (told["persons"]["rows_in"], told["persons"]["stored"]) == (162, 162)
        assert (told["contacts"]["rows_in"], told["contacts"]["stored"]) == (98, 98)
        assert CaseReport.objects.count() == 162

    def test_importing_both_again_changes_nothing(self, capsys) -> None:
        again = load(capsys, "persons", self.LIST, "--map", "setting=loc_hosp", "--map", "confirmed_date=dt_diag")
        links = load(capsys, "contacts", self.LINKS, "--map", "setting=exposure")
        assert (again["stored"], again["duplicates"]) == (0, 162)
        assert (links["stored"], links["duplicates"]) == (0, 98)

    def test_the_superspreaders_infected_as_many_as_published(self) -> None:
        by_source = Counter(codes()[source] for source in ContactReport.objects.values_list("source_id", flat=True))
        assert (by_source["SK_14"], by_source["SK_1"], by_source["SK_16"]) == (38, 26, 21)
        assert by_source == Counter(row["from"] for row in rows(self.LINKS))

    def test_the_chains_from_the_first_case_are_as_published(self) -> None:
        followed = defaultdict(set)
        for row in rows(self.LINKS):
            followed[row["from"]].add(row["to"])
        expected, frontier, generation = {}, {"SK_1"}, 0
        while frontier:
            generation += 1
            frontier = {to for case in frontier for to in followed[case]} - expected.keys() - {"SK_1"}
            expected |= dict.fromkeys(frontier, generation)
        found = contact_generations(ids()["SK_1"], area=COUNTY)
        assert {codes()[subject]: number for subject, number in found.items()} == expected
        assert Counter(expected.values())[1] == 26

    def test_links_are_dated_by_the_reported_exposure_periods(self, told) -> None:
        cases = {row["id"]: row for row in rows(self.LIST)}
        dated = [row for row in rows(self.LINKS) if cases[row["to"]]["dt_start_exp"] and cases[row["to"]]["dt_end_exp"]]
        assert told["contacts"]["counts"] == {"dated_by_period": len(dated), "undated": 98 - len(dated)}
        assert Presence.objects.count() == 2 * len(dated)
        assert ContactReport.objects.filter(place=None).count() == 98 - len(dated)

    def test_the_trace_from_a_case_reaches_exactly_those_exposed_after_its_onset(self) -> None:
        cases = {row["id"]: row for row in rows(self.LIST)}
        onset = date.fromisoformat(cases["SK_14"]["dt_onset"])
        met_after = [
            row
            for row in rows(self.LINKS)
            if cases[row["to"]]["dt_start_exp"] and date.fromisoformat(cases[row["to"]]["dt_end_exp"]) >= onset
        ]
        # SK_14 fell ill while still together with SK_1: a contact has no direction, so SK_1 was exposed again.
        expected = {row["to"] for row in met_after if row["from"] == "SK_14"}
        expected |= {row["from"] for row in met_after if row["to"] == "SK_14"}
        stays = np.array(
            [
                (subject, place, int(start.timestamp()), int(end.timestamp()))
                for subject, place, start, end in Presence.objects.values_list(
                    "subject_id", "place_id", "starts_at", "ends_at"
                )
            ],
            dtype=np.int64,
        )
        midnight = int((onset - date(1970, 1, 1)) / timedelta(seconds=1)) - 8 * 3600  # of the county, UTC+8
        horizon = int(stays[:, 3].max())
        query = TraceQuery(
            index=(IndexWindow(ids()["SK_14"], midnight, horizon),),
            horizon=horizon,
            rule=ContactRule(0, 0, cumulative=False),
        )
        exposures = trace(Presences(*stays.T), query).exposures
        assert {codes()[subject] for subject in exposures["subject"].to_pylist()} == expected
        assert len(expected) > 30


class TestTianjin:
    """135 cases with their dirt; about a third of them around one department store in Baodi district."""

    LIST, EDGES = "Tianjin135cases_revised.csv", "tianjin_edges_clean.csv"
    COLUMNS = ("--map", "setting=Infection_source", "--map", "confirmed_date=confirm_date")
    WIDE = ("--map", "to=case_id", "--map", "from=edge1,edge2,edge3,edge4", "--map", "setting=infection_source_named")

    @pytest.fixture(autouse=True)
    def told(self, capsys) -> dict[str, dict[str, object]]:
        persons = load(capsys, "persons", self.LIST, *self.COLUMNS, "--keep-good")
        contacts = load(capsys, "contacts", self.EDGES, *self.WIDE, "--keep-good")
        return {"persons": persons, "contacts": contacts}

    def filled_edges(self) -> list[tuple[str, str]]:
        return [
            (row["case_id"], row[column].strip())
            for row in rows(self.EDGES)
            for column in ("edge1", "edge2", "edge3", "edge4")
            if (row[column] or "").strip()
        ]

    def test_the_list_is_read_in_spite_of_its_dirt(self, told) -> None:
        listed = rows(self.LIST)
        assert told["persons"]["rows_in"] == len(listed) == 135
        assert (told["persons"]["stored"], told["persons"]["rejected"]) == (135, 0)
        # The header says "gender " with a blank, dates are day first, 15 onsets are "NA" and stay unknown.
        assert told["persons"]["columns"]["sex"] == ["gender "]
        reports = {report.subject.code: report for report in CaseReport.objects.select_related("subject")}
        assert reports["TJ2"].onset_date == date(2020, 1, 18)
        unknown = {row["case_id"] for row in listed if row["symptom_onset"] == "NA"}
        assert {code for code, report in reports.items() if report.onset_date is None} == unknown
        assert {code: report.setting for code, report in reports.items()} == {
            row["case_id"]: row["Infection_source"].strip() for row in listed
        }

    def test_what_cannot_be_stored_is_rejected_with_its_reason(self, told) -> None:
        table = rows(self.EDGES)
        listed = {row["case_id"] for row in rows(self.LIST)}
        edges = self.filled_edges()
        without = [row for row in table if row["case_id"] not in {case for case, _ in edges}]
        strangers = [pair for pair in edges if not set(pair) <= listed]
        assert told["contacts"]["rows_in"] == len(edges) + len(without)
        reasons = {"missing": len(without)} | ({"unknown_person": len(strangers)} if strangers else {})
        assert told["contacts"]["reasons"] == reasons
        assert told["contacts"]["stored"] == len(set(edges)) - len(strangers)

    def test_the_department_store_cluster_is_found(self) -> None:
        cluster = next(found for found in reported_clusters(area=COUNTY) if found.venue == DEPARTMENT_STORE)
        reporters = {codes()[subject] for subject in cluster.reporters}
        linked = {codes()[subject] for subject in cluster.linked}

        # Truth, part 1: the authors of the data sorted each case's free text by hand; "mall" is their word.
        by_hand = {row["case_id"] for row in rows(self.EDGES) if row["infection_source_named"].strip() == "mall"}
        listed = {row["case_id"]: row["Infection_source"] for row in rows(self.LIST)}
        assert len(by_hand) > 20
        assert by_hand <= reporters
        # Whom they did not count as "mall" says so in the list's own words: each is looked at here.
        assert {code: listed[code] for code in reporters - by_hand} == {
            "TJ74": "shopping in mall",
            "TJ122": "wife of case 110 shopping at the BaoDi Superstore",
            "TJ132": "wife of TJ82, living at proximity of Baodi shopping mall",
            "TJ134": "wife of TJ117;living at the proximity of the mall",
        }

        # Truth, part 2: everybody tied to them by the authors' links or by the case numbers in the list's texts.
        named = [
            (code, other) for code, text in listed.items() for other in re.findall(r"TJ\d+", text) if other in listed
        ]
        ties = undirected([*self.filled_edges(), *named])
        assert reporters | linked == reached(reporters, ties) & listed.keys()

        # The first known case of the store, its staff and a family two steps away are in it; travellers are not.
        assert {"TJ34", "TJ43", "TJ37", "TJ53", "TJ83"} <= reporters | linked
        assert {"TJ93", "TJ107", "TJ119", "TJ121", "TJ125"} <= reporters | linked
        assert not {"TJ1", "TJ5", "TJ10", "TJ100", "TJ95"} & (reporters | linked)

    def test_the_store_is_the_largest_cluster_of_the_list(self) -> None:
        assert reported_clusters(area=COUNTY)[0].venue == DEPARTMENT_STORE
