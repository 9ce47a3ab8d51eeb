"""The accessibility check by axe-core, run inside a page a browser test has open."""

from pathlib import Path

from playwright.sync_api import Page

SOURCE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
# What light and dark, or a smaller screen, can change on a page whose markup is the same.
COLOURS = ["color-contrast"]
LAYOUT = ["color-contrast", "target-size", "scrollable-region-focusable"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, only: list[str] | None = None) -> list[str]:
    """Return one line per element axe objects to: rule, element, why. Empty on a good page.

    only: these rules instead of all, for a page that was looked at as a whole in another theme or size.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(SOURCE.read_text(encoding="utf-8"))
    asked = {"type": "rule", "values": only} if only else {"type": "tag", "values": RULES}
    # One document without frames: nothing to preload, and only violations are explained.
    options = {"runOnly": asked, "resultTypes": ["violations"], "preload": False, "iframes": False}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def settle(page: Page) -> None:
    """Wait until every drawing of the page has drawn (or said why not) and no part is being fetched."""
    waiting = "[data-island][aria-busy], [data-stage] > .lf-empty > p:only-child, .htmx-request"
    page.wait_for_function("waiting => document.querySelector(waiting) === null", arg=waiting)


def switch_theme(page: Page) -> None:
    """Switch between light and dark as the page's own button does; the cookie keeps it for the next page."""
    page.evaluate("document.querySelector('[data-theme-toggle]').click()")
    page.wait_for_function("() => document.getAnimations().every(each => each.playState !== 'running')")
