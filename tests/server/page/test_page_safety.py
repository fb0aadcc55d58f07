"""Nothing that a model, a file or a person wrote is alive on the web page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.server.live import Live
from tests.server.page.reading import answer, ask, conversation, messages
from yi_local.server.page.assets import FOLDER
from yi_local.server.page.words import WORDS
from yi_local.store.conversations import Store

HOSTILE = """<script>alert(1)</script><img src=x onerror=alert(2)>

<iframe src="https://evil.example/"></iframe><svg onload=alert(3)>

[a link](javascript:alert(4)) [another](data:text/html,<script>alert(5)</script>)
[relative](/v1/models)

![picture](https://evil.example/pixel.png "x\\" onerror=alert(6)")

| a | b |
|---|---|
| <b onmouseover=alert(7)>x</b> | <style>body{display:none}</style> |

```html
<script>alert(8)</script>
```

<https://evil.example/auto> <form action="https://evil.example"><input name=q></form>
"""
SCRIPTS = sorted(FOLDER.glob("*.js"))


def test_hostile_markdown_is_only_text(page: Page) -> None:
    """The fixture sees to it that no dialog came up and nobody else was asked for anything."""
    ask(page, "say " + HOSTILE)
    body = answer(page).locator(".body")
    expect(body).to_contain_text("<script>alert(1)</script>")
    for tag in ("script", "img", "iframe", "svg[onload]", "style", "form", "input", "b"):
        expect(body.locator(tag)).to_have_count(0)
    links = body.locator("a").evaluate_all("all => all.map(a => [a.href, a.rel, a.target])")
    assert {href for href, _, _ in links} <= {
        "https://evil.example/pixel.png",
        "https://evil.example/auto",
    }
    assert {(rel, target) for _, rel, target in links} == {
        ("noopener noreferrer nofollow", "_blank")
    }
    handlers = "all => all.flatMap(e => [...e.attributes]).filter(a => /^on/i.test(a.name)).length"
    assert page.locator("*").evaluate_all(handlers) == 0


def test_names_and_questions_are_only_text(
    open_page: Callable[..., Page], site: Live, store: Store
) -> None:
    mark = "<img src=x onerror=alert(1)>"
    number = conversation(store, (mark, "Yes."), title=f"Title {mark}")
    page = open_page(site, f"/#{number}")
    expect(messages(page).first.locator(".body")).to_have_text(mark)
    expect(page.locator("#title")).to_have_text(f"Title {mark}")
    page.get_by_role("searchbox").fill("onerror")
    expect(page.locator("#found mark").first).to_have_text("onerror")
    expect(page.locator("img:not([alt])")).to_have_count(0)


def test_trees_of_another_kind_build_nothing_dangerous(page: Page) -> None:
    """Were the server wrong, the page would still be right."""
    shown = page.evaluate(
        """async () => {
          const { show } = await import("/page/blocks.js");
          const box = document.createElement("div");
          show(box, 0, [
            ["script", {}, "alert(1)"],
            ["img", { src: "x", onerror: "alert(2)" }],
            ["a", { href: "javascript:alert(3)", onclick: "alert(4)" }, "x"],
            ["p", { onclick: "alert(5)", style: "x", id: "app" }, ["iframe", { src: "//x" }]],
            ["ol", { start: "1 onclick" }, ["li", {}, "one"]],
          ]);
          return box.outerHTML;
        }"""
    )
    assert re.findall(r"<(\w+)", shown) == ["div", "span", "span", "span", "p", "span", "ol", "li"]
    assert "=" not in shown


def test_a_growing_answer_keeps_the_elements_that_stay(page: Page) -> None:
    kept = page.evaluate(
        """async () => {
          const { show } = await import("/page/blocks.js");
          const box = document.createElement("div");
          show(box, 0, [["p", {}, "one"], ["pre", { language: "python" }, ["code", {}, "x = "]]]);
          const [p, code] = box.children;
          const longer = ["pre", { language: "python" }, ["code", {}, "x = 1\\n"]];
          show(box, 1, [longer, ["p", {}, "more"]]);
          const same = box.children[0] === p && box.children[1] === code;
          return [same, box.children.length, code.querySelector("code").textContent];
        }"""
    )
    assert kept == [True, 3, "x = 1\n"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_markup_of_a_text(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc"
    )
    assert re.findall(forbidden, text) == []
    assert len(text.splitlines()) <= 200


def test_the_page_names_nothing_outside_of_itself() -> None:
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert re.findall(r"https?://|@import|url\(", text) == [], path.name
    index = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert (
        re.findall(r"<style|\sstyle=|\son\w+=|<script(?! (?:type=\"module\" )?src=)", index) == []
    )
    assert {name for name in re.findall(r'(?:src|href)="/page/([^"]+)"', index)} <= {
        path.name for path in FOLDER.iterdir()
    }


def test_every_word_is_said_and_every_said_word_is_there() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*SCRIPTS, FOLDER / "index.html")]
    named = {word for text in texts for word in re.findall(r'"(\w+)"', text)}
    options = {"temperature", "top_p", "top_k", "min_p", "repeat_penalty", "max_tokens", "seed"}
    assert set(WORDS) - named - options == set()
    direct = r'say\("(\w+)"|data-(?:say|label|title|hint)="(\w+)"'
    said = {word for text in texts for pair in re.findall(direct, text) for word in pair if word}
    assert said - set(WORDS) == set()
