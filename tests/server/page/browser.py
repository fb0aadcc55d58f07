"""A real browser, where this machine has one, driven by Playwright."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Request, sync_playwright

VARIABLE = "YI_TEST_BROWSER"  # a Chromium's path, where it is not found by itself
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_ON_MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PATIENCE_MS = 15_000


def find_browser() -> str | None:
    named = os.environ.get(VARIABLE)
    if named:
        return named
    found = (shutil.which(name) for name in _NAMES)
    there = (path for path in _ON_MACOS if sys.platform == "darwin" and Path(path).exists())
    return next((path for path in (*found, *there) if path), None)


@contextmanager
def started(path: str) -> Iterator[Browser]:
    """Its sandbox needs rights that root in a container has not; what it shows is our own page."""
    sandboxed = not hasattr(os, "geteuid") or os.geteuid() != 0
    arguments = [] if sandboxed else ["--no-sandbox"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page, with all that must not happen in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.strange: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.strange.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.strange.append(f"dialog: {dialog.message}"))
        page.on("popup", lambda popup: self.strange.append(f"popup: {popup.url}"))
        page.on("request", self._requested)
        page.on("console", self._told)

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((self.url + "/", "data:image/svg+xml,")):
            self.strange.append(f"request: {request.url}")

    def _told(self, message: object) -> None:
        text = str(getattr(message, "text", ""))
        if "Content Security Policy" in text or "Refused" in text:
            self.strange.append(f"console: {text}")
