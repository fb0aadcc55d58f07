"""Talking on the web page."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.server.live import Live
from tests.server.page.reading import (
    answer,
    ask,
    begin,
    conversation,
    done,
    messages,
    question,
    texts,
)
from tests.talking import session_of
from yi_local.store.conversations import Store

LONG = "say " + "\n\n".join(f"Paragraph {n} of a long answer." for n in range(60))


def test_a_question_is_answered(page: Page) -> None:
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    ask(page, "say Hello, *you*!")
    assert texts(page) == ["say Hello, *you*!", "Hello, you!"]
    expect(answer(page).locator("em")).to_have_text("you")
    expect(page.locator("#status")).to_contain_text("20 tokens/s")
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_hidden()
    expect(question(page)).to_be_focused()
    expect(question(page)).to_have_value("")


def test_it_is_the_same_history_that_the_terminal_app_has(page: Page, store: Store) -> None:
    ask(page, "say One.")
    [kept] = store.conversations()
    assert [node.message.content for node in store.path(kept.id)] == ["say One.", "One."]
    assert page.url.endswith(f"#{kept.id}")
    expect(page.get_by_role("link", name=kept.title)).to_have_attribute("aria-current", "page")


def test_a_conversation_of_the_terminal_app_is_shown_and_continued(
    open_page: Callable[..., Page], site: Live, store: Store, folder: object
) -> None:
    model = site.models.open_file(folder / "tiny.gguf", "tiny")  # type: ignore[operator]
    session = session_of(store, model, title="From the terminal")
    list(session.load())
    list(session.send("say From the **terminal**."))
    page = open_page(site)
    page.get_by_role("link", name="From the terminal").click()
    expect(answer(page).locator("strong")).to_have_text("terminal")
    ask(page, "say And on.")
    assert [node.message.content for node in session.path()][2:] == ["say And on.", "And on."]


def test_an_answer_appears_as_it_comes_and_what_came_is_kept_after_a_stop(
    page: Page, store: Store
) -> None:
    begin(page, "tick")
    expect(answer(page).locator(".body")).to_contain_text("tick tick tick")
    page.get_by_role("button", name="Stop").click()
    done(page)
    expect(answer(page)).to_contain_text("Stopped.")
    shown = texts(page)[1]
    [kept] = store.conversations()
    stored = store.path(kept.id)[1]
    assert stored.message.content.split() == shown.split()
    assert stored.finish_reason == "cancelled"


def test_escape_stops_too(page: Page) -> None:
    begin(page, "tick")
    expect(answer(page).locator(".body")).to_contain_text("tick")
    page.keyboard.press("Escape")
    done(page)
    expect(answer(page)).to_contain_text("Stopped.")


def test_an_answer_before_its_first_token_can_be_stopped(page: Page) -> None:
    begin(page, "wait")
    page.get_by_role("button", name="Stop").click()
    done(page)
    assert texts(page) == ["wait"]
    expect(messages(page).last.get_by_role("button", name="Retry")).to_be_visible()


def test_a_retry_is_a_second_version_and_the_arrows_lead_between_them(page: Page) -> None:
    ask(page, "say One.")
    answer(page).get_by_role("button", name="Retry").click()
    expect(answer(page).locator(".count")).to_have_text("2/2")
    done(page)
    answer(page).get_by_role("button", name="Previous version").click()
    expect(answer(page).locator(".count")).to_have_text("1/2")
    expect(answer(page).get_by_role("button", name="Previous version")).to_be_disabled()
    expect(answer(page).get_by_role("button", name="Next version")).to_be_focused()
    page.keyboard.press("Enter")
    expect(answer(page).locator(".count")).to_have_text("2/2")


def test_a_question_is_edited_in_its_place(page: Page) -> None:
    ask(page, "say One.")
    ask(page, "say Two.")
    first = messages(page).first
    first.hover()
    first.get_by_role("button", name="Edit").click()
    field = page.get_by_role("textbox", name="Edit the question")
    expect(field).to_be_focused()
    expect(field).to_have_value("say One.")
    field.fill("say Three.")
    field.press("Enter")
    expect(messages(page).first.locator(".count")).to_have_text("2/2")
    done(page)
    assert texts(page) == ["say Three.", "Three."]
    messages(page).first.get_by_role("button", name="Previous version").click()
    expect(messages(page)).to_have_count(4)
    assert texts(page) == ["say One.", "One.", "say Two.", "Two."]


def test_an_edit_that_is_given_up_changes_nothing(page: Page) -> None:
    ask(page, "say One.")
    messages(page).first.hover()
    messages(page).first.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Edit the question").fill("else")
    page.keyboard.press("Escape")
    expect(messages(page).first.get_by_role("button", name="Edit")).to_be_focused()
    assert texts(page) == ["say One.", "One."]


def test_an_answer_that_was_cut_is_continued_in_its_place(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    number = conversation(store, ("say One and two.", "One and"), reason="length")
    page = open_page(site, f"/#{number}")
    expect(answer(page)).to_contain_text("reached its longest length")
    page.get_by_role("button", name="Continue").click()
    expect(answer(page).locator(".body")).to_have_text("One and two.")
    done(page)
    expect(page.get_by_role("button", name="Continue")).to_have_count(0)
    expect(messages(page)).to_have_count(2)


def test_an_answer_goes_on_while_another_conversation_is_read(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    conversation(store, ("Else?", "Else."), title="Something else")
    page = open_page(site)
    begin(page, "tick")
    expect(answer(page).locator(".body")).to_contain_text("tick")
    page.get_by_role("link", name="Something else").click()
    expect(answer(page).locator(".body")).to_have_text("Else.")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(page.get_by_role("img", name="An answer is being written")).to_be_visible()
    page.get_by_role("link", name="tick").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(answer(page).locator(".body")).to_contain_text("tick tick tick")
    page.get_by_role("button", name="Stop").click()
    done(page)
    expect(answer(page)).to_contain_text("Stopped.")


def test_the_page_follows_an_answer_unless_its_reader_went_up(page: Page) -> None:
    ask(page, LONG)
    scroller = page.locator("#scroller")
    rest = "e => e.scrollHeight - e.scrollTop - e.clientHeight"
    assert scroller.evaluate(rest) < 5
    scroller.hover()
    page.mouse.wheel(0, -900)
    latest = page.get_by_role("button", name="To the newest message")
    expect(latest).to_be_visible()
    question(page).fill("tick")
    question(page).press("Enter")
    expect(answer(page).locator(".body")).to_contain_text("tick " * 20)
    assert scroller.evaluate(rest) < 5
    page.mouse.wheel(0, -900)
    expect(latest).to_be_visible()
    before = scroller.evaluate("e => e.scrollTop")
    n_words = len(texts(page)[-1].split())
    expect(answer(page).locator(".body")).to_contain_text("tick " * (n_words + 50))
    assert scroller.evaluate("e => e.scrollTop") == before
    latest.click()
    assert scroller.evaluate(rest) < 5
    expect(latest).to_be_hidden()
    page.keyboard.press("Escape")
    done(page)


def test_a_long_conversation_is_fetched_from_its_end(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    number = conversation(store, *((f"Question {n}?", f"Answer {n}.") for n in range(100)))
    page = open_page(site, f"/#{number}")
    expect(answer(page).locator(".body")).to_have_text("Answer 99.")
    expect(messages(page)).to_have_count(60)
    page.locator("#scroller").evaluate("e => { e.scrollTop = 0; }")
    expect(messages(page)).to_have_count(120)
    expect(messages(page).nth(60).locator(".body")).to_be_in_viewport()


def test_a_text_file_goes_with_a_question(page: Page, store: Store) -> None:
    notes = {
        "name": "notes.txt",
        "mimeType": "text/plain",
        "buffer": "中文 notes".encode("gb18030"),
    }
    page.locator("#files").set_input_files([notes])  # type: ignore[list-item]
    expect(page.locator("#chips")).to_contain_text("notes.txt")
    ask(page, "say Read.")
    expect(messages(page).first.locator(".files")).to_contain_text("notes.txt")
    [kept] = store.conversations()
    [attachment] = store.path(kept.id)[0].attachments
    assert (attachment.name, attachment.text) == ("notes.txt", "中文 notes")


def test_what_is_no_text_cannot_be_attached(page: Page) -> None:
    picture = {"name": "cat.png", "mimeType": "image/png", "buffer": b"\x89PNG\0\0"}
    page.locator("#files").set_input_files([picture])  # type: ignore[list-item]
    expect(page.get_by_role("alert").first).to_contain_text("cat.png is not a text file.")
    expect(page.locator("#chips")).to_be_hidden()


def test_a_message_can_be_kept_in_the_context(page: Page, store: Store) -> None:
    ask(page, "say One.")
    answer(page).get_by_role("button", name="Keep in the context").click()
    pin = answer(page).get_by_role("button", name="No longer keep in the context")
    expect(pin).to_have_attribute("aria-pressed", "true")
    expect(pin).to_be_focused()
    [kept] = store.conversations()
    assert store.path(kept.id)[1].pinned


def test_messages_and_code_are_copied_as_they_were_written(page: Page) -> None:
    ask(page, "say Look:\n\n```python\nprint('**x**')\n\n\nx = 1\n```")
    expect(page.locator(".code figcaption")).to_contain_text("python")
    page.get_by_role("button", name="Copy code").click()
    assert page.evaluate("navigator.clipboard.readText()") == "print('**x**')\n\n\nx = 1\n"
    expect(page.locator("#spoken")).to_have_text("Copied")
    answer(page).get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(".acts .done")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("Look:\n\n```python")


def test_an_unsent_text_is_there_after_a_reload(page: Page) -> None:
    question(page).fill("half a thou")
    page.reload()
    expect(question(page)).to_have_value("half a thou")
