"""yi_local.cli.input: text from pipes, arguments, files."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.cli.input import Input, decode, decode_argument, read_text_file
from yi_local.errors import UsageError


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: text[:1] != "\ufeff"))
def test_utf_8_is_itself_with_or_without_a_mark(text: str) -> None:
    assert decode(text.encode()) == text
    assert decode(text.encode("utf-8-sig")) == text


@pytest.mark.parametrize("text", ["你好，世界", "龘 饕餮", "中文 and English"])
def test_what_is_not_utf_8_is_gb18030(text: str) -> None:
    assert decode(text.encode("gb18030")) == text
    assert decode_argument(os.fsdecode(text.encode("gb18030"))) == text


def test_bytes_of_no_encoding_lose_only_themselves() -> None:
    assert decode(b"abc \xff\xff def") == "abc \ufffd\ufffd def"


def test_an_argument_that_is_text_stays_as_it_is() -> None:
    assert decode_argument("你好 🦊") == "你好 🦊"


class Broken(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        raise OSError(5, "Input/output error")


@pytest.mark.parametrize("read", [Input.read_piped, Input.read_line])
def test_a_stdin_that_cannot_be_read_is_a_usage_error(read: object) -> None:
    source = Input(io.TextIOWrapper(io.BufferedReader(Broken())))
    with pytest.raises(UsageError, match="Input/output error"):
        read(source)  # type: ignore[operator]


def test_a_closed_stdin_has_nothing() -> None:
    assert Input(None).read_piped() is None
    assert Input(None).read_line() is None
    assert not Input(None).is_terminal


def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_text_file(str(tmp_path / "none"))
    with pytest.raises(UsageError, match="cannot be read"):
        read_text_file(str(tmp_path))
    with pytest.raises(UsageError, match="cannot be read"):
        read_text_file("~nobody-of-that-name/x")
