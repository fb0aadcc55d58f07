"""The web page when something goes wrong: a sentence, and nothing that was written is lost."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.server.live import Live
from tests.server.page.cable import Cable
from tests.server.page.reading import answer, begin, conversation, done, messages, question, texts
from yi_local.server.serving import Limits
from yi_local.store.conversations import Store


def trouble(page: Page) -> str:
    page.locator("#trouble").wait_for()
    return page.locator("#trouble").inner_text()


def test_a_network_that_is_lost_in_an_answer_leaves_what_came(
    open_page: Callable[..., Page], site: Live
) -> None:
    cable = Cable(site.port)
    page = open_page(cable)
    begin(page, "tick")
    expect(answer(page).locator(".body")).to_contain_text("tick tick")
    question(page).fill("typed meanwhile")
    cable.cut()
    assert "The server cannot be reached." in trouble(page)
    assert texts(page)[1].startswith("tick tick")
    expect(question(page)).to_have_value("typed meanwhile")


def test_a_question_that_cannot_be_sent_is_there_to_be_sent_again(page: Page) -> None:
    page.context.set_offline(True)
    question(page).fill("say One.")
    question(page).press("Enter")
    assert "The server cannot be reached." in trouble(page)
    expect(question(page)).to_have_value("say One.")
    expect(messages(page)).to_have_count(0)
    page.context.set_offline(False)
    question(page).press("Enter")
    expect(answer(page).locator(".body")).to_have_text("One.")
    expect(page.locator("#trouble")).to_be_hidden()


def test_an_edit_that_cannot_be_sent_is_not_lost(page: Page) -> None:
    begin(page, "say One.")
    done(page)
    page.context.set_offline(True)
    messages(page).first.hover()
    messages(page).first.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Edit the question").fill("say Two.")
    page.keyboard.press("Enter")
    assert "The server cannot be reached." in trouble(page)
    expect(question(page)).to_have_value("say Two.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(messages(page)).to_have_count(2)
    assert texts(page) == ["say One.", "One."]


def test_a_model_that_does_not_load_is_said_and_can_be_tried_again(
    open_page: Callable[..., Page], serve: Callable[..., Live], store: Store
) -> None:
    page = open_page(serve("--load-error", "cannot_load", store=store))
    begin(page, "say One.")
    assert "It will not load." in trouble(page)
    assert texts(page) == ["say One."]
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#trouble")).to_be_visible()
    assert texts(page) == ["say One."]
    [kept] = store.conversations()
    assert kept.n_messages == 1


def test_an_engine_that_dies_leaves_what_came_and_goes_on(page: Page) -> None:
    begin(page, "half kill")
    assert "ended" in trouble(page)
    expect(answer(page).locator(".body")).to_have_text("Half an ans")
    page.get_by_role("button", name="Continue").click()
    expect(answer(page).locator(".body")).to_have_text("Half an answer.")
    expect(page.locator("#trouble")).to_be_hidden()


def test_a_question_that_is_too_long_for_the_context_stays(page: Page) -> None:
    begin(page, "too long")
    assert "context" in trouble(page)
    assert texts(page)[0] == "too long"


def test_a_server_that_is_full_says_so_and_the_text_stays(
    open_page: Callable[..., Page], serve: Callable[..., Live], store: Store
) -> None:
    site = serve(store=store, limits=Limits(parallel=1, waiting=0))
    one, two = open_page(site), open_page(site)
    begin(one, "tick")
    expect(answer(one).locator(".body")).to_contain_text("tick")
    question(two).fill("say Two.")
    question(two).press("Enter")
    assert trouble(two)
    one.keyboard.press("Escape")
    done(one)


def test_a_second_answer_in_the_same_conversation_is_refused(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    number = conversation(store, ("One?", "One."))
    one, two = open_page(site, f"/#{number}"), open_page(site, f"/#{number}")
    begin(one, "tick")
    expect(answer(one).locator(".body")).to_contain_text("tick")
    question(two).fill("say Two.")
    question(two).press("Enter")
    assert trouble(two)
    expect(question(two)).to_have_value("say Two.")
    one.keyboard.press("Escape")
    done(one)


def test_an_address_of_no_conversation_says_so(open_page: Callable[..., Page], site: Live) -> None:
    page = open_page(site, "/#4711")
    assert "not here any more" in trouble(page)
    expect(question(page)).to_be_visible()


def test_older_messages_that_did_not_fit_are_marked(
    open_page: Callable[..., Page], serve: Callable[..., Live], store: Store
) -> None:
    site = serve("--context", "600", store=store)
    number = conversation(store, *((f"Question {n}? " + "word " * 40, "Yes.") for n in range(20)))
    page = open_page(site, f"/#{number}")
    begin(page, "say One.")
    done(page)
    expect(page.locator("#status")).to_contain_text("Messages that did not fit the context:")
    expect(page.locator(".left-out").first).to_be_attached()
    expect(answer(page)).not_to_have_class("left-out")


def test_what_is_typed_before_the_conversation_has_come_is_asked_in_it(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    number = conversation(store, ("Is it?", "Yes."))
    page, held = arriving(open_page(site), site, number)
    page.keyboard.type("say One.")
    until_held(page, held).continue_()
    expect(messages(page)).to_have_count(2)
    expect(question(page)).to_have_value("say One.")
    page.keyboard.press("Enter")
    done(page)
    assert texts(page) == ["Is it?", "Yes.", "say One.", "One."]


def test_what_is_typed_for_a_conversation_that_does_not_come_stays(
    open_page: Callable[..., Page], site: Live
) -> None:
    first = open_page(site)
    question(first).fill("say Two.")
    page, held = arriving(first, site, 4711)
    page.keyboard.type("say One.")
    until_held(page, held).continue_()
    expect(page.locator("#trouble")).to_contain_text("not here any more")
    expect(question(page)).to_have_value("say Two.\nsay One.")


def arriving(page: Page, site: Live, number: int) -> tuple[Page, list[Route]]:
    """The page as one comes to it by a conversation's address; its messages are on their way."""
    held: list[Route] = []
    page.route(f"**/page/chats/{number}?*", lambda route: held.append(route))
    page.goto("about:blank")
    page.goto(f"{site.url}/#{number}")
    page.locator("html.ready").wait_for()
    return page, held


def until_held(page: Page, held: list[Route]) -> Route:
    while not held:
        page.wait_for_timeout(20)
    return held[0]
