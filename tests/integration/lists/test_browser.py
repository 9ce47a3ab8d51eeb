"""Hands on the lists: hand in and map a list, review a pair by keyboard, an edit that meets another, merge and part."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.areas.services import import_divisions
from lianfang.apps.command.tasks import import_file
from lianfang.apps.core.models import ImportJob, User
from lianfang.apps.lists.comparing import compare_list
from lianfang.apps.lists.models import ListedRow, RowState
from lianfang.apps.people.editing import PersonValues, Wanted, edit_person
from lianfang.apps.people.models import Person
from lianfang.apps.people.services import import_persons
from lianfang.apps.places.selectors import place_ids
from tests.support import axe
from tests.support.divisions import write_lists
from tests.support.staff import VILLAGE, signed_in, staff

WANG, LI = "11010519491231002X", "110101199003070425"
LIST = f"""旅客,证件,手机,到达日期,车次
王小明,{WANG},,2020-12-18,D5366
周一围,{LI},,2020-12-18,D5366
钱多多,,138****1234,2020-12-18,K604
"""


@pytest.fixture
def duty(transactional_db: None, tmp_path: Path) -> User:
    now = timezone.now()
    import_divisions(write_lists(tmp_path), county_code="140826", by=None, at=now)
    table = pl.DataFrame(
        {
            "code": ["wang", "li", "double"],
            "name": ["王小明", "李四娘", "王小明"],
            "id_number": [WANG, LI, None],
            "area_code": [VILLAGE] * 3,
        }
    )
    import_persons(table, by=None, at=now, household_ids=place_ids)
    return staff(username="duty")


@pytest.fixture
def go(duty: User, page: Page, context: BrowserContext, live_server: LiveServer) -> Callable[[str], Page]:
    cookie = signed_in(duty).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])

    def to(path: str) -> Page:
        page.goto(f"{live_server.url}{path}")
        return page

    return to


def test_a_list_comes_in_and_is_reviewed_by_keyboard(go: Callable[[str], Page], tmp_path: Path) -> None:
    file = tmp_path / "d5366.csv"
    file.write_text(LIST, encoding="utf-8")
    page = go("/imports/")
    page.get_by_label("文件内容").select_option("list")
    page.get_by_label("来源单位").fill("铁路")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("form[enctype] button.btn-primary").click()
    page.locator("#id_column_name").select_option("旅客")
    page.locator("#id_column_id_number").select_option("证件")
    page.locator("#id_column_phone").select_option("手机")
    assert axe.violations(page) == []
    page.locator("form[action$='/start/'] button.btn-primary").click()
    expect(page.locator("#import-state")).to_be_visible()
    job = ImportJob.objects.get()
    import_file(job.pk)
    assert not default_storage.exists(job.upload.name)
    compare_list(ListedRow.objects.latest("pk").batch_id, at=timezone.now())
    page = go("/lists/")
    expect(page.get_by_text("铁路")).to_be_visible()
    assert axe.violations(page) == []
    page.get_by_role("link", name="判定1条疑似记录").click()
    expect(page.get_by_text("李四娘")).to_be_visible()
    assert axe.violations(page) == []
    page.keyboard.press("d")
    expect(page.get_by_text("没有待判定的记录")).to_be_visible()
    state = RowState.objects.get(row__name="周一围")
    assert state.state == "verify"
    page = go(f"/tasks/{state.task_id}/")
    page.get_by_role("link", name="查看名单人员并逐一核实").click()
    assert axe.violations(page) == []
    page.get_by_role("link", name="周一围").click()
    assert axe.violations(page) == []
    page.get_by_text("已登记人员").click()
    page.locator("#known-code").fill("li")
    page.locator("#known-note").fill("电话核实，改名")
    page.get_by_role("button", name="就是此人").click()
    page = go(f"/lists/rows/{state.pk}/")
    expect(page.get_by_text("已归并")).to_be_visible()
    page = go("/imports/")  # the next list of this source needs no mapping
    page.get_by_label("文件内容").select_option("list")
    page.get_by_label("来源单位").fill("铁路")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("form[enctype] button.btn-primary").click()
    expect(page.locator("#id_column_name")).to_have_value("旅客")


def test_an_edit_meets_another_and_two_records_are_one_for_a_while(go: Callable[[str], Page], duty: User) -> None:
    page = go("/people/wang/edit/")
    assert axe.violations(page) == []
    wang = Person.objects.get(subject__code="wang")
    meanwhile = Wanted(1, PersonValues("王小明", "17400000009", VILLAGE, "", ""), None)
    edit_person(subject_id=wang.pk, wanted=meanwhile, at=timezone.now(), by=duty)
    page.locator("#id_name").fill("王晓明")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("修改冲突").first).to_be_visible()
    expect(page.locator("input[name=phone][value='17400000009']")).to_be_checked()  # I had left the phone alone
    expect(page.locator("input[name=name][value='王晓明']")).to_be_checked()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("修改历史")).to_be_visible()
    wang.refresh_from_db()
    assert (wang.name, wang.version, wang.phone_hash is not None) == ("王晓明", 3, True)
    page = go("/people/double/merge/")
    assert axe.violations(page) == []
    page.get_by_label("保留记录的编码").fill("wang")
    page.get_by_label("核实依据").fill("同住同名")
    page.get_by_role("button", name="合并").click()
    expect(page.get_by_text("该记录已并入wang")).to_be_visible()
    page = go("/people/double/merge/")
    page.get_by_label("核实依据").fill("并非同一人")
    page.get_by_role("button", name="撤销合并").click()
    expect(page.get_by_text("该记录已并入wang")).to_have_count(0)
