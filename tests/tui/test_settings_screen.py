"""The Settings part: every change is written at once, or told and taken back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static, TabbedContent

from tests.tui.conftest import Running
from tests.tui.snapshot import screen_text
from tests.tui.waiting import until, until_screen, until_seen, until_snapshot
from yi_local.settings import Preset, Settings, read_settings, settings_file
from yi_local.settings.sampling import WrongOption
from yi_local.tui.dialogs.folder import FolderDialog, objection
from yi_local.tui.dialogs.key_capture import KeyCaptureDialog
from yi_local.tui.dialogs.preset import FIELDS, PresetDialog, SamplingField, option_from
from yi_local.tui.dialogs.typed import TypedDialog
from yi_local.tui.services import Services
from yi_local.tui.widgets.settings.choice import Choice
from yi_local.tui.widgets.settings.keys_pane import KeyTable
from yi_local.tui.widgets.settings.model_presets import ModelPresets, ModelWithPreset
from yi_local.tui.widgets.settings.plain_button import PlainButton
from yi_local.tui.widgets.settings.presets_pane import PresetList, PresetsPane, with_preset
from yi_local.types import SamplingOptions

SHORT = Preset("Short", "One sentence.", {"temperature": 0.3, "xtc_probability": 0.1})
LONG = Preset("Long")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    for name in ("HF_HOME", "OLLAMA_MODELS", "LLAMA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture
def with_presets(services_with: Callable[..., Services]) -> Services:
    return services_with(settings=Settings(presets=(SHORT, LONG), default_preset="Short"))


async def at(pilot: Pilot[None], tab: str) -> None:
    await pilot.press("f5")
    await until(pilot, lambda: pilot.app.screen.query(TabbedContent))
    pilot.app.screen.query_one(TabbedContent).active = tab
    await pilot.pause()


def choice(pilot: Pilot[None], name: str) -> Choice:
    return pilot.app.screen.query_one(f"#{name}", Choice)


def per_model(pilot: Pilot[None]) -> ModelPresets:
    return pilot.app.screen.query_one(ModelPresets)


async def press_button(pilot: Pilot[None], name: str) -> None:
    pilot.app.screen.query_one(f"#{name}", PlainButton).press()
    await pilot.pause()


# -- look


async def test_a_theme_takes_effect_at_once_and_is_written(
    services: Services, running: Running
) -> None:
    async with running(services) as pilot:
        await at(pilot, "look")
        await until_seen(pilot, "as suits the terminal")
        choice(pilot, "theme").focus()
        await pilot.press("right", "right")
        await until(pilot, lambda: pilot.app.theme == "yi-light")
        assert read_settings().theme == "yi-light"
        await pilot.press("home")
        await until(pilot, lambda: pilot.app.theme == "yi-dark")
        assert read_settings().theme is None


async def test_a_language_is_written_for_the_next_start(
    services: Services, running: Running
) -> None:
    async with running(services) as pilot:
        await at(pilot, "look")
        choice(pilot, "language").focus()
        await pilot.press("right")
        await until(pilot, lambda: read_settings().language == "en")
        await pilot.press("home")
        await until(pilot, lambda: read_settings().language is None)


async def test_a_change_that_cannot_be_written_is_told_and_taken_back(
    services: Services, running: Running
) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("model_folders = [\n")
    async with running(services, size=(100, 30)) as pilot:
        await at(pilot, "look")
        theme = choice(pilot, "theme")
        before = theme.value
        theme.focus()
        await pilot.press("right")
        await until(pilot, lambda: "line" in "".join(n.message for n in pilot.app._notifications))
        assert theme.value == before
        assert services.settings.theme is None
    assert settings_file().read_text() == "model_folders = [\n"


# -- presets


async def test_a_preset_is_made(services: Services, running: Running) -> None:
    async with running(services, size=(80, 30)) as pilot:
        await at(pilot, "presets")
        await press_button(pilot, "new-preset")
        await until_screen(pilot, PresetDialog)
        await pilot.press(*"Calm", "enter")
        await pilot.press("enter")  # a text of its own
        await pilot.press("tab", *"Be calm.", "enter", *"Always.")
        pilot.app.screen.query_one("#temperature", SamplingField).query_one(Input).value = "0.5"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: services.settings.presets)
        expected = Preset("Calm", "Be calm.\nAlways.", {"temperature": 0.5})
        assert services.settings.presets == (expected,) == read_settings().presets


async def test_what_is_wrong_is_told_at_its_field_and_nothing_is_saved(
    services: Services, running: Running
) -> None:
    async with running(services, size=(80, 30)) as pilot:
        await at(pilot, "presets")
        await press_button(pilot, "new-preset")
        await until_screen(pilot, PresetDialog)
        field = pilot.app.screen.query_one("#temperature", SamplingField)
        field.query_one(Input).value = "200"
        await until_seen(pilot, "temperature must be between 0 and 100")
        await pilot.press("ctrl+s")
        await until_seen(pilot, "A preset needs a name.")
        field.query_one(Input).value = "warm"
        await until_seen(pilot, "warm is no number")
        await pilot.press("escape")
        assert services.settings.presets == ()


async def test_a_preset_is_edited_and_keeps_what_is_not_shown(
    with_presets: Services, running: Running
) -> None:
    async with running(with_presets, size=(80, 30)) as pilot:
        await at(pilot, "presets")
        pilot.app.screen.query_one(PresetList).focus()
        await pilot.press("enter")
        await until_screen(pilot, PresetDialog)
        pilot.app.screen.query_one("#name", Input).value = "Shorter"
        pilot.app.screen.query_one("#temperature", SamplingField).query_one(Input).value = ""
        await pilot.press("ctrl+s")
        await until(pilot, lambda: with_presets.settings.presets[0].name == "Shorter")
        settings = with_presets.settings
        assert settings.presets[0].sampling == {"xtc_probability": 0.1}
        assert settings.presets[0].system == "One sentence."
        assert settings.default_preset == "Shorter"


async def test_a_name_that_is_taken_is_refused(with_presets: Services, running: Running) -> None:
    async with running(with_presets, size=(80, 30)) as pilot:
        await at(pilot, "presets")
        await press_button(pilot, "new-preset")
        await until_screen(pilot, PresetDialog)
        await pilot.press(*"Long", "ctrl+s")
        await until_seen(pilot, "There is a preset of this name already.")
        await pilot.press("escape")


async def test_a_preset_is_deleted_after_a_question(
    with_presets: Services, running: Running
) -> None:
    async with running(with_presets, size=(80, 30)) as pilot:
        await at(pilot, "presets")
        pilot.app.screen.query_one(PresetList).focus()
        await pilot.press("delete")
        await until_seen(pilot, "The preset Short will be deleted.")
        await pilot.press("enter")
        await until(pilot, lambda: with_presets.settings.presets == (LONG,))
        assert with_presets.settings.default_preset is None


async def test_presets_are_chosen_for_all_and_for_one_model(
    with_presets: Services, running: Running
) -> None:
    async with running(with_presets, size=(100, 40)) as pilot:
        await at(pilot, "presets")
        choice(pilot, "default-preset").focus()
        await pilot.press("right")
        await until(pilot, lambda: with_presets.settings.default_preset == "Long")
        await until_seen(pilot, "Its makers advise temperature 0.2, top_p 0.9.")
        per_model(pilot).focus()
        await pilot.press("right")
        await until(pilot, lambda: with_presets.settings.model_presets == {"demo": "Short"})
        await pilot.press("home")
        await until(pilot, lambda: with_presets.settings.model_presets == {})


async def offered(pilot: Pilot[None], *names: str) -> ModelPresets:
    """As if models of these names were here."""
    await at(pilot, "presets")
    await until(pilot, lambda: per_model(pilot).display)
    models = [ModelWithPreset(name, f"Model {name}", None) for name in names]
    pilot.app.screen.query_one(PresetsPane).show_models(models)
    await pilot.pause()
    return per_model(pilot)


async def test_keys_go_from_model_to_model_and_out_of_the_list(
    with_presets: Services, running: Running
) -> None:
    async with running(with_presets, size=(100, 40)) as pilot:
        listed = await offered(pilot, "a", "b", "c")
        choice(pilot, "context-policy").focus()
        await pilot.press("tab", "right", "down", "right", "right", "tab", "enter")
        expected = {"a": "Short", "b": "Long", "c": "Short"}
        await until(pilot, lambda: with_presets.settings.model_presets == expected)
        await pilot.press("down")
        assert listed.current == 2
        await pilot.press("tab")
        assert not listed.has_focus
        await pilot.press("shift+tab")
        assert listed.has_focus
        assert listed.current == 0
        await pilot.press("up", "home")
        await until(
            pilot, lambda: with_presets.settings.model_presets == {"b": "Long", "c": "Short"}
        )
        await pilot.press("shift+tab")
        assert choice(pilot, "context-policy").has_focus


async def test_a_click_on_a_models_line_changes_its_preset(
    with_presets: Services, running: Running
) -> None:
    async with running(with_presets, size=(100, 40)) as pilot:
        listed = await offered(pilot, "a", "b")
        await pilot.click(listed, offset=(35, 2))
        await until(pilot, lambda: with_presets.settings.model_presets == {"b": "Short"})
        assert "▸ Model b" in screen_text(pilot.app)
        await pilot.click(listed, offset=(35, 1))
        await pilot.pause()
        assert with_presets.settings.model_presets == {"b": "Short"}


async def test_of_hundreds_of_models_the_current_one_is_seen(
    with_presets: Services, running: Running
) -> None:
    async with running(with_presets, size=(60, 20)) as pilot:
        listed = await offered(pilot, *map(str, range(1, 201)))
        listed.focus()
        await pilot.press(*["down"] * 20)
        assert "▸ Model 21 " in screen_text(pilot.app)
        await pilot.press("shift+tab", "shift+tab")
        assert "▸ Model 19 " in screen_text(pilot.app)


async def test_the_policy_for_long_conversations_is_chosen(
    services: Services, running: Running
) -> None:
    async with running(services) as pilot:
        await at(pilot, "presets")
        choice(pilot, "context-policy").focus()
        await pilot.press("enter")
        await until(pilot, lambda: services.settings.context_policy == "stop")


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_the_dialog_of_a_preset_looks_as_it_should(
    with_presets: Services, running: Running, size: tuple[int, int]
) -> None:
    async with running(with_presets, size=size) as pilot:
        await at(pilot, "presets")
        pilot.app.screen.query_one(PresetList).focus()
        await pilot.press("enter")
        await until_screen(pilot, PresetDialog)
        field = pilot.app.screen.query_one("#top_p", SamplingField).query_one(Input)
        field.cursor_blink = False
        field.focus()
        field.value = "2"
        await until_seen(pilot, "top_p must be between 0 and 1")
        await until_snapshot(pilot, f"preset-dialog-{size[0]}x{size[1]}")
        await pilot.press("escape")


def test_a_new_name_of_a_preset_holds_everywhere() -> None:
    settings = Settings(
        presets=(SHORT, LONG), default_preset="Long", model_presets={"a": "Short", "b": "Long"}
    )
    renamed = replace(SHORT, name="New")
    assert with_preset(settings, SHORT, renamed) == {
        "presets": (renamed, LONG),
        "default_preset": "Long",
        "model_presets": {"a": "New", "b": "Long"},
    }
    assert with_preset(settings, LONG, None) == {
        "presets": (SHORT,),
        "default_preset": None,
        "model_presets": {"a": "Short"},
    }


def test_every_field_that_is_shown_is_one_of_the_sampling_options() -> None:
    for option, _ in FIELDS:
        assert hasattr(SamplingOptions(), option)
        assert option_from(option, "  ") == {}


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [("temperature", "0,7", 0.7), ("temperature", "1", 1.0), ("top_k", " 40 ", 40)],
)
def test_numbers_are_read_as_people_write_them(option: str, text: str, value: float) -> None:
    assert option_from(option, text) == {option: value}


@pytest.mark.parametrize(("option", "text"), [("top_p", "1.5"), ("top_k", "4.5"), ("seed", "x")])
def test_numbers_out_of_range_are_refused(option: str, text: str) -> None:
    with pytest.raises(WrongOption):
        option_from(option, text)


# -- keys


async def capture(pilot: Pilot[None], row: int) -> None:
    await at(pilot, "keys")
    table = pilot.app.screen.query_one(KeyTable)
    table.focus()
    table.move_cursor(row=row)
    await pilot.press("enter")
    await until_screen(pilot, KeyCaptureDialog)


def row_of(action_id: str) -> int:
    from yi_local.tui.keys import ACTIONS

    return next(n for n, action in enumerate(ACTIONS) if action.id == action_id)


async def test_a_key_is_changed_works_at_once_and_is_reset(
    services: Services, running: Running
) -> None:
    async with running(services, size=(100, 40)) as pilot:
        await capture(pilot, row_of("app.machine"))
        await pilot.press("f12")
        await until(pilot, lambda: services.settings.keys == {"app.machine": "f12"})
        await until_seen(pilot, "F12 *")
        await pilot.press("f12")
        await until(pilot, lambda: pilot.app.current_mode == "machine")
        await at(pilot, "keys")
        table = pilot.app.screen.query_one(KeyTable)
        table.focus()
        table.move_cursor(row=row_of("app.machine"))
        await pilot.press("delete")
        await until(pilot, lambda: services.settings.keys == {})


async def test_a_key_that_is_taken_is_told_and_not_taken(
    services: Services, running: Running
) -> None:
    async with running(services, size=(100, 40)) as pilot:
        await capture(pilot, row_of("chat.retry"))
        await pilot.press("ctrl+n")
        await until_seen(pilot, "is the key of both")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, KeyCaptureDialog))
        assert services.settings.keys == {}


@pytest.mark.parametrize("key", ["ctrl+n", "f3", "enter", "tab"])
async def test_keys_with_a_meaning_come_to_the_dialog_and_are_refused(
    services: Services, running: Running, key: str
) -> None:
    async with running(services, size=(100, 40)) as pilot:
        await capture(pilot, row_of("chat.retry"))
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(pilot.app.screen, KeyCaptureDialog)
        assert str(pilot.app.screen.query_one(".problem", Static).content)


async def test_all_keys_can_be_reset(
    services_with: Callable[..., Services], running: Running
) -> None:
    services = services_with(settings=Settings(keys={"app.help": "f12"}))
    async with running(services, size=(100, 40)) as pilot:
        await at(pilot, "keys")
        await press_button(pilot, "reset-keys")
        await until(pilot, lambda: services.settings.keys == {})


# -- folders


async def test_a_folder_is_added_and_removed(
    services: Services, running: Running, tmp_path: Path
) -> None:
    async with running(services, size=(100, 30)) as pilot:
        await at(pilot, "folders")
        await until_seen(pilot, "No folder yet.")
        pilot.app.screen.query_one("#folders-pane .add", PlainButton).press()
        await until_screen(pilot, FolderDialog)
        pilot.app.screen.query_one(Input).value = str(tmp_path / "nowhere")
        await pilot.press("enter")
        await until_seen(pilot, "is not there.")
        pilot.app.screen.query_one(Input).value = str(tmp_path)
        await pilot.press("enter")
        await until(pilot, lambda: services.settings.model_folders == (tmp_path,))
        pilot.app.screen.query_one("#folders-pane PlaceList", OptionList).focus()
        await pilot.press("delete")
        await until(pilot, lambda: services.settings.model_folders == ())


async def test_a_folder_that_has_gone_is_told(
    services_with: Callable[..., Services], running: Running, tmp_path: Path
) -> None:
    services = services_with(settings=Settings(model_folders=(tmp_path / "gone",)))
    async with running(services, size=(160, 30)) as pilot:
        await at(pilot, "folders")
        await until_seen(pilot, "not there now")


def test_a_folder_is_not_added_twice(tmp_path: Path) -> None:
    assert objection(str(tmp_path), ()) is None
    assert objection(str(tmp_path), [tmp_path]) is not None
    assert objection("", ()) is not None
    assert objection("a\0b", ()) is not None


# -- privacy


async def test_privacy_is_chosen(services: Services, running: Running) -> None:
    async with running(services, size=(100, 30)) as pilot:
        await at(pilot, "privacy")
        choice(pilot, "save-history").focus()
        await pilot.press("enter")
        await until(pilot, lambda: not services.settings.save_history)
        choice(pilot, "offline").focus()
        await pilot.press("enter")
        await until(pilot, lambda: services.settings.offline)
        assert str(settings_file()) in screen_text(pilot.app).replace("\n", "")


async def test_all_conversations_go_when_the_word_was_typed(
    services: Services, running: Running
) -> None:
    for number in range(3):
        conversation = services.store.create(title=f"talk {number}")
        services.store.ask(conversation.id, None, "hello")
    async with running(services, size=(100, 30)) as pilot:
        await at(pilot, "privacy")
        await press_button(pilot, "delete-all")
        await until_screen(pilot, TypedDialog)
        await until_seen(pilot, "3 conversations will be deleted for good")
        await pilot.press(*"no", "enter")
        await until_seen(pilot, "That is not")
        assert len(services.store.conversations()) == 3
        pilot.app.screen.query_one(Input).value = "delete"
        await pilot.press("enter")
        await until(pilot, lambda: services.store.conversations() == ())


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (250, 60)])
async def test_every_tab_works_at_every_size(
    with_presets: Services, running: Running, size: tuple[int, int]
) -> None:
    async with running(with_presets, size=size) as pilot:
        for tab in ("presets", "look", "keys", "folders", "privacy"):
            await at(pilot, tab)
            lines = screen_text(pilot.app).splitlines()
            assert all(len(line) <= size[0] for line in lines)
            assert f"[{tab.capitalize()}]" in lines[1]
