"""The data we ship: whole, sourced, and nothing of the research forgotten."""

import json
import re
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from yi_local.catalogue import Catalogue, Model, ModelFile, Repo, read_catalogue
from yi_local.catalogue.file import read_file
from yi_local.catalogue.read import shipped_folder
from yi_local.engine.worker import examine, known_templates
from yi_local.gguf_file import quant_in_name

ROOT = Path(__file__).resolve().parents[2]
RESEARCH = ROOT.parent / "shared" / "reference" / "catalogue.json"
SHIPPED = sorted((ROOT / "models").glob("*.toml"))
TEMPLATES = {"none": None, "yi-chat": "Yi", "yi-1.5-chat": "Yi-1.5", "yi-coder-chat": "Yi-Coder"}


def repos(catalogue: Catalogue) -> list[tuple[Model, Repo]]:
    return [(model, repo) for model in catalogue.models for repo in model.repos]


def files(catalogue: Catalogue) -> list[tuple[Repo, ModelFile]]:
    return [(repo, file) for _, repo in repos(catalogue) for file in repo.files]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_file_has_no_problem(path: Path) -> None:
    assert [str(problem) for problem in read_file(path).problems] == []


def test_the_shipped_files_together_have_no_problem(catalogue: Catalogue) -> None:
    assert [str(problem) for problem in catalogue.problems] == []
    assert shipped_folder() == ROOT / "models"


def test_all_families_are_there(catalogue: Catalogue) -> None:
    families = Counter(model.family for model in catalogue.models)
    expected = {"yi", "yi-9b", "yi-1.5", "yi-coder", "yi-vl", "yi-derived", "demo"}
    assert set(families) == expected


def test_every_model_has_what_a_person_asks_first(catalogue: Catalogue) -> None:
    for model in catalogue.models:
        assert model.summary_zh, model.id
        assert model.languages, model.id
        assert model.licence.source, model.id
        assert model.sources, model.id
        assert all(repo.source for repo in model.repos), model.id


def test_ids_and_repositories_are_unique(catalogue: Catalogue) -> None:
    ids = [model.id for model in catalogue.models]
    held = [repo.id.casefold() for _, repo in repos(catalogue)]
    hashes = [file.sha256 for _, file in files(catalogue) if file.sha256]
    for names in (ids, held, hashes):
        assert [name for name, count in Counter(names).items() if count > 1] == []
    assert ids == [name.lower() for name in ids]


def test_a_file_name_carries_the_quant_it_is_listed_under(catalogue: Catalogue) -> None:
    for repo, file in files(catalogue):
        assert quant_in_name(file.filename) == file.quant, f"{repo.id}: {file.filename}"


def test_one_repository_at_most_is_recommended(catalogue: Catalogue) -> None:
    for model in catalogue.models:
        assert sum(repo.recommended for repo in model.repos) <= 1, model.id


def test_every_defect_is_described_and_the_loader_s_names_are_used(catalogue: Catalogue) -> None:
    """What the loader cannot find in a header has a name of its own."""
    used = {name for model in catalogue.models for name in model.defects}
    used |= {name for _, repo in repos(catalogue) for name in repo.defects}
    source = Path(examine.__file__).read_text(encoding="utf-8")
    diagnosed = {name for name in catalogue.defects if f'"{name}"' in source}
    assert used == set(catalogue.defects)
    assert set(catalogue.defects) - diagnosed == {"template-broken", "quant-removed"}


def test_a_repair_overrides_what_the_loader_overrides(catalogue: Catalogue) -> None:
    keys = {key for defect in catalogue.defects.values() for key in defect.kv_overrides}
    known = {examine._EOS_KEY, examine._ADD_BOS_KEY, examine._SPACE_KEY}
    assert keys == known


def test_a_chat_template_is_one_the_engine_knows(catalogue: Catalogue) -> None:
    source = Path(known_templates.__file__).read_text(encoding="utf-8")
    names = {model.chat_template for model in catalogue.models if model.chat_template}
    assert {name for name in names if f'"{name}"' not in source} == {"Yi-VL"}
    for model in catalogue.models:
        if model.family in ("yi", "yi-1.5", "yi-coder") and model.chat_template:
            family, _ = known_templates.yi_template(
                model.name, model.rope_freq_base, model.rms_epsilon
            )
            assert family == model.chat_template, model.id


def test_the_demo_model_is_as_its_file_says(catalogue: Catalogue, demo_model: Path) -> None:
    demo = catalogue.by_id("demo")
    assert demo is not None
    [file] = demo.repos[0].files
    assert file.filename == demo_model.name
    assert file.size_bytes == demo_model.stat().st_size


def test_no_place_of_somebody_s_machine_is_in_a_file() -> None:
    for path in SHIPPED:
        assert not re.search(r"/home/|/tmp/|/Users/|localhost", path.read_text("utf-8")), path


def test_reading_all_of_it_is_quick() -> None:
    """12 ms measured on 2 cores; the limit leaves room for a busy machine."""
    read_catalogue()
    marks = [time.perf_counter()]
    for _ in range(5):
        read_catalogue()
        marks.append(time.perf_counter())
    assert min(end - start for start, end in pairwise(marks)) < 0.05


# Against the research, where it is at hand


@pytest.fixture(scope="module")
def research() -> list[dict[str, Any]]:
    if not RESEARCH.exists():
        pytest.skip(f"the research is not at hand: {RESEARCH}")
    models: list[dict[str, Any]] = json.loads(RESEARCH.read_text(encoding="utf-8"))["models"]
    return models


def test_no_model_of_the_research_was_forgotten(
    research: list[dict[str, Any]], catalogue: Catalogue
) -> None:
    for found in research:
        model = catalogue.by_id(found["id"])
        assert model is not None, found["id"]
        assert model.original_huggingface == found["hf_id"]
        assert model.original_modelscope == found["modelscope_id"]
        assert model.n_ctx_train == found["n_ctx_train"]
        assert model.rope_freq_base in (found["rope_freq_base"], None)  # None: yi-34b-200k
        assert model.licence.id == found["licence"]
        assert model.languages == tuple(found["languages"])
        assert model.chat_template == TEMPLATES.get(found["template"], "Yi-VL")
        assert model.sampling is not None
        assert model.sampling.options["temperature"] == found["sampling"]["temperature"]


def test_no_repository_of_the_research_was_forgotten(
    research: list[dict[str, Any]], catalogue: Catalogue
) -> None:
    for found in (repo for model in research for repo in model["gguf"]):
        model = catalogue.by_repo(found["repo"])
        repo = model.repo(found["repo"]) if model else None
        assert repo is not None, found["repo"]
        assert repo.host == found["host"]
        assert repo.confidence == found["confidence"]
        assert repo.recommended == found.get("recommended", False)
        listed = {file.filename: file for file in repo.files}
        for row in found["files"]:
            if row["quant"] == "mmproj":
                assert row["name"] in repo.mmproj
                continue
            assert listed[row["name"]].sha256 == row.get("sha256")
            assert listed[row["name"]].size_bytes == row.get("size_bytes")


def test_no_repository_that_was_never_seen_is_listed(catalogue: Catalogue) -> None:
    """Third-party lists name these; no page of them was found."""
    unseen = ("TheBloke/Yi-6B-Chat-GGUF", "01-ai/Yi-1.5-9B-Chat-GGUF", "bartowski/Yi-6B-Chat-GGUF")
    assert [repo for repo in unseen if catalogue.by_repo(repo)] == []
