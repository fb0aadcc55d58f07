"""Settings are read, written, and never lost."""

import dataclasses
import os
import stat
import tomllib
from pathlib import Path

import pytest

from yi_local.assistant.models.library import remember
from yi_local.errors import UsageError, YiLocalError
from yi_local.settings import Preset, Settings, read_settings, settings_file, write_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def written(file: Path, text: str | bytes) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_they_lie_in_the_config_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path))
    assert settings_file() == tmp_path / "config" / "settings.toml"
    write_settings(Settings((Path("/a"),)))
    assert read_settings() == Settings((Path("/a"),))


def test_without_a_file_they_are_the_defaults_and_none_is_made(file: Path) -> None:
    assert read_settings(file) == Settings()
    assert not file.parent.exists()


def test_what_is_written_is_read_again(file: Path) -> None:
    kept = Settings((Path("/models/零一 万物"), Path('~/quo"te\\back')))
    write_settings(kept, file)
    assert read_settings(file) == kept
    assert os.listdir(file.parent) == ["settings.toml"]


def test_unknown_keys_survive_a_write(file: Path) -> None:
    written(file, 'colour = "dark"\nmodel_folders = ["/a"]\n[server]\nport = 8000\n')
    write_settings(Settings((Path("/b"),)), file)
    text = file.read_text()
    assert 'colour = "dark"' in text
    assert "[server]\nport = 8000" in text
    assert read_settings(file) == Settings((Path("/b"),))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = = 2\n", 2),
        ('a = 1\nb = "open', 2),
        ('theme = "x"\n\nmodel_folders = "/a"\n', 3),
        ("model_folders = [1]\n", 1),
        ('model_folders = [""]\n', 1),
        (b"a = 1\nb = '\xff'\n", 2),
    ],
)
def test_a_broken_file_is_told_by_line_and_never_overwritten(
    file: Path, text: str | bytes, line: int
) -> None:
    written(file, text)
    before = file.read_bytes()
    for attempt in (lambda: read_settings(file), lambda: write_settings(Settings(), file)):
        with pytest.raises(UsageError) as caught:
            attempt()
        assert f"{file}, line {line}: " in caught.value.message
        assert caught.value.hint
    assert file.read_bytes() == before


def test_a_byte_order_mark_is_no_harm(file: Path) -> None:
    written(file, b'\xef\xbb\xbfmodel_folders = ["/a"]\n')
    assert read_settings(file).model_folders == (Path("/a"),)


@pytest.mark.skipif(os.name == "nt", reason="links and rights of POSIX")
def test_a_link_to_the_file_stays_a_link_and_its_rights_stay(file: Path, tmp_path: Path) -> None:
    real = written(tmp_path / "config" / "real.toml", "")
    real.chmod(0o640)
    file.symlink_to(real)
    write_settings(Settings((Path("/a"),)), file)
    assert file.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert read_settings(real).model_folders == (Path("/a"),)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file")
    with pytest.raises(YiLocalError) as caught:
        write_settings(Settings(), tmp_path / "config" / "settings.toml")
    assert "settings.toml cannot be" in caught.value.message


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_text_changes_nothing(file: Path) -> None:
    written(file, "a = 1\n")
    with pytest.raises(UsageError):
        write_settings(Settings((Path(os.fsdecode(b"/\xff")),)), file)
    assert file.read_text() == "a = 1\n"
    assert os.listdir(file.parent) == ["settings.toml"]


ALL = Settings(
    model_folders=(Path("/models"),),
    language="zh_CN",
    theme="light",
    keys={"chat.retry": "ctrl+y,f9", "chat.new": "f8"},
    presets=(
        Preset("Translator", "You translate.\nNothing else.", {"temperature": 0.2, "top_k": 5}),
        Preset("简洁", "", {"stop": ("a", "\n"), "logit_bias": {7: -1.5}, "seed": 3}),
        Preset("plain"),
    ),
    default_preset="plain",
    model_presets={"yi-1.5-6b-chat": "Translator", 'a "quoted" name.gguf': "简洁"},
    context_policy="stop",
    save_history=False,
    offline=True,
    servers=("http://localhost:11434", "https://api.example.com/v1"),
)


def test_everything_that_can_be_settled_is_read_again(file: Path) -> None:
    for field in dataclasses.fields(Settings):
        assert getattr(ALL, field.name) != getattr(Settings(), field.name), field.name
    write_settings(ALL, file)
    assert read_settings(file) == ALL


def test_defaults_are_not_written(file: Path) -> None:
    write_settings(Settings(theme="light"), file)
    assert file.read_text() == 'theme = "light"\n'


def test_a_default_that_stands_in_the_file_stays_there(file: Path) -> None:
    written(file, 'offline = true\ntheme = "light"\n[keys]\n"chat.new" = "f8"\n')
    write_settings(Settings(), file)
    assert tomllib.loads(file.read_text()) == {"offline": False, "keys": {}}


