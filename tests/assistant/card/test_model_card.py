"""A card tells what headers, catalogue and places say, and nothing else."""

from pathlib import Path
from typing import Any

from tests.hub.stores_on_disk import listed, machine, sha256
from tests.tiny_gguf import write_tiny
from yi_local.assistant.card.card_reading import read_card
from yi_local.assistant.card.model_card import ModelCard
from yi_local.catalogue.model import Catalogue, Licence, Model, ModelFile, Repo
from yi_local.hub.library.lookup import find_entry

_LICENCE = Licence("Apache-2.0", "https://example.org", "a test")


def known(name: str, **facts: Any) -> Model:
    return Model(name.lower(), name, "tiny", "chat", "Small.", _LICENCE, (), **facts)


def card(tmp_path: Path, *models: Model, **changes: Any) -> ModelCard:
    path = write_tiny(tmp_path / "mine" / "tiny.F16.gguf", **changes)
    entry = find_entry(listed(machine(tmp_path), path.parent), str(path))
    return read_card(entry, Catalogue(models, {}))


def made(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir(exist_ok=True)
    return tmp_path


def test_its_facts_are_the_headers(tmp_path: Path) -> None:
    facts = card(made(tmp_path)).facts
    assert facts is not None
    assert (facts.architecture, facts.n_layer, facts.n_ctx_train) == ("llama", 2, 512)
    assert facts.own_template
    assert facts.licence is None
    assert sum(kind.n_tensors for kind in facts.tensor_types) == 21
    assert [kind.name for kind in facts.tensor_types] == ["F16", "F32"]


def test_a_model_of_that_name_and_size_is_recognised(tmp_path: Path) -> None:
    facts = card(made(tmp_path)).facts
    assert facts is not None
    assert card(tmp_path, known("Tiny Chat", n_params=facts.n_params)).known is not None
    assert card(tmp_path, known("Tiny Chat", n_params=7)).known is None


def test_a_file_of_that_content_is_known_by_any_name(tmp_path: Path) -> None:
    path = write_tiny(made(tmp_path) / "mine" / "tiny.F16.gguf")
    content = sha256(path)
    file = ModelFile("F16", "other.gguf", sha256=content)
    model = known("Other", repos=(Repo("o/r", "huggingface", "a test", files=(file,)),))
    entry = find_entry(listed(machine(tmp_path), path.parent), str(path))
    assert read_card(entry, Catalogue((model,), {})).known is None  # not measured yet
    blob = tmp_path / ".cache/huggingface/hub/models--x--y/blobs" / content
    blob.parent.mkdir(parents=True)
    path.rename(blob)
    link = blob.parents[1] / "snapshots" / ("0" * 40) / "z.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    entry = find_entry(listed(machine(tmp_path)), "x/y")
    assert read_card(entry, Catalogue((model,), {})).known is model


def test_without_a_template_of_its_own_ours_is_told_as_such(tmp_path: Path) -> None:
    facts = card(made(tmp_path), template=None).facts
    assert facts is not None
    assert not facts.own_template
    assert [each.name for each in facts.diagnoses] == ["template-missing"]


def test_a_damaged_file_has_a_card_without_facts(tmp_path: Path) -> None:
    path = write_tiny(made(tmp_path) / "mine" / "cut.gguf")
    path.write_bytes(path.read_bytes()[:-100])
    entry = find_entry(listed(machine(tmp_path), path.parent), "cut")
    found = read_card(entry, Catalogue((), {}))
    assert found.facts is None
    assert found.entry.trouble is not None
