"""The real Chromium that browser tests drive: found, never downloaded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# No background traffic: tests run without a network, and a page must not wait for one.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
)


def chromium() -> str:
    """Return the path of Chromium: CHROMIUM, or the first known name on the path.

    Raises: FileNotFoundError saying what to install.
    """
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else list(NAMES)
    for name in candidates:
        if path := shutil.which(name):
            return path
    raise FileNotFoundError(
        f"no Chromium ({', '.join(candidates)}): install the system's package (Debian: apt-get install chromium) "
        "or set CHROMIUM to a Chrome or Chromium program"
    )


@contextmanager
def running() -> Iterator[Browser]:
    """Run Chromium without a window."""
    # A sandbox cannot be set up by root; the pages under test are our own.
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*QUIET, *as_root])
        yield browser
        browser.close()


class Complaints:
    """What a page complained about: uncaught errors, refused content, failed scripts. Empty on a good page."""

    def __init__(self, page: Page) -> None:
        self.lines: list[str] = []
        page.on("pageerror", lambda error: self.lines.append(f"uncaught: {error}"))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        # The browser and HTMX also report the 4xx answers that journeys provoke on purpose.
        expected = ("Failed to load resource", "Response Status Error Code 4")
        if message.type == "error" and not message.text.startswith(expected):
            self.lines.append(f"console: {message.text}")


def keep_evidence(context: BrowserContext, directory: Path, name: str) -> None:
    """Save a picture of each page still open, for a test that failed."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(context.pages):
        page.screenshot(path=directory / f"{name}-{number}.png")