def test_unknown_keys_of_a_preset_survive_while_it_keeps_its_name(file: Path) -> None:
    written(
        file,
        '[[presets]]\nname = "a"\nicon = "x"\nsystem = "s"\n[[presets]]\nname = "b"\nicon = "y"\n',
    )
    write_settings(Settings(presets=(Preset("c"), Preset("a"))), file)
    assert tomllib.loads(file.read_text()) == {
        "presets": [{"name": "c"}, {"name": "a", "icon": "x"}]
    }


def test_what_names_a_preset_that_is_gone_is_not_written(file: Path) -> None:
    write_settings(ALL, file)
    write_settings(dataclasses.replace(ALL, presets=ALL.presets[:1]), file)
    kept = read_settings(file)
    assert kept.default_preset is None
    assert kept.model_presets == {"yi-1.5-6b-chat": "Translator"}


PRESET = '[[presets]]\nname = "a"\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\nlanguage = 1\n", 2, 'the name of a language, like "zh_CN"'),
        ('language = "no such"\n', 1, "the name of a language"),
        ('theme = ""\n', 1, "the name of a theme"),
        ("keys = 1\n", 1, "a table: [keys]"),
        ('[keys]\n"chat.new" = "f8"\n"chat.retry" = "ctrl+y, f9"\n', 3, '"chat.retry" must be'),
        ('[keys]\nx = ["f9"]\n', 2, '"x" must be a key or several'),
        ('presets = "a"\n', 1, "a list of tables: [[presets]]"),
        ('[[presets]]\nsystem = "a"\n', 1, "needs a name"),
        (PRESET + PRESET, 4, 'a preset "a" already'),
        (PRESET + "system = 1\n", 3, 'the preset "a", system must be text'),
        (PRESET + "sampling = 1\n", 3, 'the preset "a", sampling must be a table'),
        (PRESET + "[presets.sampling]\ntop = 1\n", 4, 'the preset "a", there is no sampling'),
        (
            PRESET + "[presets.sampling]\nseed = 1\ntop_p = 2\n",
            5,
            'the preset "a", top_p must be between 0 and 1, not 2.',
        ),
        (PRESET + "[presets.sampling]\ntop_k = 1.5\n", 4, "top_k must be a whole number"),
        (PRESET + "[presets.sampling]\ntop_p = true\n", 4, "top_p must be a number"),
        (PRESET + '[presets.sampling]\nstop = "x"\n', 4, "stop must be a list of texts"),
        (PRESET + '[presets.sampling]\nstop = [""]\n', 4, "a stop string must not be empty"),
        (PRESET + "[presets.sampling.logit_bias]\nx = 1\n", 3, "token ids with numbers"),
        (PRESET + "[presets.sampling]\ntop_p = nan\n", 4, "top_p must be between"),
        (
            PRESET + '[presets.sampling]\ngrammar = "a"\njson_schema = "b"\n',
            3,
            "not both",
        ),
        ('default_preset = "b"\n' + PRESET, 1, "no preset of this name"),
        ("default_preset = 1\n", 1, "the name of a preset"),
        ('[model_presets]\n"yi-1.5" = "b"\n', 2, "no preset of this name"),
        ("[model_presets]\nyi = 1\n", 2, "the name of a preset"),
        ('context_policy = "shorten"\n', 1, '"drop-oldest" or "stop"'),
        ("context_policy = []\n", 1, '"drop-oldest" or "stop"'),
        ("save_history = 0\n", 1, "true or false"),
        ('offline = "no"\n', 1, "true or false"),
        ('servers = "http://localhost"\n', 1, "a list of addresses"),
        ('servers = ["localhost:11434"]\n', 1, "http:// or https://"),
        ('servers = ["http://[::1"]\n', 1, "is not an address that begins"),
        ('servers = ["http://me:secret@h/v1"]\n', 1, "must not hold a password"),
    ],
)
def test_a_wrong_value_is_told_by_line_with_what_is_expected(
    file: Path, text: str, line: int, words: str
) -> None:
    written(file, text)
    with pytest.raises(UsageError) as caught:
        read_settings(file)
    assert caught.value.message.startswith(f"{file}, line {line}: ")
    assert words in caught.value.message
    with pytest.raises(UsageError):
        write_settings(Settings(), file)
    assert file.read_text() == text


def test_settings_that_could_not_be_read_again_are_not_written(file: Path) -> None:
    with pytest.raises(UsageError, match=r'the preset "a", top_p must be'):
        write_settings(Settings(presets=(Preset("a", sampling={"top_p": 2}),)), file)
    assert not file.parent.exists()


def test_a_model_is_talked_to_by_its_own_preset_else_by_the_default() -> None:
    assert ALL.preset_for("yi-1.5-6b-chat", "x.gguf") == ALL.presets[0]
    assert ALL.preset_for("unknown") == ALL.presets[2]
    assert Settings().preset_for("unknown") is None


def test_a_folder_that_is_remembered_leaves_the_other_settings_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path))
    write_settings(ALL)
    assert remember((tmp_path / "more",)) == (tmp_path / "more",)
    expected = (*ALL.model_folders, tmp_path / "more")
    assert read_settings() == dataclasses.replace(ALL, model_folders=expected)
