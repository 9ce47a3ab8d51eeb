"""Every figure opens exactly its rows, in every area and for every reader; sheets say the same and run nothing."""

import io
import re
import zipfile
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import fastexcel
import polars as pl
import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lianfang.apps.command.selectors import numbers
from lianfang.apps.core import clock, outbox
from lianfang.apps.core.imports import ImportOptions
from lianfang.apps.core.models import AuditEvent, Role, User
from lianfang.apps.lists.comparing import compare_list
from lianfang.apps.lists.receiving import import_list
from lianfang.apps.people.models import Person
from lianfang.apps.returnees.models import Return
from tests.integration.returnees.conftest import nation  # noqa: F401 - a fixture
from tests.support import axe
from tests.support.returnees import declared, list_of, person
from tests.support.staff import COUNTY, TOWNSHIP, VILLAGE, signed_in, staff

pytestmark = pytest.mark.django_db
HERE, BESIDE = VILLAGE, "140826402498"


@pytest.fixture
def county(nation: None) -> datetime:  # noqa: F811
    """Three came back from a high-risk place ten days ago and were never called, two from elsewhere are expected."""
    now = timezone.now().replace(microsecond=0)
    ago = now - timedelta(days=10)
    list_of(ago - timedelta(days=2), high=("增村镇小果庄村",))
    with clock.playing(ago):
        for number, village in enumerate((HERE, HERE, BESIDE)):
            who = person(f"王返{number}", f"1380000010{number}", area_code=village)
            declared(ago, who=who, area_code=village)
        outbox.deliver_pending()
    for number, village in enumerate((HERE, BESIDE)):
        who = person(f"=cmd{number}", f"1380000020{number}", area_code=village)
        declared(now, who=who, area_code=village, community="别处", expected_on=timezone.localdate(now))
    Return.objects.filter(subject__in=Person.objects.filter(name="=cmd1").values("pk")).update(is_declared=False)
    outbox.deliver_pending()
    return now


def readers() -> list[User]:
    return [
        staff(Role.COMMAND),
        staff(Role.COMMUNITY, area_code=TOWNSHIP),
        staff(Role.COMMUNITY, area_code=HERE),
    ]


def test_each_figure_is_the_count_of_exactly_its_rows(county: datetime) -> None:
    seen = set()
    for by in readers():
        for area in (COUNTY, TOWNSHIP, HERE):
            if not area.startswith(by.area_code):
                with pytest.raises(numbers.FigureUnknown):
                    numbers.overview(area, by=by, at=county)
                continue
            table = numbers.overview(area, by=by, at=county)
            for line in (table.total, *table.lines):
                for figure, n in zip(numbers.FIGURES, line.counts, strict=True):
                    exact = "1" if line.is_exact else ""
                    choice = numbers.Choice(figure.name, line.area_code, exact=exact)
                    found = list(numbers.rows(choice, by=by, at=county))
                    assert len(found) == n, (by.area_code, line, figure.name)
                    assert all(row.area_code.startswith(by.area_code) for row in found)
                    seen.add((figure.name, bool(n)))
            assert [sum(column) for column in zip(*(line.counts for line in table.lines), strict=True)] == list(
                table.total.counts
            )
    for name in ("returnees", "declared", "undeclared", "expected_late", "central", "follow_up_late", "test_due"):
        assert (name, True) in seen, name


def test_origins_are_the_count_of_exactly_their_rows(county: datetime) -> None:
    by = staff(Role.COMMAND)
    found = numbers.origins(COUNTY, by=by, at=county)
    assert [(row.code, row.n, row.by_category["high"]) for row in found] == [("13", 5, 3)]
    for row in found:
        for category, n in row.by_category.items():
            choice = numbers.Choice("returnees", COUNTY, origin=row.code, category=category)
            assert numbers.rows(choice, by=by, at=county).count() == n


def test_every_number_on_the_page_leads_to_as_many_rows(county: datetime) -> None:
    client = signed_in(staff(Role.COMMAND))
    page = client.get("/numbers/").content.decode()
    links = re.findall(r'href="(/numbers/rows/\?[^"]+)">(\d+)<', page)
    assert len(links) > 10
    for address, n in links:
        shown = client.get(address.replace("&amp;", "&"))
        assert shown.context["page"].paginator.count == int(n), address
    assert "王*" in client.get("/numbers/rows/?figure=returnees").content.decode()
    assert "王返0" not in client.get("/numbers/rows/?figure=returnees").content.decode()
    event = AuditEvent.objects.filter(action="numbers.rows_read").latest("pk")
    assert len(event.subject_ids) == 5


