"""Lots, packages, links and organisations enter once and refer to each other by code."""

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from lianfang.apps.core.imports import ImportOptions, ImportRefused
from lianfang.apps.core.models import FactArchive, Organisation, Subject
from lianfang.apps.core.organisations import import_organisations
from lianfang.apps.goods import selectors
from lianfang.apps.goods.models import LotLink
from lianfang.apps.goods.services import import_links, import_lots, import_packages
from tests.integration.imports.cast import NOW, settle
from tests.support.staff import TOWNSHIP, staff

pytestmark = pytest.mark.django_db

LOTS = pl.DataFrame(
    {
        "code": ["L1", "L2"],
        "product": ["冻虾", "冻虾"],
        "country": ["NA", "EC"],
        "pieces": [10, 5],
        "net_weight_kg": [1.239, None],
        "owner_code": ["O1", None],
        "arrived_at": ["2020-12-10", None],
    }
)
PACKAGES = pl.DataFrame({"箱号": ["K1"], "批次编码": ["L1"]})
LINKS = pl.DataFrame(
    {"from": ["L1", "L1"], "to": ["L2", "K1"], "at": ["2020-12-11T08:00Z"] * 2, "kind": ["拆分", "package"]}
)


@pytest.fixture(autouse=True)
def _county() -> None:
    settle()


def lots(table: pl.DataFrame = LOTS):
    return import_lots(table, by=None, at=NOW, options=ImportOptions(zone="Asia/Shanghai"))


def faults(importer, table: pl.DataFrame) -> list[tuple[str, str]]:
    with pytest.raises(ImportRefused) as refused:
        importer(table, by=None, at=NOW)
    return refused.value.outcome.rejects.select("field", "reason").rows()


def test_lots_packages_and_links_enter_once() -> None:
    for stored in (True, False):
        outcomes = [lots(), import_packages(PACKAGES, by=None, at=NOW), import_links(LINKS, by=None, at=NOW)]
        assert [outcome.n_stored for outcome in outcomes] == ([2, 1, 2] if stored else [0, 0, 0])
        assert all(o.rows_in == o.n_stored + o.n_duplicates for o in outcomes)
    lot = selectors.lot_by_code("L1", area="140826")
    assert (lot.country, lot.n_pieces, lot.net_weight_kg, lot.owner.code) == ("NA", 10, Decimal("1.24"), "O1")
    assert lot.arrived_at == datetime(2020, 12, 9, 16, tzinfo=UTC)
    assert selectors.package_by_code("K1", area="140826").lot == lot
    assert [(link.target.code, link.kind) for link in selectors.links_of(lot.pk)] == [
        ("L2", "split"),
        ("K1", "package"),
    ]
    assert set(FactArchive.objects.values_list("batch__kind", flat=True)) >= {"lots", "packages", "links"}


def test_contradictions_are_rejected() -> None:
    lots()
    assert faults(import_lots, pl.DataFrame({"code": ["L1"], "product": ["冻鱼"]})) == [("product", "differs")]
    import_packages(PACKAGES, by=None, at=NOW)
    assert faults(import_packages, pl.DataFrame({"code": ["K1"], "lot_code": ["L2"]})) == [("lot_code", "differs")]
    twice = pl.DataFrame({"code": ["L1", "L1"], "product": ["冻鱼", "冻鱼"]})
    assert faults(import_lots, twice) == [("product", "differs")] * 2


def test_what_is_referred_to_must_exist_and_be_of_the_right_kind() -> None:
    lots()
    assert faults(import_packages, pl.DataFrame({"code": ["K1", "K2", "P1"], "lot_code": ["L9", "P1", "L1"]})) == [
        ("lot_code", "unknown_lot"),
        ("lot_code", "unknown_lot"),
        ("code", "code_taken"),
    ]
    assert faults(import_lots, pl.DataFrame({"code": ["L3"], "product": ["x"], "owner_code": ["O9"]})) == [
        ("owner_code", "unknown_organisation")
    ]
    assert faults(import_links, LINKS.with_columns(to=pl.Series(["P1", "L1"]))) == [
        ("to", "unknown_lot"),
        ("to", "same_subject"),
    ]
    assert not LotLink.objects.exists()


def test_a_package_lies_in_its_lots_division() -> None:
    lots()
    township = staff("epidemiologist", area_code=TOWNSHIP)
    with pytest.raises(ImportRefused) as refused:
        import_packages(PACKAGES, by=township, at=NOW)
    assert refused.value.outcome.rejects["reason"].to_list() == ["outside_area"]
    import_packages(PACKAGES, by=None, at=NOW)
    assert Subject.objects.get(code="K1").area_code == "140826"
    with pytest.raises(selectors.LotNotFound):
        selectors.lot_by_code("L1", area=TOWNSHIP)
    with pytest.raises(selectors.PackageNotFound):
        selectors.package_by_code("K1", area=TOWNSHIP)
    assert selectors.packages(area="1408").count() == 1


def test_organisations_check_their_credit_code() -> None:
    table = pl.DataFrame(
        {
            "单位编码": ["O2"],
            "名称": ["县医院"],
            "责任类型": ["单位"],
            "类型": ["医院"],
            "统一社会信用代码": ["91110000600037341L"],
        }
    )
    assert import_organisations(table, by=None, at=NOW).n_stored == 1
    assert Organisation.objects.get(code="O2").uscc == "91110000600037341L"
    assert import_organisations(table, by=None, at=NOW).n_duplicates == 1
    assert faults(import_organisations, table.with_columns(统一社会信用代码=pl.lit("91110000600037341X"))) == [
        ("uscc", "bad_uscc")
    ]
