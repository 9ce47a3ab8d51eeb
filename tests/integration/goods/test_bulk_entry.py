"""The warehouse's work by tables: the same services row by row, refusals by row, again changes nothing."""

from io import BytesIO

import fastexcel
import polars as pl
import pytest
from django.test import Client

from lianfang.apps.command.import_templates import header_name, template_workbook
from lianfang.apps.command.importing import IMPORTERS, kinds_for
from lianfang.apps.core.imports import ImportOptions, ImportRefused, Outcome
from lianfang.apps.core.models import Role, User
from lianfang.apps.goods.models import Booking, GoodsEvent
from lianfang.apps.goods.services.bulk_entry import EnteredByNobody
from lianfang.formats.fields import SPECS
from tests.support.staff import signed_in, staff
from tests.support.warehouse import Warehouse

KINDS = ("bookings", "certificates", "samplings", "disinfections")


@pytest.fixture
def store(db: None) -> Warehouse:
    return Warehouse()


def take(
    store: Warehouse, kind: str, rows: list[dict[str, object]], by: User | None = None, **options: bool
) -> Outcome:
    said = ImportOptions(zone="Asia/Shanghai", **options)
    return IMPORTERS[kind](pl.DataFrame(rows), by=by or store.keeper, at=store.now, options=said)


def booking(code: str, store: Warehouse, days: int = 4, **changed: object) -> dict[str, object]:
    plain = {
        "批次编码": code, "品名": "冻南美白虾", "国家": "EC", "件数": 600, "净重": "12000", "报关单号": "0202",
        "检疫证明号": "1200", "生产批号": "200901A",
        "货主编码": "owner", "库房编码": "room-1", "预约时间": f"{store.ago(-days):%Y-%m-%d %H:%M}",
        "车牌号": "津A12345", "集装箱号": "MSKU1234565", "铅封号": "CN1", "司机编码": "driver", "流向": "县城各商超",
        "生产日期": "2020-09-01", "保质期天数": 720,
    }  # fmt: skip
    return {**plain, **changed}


def test_bookings_follow_the_rule_row_by_row(store: Warehouse) -> None:
    rows = [
        booking("L1", store),
        booking("L2", store, days=0),
        booking("L3", store, 司机编码="nobody"),
        booking("L1", store),
    ]
    with pytest.raises(ImportRefused) as refused:
        take(store, "bookings", rows)
    assert Booking.objects.count() == 0
    faults = refused.value.outcome.rejects.select("field", "reason", "detail").rows()
    assert [fault[:2] for fault in faults] == [("due_at", "refused"), ("code", "refused")]
    assert "GB-1" in faults[0][2]
    outcome = take(store, "bookings", rows, keep_good=True)
    assert (outcome.rows_in, outcome.n_stored, outcome.n_duplicates, outcome.n_rejected) == (4, 1, 1, 2)
    assert Booking.objects.get().production_date.isoformat() == "2020-09-01"  # type: ignore[union-attr]
    assert take(store, "bookings", rows[:1]).n_duplicates == 1


def test_papers_samples_and_disinfections_enter_once(store: Warehouse) -> None:
    store.arrived()
    tables = {
        "certificates": [{"批次编码": "LOT-1", "证书类型": "核酸检测证明", "证书编号": "N1", "签发单位": "天津海关",
                          "签发日期": "2020-12-01", "品名": "冻南美白虾"}],
        "samplings": [{"批次编码": "LOT-1", "采样管编码": f"T{n}", "经手人编码": "porter"} for n in range(2)],
        "disinfections": [
            {"批次编码": "LOT-1", "消毒对象": "外包装", "件数": 400, "消毒剂": "含氯500mg/L", "消毒记录编号": "X1"},
            {"批次编码": "LOT-1", "消毒对象": "内壁", "件数": None, "消毒剂": "过氧乙酸", "消毒记录编号": "X2"},
        ],
    }  # fmt: skip
    for kind, rows in tables.items():
        assert take(store, kind, rows).n_stored == len(rows)
        again = take(store, kind, rows)
        assert (again.n_stored, again.n_duplicates) == (0, len(rows))
    assert GoodsEvent.objects.filter(kind="disinfected").count() == 2
    more = [{**tables["disinfections"][0], "消毒记录编号": "X3"}]
    with pytest.raises(ImportRefused):  # 200 pieces are left
        take(store, "disinfections", more)
    with pytest.raises(EnteredByNobody):
        IMPORTERS["samplings"](pl.DataFrame(tables["samplings"]), by=None, at=store.now)


def test_everybody_hands_in_their_own_tables_only(store: Warehouse) -> None:
    assert kinds_for(store.keeper) == list(KINDS)
    assert signed_in(staff(Role.REGULATOR, username="other")).get("/imports/").status_code == 403
    command = staff(Role.COMMAND, username="boss")
    assert "persons" in kinds_for(command)
    assert "bookings" not in kinds_for(command)
    keeper = signed_in(store.keeper)
    page = keeper.get("/imports/").content.decode()
    assert 'value="bookings"' in page
    assert 'value="persons"' not in page
    assert keeper.get("/imports/templates/bookings.xlsx").status_code == 200
    assert keeper.get("/imports/templates/persons.xlsx").status_code == 404
    assert Client().get("/imports/templates/bookings.xlsx").status_code == 302


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_has_the_columns_that_the_import_recognises(kind: str) -> None:
    heads = fastexcel.read_excel(template_workbook(kind).read()).load_sheet(0, header_row=0).to_polars().columns
    assert heads == [header_name(each) for each in SPECS[kind].fields]
    assert isinstance(template_workbook(kind), BytesIO)
