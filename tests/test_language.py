"""Everything is said in every language, and in the right one."""

import json
import os
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo

from tests.house_rules import PACKAGE, Modules
from tests.language_rules import (
    errors_speak,
    messages_are_literals,
    nothing_is_said_at_import,
)
from tests.messages import (
    ROOT,
    TEMPLATE,
    Id,
    calls_of,
    catalogues,
    compiled,
    is_translated,
    message_of,
    read,
    template,
    text_of,
    updated,
)
from yi_local import language
from yi_local.catalogue import read_catalogue
from yi_local.engine.lack_words import lack_of, tells_of_lack
from yi_local.language import tr, trn, wanted

CATALOGUES = catalogues()
SPOKEN = [path.parent.parent.name for path in CATALOGUES]


@pytest.fixture(scope="module")
def house() -> Modules:
    files = sorted((ROOT / PACKAGE).rglob("*.py"))
    return {p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8") for p in files}


@pytest.fixture(scope="module")
def in_code() -> Catalog:
    return template()


# The code


def test_texts_for_people_are_literals(house: Modules) -> None:
    if violations := messages_are_literals(house):
        pytest.fail("\n".join(violations), pytrace=False)


def test_nothing_is_said_before_the_language_is_known(house: Modules) -> None:
    if violations := nothing_is_said_at_import(house):
        pytest.fail("\n".join(violations), pytrace=False)


@pytest.mark.parametrize(
    ("source", "blamed"),
    [
        ("A = tr('a')", True),
        ("class A:\n    b = [trn('a', 'b', 1)]", True),
        ("def f(a=tr('a')): ...", True),
        ("A = mark('a')\nf = lambda: tr('b')", False),
        ("class A:\n    def f(self):\n        return tr('a')", False),
    ],
)
def test_what_is_said_at_import_is_blamed(source: str, blamed: bool) -> None:
    assert bool(nothing_is_said_at_import({"yi_local/hub/a.py": source})) is blamed


def test_errors_speak_every_language(house: Modules) -> None:
    if violations := errors_speak(house):
        pytest.fail("\n".join(violations), pytrace=False)


@pytest.mark.parametrize(
    "call",
    [
        "tr(f'{x}')",
        "tr('a' + b)",
        "tr('a' if b else 'c')",
        "tr(f())",
        "language.tr('a %s' % b)",
        "trn('a', b, n)",
        "mark(b)",
    ],
)
def test_a_text_that_would_not_be_found_is_blamed(call: str) -> None:
    [sentence] = messages_are_literals({"yi_local/hub/a.py": call})
    assert "a.py:1 gives" in sentence


@pytest.mark.parametrize(
    "call", ["tr('a' 'b')", "tr(NAMES[x])", "tr(NAMES.get(x, x))", "tr(x.y, a=f'{b}')", "mark('a')"]
)
def test_a_text_that_is_found_is_not_blamed(call: str) -> None:
    assert messages_are_literals({"yi_local/hub/a.py": call}) == []


@pytest.mark.parametrize(
    "call",
    [
        "UsageError('One.')",
        "UsageError(tr('One.'), f'Two {x}.')",
        "UsageError(tr('One.') if x else 'Two.')",
        "errors.UsageError(tr('One.') + ' Two.')",
        "EngineDied(x, hint='One.')",
        "class MyError(UsageError): pass\nMyError('One.')",
    ],
)
def test_an_error_that_speaks_english_only_is_blamed(call: str) -> None:
    errors = (ROOT / "yi_local/errors.py").read_text(encoding="utf-8")
    [sentence] = errors_speak({"yi_local/errors.py": errors, "yi_local/hub/a.py": call})
    assert "in no language" in sentence


@pytest.mark.parametrize(
    "call",
    [
        "UsageError(tr('One.'), tr('Two {x}', x='three'))",
        "UsageError(message, f'{one} {two}')",
        "ValueError('One.')",
    ],
)
def test_an_error_that_speaks_is_not_blamed(call: str) -> None:
    assert errors_speak({"yi_local/hub/a.py": call}) == []


# The catalogues


def test_the_template_is_that_of_the_code(in_code: Catalog) -> None:
    assert TEMPLATE.read_bytes() == text_of(in_code), "make messages brings it up to date"


def test_chinese_is_spoken() -> None:
    assert "zh_CN" in SPOKEN


@pytest.fixture(params=CATALOGUES, ids=SPOKEN)
def path(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


def messages(catalog: Catalog) -> dict[Id, Message]:
    return {
        tuple(message.id) if isinstance(message.id, list) else message.id: message
        for message in catalog
        if message.id
    }


def test_a_catalogue_has_the_messages_of_the_code_and_no_others(
    path: Path, in_code: Catalog
) -> None:
    assert messages(read(path)).keys() == messages(in_code).keys()
    up_to_date = updated(read(path), in_code, path.parent.parent.name)
    assert path.read_bytes() == text_of(up_to_date), "make messages brings it up to date"


def test_a_catalogue_is_complete(path: Path) -> None:
    missing = [
        message.id for message in messages(read(path)).values() if not is_translated(message)
    ]
    assert not missing, f"{len(missing)} messages are not translated"


def test_nothing_in_a_catalogue_is_guessed(path: Path) -> None:
    assert [message.id for message in messages(read(path)).values() if message.fuzzy] == []


def fields(text: str) -> set[str]:
    """The names in braces; raises ValueError for a text that cannot be filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_translations_have_the_placeholders_of_their_messages(path: Path) -> None:
    for id, message in messages(read(path)).items():
        if not is_translated(message):
            continue
        if isinstance(id, tuple):
            expected = fields(id[0]) | fields(id[1])
            for form in message.string:
                # A form for one thing may leave the number out, as "one model" does.
                assert expected - {"n"} <= fields(form) <= expected, id
        else:
            assert fields(str(message.string)) == fields(id), id


def test_translations_end_and_begin_as_their_messages_do(path: Path) -> None:
    """Spaces and line ends are the layout's; a full-width mark brings its space with it."""
    for id, message in messages(read(path)).items():
        one = id[0] if isinstance(id, tuple) else id
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            if text:
                assert re.match(r"\s*", text)[0] == re.match(r"\s*", one)[0], id  # type: ignore[index]
                end = re.search(r"\s*$", one)[0]  # type: ignore[index]
                expected = "" if end == " " and text[-1] in "，：；。、" else end
                assert re.search(r"\s*$", text)[0] == expected, id  # type: ignore[index]


def test_what_is_compiled_says_what_the_catalogue_says(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        built = {id: forms_of(message) for id, message in messages(read_mo(file)).items()}
    assert built == {
        id: forms_of(message)
        for id, message in messages(read(path)).items()
        if is_translated(message)
    }


def forms_of(message: Message) -> tuple[str, ...]:
    """The only one, or one for each class of numbers."""
    forms = message.string
    return (forms,) if isinstance(forms, str) else tuple(forms)


def test_files_hold_no_dates_no_lines_and_no_names(path: Path) -> None:
    for file in (TEMPLATE, path):
        text = file.read_text(encoding="utf-8")
        assert not re.search(
            r"-Date|Translator|Team|Generated-By|^#: .*\.py:\d", text, re.MULTILINE
        )
        assert str(ROOT) not in text


# Which language


@pytest.fixture
def two_languages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """English, and a Chinese that says a few things."""
    catalog = Catalog("zh_CN")
    catalog.add("Hello {name}.", "{name},你好。")
    catalog.add(("{n} model", "{n} models"), ("{n} 个模型",))
    catalog.add(
        "llama-cpp-python {version} lacks what yi_local needs: {names}",
        "llama-cpp-python {version} 缺少 {names}。",
    )
    catalog.add("This engine process loads nothing, and cannot do {other!r}.", "办不到:{other!r}。")
    folder = tmp_path / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / f"{language.DOMAIN}.mo").write_bytes(compiled(catalog, "zh_CN"))
    monkeypatch.setattr(language, "FOLDER", str(tmp_path))


@pytest.mark.usefixtures("two_languages")
@pytest.mark.parametrize(
    ("environ", "setting", "spoken"),
    [
        ({}, None, "en"),
        ({"LANG": ""}, None, "en"),
        ({"LANG": "C"}, None, "en"),
        ({"LANG": "C.UTF-8"}, None, "en"),
        ({"LC_ALL": "POSIX", "LANG": "zh_CN.UTF-8"}, None, "en"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, None, "zh_CN"),
        ({"LANG": "zh_CN"}, None, "zh_CN"),
        ({"LANG": "zh_CN.GB18030"}, None, "zh_CN"),
        ({"LANG": "zh_Hans_CN.UTF-8"}, None, "zh_CN"),
        ({"LANG": "zh_TW.UTF-8"}, None, "zh_CN"),
        ({"LANG": "zh_SG"}, None, "zh_CN"),
        ({"LANG": "zh"}, None, "zh_CN"),
        ({"LANG": "en_US.UTF-8"}, None, "en"),
        ({"LANG": "de_DE.UTF-8"}, None, "en"),
        ({"LC_MESSAGES": "en_GB", "LANG": "zh_CN.UTF-8"}, None, "en"),
        ({"LC_ALL": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB"}, None, "zh_CN"),
        ({"LC_CTYPE": "zh_CN.UTF-8"}, None, "en"),
        ({"LC_ALL": "zh_CN.UTF-8"}, "en", "en"),
        ({"LANG": "en_US.UTF-8"}, "zh_CN", "zh_CN"),
        ({"LANG": "en_US.UTF-8"}, "zh-CN", "zh_CN"),
        ({"LANG": "zh_CN.UTF-8"}, "fr", "en"),
        ({"LANG": "zh_CN.UTF-8", language.VARIABLE: "en"}, "zh_CN", "en"),
        ({language.VARIABLE: "zh"}, "en", "zh_CN"),
        ({language.VARIABLE: ""}, "zh_CN", "zh_CN"),
        ({"LANG": "../../etc"}, None, "en"),
    ],
)
def test_the_language_is_that_of_the_environment_of_the_settings_or_of_the_locale(
    environ: dict[str, str], setting: str | None, spoken: str
) -> None:
    assert wanted(setting, environ) == spoken


@pytest.mark.usefixtures("two_languages")
def test_one_process_can_speak_one_language_after_the_other() -> None:
    assert language.languages() == ("en", "zh_CN")
    assert (tr("Hello {name}.", name="{x}"), language.spoken()) == ("Hello {x}.", "en")
    assert language.use("zh_CN") == language.spoken() == "zh_CN"
    assert tr("Hello {name}.", name="{x}") == "{x},你好。"
    assert [trn("{n} model", "{n} models", n) for n in (0, 1, 2000)] == [
        "0 个模型",
        "1 个模型",
        "2,000 个模型",
    ]
    assert tr("Unknown to it: {n}.", n=1) == "Unknown to it: 1."
    assert tr("") == ""
    assert language.use("xx") == language.spoken() == "en"
    assert [trn("{n} model", "{n} models", n) for n in (0, 1, 2000)] == [
        "0 models",
        "1 model",
        "2,000 models",
    ]


@pytest.mark.usefixtures("two_languages")
def test_a_changed_setting_is_obeyed_but_not_against_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(language.VARIABLE)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    for setting, spoken in ((None, "zh_CN"), ("en", "en"), ("zh_CN", "zh_CN"), (None, "zh_CN")):
        assert language.speak(setting) == language.spoken() == spoken
        assert os.environ[language.VARIABLE] == spoken
    monkeypatch.setattr(language, "_told_by_us", False)
    monkeypatch.setenv(language.VARIABLE, "en")
    assert [language.speak("zh_CN"), language.speak("zh_CN")] == ["en", "en"]


ENTRY = "import sys; from yi_local.cli.main import main; sys.exit(main({}))"


def run(home: Path, code: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name not in (language.VARIABLE,)}
    return subprocess.run(
        [sys.executable, *code.split("\n")],
        cwd=ROOT,
        env={**kept, "YI_LOCAL_HOME": str(home), "LC_ALL": "C.UTF-8", **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_broken_settings_do_not_break_the_start(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text("language = 1\n")
    done = run(tmp_path, "-c\n" + ENTRY.format(["--help"]))
    assert (done.returncode, done.stderr) == (0, "")


def test_english_needs_no_gettext_and_the_version_no_settings(tmp_path: Path) -> None:
    for word in ("--version", "--help"):
        done = run(tmp_path, "-X\nimporttime\n-c\n" + ENTRY.format([word]))
        imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert "yi_local.language" in imported
        assert "gettext" not in imported or word == "--help"  # argparse has its own
        assert ("yi_local.settings" in imported) == (word == "--help")


def test_the_program_tells_its_children_which_language_it_speaks(tmp_path: Path) -> None:
    ask = (
        "import os; from yi_local.cli.main import main; "
        "main(['--help']); print('\\n' + os.environ['{}'])"
    )
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text('language = "zh_CN"\n')
    code = "-c\n" + ask.format(language.VARIABLE)
    assert run(tmp_path, code).stdout.splitlines()[-1] == "zh_CN"
    assert run(tmp_path, code, **{language.VARIABLE: "en"}).stdout.splitlines()[-1] == "en"


@pytest.mark.usefixtures("two_languages")
def test_what_the_catalogue_says_in_several_languages_is_chosen() -> None:
    defects = read_catalogue().defects
    known = next(each for each in defects.values() if each.repair_en and each.repair_zh)
    assert (known.explanation, known.repair) == (known.explanation_en, known.repair_en)
    language.use("zh_CN")
    assert (known.explanation, known.repair) == (known.explanation_zh, known.repair_zh)


@pytest.mark.usefixtures("two_languages")
def test_a_lack_that_the_engine_tells_of_is_understood_in_any_language() -> None:
    for spoken in language.languages():
        language.use(spoken)
        told = lack_of("0.3.2", ["llama_get_memory"])
        assert tells_of_lack(f"! {told}")
        assert not tells_of_lack("llama-cpp-python is not installed.")


@pytest.mark.usefixtures("two_languages")
def test_the_engine_speaks_the_language_that_it_is_told() -> None:
    code = (
        "import sys; from yi_local import language; language.FOLDER = sys.argv[1]; "
        "from yi_local.engine.worker.__main__ import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, language.FOLDER],
        cwd=ROOT,
        env={**os.environ, language.VARIABLE: "zh_CN"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as engine:
        assert engine.stdin is not None
        assert engine.stdout is not None
        engine.stdin.write(json.dumps({"op": "dance", "id": 1}) + "\n")
        engine.stdin.flush()
        answer = json.loads(engine.stdout.readline())
    assert answer["message"] == "办不到:'dance'。"


def test_a_text_in_the_braces_of_another_is_found() -> None:
    source = "x = f\"{tr('One')} {tr('Two', a=trn('{n} a', '{n} as', n))}\""
    assert [message_of(call) for call in calls_of(source)] == ["One", "Two", ("{n} a", "{n} as")]