@pytest.mark.parametrize(
    "address",
    [
        "/numbers/?area=140825",
        f"/numbers/?area={COUNTY}",
        "/numbers/rows/?figure=nothing",
        f"/numbers/rows/?figure=central&area={COUNTY}",
        "/numbers/rows/",
    ],
)
def test_outside_the_own_area_nothing_is_there(county: datetime, address: str) -> None:
    assert signed_in(staff(Role.COMMUNITY, area_code=TOWNSHIP)).get(address).status_code == 404


def test_the_spreadsheets_say_the_same_and_hold_no_formula(county: datetime) -> None:
    by = staff(Role.COMMAND)
    client = signed_in(by)
    table = numbers.overview(COUNTY, by=by, at=county)
    lines = cells(client, f"/numbers/export.xlsx?area={COUNTY}")[: len(table.lines) + 1]
    assert [[int(n or 0) for n in line[2:]] for line in lines] == [
        list(line.counts) for line in (*table.lines, table.total)
    ]
    address = f"/numbers/rows.xlsx?figure=returnees&area={COUNTY}"
    assert "=****" in [line[1] for line in cells(client, address)]  # a name that would run
    with zipfile.ZipFile(io.BytesIO(content(client, address))) as file:
        assert b"<f>" not in file.read("xl/worksheets/sheet1.xml")
    assert signed_in(staff(Role.COMMUNITY, area_code=TOWNSHIP)).get("/numbers/export.xlsx").status_code == 403


def test_who_is_listed_and_has_not_declared_is_a_figure_that_opens_its_rows(county: datetime) -> None:
    day = f"{timezone.localdate(county):%Y-%m-%d}"
    table = pl.DataFrame(
        {"name": ["王返0", "钱多多", "赵无名"], "phone": ["13800000100", None, None], "date": [day] * 3}
    )
    listed = table.with_columns(area_code=pl.lit(VILLAGE))
    outcome = import_list(listed, by=None, at=county, options=ImportOptions(list_source="铁路"))
    assert outcome.batch is not None
    compare_list(outcome.batch.pk, at=county)
    by = staff(Role.COMMAND)
    table_ = numbers.overview(COUNTY, by=by, at=county)
    place = [each.name for each in numbers.FIGURES].index("listed_only")
    assert table_.total.counts[place] == 2, "the first has declared"
    client = signed_in(by)
    page = client.get("/numbers/rows/?figure=listed_only").content.decode()
    assert page.count("未登记") == 2
    assert "钱**" in page
    assert "钱多多" not in page
    assert [row[1] for row in cells(client, "/numbers/rows.xlsx?figure=listed_only")[:2]] == ["钱**", "赵**"]
    other = signed_in(staff(Role.COMMUNITY, area_code=BESIDE))
    assert "未登记" not in other.get("/numbers/rows/?figure=listed_only").content.decode()


def content(client: Client, address: str) -> bytes:
    response = client.get(address)
    assert response.status_code == 200
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def cells(client: Client, address: str) -> list[tuple[object, ...]]:
    book = fastexcel.read_excel(content(client, address))
    return list(book.load_sheet(0, dtypes="string").to_polars().iter_rows())


@pytest.mark.django_db(transaction=True)
def test_a_figure_opens_its_rows_on_the_desk_and_on_a_phone(
    county: datetime, page: Page, live_server: LiveServer
) -> None:
    cookie = signed_in(staff(Role.COMMAND)).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    for size, language in (({"width": 1360, "height": 850}, "zh-hans"), ({"width": 390, "height": 844}, "en")):
        page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(f"{live_server.url}/numbers/")
        assert axe.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        page.locator("a[href*='figure=central']").first.click()
        wanted = parse_qs(urlsplit(page.url).query)
        assert wanted["figure"] == ["central"]
        expect(page.locator("#number-rows li")).to_have_count(3)
        assert axe.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
