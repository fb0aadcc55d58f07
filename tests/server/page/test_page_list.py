"""The conversations on the web page: found, renamed, deleted."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.server.live import Live
from tests.server.page.reading import answer, ask, conversation, messages, question
from yi_local.store.conversations import Store


def titles(page: Page) -> list[str]:
    return page.locator("#chats .title").all_inner_texts()


def test_they_are_listed_with_the_newest_first(page: Page) -> None:
    expect(page.locator("#chats")).to_have_text("No conversations yet.")
    ask(page, "say One.")
    page.get_by_role("button", name="New chat").first.click()
    expect(question(page)).to_be_focused()
    expect(messages(page)).to_have_count(0)
    ask(page, "say Two.")
    assert titles(page) == ["say Two", "say One"]
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    assert page.title() == "say Two – yi"
    page.go_back()
    expect(messages(page)).to_have_count(0)


def test_one_is_renamed_in_its_place(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    number = conversation(store, ("One?", "One."), title="Old name")
    page = open_page(site, f"/#{number}")
    page.get_by_role("link", name="Old name").hover()
    page.get_by_role("button", name="Rename: Old name").click()
    field = page.get_by_role("textbox", name="New title")
    expect(field).to_be_focused()
    field.fill("新的名字 <b>")
    field.press("Enter")
    expect(page.get_by_role("link", name="新的名字 <b>")).to_be_visible()
    expect(page.get_by_role("button", name="Rename: 新的名字 <b>")).to_be_focused()
    expect(page.locator("#title")).to_have_text("新的名字 <b>")
    assert (store.conversation(number).title, store.conversation(number).titled) == (
        "新的名字 <b>",
        True,
    )


def test_a_rename_that_is_given_up_changes_nothing(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    number = conversation(store, ("One?", "One."), title="Old name")
    page = open_page(site)
    page.get_by_role("link", name="Old name").hover()
    page.get_by_role("button", name="Rename: Old name").click()
    page.get_by_role("textbox", name="New title").fill("else")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Old name")).to_be_visible()
    assert store.conversation(number).title == "Old name"


def test_one_is_deleted_after_a_question(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    number = conversation(store, ("One?", "One."), title="Away")
    page = open_page(site, f"/#{number}")
    page.get_by_role("link", name="Away").hover()
    page.get_by_role("button", name="Delete: Away").click()
    dialog = page.get_by_role("dialog", name="Delete this conversation?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Away")).to_be_visible()
    page.get_by_role("button", name="Delete: Away").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Away")).to_have_count(0)
    expect(messages(page)).to_have_count(0)
    assert store.conversations() == ()


def test_what_was_said_is_found_in_chinese_too(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    conversation(store, ("一楼?", "黄鹤楼位于武汉。"), ("还有?", "没有了。"), title="名楼")
    conversation(store, ("Else?", "Nothing."), title="Else")
    page = open_page(site)
    field = page.get_by_role("searchbox", name="Search conversations")
    field.fill("鹤")
    expect(page.locator("#found mark")).to_have_text("鹤")
    expect(page.locator("#spoken")).to_have_text("Found: 1")
    page.locator("#found a").click()
    expect(messages(page).nth(1)).to_be_focused()
    expect(messages(page)).to_have_count(4)
    field.fill("nowhere to be found")
    expect(page.locator("#found")).to_have_text("Nothing was found.")
    field.press("Escape")
    expect(field).to_have_value("")
    expect(page.get_by_role("link", name="Else")).to_be_visible()


def test_what_was_found_in_another_version_is_led_to(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    begun = store.create(model="tiny", title="Twice")
    asked = store.ask(begun.id, None, "Which?")
    for text in ("The early bird.", "The late worm."):
        place = store.begin_answer(begun.id, asked.id, "tiny")
        store.finish(place.id, text, "stop", None)
    page = open_page(site)
    page.get_by_role("searchbox").fill("early")
    page.locator("#found a").click()
    expect(answer(page).locator(".body")).to_have_text("The early bird.")
    expect(answer(page).locator(".count")).to_have_text("1/2")


def test_many_conversations_come_page_by_page(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    for number in range(120):
        conversation(store, (f"Question {number}?", "Yes."), title=f"Number {number}")
    page = open_page(site)
    expect(page.locator("#chats a")).to_have_count(50)
    page.get_by_role("button", name="More conversations").click()
    expect(page.locator("#chats a")).to_have_count(100)
    page.get_by_role("button", name="More conversations").click()
    expect(page.locator("#chats a")).to_have_count(120)
    expect(page.get_by_role("button", name="More conversations")).to_be_hidden()
    assert len(set(titles(page))) == 120


def test_what_the_terminal_app_wrote_meanwhile_is_there_when_one_comes_back(
    page: Page, store: Store
) -> None:
    ask(page, "say One.")
    [kept] = store.conversations()
    tip = store.path(kept.id)[-1]
    asked = store.ask(kept.id, tip.id, "From the terminal?")
    place = store.begin_answer(kept.id, asked.id, "tiny")
    store.finish(place.id, "Yes, from **there**.", "stop", None)
    conversation(store, ("New?", "New."), title="A new one")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(answer(page).locator("strong")).to_have_text("there")
    expect(page.get_by_role("link", name="A new one")).to_be_visible()
