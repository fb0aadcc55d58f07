"""A person's own files: they add, they replace, and when broken they hide nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.catalogue.conftest import OWN_MODEL
from yi_local import paths
from yi_local.catalogue import Catalogue, find, read_catalogue

Drop = Callable[[str, str], Path]


def problems(catalogue: Catalogue) -> list[str]:
    return [
        f"{problem.file.name}:{problem.line}: {problem.message}" for problem in catalogue.problems
    ]


def test_a_file_in_the_config_folder_adds_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path))
    folder = paths.config_dir() / "models"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(OWN_MODEL.format(id="my-yi"), encoding="utf-8")
    catalogue = read_catalogue()
    model = catalogue.by_id("my-yi")
    assert model is not None
    assert model.family == "mine"
    assert catalogue.problems == ()
    assert find(catalogue, "小狐狸") == (model,)


def test_a_model_of_the_same_id_replaces_ours_in_its_place(
    tmp_path: Path, drop: Drop, catalogue: Catalogue
) -> None:
    drop("mine.toml", OWN_MODEL.format(id="yi-6b-chat"))
    changed = read_catalogue(user=tmp_path)
    assert changed.problems == ()
    assert [model.id for model in changed.models] == [model.id for model in catalogue.models]
    replaced = changed.by_id("yi-6b-chat")
    assert replaced is not None
    assert replaced.name == "Mine"
    assert replaced.repos == ()


def test_a_file_that_is_no_toml_is_named_with_its_line_and_hides_nothing(
    tmp_path: Path, drop: Drop, catalogue: Catalogue
) -> None:
    drop("a-broken.toml", '[[model]]\nid = "x"\nname = ???\n')
    drop("b-whole.toml", OWN_MODEL.format(id="my-yi"))
    changed = read_catalogue(user=tmp_path)
    assert problems(changed) == ["a-broken.toml:3: Invalid value."]
    assert len(changed.models) == len(catalogue.models) + 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"# \xff\xfe", "x.toml:1: The file is not UTF-8 text."),
        (b"a = " + b"[" * 100_000, "x.toml:None: Its lists are nested too deeply."),
        (b"a = " + b"9" * 5000, "x.toml:None: "),
        (b"[[model]]\nid = [", "x.toml:2: Invalid value."),
        (b"model = 3", 'x.toml:1: "model" must be written [[model]].'),
        (b"colour = 3", 'x.toml:1: "colour" is not known here.'),
        (b"defaults = 3", "x.toml:1: Must be a table."),
        (b"model = [1]", "x.toml:1: Must be a table."),
    ],
)
def test_any_bytes_are_a_problem_and_no_crash(
    tmp_path: Path, content: bytes, problem: str, catalogue: Catalogue
) -> None:
    (tmp_path / "x.toml").write_bytes(content)
    changed = read_catalogue(user=tmp_path)
    assert len(changed.models) == len(catalogue.models)
    [found] = problems(changed)
    assert found.startswith(problem)


WRONG = (
    OWN_MODEL.format(id="My Yi")
    + """
[model.sampling]
temperature = -1
top_k = 1.5
beams = 4

[[model.repo]]
id = "no-owner"
host = "ollama"
source = "x"
colour = "red"
[model.repo.files]
Q4_K_M = "../../evil.gguf"
"q 4" = { file = "a.gguf", sha256 = "12" }
"""
)


def test_every_problem_of_an_entry_is_named_with_its_line(tmp_path: Path, drop: Drop) -> None:
    drop("mine.toml", WRONG)
    catalogue = read_catalogue(user=tmp_path)
    assert catalogue.by_repo("no-owner") is None
    assert sorted(problems(catalogue), key=lambda text: int(text.split(":")[1])) == [
        'mine.toml:3: "id" must look like "yi-1.5-6b-chat".',
        'mine.toml:15: "source" must be a line of text.',
        "mine.toml:16: Temperature must be between 0 and 100, not -1.",
        'mine.toml:17: "top_k" must be a whole number.',
        'mine.toml:18: "beams" is no sampling option with a number.',
        'mine.toml:21: "id" must look like "owner/name".',
        'mine.toml:22: "host" must be one of: huggingface, modelscope.',
        'mine.toml:24: "colour" is not known here.',
        'mine.toml:26: "Q4_K_M" must be the name of a .gguf file in the repository.',
        'mine.toml:27: The quant "q 4" must look like "Q4_K_M".',
        'mine.toml:27: "sha256" must be 64 hexadecimal digits.',
    ]


def test_a_missing_field_is_named_at_the_entry_and_other_entries_stay(
    tmp_path: Path, drop: Drop
) -> None:
    content = OWN_MODEL.format(id="whole") + '\n[[model]]\nid = "half"\npurpose = "poetry"\n'
    drop("mine.toml", content)
    catalogue = read_catalogue(user=tmp_path)
    assert catalogue.by_id("whole") is not None
    assert catalogue.by_id("half") is None
    assert problems(catalogue) == [
        'mine.toml:15: "name" is missing.',
        'mine.toml:15: "summary_en" is missing.',
        'mine.toml:15: "sources" is missing.',
        'mine.toml:15: "licence" is missing.',
        'mine.toml:17: "purpose" must be one of: chat, base, code, vision.',
    ]


def test_one_id_in_two_files_is_a_problem_and_the_first_stays(tmp_path: Path, drop: Drop) -> None:
    drop("a.toml", OWN_MODEL.format(id="my-yi"))
    drop("b.toml", OWN_MODEL.format(id="my-yi").replace("Mine", "Second"))
    catalogue = read_catalogue(user=tmp_path)
    assert problems(catalogue) == ['b.toml:3: The id "my-yi" is taken in a.toml.']
    model = catalogue.by_id("my-yi")
    assert model is not None
    assert model.name == "Mine"


def test_a_defect_that_is_described_nowhere_is_a_problem(tmp_path: Path, drop: Drop) -> None:
    content = OWN_MODEL.format(id="my-yi").replace("sources", 'defects = ["odd"]\nsources')
    drop("mine.toml", content)
    catalogue = read_catalogue(user=tmp_path)
    assert problems(catalogue) == ['mine.toml:8: The defect "odd" is described nowhere.']
    assert catalogue.by_id("my-yi") is not None


def test_a_person_s_own_defect_can_be_described(tmp_path: Path, drop: Drop) -> None:
    defect = """
[[defect]]
name = "odd"
explanation_en = "Odd."
explanation_zh = "奇怪。"
sources = ["seen"]
kv_overrides = { "tokenizer.ggml.add_bos_token" = false }
"""
    content = OWN_MODEL.format(id="my-yi").replace("sources", 'defects = ["odd"]\nsources')
    drop("mine.toml", content + defect)
    catalogue = read_catalogue(user=tmp_path)
    assert catalogue.problems == ()
    model = catalogue.by_id("my-yi")
    assert model is not None
    [odd] = catalogue.defects_of(model)
    assert odd.kv_overrides == {"tokenizer.ggml.add_bos_token": False}


def test_without_our_own_files_it_says_so(tmp_path: Path) -> None:
    catalogue = read_catalogue(shipped=tmp_path / "gone", user=tmp_path)
    assert catalogue.models == ()
    [problem] = catalogue.problems
    assert problem.file == tmp_path / "gone"
