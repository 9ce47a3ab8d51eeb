"""The scanner in a real browser: from a screen through a camera to the centre, which is killed meanwhile."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import segno
import zxingcpp
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from lianfang.apps.core import identity
from lianfang.apps.gates import services
from lianfang.apps.gates.models import DoorStay, GateEvent
from lianfang.apps.healthcode import issuing
from lianfang.apps.healthcode.models import IssuedCode
from lianfang.apps.people.models import Person
from tests.chaos import parts
from tests.chaos.storm import drain
from tests.support import axe, doors
from tests.support.browser import QUIET, Complaints, chromium
from tests.support.case import Case
from tests.support.kept import with_cast

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_MS = 20_000
NUMBER = "11010519491231002X"


@pytest.fixture
def case(transactional_db: None) -> Case:
    """Committed, for the processes to see."""
    return with_cast()


@pytest.fixture
def issued(case: Case) -> IssuedCode:
    return issuing.issue(person_code="zhao", at=case.now, by=case.command)


@pytest.fixture
def centre(case: Case, tmp_path: Path) -> Iterator[parts.Process]:
    made = doors.centre(tmp_path)
    made.start(wait=False)  # the door and the browser begin meanwhile
    yield made
    made.kill()


@pytest.fixture
def gate(case: Case, centre: parts.Process, tmp_path: Path) -> Iterator[parts.Gate]:
    root = issuing.keys.root_key().public().hex()
    made = parts.gate(tmp_path, "north", f"http://127.0.0.1:{centre.port}", root)
    services.enrol(code="north", place_code="market", public=made.home.key.public(), at=case.now, by=None)
    made.process.start()
    yield made
    made.process.kill()


@pytest.fixture
def film(context: BrowserContext, issued: IssuedCode, tmp_path: Path) -> Path:
    """What a camera sees of the code on a screen; zxing-cpp reads it from the same picture."""
    page = context.new_page()
    svg = segno.make(issuing.text_of(issued), error="m").svg_inline(scale=6, border=4)
    page.set_content(f"<body style='margin:0;background:#fff'>{svg}</body>")
    picture = tmp_path / "screen.png"
    page.locator("svg").screenshot(path=picture)
    page.close()
    grey = np.asarray(Image.open(picture).convert("L"))
    (found,) = zxingcpp.read_barcodes(grey)
    assert found.text == issuing.text_of(issued)
    doors.write_film(tmp_path / "camera.y4m", grey)
    return tmp_path / "camera.y4m"


@pytest.fixture
def page(browser: Browser, film: Path, tmp_path: Path) -> Iterator[Page]:
    """A scanner with a profile and a camera of its own."""
    camera = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with browser.browser_type.launch(executable_path=chromium(), args=[*QUIET, *camera, *as_root]) as own:
        context = own.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
        page = context.new_page()
        complaints = Complaints(page)
        yield page
        assert [line for line in complaints.lines if "ERR_" not in line] == []


def part(page: Page, name: str) -> Locator:
    return page.locator(f"[data-part={name}]")


def scan(page: Page, text: str) -> None:
    part(page, "temperature").fill("36.5")
    part(page, "code").fill(text)
    part(page, "code").press("Enter")


def test_scanning_goes_on_without_centre_and_door_and_everything_arrives_once(
    page: Page, gate: parts.Gate, centre: parts.Process, issued: IssuedCode
) -> None:
    page.goto(f"http://127.0.0.1:{gate.process.port}/#{gate.home.word}")
    expect(part(page, "age")).to_contain_text("min", timeout=3 * WAIT_MS)
    assert gate.home.word not in page.url
    part(page, "temperature").fill("36.5")
    part(page, "camera").click()
    expect(part(page, "word")).to_have_text("请进", timeout=WAIT_MS)
    part(page, "camera").click()
    page.wait_for_function("navigator.serviceWorker.controller !== null")

    centre.kill()
    scan(page, issuing.text_of(issued))
    expect(part(page, "inside")).to_have_text("2", timeout=WAIT_MS)
    scan(page, "JK1:FORGED")
    expect(part(page, "word")).to_have_text("不得进入", timeout=WAIT_MS)
    expect(part(page, "link")).to_contain_text("中心无法连接", timeout=WAIT_MS)

    gate.process.kill()
    page.reload()  # from a cold start: neither door nor centre
    part(page, "language").click()
    scan(page, issuing.text_of(issued))
    expect(part(page, "word")).to_have_text("Check the identity card", timeout=WAIT_MS)
    expect(part(page, "queue")).to_have_text(re.compile(r"^1 "), timeout=WAIT_MS)
    assert axe.violations(page) == []
    scan(page, NUMBER)  # typed from the card, sealed here: neither this device nor the door can read it
    expect(part(page, "word")).to_have_text("Check the identity card", timeout=WAIT_MS)
    part(page, "let-in").click()
    expect(part(page, "queue")).to_have_text(re.compile(r"^3 "), timeout=WAIT_MS)

    centre.start(wait=False)
    gate.process.start()
    expect(part(page, "queue")).to_have_text(re.compile(r"^0 "), timeout=WAIT_MS)
    centre.await_answer()
    drain([gate])
    rows = GateEvent.objects.exclude(kind="reset").order_by("number").values_list("kind", "outcome")
    shown = [("asked", "admit"), ("asked", "admit"), ("asked", "refuse"), ("unread", "check")]
    assert list(rows) == [*shown, ("unread", "check"), ("let_in", "check")]
    typed = GateEvent.objects.order_by("-number")[0]
    assert "sealed" in typed.facts
    assert NUMBER not in typed.facts
    Person.objects.filter(subject__code="mate").update(id_number_hash=identity.search_hash(NUMBER))
    services.follow(at=timezone.now())
    assert DoorStay.objects.get(subject__code="mate").starts_at == typed.happened_at, (
        "the centre reads it, and knows whom"
    )
    pseudonyms = [bytes(found) for found in GateEvent.objects.values_list("pseudonym", flat=True) if found]
    assert pseudonyms == [bytes(issued.pseudonym)] * 3
