"""Importing the published divisions: idempotent, changes told, nothing deleted, everything counted."""

import argparse
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lianfang.apps.areas import selectors, services
from lianfang.apps.areas.models import Area
from lianfang.apps.areas.published import DivisionsRefused
from lianfang.apps.areas.services import LevelCount, Rename, import_divisions, register_territories
from lianfang.apps.core.models import AuditEvent, Organisation
from lianfang.apps.core.selectors import Concern, responsible_organisation
from lianfang.cli import areas
from lianfang.rules.vocabulary import ResponsibleKind
from tests.support.divisions import FILES, write_lists

pytestmark = pytest.mark.django_db
COUNTY = "140826"
# 16:30 UTC: in the county it is the next day already.
AT = datetime(2020, 12, 6, 16, 30, tzinfo=UTC)


def load(directory: Path, **changed: str) -> services.DivisionsImported:
    return import_divisions(write_lists(directory, **changed), county_code=COUNTY, by=None, at=AT)


def counts(report: services.DivisionsImported, filename: str) -> dict[str, int]:
    level = report.levels[filename]
    return {name: getattr(level, name) for name in LevelCount.__slots__ if getattr(level, name)}


def test_the_first_import_adds_everything_and_counts_what_is_not_ours(tmp_path: Path) -> None:
    report = load(tmp_path)
    assert counts(report, "areas.csv") == {"rows": 2, "added": 2}
    assert counts(report, "streets.csv") == {"rows": 3, "skipped": 1, "added": 2}
    assert counts(report, "villages.csv") == {"rows": 4, "skipped": 1, "added": 3}
    assert Area.objects.count() == 9
    assert dict(Area.objects.values_list("code", "parent")) == {
        "14": None,
        "1408": "14",
        "140825": "1408",
        "140826": "1408",
        "140826100": "140826",
        "140826402": "140826",
        "140826100005": "140826100",
        "140826100200": "140826100",
        "140826402498": "140826402",
    }


def test_every_level_reconciles(tmp_path: Path) -> None:
    load(tmp_path)
    report = load(
        tmp_path, villages=FILES["villages"].replace("东关", "东关新").replace("140826402498", "140826402499")
    )
    for level in report.levels.values():
        assert level.rows == level.skipped + level.added + level.renamed + level.unchanged + level.restored


def test_the_same_lists_again_change_nothing(tmp_path: Path) -> None:
    load(tmp_path)
    before = list(Area.objects.values())
    report = load(tmp_path)
    assert report.changed == 0
    assert list(Area.objects.values()) == before
    assert AuditEvent.objects.filter(action="areas.imported").count() == 1


def test_a_changed_name_is_taken_over_and_told(tmp_path: Path) -> None:
    load(tmp_path)
    report = load(tmp_path, streets=FILES["streets"].replace("古绛镇", "古绛街道"))
    assert report.renamed == (Rename("140826100", "古绛镇", "古绛街道"),)
    assert selectors.name_of("140826100") == "古绛街道"


def test_a_unit_no_longer_listed_is_withdrawn_and_comes_back(tmp_path: Path) -> None:
    load(tmp_path)
    shorter = FILES["villages"].replace('140826100200,"东关村委会",140826100,14,1408,140826\n', "")
    report = load(tmp_path, villages=shorter)
    assert report.withdrawn == ("140826100200",)
    assert counts(report, "villages.csv")["withdrawn"] == 1
    assert selectors.division("140826100200").withdrawn_on == date(2020, 12, 7)
    assert load(tmp_path, villages=shorter).changed == 0
    report = load(tmp_path, villages=FILES["villages"].replace("东关村", "东关新村"))
    assert report.restored == ("140826100200",)
    assert report.renamed == (Rename("140826100200", "东关村委会", "东关新村委会"),)
    assert selectors.division("140826100200").withdrawn_on is None


def test_a_refused_list_stores_nothing(tmp_path: Path) -> None:
    with pytest.raises(DivisionsRefused):
        load(tmp_path, villages=FILES["villages"] + "14082610099,短,140826100,14,1408,140826\n")
    assert Area.objects.count() == 0


def test_another_county_s_units_are_left_alone(tmp_path: Path) -> None:
    import_divisions(write_lists(tmp_path), county_code="140825", by=None, at=AT)
    report = load(tmp_path)
    assert report.withdrawn == ()
    assert selectors.division("140825100001").withdrawn_on is None


def test_every_unit_gets_the_organisation_that_answers_for_it(tmp_path: Path) -> None:
    load(tmp_path)
    assert register_territories(county_code=COUNTY, by=None, at=AT) == 6
    assert register_territories(county_code=COUNTY, by=None, at=AT) == 0
    names = dict(Organisation.objects.values_list("area_code", "name"))
    assert names == {
        "140826": "绛县疫情防控指挥部",
        "140826100": "古绛镇人民政府",
        "140826402": "山西绛县经济开发区管理委员会",
        "140826100005": "龙王庙社区居委会",
        "140826100200": "东关村委会",
        "140826402498": "山西绛县经济开发区虚拟社区",
    }
    found = responsible_organisation(ResponsibleKind.CITIZEN, Concern("140826100200"))
    assert found is not None
    assert found.name == "东关村委会"


def test_a_unit_that_has_its_organisation_keeps_it(tmp_path: Path) -> None:
    load(tmp_path)
    Organisation.objects.create(
        code="G1", name="古绛镇人民政府", kind="township", responsible_kind="territory", area_code="140826100"
    )
    assert register_territories(county_code=COUNTY, by=None, at=AT) == 5


def run(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    areas.add_parser(parser.add_subparsers())
    areas.run(parser.parse_args(["areas", "import", *arguments]))


def test_the_command_prints_the_reconciliation(tmp_path: Path, capsys) -> None:
    run(str(write_lists(tmp_path)), "--organisations")
    out, err = capsys.readouterr()
    assert out.splitlines()[-1].split() == ["villages.csv", "4", "1", "3", "0", "0", "0", "0"]
    assert "organisations entered: 6" in err
    run(str(write_lists(tmp_path, areas=FILES["areas"].replace("新绛县", "新新绛县"))), "--json")
    report = json.loads(capsys.readouterr().out)
    assert report["renamed"] == [{"code": "140825", "before": "新绛县", "after": "新新绛县"}]
    shorter = FILES["villages"].replace('140826402498,"山西绛县经济开发区虚拟社区",140826402,14,1408,140826\n', "")
    run(str(write_lists(tmp_path, villages=shorter)), "--county", COUNTY)
    assert "withdrawn 140826402498" in capsys.readouterr().out
    run(str(write_lists(tmp_path, areas=FILES["areas"])))
    assert "restored 140826402498" in capsys.readouterr().out
