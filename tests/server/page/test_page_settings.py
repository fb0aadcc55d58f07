"""What can be chosen on the web page: model, sampling, system prompt, looks, language, the key."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.server.live import Live
from tests.server.page.reading import answer, ask, conversation, question
from yi_local.server.guard import Door
from yi_local.store.conversations import Store


def settings(page: Page) -> Locator:
    page.get_by_role("button", name="Settings").click()
    return page.get_by_role("dialog", name="Settings")


def told(store: Store) -> Any:
    """The newest answer, which is JSON; on the page it is read as Markdown."""
    return json.loads(store.path(store.conversations()[0].id)[-1].message.content)


def close(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Settings")).to_be_hidden()


def test_another_model_answers_when_it_is_chosen(page: Page, store: Store) -> None:
    ask(page, "say One.")
    page.get_by_role("combobox", name="Model").select_option("other")
    ask(page, "say Two.")
    [kept] = store.conversations()
    assert kept.model == "other"
    assert [node.model for node in store.path(kept.id)][1::2] == ["tiny", "other"]
    page.get_by_role("button", name="New chat").first.click()
    expect(page.get_by_role("combobox", name="Model")).to_have_value("other")
    ask(page, "say Three.")
    assert store.conversations()[0].model == "other"


def test_a_conversation_with_a_model_that_is_gone_can_have_another(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    number = conversation(store, ("One?", "One."))
    store.update(number, model="lost-model")
    page = open_page(site, f"/#{number}")
    model = page.get_by_role("combobox", name="Model")
    expect(model.locator("option:checked")).to_have_text("lost-model (not here)")
    question(page).fill("say Two.")
    question(page).press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("lost-model")
    expect(question(page)).to_have_value("say Two.")
    model.select_option("tiny")
    question(page).press("Enter")
    expect(answer(page).locator(".body")).to_have_text("Two.")


def test_sampling_and_system_prompt_reach_the_engine(page: Page, store: Store) -> None:
    drawer = settings(page)
    drawer.get_by_role("spinbutton", name="Temperature").fill("0.25")
    drawer.get_by_role("spinbutton", name="Seed").fill("7")
    drawer.get_by_role("textbox", name="System prompt").fill("Be brief.")
    close(page)
    ask(page, "sampling")
    sampling = told(store)
    assert (sampling["temperature"], sampling["seed"]) == (0.25, 7)
    ask(page, "messages")
    assert told(store)[0] == {"role": "system", "content": "Be brief."}

    drawer = settings(page)
    expect(drawer.get_by_role("spinbutton", name="Temperature")).to_have_value("0.25")
    drawer.get_by_role("button", name="Reset").click()
    expect(drawer.get_by_role("spinbutton", name="Temperature")).to_have_value("")
    close(page)
    ask(page, "sampling")
    assert told(store)["temperature"] != 0.25


def test_a_number_that_cannot_be_is_refused_in_words(page: Page, store: Store) -> None:
    drawer = settings(page)
    field = drawer.get_by_role("spinbutton", name="Top p")
    field.fill("7")
    field.press("Tab")
    expect(drawer.get_by_text("Top p is a number from 0 to 1.")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    close(page)
    ask(page, "sampling")
    assert told(store)["top_p"] != 7


def test_a_slider_moves_its_number(page: Page, store: Store) -> None:
    drawer = settings(page)
    drawer.get_by_role("slider", name="Temperature").press("ArrowRight")
    moved = drawer.get_by_role("spinbutton", name="Temperature").input_value()
    assert re.fullmatch(r"0\.\d+", moved)
    close(page)
    ask(page, "sampling")
    assert told(store)["temperature"] == float(moved)


def test_the_colours_that_are_chosen_stay(page: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = page.evaluate(ground)
    assert dark != light
    settings(page).get_by_role("combobox", name="Colours").select_option("light")
    assert page.evaluate(ground) == light
    page.reload()
    assert page.evaluate(ground) == light


def test_the_language_that_is_chosen_stays(page: Page) -> None:
    ask(page, "say One.")
    settings(page).get_by_role("combobox", name="Language").select_option("zh_CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#drawer-title")).to_have_text("设置")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#settings")).to_have_attribute("aria-label", "设置")


def test_a_chinese_browser_is_spoken_to_in_chinese(
    open_page: Callable[..., Page], site: Live
) -> None:
    page = open_page(site, locale="zh-HK")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#settings")).to_have_attribute("aria-label", "设置")


def locked(serve: Callable[..., Live], store: Store) -> Live:
    return serve(store=store, door=Door(keys=("s3cret",)))


def test_a_key_is_asked_for_and_kept_for_the_tab_alone(
    open_page: Callable[..., Page], serve: Callable[..., Live], store: Store
) -> None:
    page = open_page(locked(serve, store))
    dialog = page.get_by_role("dialog", name="This server wants a key")
    expect(page.get_by_label("The server's key", exact=True)).to_be_focused()
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("That key was not accepted.")
    page.keyboard.type("s3cret")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    ask(page, "say In.")
    page.reload()
    expect(answer(page).locator(".body")).to_have_text("In.")
    assert "s3cret" not in page.evaluate("JSON.stringify(localStorage)")


def test_a_key_in_the_address_is_taken_and_goes_from_there(
    open_page: Callable[..., Page], serve: Callable[..., Live], store: Store
) -> None:
    page = open_page(locked(serve, store), "/#key=s3cret")
    ask(page, "say In.")
    assert "s3cret" not in page.url
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_conversations_that_are_not_saved_are_said_to_be(
    open_page: Callable[..., Page], serve: Callable[..., Live]
) -> None:
    page = open_page(serve())
    expect(page.locator("#status")).to_contain_text("Conversations are not saved.")


def test_what_is_being_typed_in_the_settings_is_not_overwritten_by_an_answer(page: Page) -> None:
    question(page).fill("tick")
    question(page).press("Enter")
    expect(answer(page).locator(".body")).to_contain_text("tick")
    drawer = settings(page)
    drawer.get_by_role("textbox", name="System prompt").press_sequentially("Be br")
    kind = {"Content-Type": "application/json"}
    page.request.post(f"{page.url.partition('#')[0]}page/chats/1/stop", headers=kind, data="{}")
    expect(page.locator("#spoken")).to_contain_text("The answer:")
    expect(drawer.get_by_role("textbox", name="System prompt")).to_have_value("Be br")
