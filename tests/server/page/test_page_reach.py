"""The web page for everybody: keyboard, screen reader, phone, input methods, both themes."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.server.live import Live
from tests.server.page.contrast import CONTRASTS
from tests.server.page.reading import answer, ask, conversation, done, messages, question
from yi_local.store.conversations import Store

RICH = (
    "# One\n\nA [link](https://example.org/) and `code` " + "word " * 60 + "\n\n"
    "```python\n# comment\nprint('"
    + "wide " * 60
    + "', 12)\n```\n\n| "
    + " | ".join(f"column {n}" for n in range(12))
    + " |\n"
    + "|---" * 12
    + "|\n"
    + "| "
    + " | ".join(["cell"] * 12)
    + " |\n\n> quoted\n\n"
    + "unbreakable" * 40
)
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "reduced_motion": "reduce",
}


@pytest.fixture
def rich(store: Store) -> int:
    number = conversation(store, ("Show? " + "longword" * 40, RICH), title="Rich", reason="length")
    conversation(store, ("Else?", "Else."), title="Else " + "title" * 40)
    return number


def test_an_input_method_that_is_composing_sends_nothing(page: Page) -> None:
    question(page).fill("ni hao")
    page.evaluate(
        """() => {
          const area = document.getElementById("question");
          const key = { key: "Enter", bubbles: true, cancelable: true };
          area.dispatchEvent(new KeyboardEvent("keydown", { ...key, isComposing: true }));
          area.dispatchEvent(new KeyboardEvent("keydown", { ...key, keyCode: 229 }));
        }"""
    )
    expect(messages(page)).to_have_count(0)
    expect(question(page)).to_have_value("ni hao")
    question(page).press("Shift+Enter")
    expect(question(page)).to_have_value("ni hao\n")
    question(page).press("Enter")
    done(page)
    expect(messages(page)).to_have_count(2)


def test_a_whole_journey_needs_no_mouse(page: Page) -> None:
    def reach(name: str, back: bool = False) -> None:
        for _ in range(60):
            page.keyboard.press("Shift+Tab" if back else "Tab")
            focused = (
                "(e => e.getAttribute('aria-label') || e.innerText || '')(document.activeElement)"
            )
            if page.evaluate(focused).strip() == name:
                return
        raise AssertionError(f"no {name!r} on the way")

    page.keyboard.type("say One.")
    page.keyboard.press("Enter")
    expect(answer(page).locator(".body")).to_have_text("One.")
    done(page)
    reach("Retry", back=True)
    page.keyboard.press("Enter")
    expect(answer(page).locator(".count")).to_have_text("2/2")
    done(page)
    page.reload()
    page.locator("#messages .message").nth(1).wait_for()
    question(page).focus()
    reach("Previous version", back=True)
    page.keyboard.press("Enter")
    expect(answer(page).locator(".count")).to_have_text("1/2")
    reach("Settings", back=True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Settings")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Settings")).to_be_focused()
    reach("Delete: say One", back=True)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(messages(page)).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_what_is_typed_as_soon_as_the_page_is_there_is_not_lost(
    open_page: Callable[..., Page], site: Live
) -> None:
    for _ in range(5):
        page = open_page(site)
        page.keyboard.type("every letter")
        expect(question(page)).to_have_value("every letter")


def test_the_first_thing_that_is_reached_leads_to_the_question(page: Page) -> None:
    expect(question(page)).to_be_focused()
    page.evaluate("document.querySelector('a, button, input, textarea').focus()")
    expect(page.get_by_role("link", name="Go to the question")).to_be_focused()
    expect(page.get_by_role("link", name="Go to the question")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(question(page)).to_be_focused()


def test_every_control_has_a_name(open_page: Callable[..., Page], site: Live, rich: int) -> None:
    page = open_page(site, f"/#{rich}")
    messages(page).nth(1).wait_for()
    for opener in (None, "Settings", "Delete: Rich"):
        if opener:
            page.get_by_role("button", name=opener).press("Enter")
            page.get_by_role("dialog").wait_for()
        nodes = accessible(page)
        controls = [node for node in nodes if node[0] in CONTROLS]
        assert len(controls) > 1
        assert [role for role, name in controls if not name] == []
        page.keyboard.press("Escape")


CONTROLS = (
    "button", "link", "textbox", "searchbox", "combobox", "slider", "spinbutton", "checkbox",
    "dialog", "navigation", "log", "article",
)  # fmt: skip


def accessible(page: Page) -> list[tuple[str, str]]:
    """Roles and names as the browser tells them to screen readers."""
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        (str(node["role"]["value"]).lower(), str(node.get("name", {}).get("value", "")).strip())
        for node in nodes
        if not node["ignored"]
    ]


def test_a_finished_answer_is_told_once_and_not_token_by_token(page: Page) -> None:
    page.evaluate(
        """() => {
          window.told = [];
          const region = document.querySelector("[role=status][aria-live=polite]");
          new MutationObserver(() => window.told.push(region.textContent))
            .observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    ask(page, "say One two three four five.")
    expect(page.locator("#spoken")).to_have_text("The answer: One two three four five.")
    assert page.evaluate("window.told") == ["The answer: One two three four five."]
    assert page.locator("#messages").get_attribute("role") == "log"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_in_both_themes(
    open_page: Callable[..., Page], site: Live, rich: int, scheme: str
) -> None:
    """WCAG AA: 4.5 to 1 for texts; measured on what is really painted."""
    page = open_page(site, f"/#{rich}", color_scheme=scheme, reduced_motion="reduce")
    messages(page).nth(1).wait_for()
    page.evaluate("document.getElementById('drawer').showModal()")
    assert page.evaluate(CONTRASTS, 4.5) == []
    page.evaluate("document.getElementById('drawer').close()")
    page.get_by_role("searchbox").fill("quoted")
    page.locator("#found mark").wait_for()
    assert page.evaluate(CONTRASTS, 4.5) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_can_be_seen(
    open_page: Callable[..., Page], site: Live, rich: int, scheme: str
) -> None:
    page = open_page(site, f"/#{rich}", color_scheme=scheme)
    messages(page).nth(1).wait_for()
    page.evaluate("document.activeElement.blur()")
    for _ in range(25):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
              const e = document.activeElement;
              const ring = e.id === "question" ? e.closest("form") : e;
              const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(ring);
              const isRing = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
              return e === document.body || isRing || (ring !== e && boxShadow !== "none")
                ? "" : e.outerHTML;
            }"""
        )
        assert seen == ""


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_phone_shows_everything_without_scrolling_sideways(
    open_page: Callable[..., Page], site: Live, rich: int, locale: str
) -> None:
    page = open_page(site, "/", locale=locale, **PHONE)
    assert overflow(page) == []
    page.locator("#menu").click()
    expect(page.locator("#side")).to_be_in_viewport()
    assert overflow(page) == []
    page.locator("#chats a", has_text="Rich").click()
    expect(page.locator("#side")).not_to_be_in_viewport()
    messages(page).nth(1).wait_for()
    assert overflow(page) == []
    page.locator("#settings").click()
    assert overflow(page) == []


def overflow(page: Page) -> list[str]:
    """What reaches beyond the page's edge, outside of what scrolls by itself."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => {
          const scrolls = (e) => e.closest("pre, .wide, .unseen, [inert], .skip");
          const wide = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
          const there = [...document.body.querySelectorAll("*")].filter((e) => {
            const box = e.getBoundingClientRect();
            return box.width > 0 && box.right > innerWidth + 1 && !scrolls(e);
          });
          return [...wide, ...there.map((e) => e.tagName + "#" + e.id + "." + e.className)];
        }"""
    )


def test_the_list_on_a_phone_comes_and_goes_by_keys_too(
    open_page: Callable[..., Page], site: Live, rich: int
) -> None:
    page = open_page(site, "/", **PHONE)
    menu = page.get_by_role("button", name="Show the conversations")
    expect(menu).to_have_attribute("aria-expanded", "false")
    menu.press("Enter")
    expect(page.get_by_role("button", name="Hide the conversations")).to_be_focused()
    assert page.locator("#question").evaluate("e => e.closest('[inert]') !== null")
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(menu).to_have_attribute("aria-expanded", "false")


def test_the_targets_on_a_phone_are_large_enough(
    open_page: Callable[..., Page], site: Live, rich: int
) -> None:
    """WCAG 2.2's 24 pixels, for each button."""
    page = open_page(site, f"/#{rich}", **PHONE)
    messages(page).nth(1).wait_for()
    sizes = page.locator("button:visible").evaluate_all(
        "all => all.map(e => [e.getAttribute('aria-label') ?? e.innerText,"
        " Math.min(e.offsetWidth, e.offsetHeight)])"
    )
    assert [name for name, size in sizes if size < 24] == []
    assert len(sizes) > 8


def test_nothing_moves_for_those_who_do_not_want_it(
    open_page: Callable[..., Page], site: Live
) -> None:
    page = open_page(site, reduced_motion="reduce")
    page.get_by_role("button", name="Settings").click()
    assert page.locator("#drawer").evaluate("e => e.getAnimations().length") == 0
