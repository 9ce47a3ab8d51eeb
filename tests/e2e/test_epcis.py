"""Events in a real browser: hand in a document with one wrong event, see where, find an event and what it became."""

import json
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.core.models import Role
from lianfang.apps.goods.epcis import services
from lianfang.apps.goods.epcis.models import Capture
from tests.support import axe
from tests.support.staff import PASSWORD, staff

LOT, CUTS = "urn:epc:class:lgtin:4012345.012345.998877", "urn:epc:class:lgtin:4012345.055555.A1"
EVENTS = [
    {
        "type": "TransformationEvent", "eventTime": "2020-12-02T08:00:00+08:00", "eventTimeZoneOffset": "+08:00",
        "bizStep": "repackaging", "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"},
        "inputQuantityList": [{"epcClass": LOT, "quantity": 600, "uom": "KGM"}],
        "outputQuantityList": [{"epcClass": CUTS, "quantity": 580, "uom": "KGM"}],
    },
    {"type": "ObjectEvent", "eventTime": "yesterday", "eventTimeZoneOffset": "+08:00", "action": "ADD", "epcList": []},
]  # fmt: skip


@pytest.fixture
def document(transactional_db: None, tmp_path: Path) -> Path:
    staff(Role.WAREHOUSE, username="keeper")
    content = {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2020-12-02T00:00:00Z", "epcisBody": {"eventList": EVENTS},
    }  # fmt: skip
    path = tmp_path / "events.jsonld"
    path.write_text(json.dumps(content))
    return path


def test_a_document_its_error_and_its_event(page: Page, live_server: LiveServer, document: Path) -> None:
    page.goto(f"{live_server.url}/login/")
    page.locator("input[name=username]").fill("keeper")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/desk/")
    page.goto(f"{live_server.url}/epcis/captures/")
    page.locator("[name=file]").set_input_files(document)
    page.locator("[name=behaviour]").select_option("proceed")
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#capture-state")).to_contain_text("等待")
    kept = Capture.objects.get()
    services.process(kept.pk, at=timezone.now())
    services.map_capture(kept.pk, at=timezone.now())
    expect(page.locator("#capture-state")).to_contain_text("/epcisBody/eventList/1/eventTime")
    expect(page.locator("#capture-state")).to_contain_text("部分入库")
    assert axe.violations(page) == []

    page.goto(f"{live_server.url}/epcis/?q={LOT}")
    expect(page.locator("#event-rows")).to_contain_text("GS1:01/04012345555554/10/A1 × 580 KGM")
    assert axe.violations(page) == []
    page.locator("#event-rows a.lf-row-link").click()
    expect(page.locator("body")).to_contain_text("https://id.gs1.org/01/04012345555554/10/A1")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= 390")
    assert axe.violations(page) == []
