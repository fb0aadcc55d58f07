"""The web page in a real browser, over a real server, a fake engine and a store on disk."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.server.live import Live
from tests.server.page.browser import Watched, find_browser, started
from tests.server.page.cable import Cable
from yi_local.store.conversations import Store


@pytest.fixture(scope="module")  # its event loop is in the way of asynchronous tests elsewhere
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no Chromium here to try the page with")
        pytest.skip("there is no Chromium here: YI_TEST_BROWSER may name one")
    with started(path) as browser:
        yield browser


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The one that `site` serves, which closes it."""
    return Store(tmp_path / "conversations.db")


@pytest.fixture
def site(serve: Callable[..., Live], store: Store) -> Live:
    return serve(store=store, first=("tiny", "other"))


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A new window of nobody, on a server; see Browser.new_context for what can be chosen.

    Afterwards: nothing failed in it, nothing was asked of anybody else.
    """
    opened: list[Watched] = []

    def opening(site: Live | Cable, at: str = "/", **chosen: object) -> Page:
        options: dict[str, object] = {"locale": "en-US", "viewport": {"width": 1280, "height": 800}}
        context = browser.new_context(**{**options, **chosen})  # type: ignore[arg-type]
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
        opened.append(Watched(context.new_page(), site.url))
        page = opened[-1].page
        page.goto(site.url + at)
        page.locator("html.ready").wait_for()
        return page

    yield opening
    for watched in opened:
        watched.page.context.close()
    assert [what for watched in opened for what in watched.strange] == []


@pytest.fixture
def page(open_page: Callable[..., Page], site: Live) -> Page:
    return open_page(site)
