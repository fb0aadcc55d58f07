"""The shipped catalogue, and a folder for a person's own files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from yi_local.catalogue import Catalogue, read_catalogue

OWN_MODEL = """
[[model]]
id = "{id}"
name = "Mine"
purpose = "chat"
summary_en = "My own fine-tune."
summary_zh = "自己微调的小狐狸。"
sources = ["my own disk"]

[model.licence]
id = "MIT"
url = "https://opensource.org/license/mit"
source = "mine"
"""


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return read_catalogue(user=tmp_path_factory.mktemp("nothing-of-my-own"))


@pytest.fixture
def drop(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file into the person's folder, which is tmp_path."""

    def write(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write
