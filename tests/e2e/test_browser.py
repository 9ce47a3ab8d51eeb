"""The browser that the journeys use starts and shows a page."""

from playwright.sync_api import Page


def test_chromium_shows_a_page(page: Page) -> None:
    page.set_content("<h1>联防</h1>")
    assert page.get_by_role("heading").inner_text() == "联防"
