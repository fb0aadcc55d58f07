"""Finding a model: by id, by repository, by words, by what was mistyped, by its file."""

from dataclasses import replace
from pathlib import Path

import pytest

from yi_local.catalogue import (
    Catalogue,
    FileFacts,
    Model,
    find,
    for_file,
    for_sha256,
    suggest,
)
from yi_local.gguf_file import open_model_file, read_header


def ids(models: tuple[Model, ...]) -> list[str]:
    return [model.id for model in models]


def test_a_model_is_found_by_its_id_in_any_case(catalogue: Catalogue) -> None:
    model = catalogue.by_id("Yi-1.5-6B-Chat")
    assert model is not None
    assert model.id == "yi-1.5-6b-chat"
    assert catalogue.by_id("yi-7b") is None


def test_a_model_is_found_by_any_of_its_repositories(catalogue: Catalogue) -> None:
    for repo_id in ("xeiaso/yi-chat-6b-gguf", "01-ai/Yi-6B-Chat", "01ai/Yi-6B-Chat"):
        model = catalogue.by_repo(repo_id)
        assert model is not None
        assert model.id == "yi-6b-chat"
    assert catalogue.by_repo("somebody/else") is None


def test_the_recommended_repository_has_its_quants(catalogue: Catalogue) -> None:
    model = catalogue.by_id("yi-coder-1.5b-chat")
    assert model is not None
    repo = model.recommended_repo
    assert repo is not None
    assert repo.id == "second-state/Yi-Coder-1.5B-Chat-GGUF"
    file = repo.file("q4_k_m")
    assert file is not None
    assert file.filename == "Yi-Coder-1.5B-Chat-Q4_K_M.gguf"
    assert repo.file("Q1_0") is None


def test_a_repository_s_defects_come_after_its_model_s(catalogue: Catalogue) -> None:
    model = catalogue.by_id("yi-coder-9b-chat")
    assert model is not None
    repo = model.repo("lmstudio-community/Yi-Coder-9B-Chat-GGUF")
    names = [defect.name for defect in catalogue.defects_of(model, repo)]
    assert names == [*model.defects, "quant-removed"]


def test_the_exact_id_comes_first_then_those_that_begin_with_it(catalogue: Catalogue) -> None:
    found = ids(find(catalogue, "yi-6b"))
    assert found[0] == "yi-6b"
    assert set(found[1:3]) == {"yi-6b-chat", "yi-6b-200k"}


@pytest.mark.parametrize(
    "words", ["chat 6b 1.5", "6B   CHAT 1.5", "１．５ ６ｂ ｃｈａｔ", "1.5 6b 聊天"]
)
def test_words_may_stand_in_any_order(words: str, catalogue: Catalogue) -> None:
    assert ids(find(catalogue, words)) == ["yi-1.5-6b-chat"]


@pytest.mark.parametrize(
    ("words", "purpose"),
    [
        ("编程", "code"),
        ("代码", "code"),
        ("写代码的模型", "code"),
        ("视觉", "vision"),
        ("基座", "base"),
    ],
)
def test_chinese_words_find_by_purpose(words: str, purpose: str, catalogue: Catalogue) -> None:
    found = find(catalogue, words)
    assert {purpose, "code"} >= {model.purpose for model in found} >= {purpose}


def test_chinese_without_spaces_is_taken_apart(catalogue: Catalogue) -> None:
    found = find(catalogue, "中文聊天")
    assert "yi-6b-chat" in ids(found)
    assert {"zh" in model.languages for model in found} == {True}
    assert "base" not in {model.purpose for model in found}
    assert find(catalogue, "中文聊天狐狸") == ()


def test_base_models_are_not_found_by_chat(catalogue: Catalogue) -> None:
    assert "base" not in {model.purpose for model in find(catalogue, "chat")}


