"""Importing in a real browser: drop a file, see how it is understood, mend the mapping, watch it run, read the end."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.command.tasks import import_file
from lianfang.apps.core.models import ImportJob, Role, Subject
from tests.support import axe
from tests.support.staff import signed_in, staff

PHONE = {"width": 360, "height": 740}
LIST = "编号,姓名,性别,联系电话,体温\nN1,王小明,男,13800138000,36.5\nN2,李四,女,,36.6\nN3,赵五,?,,36.7\n"


@pytest.fixture
def importer(page: Page, live_server: LiveServer, settings, tmp_path: Path) -> Page:
    settings.MEDIA_ROOT = tmp_path / "media"
    cookie = signed_in(staff(Role.EPIDEMIOLOGIST)).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/imports/")
    return page


def hand_in(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "密接名单.csv"
    path.write_text(LIST, encoding="gb18030")
    page.get_by_label("文件内容").select_option("persons")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("密接名单.csv")


def test_a_list_is_handed_in_understood_refused_kept_and_reconciled(importer: Page, tmp_path: Path) -> None:
    hand_in(importer, tmp_path)
    expect(importer.get_by_label("性别")).to_have_value("性别")
    expect(importer.get_by_role("cell", name="王小明")).to_be_visible()
    importer.get_by_role("button", name="导入", exact=True).click()
    state = importer.locator("#import-state")
    expect(state).to_contain_text("等待")
    import_file(job_id=ImportJob.objects.get().pk)
    expect(state).to_contain_text("共 3 行,拒绝 1 行", timeout=10_000)
    importer.reload()
    with importer.expect_download() as download:
        importer.get_by_role("link", name="被拒的行及原因").click()
    rejects = Path(download.value.path()).read_text("utf-8-sig")
    assert "赵五" in rejects
    importer.get_by_label("有行被拒时仍保存合格的行").check()
    importer.get_by_role("button", name="导入", exact=True).click()
    import_file(job_id=ImportJob.objects.get().pk)
    expect(state).to_contain_text("共 3 行 = 保存 2 + 重复 0 + 拒绝 1", timeout=10_000)
    assert set(Subject.objects.values_list("code", flat=True)) == {"N1", "N2"}


@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
def test_nothing_for_axe_to_object_to(importer: Page, tmp_path: Path, size) -> None:
    if size:
        importer.set_viewport_size(size)
    assert axe.violations(importer) == []
    hand_in(importer, tmp_path)
    assert axe.violations(importer) == []
    width = (size or {"width": 1360})["width"]
    assert importer.evaluate("document.documentElement.scrollWidth") <= width
    importer.get_by_role("button", name="导入", exact=True).click()
    import_file(job_id=ImportJob.objects.get().pk)
    expect(importer.locator("#import-state")).to_contain_text("拒绝", timeout=10_000)
    assert axe.violations(importer) == []
    importer.goto(importer.url.rpartition("/imports/")[0] + "/imports/")
    assert axe.violations(importer) == []
