"""yi_local.assistant.models.model_name: what a person calls a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.assistant.models.model_name import PathName, RepoName, read_name
from yi_local.catalogue.model import Catalogue
from yi_local.catalogue.read import read_catalogue
from yi_local.errors import ModelNotFound, UsageError


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue()


def read(catalogue: Catalogue, text: str, *there: str) -> PathName | RepoName:
    return read_name(text, catalogue, lambda path: path in there)


def test_a_catalogue_id_is_its_recommended_repository(catalogue: Catalogue) -> None:
    model = catalogue.by_id("yi-1.5-6b-chat")
    assert model is not None
    assert model.recommended_repo is not None
    for text, quant in (("yi-1.5-6b-chat", None), ("Yi-1.5-6B-Chat:q5_k_m", "Q5_K_M")):
        name = read(catalogue, text)
        assert isinstance(name, RepoName)
        assert (name.repo_id, name.quant, name.model) == (model.recommended_repo.id, quant, model)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("o/n", RepoName("huggingface", "o/n")),
        ("o/n:Q8_0", RepoName("huggingface", "o/n", "Q8_0")),
        ("hf://o/n", RepoName("huggingface", "o/n")),
        ("hf://o/n@v1.0:Q4_0", RepoName("huggingface", "o/n", "Q4_0", "v1.0")),
        (
            "hf://o/n/sub/a.Q6_K.gguf",
            RepoName("huggingface", "o/n", "Q6_K", None, "sub/a.Q6_K.gguf"),
        ),
        ("ms://o/n", RepoName("modelscope", "o/n")),
        ("MS://o/n:IQ4_XS", RepoName("modelscope", "o/n", "IQ4_XS")),
        ("https://huggingface.co/o/n", RepoName("huggingface", "o/n")),
        (
            "https://huggingface.co/o/n/blob/main/a.Q2_K.gguf?download=true",
            RepoName("huggingface", "o/n", "Q2_K", "main", "a.Q2_K.gguf"),
        ),
        ("https://huggingface.co/o/n/tree/main", RepoName("huggingface", "o/n")),
        ("https://modelscope.cn/models/o/n/", RepoName("modelscope", "o/n")),
    ],
)
def test_repositories_are_named_in_many_ways(
    catalogue: Catalogue, text: str, expected: RepoName
) -> None:
    assert read(catalogue, text) == expected


@pytest.mark.parametrize(
    "text",
    ["demo", "./yi.gguf", "~/models/a.gguf", "C:\\models\\yi.gguf", "a/b/c", "models/yi.gguf"],
)
def test_paths_stay_as_they_were_typed(catalogue: Catalogue, text: str) -> None:
    assert read(catalogue, text) == PathName(text)


def test_what_is_on_this_disk_comes_before_a_repository(catalogue: Catalogue) -> None:
    assert read(catalogue, "o/n", "o/n") == PathName("o/n")
    assert read(catalogue, "yi-1.5-6b-chat", "yi-1.5-6b-chat") == PathName("yi-1.5-6b-chat")


def test_a_repository_of_the_catalogue_is_known_by_its_name(catalogue: Catalogue) -> None:
    model = next(model for model in catalogue.models if model.recommended_repo is not None)
    assert model.recommended_repo is not None
    name = read(catalogue, model.recommended_repo.id)
    assert isinstance(name, RepoName)
    assert name.model is not None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("yi-1.5-6b-caht", "yi-1.5-6b-chat"),
        ("yi-codr-9b-chat", "yi-coder-9b-chat"),
        ("dmeo", "demo"),
        ("llama3", "owner/name"),
        ("a question in place of a model: what is this?", "owner/name"),
        ("", "owner/name"),
    ],
)
def test_a_wrong_name_gets_suggestions(catalogue: Catalogue, text: str, hint: str) -> None:
    with pytest.raises(ModelNotFound) as caught:
        read(catalogue, text)
    assert (caught.value.hint or "").count(hint) == 1


@pytest.mark.parametrize(
    "text", ["o/n:best", "yi-1.5-6b-chat:q4", "hf://o/n:Q4_K_M_X", "hf://only", "ms://"]
)
def test_a_wrong_quant_or_repository_says_how_it_should_look(
    catalogue: Catalogue, text: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(catalogue, text)
    assert "called" in (caught.value.hint or "")


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_an_error_in_words(catalogue: Catalogue, text: str) -> None:
    found: object
    try:
        found = read(catalogue, text)
    except (ModelNotFound, UsageError) as error:
        found = error
    assert isinstance(found, PathName | RepoName) or found.hint  # type: ignore[attr-defined]