def test_nothing_asked_shows_all_and_nonsense_nothing(catalogue: Catalogue) -> None:
    assert find(catalogue, "  ") == catalogue.models
    assert find(catalogue, "zzz") == ()


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("yi-1.5-6b-chta", "yi-1.5-6b-chat"),
        ("yi1.5-6b-chat", "yi-1.5-6b-chat"),
        ("Yi_6B_Chat", "yi-6b-chat"),
        ("yi-cder-9b", "yi-coder-9b"),
        ("dmo", "demo"),
    ],
)
def test_a_mistyped_id_is_understood(wrong: str, meant: str, catalogue: Catalogue) -> None:
    assert suggest(catalogue, wrong)[0] == meant


def test_the_beginning_of_an_id_is_understood(catalogue: Catalogue) -> None:
    suggested = suggest(catalogue, "yi-1.5")
    assert len(suggested) == 3
    assert all(name.startswith("yi-1.5") for name in suggested)


@pytest.mark.parametrize("wrong", ["whisper", "gpt-4", "", "-", "x" * 10_000])
def test_what_resembles_nothing_gets_no_suggestion(wrong: str, catalogue: Catalogue) -> None:
    assert suggest(catalogue, wrong) == ()


YI_6B_CHAT = FileFacts("01-ai_Yi-6B-Chat", "llama", 6061035520, 64000, 4096, 5e6, 9.999999747e-06)


@pytest.mark.parametrize("name", ["01-ai_Yi-6B-Chat", "Yi 6B Chat", "yi-6b-chat", "Yi-6B-Chat"])
def test_a_file_is_recognised_by_name_and_numbers(name: str, catalogue: Catalogue) -> None:
    model = for_file(catalogue, replace(YI_6B_CHAT, name=name))
    assert model is not None
    assert model.id == "yi-6b-chat"


@pytest.mark.parametrize(
    "facts",
    [
        replace(YI_6B_CHAT, name=None),
        replace(YI_6B_CHAT, name="LLaMA v2"),
        replace(YI_6B_CHAT, name="My Yi-6B-Chat DPO"),
        replace(YI_6B_CHAT, n_params=None),
        replace(YI_6B_CHAT, n_params=6061035521),
        replace(YI_6B_CHAT, architecture="qwen2"),
        replace(YI_6B_CHAT, n_vocab=64001),
        replace(YI_6B_CHAT, n_ctx_train=200000),
        replace(YI_6B_CHAT, rope_freq_base=1e4),
        replace(YI_6B_CHAT, rms_epsilon=1e-6),
    ],
)
def test_a_file_that_only_resembles_a_model_is_not_recognised(
    facts: FileFacts, catalogue: Catalogue
) -> None:
    assert for_file(catalogue, facts) is None


def test_what_a_header_does_not_say_is_not_held_against_it(catalogue: Catalogue) -> None:
    assert for_file(catalogue, FileFacts("Yi-6B-Chat", None, 6061035520)) is not None


def test_the_demo_model_is_recognised_by_its_header(catalogue: Catalogue, demo_model: Path) -> None:
    with open_model_file(demo_model) as source:
        header = read_header(source)
    facts = FileFacts(
        name=header.text("general.name"),
        architecture=header.architecture,
        n_params=sum(tensor.n_elements for tensor in header.tensors),
        n_vocab=header.n_vocab,
        n_ctx_train=header.integer("llama.context_length"),
        rope_freq_base=header.number("llama.rope.freq_base"),
        rms_epsilon=header.number("llama.attention.layer_norm_rms_epsilon"),
    )
    model = for_file(catalogue, facts)
    assert model is not None
    assert model.id == "demo"


def test_a_file_is_recognised_by_its_content(catalogue: Catalogue) -> None:
    sha256 = "A496C77605613DA3B0DE45CB02AF9A171625E6F9E27150DFC59DA543E06E4DBE"
    found = for_sha256(catalogue, sha256)
    assert found is not None
    model, repo, file = found
    assert (model.id, repo.id) == ("yi-34b-chat", "TheBloke/Yi-34B-Chat-GGUF")
    assert (file.quant, file.size_bytes) == ("Q4_K_M", 20658710880)
    assert for_sha256(catalogue, "0" * 64) is None
