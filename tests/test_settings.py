"""Settings are read, written, and never lost."""

import os
import stat
from pathlib import Path

import pytest

from yi_local.errors import UsageError, YiLocalError
from yi_local.settings import Settings, read_settings, settings_file, write_settings


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
    written(file, 'theme = "dark"\nmodel_folders = ["/a"]\n[server]\nport = 8000\n')
    write_settings(Settings((Path("/b"),)), file)
    text = file.read_text()
    assert 'theme = "dark"' in text
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
