"""What is done on the page, and read from it, as a person does."""

from playwright.sync_api import Locator, Page, expect

from yi_local.store.conversations import Store
from yi_local.types import FinishReason


def question(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Your question")


def ask(page: Page, text: str) -> None:
    """Waits for the answer's end."""
    begin(page, text)
    done(page)


def begin(page: Page, text: str) -> None:
    question(page).fill(text)
    question(page).press("Enter")
    expect(page.locator("#messages .user .body").last).to_have_text(text)


def done(page: Page) -> None:
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(page.locator("#wait")).to_be_hidden()


def messages(page: Page) -> Locator:
    return page.locator("#messages .message")


def texts(page: Page) -> list[str]:
    return page.locator("#messages .message .body").all_inner_texts()


def answer(page: Page) -> Locator:
    return page.locator("#messages .assistant").last


def conversation(
    store: Store,
    *turns: tuple[str, str],
    title: str = "",
    reason: FinishReason = "stop",
    model: str = "tiny",
) -> int:
    """Put there as the terminal app does; returns its number."""
    begun = store.create(model=model, title=title)
    parent: int | None = None
    for asked, answered in turns:
        node = store.ask(begun.id, parent, asked)
        place = store.begin_answer(begun.id, node.id, model)
        store.finish(place.id, answered, reason, None)
        parent = place.id
    return begun.id
