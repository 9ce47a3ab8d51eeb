"""The real Chromium that browser tests drive: found, never downloaded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_arguments())
        yield browser
        browser.close()


def _arguments() -> list[str]:
    # A sandbox cannot be set up by root; the pages under test are our own.
    return [*QUIET, *(("--no-sandbox",) if os.geteuid() == 0 else ())]


def on_profile(browser: Browser, profile: Path, **options: Any) -> BrowserContext:
    """Start another Chromium on a directory that keeps what it stores, as a phone does."""
    started: BrowserContext = browser.browser_type.launch_persistent_context(
        profile, executable_path=chromium(), args=_arguments(), **options
    )
    return started


def kill(profile: Path) -> None:
    """kill -9 the Chromium that was started on a directory, with all its processes."""
    own = [
        each
        for each in psutil.process_iter(["cmdline"])
        if f"--user-data-dir={profile}" in (each.info["cmdline"] or ())
    ]
    for process in [part for each in own for part in (each, *each.children(recursive=True))]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(own, timeout=10)
    (profile / "SingletonLock").unlink(missing_ok=True)


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
