"""yi_local.server.page.markdown: trees of the allowed tags alone, whole or piece by piece."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yi_local.server.page.markdown import TAGS, Growing, Tree, blocks

# What Markdown is made of, so that random texts are not just paragraphs.
PIECES = (
    "a", "word ", "中文", "\n", "\n\n", "\r\n", "\r", "  ", "    ", "\t", "# ", "> ", "- ", "* ",
    "1. ", "7) ", "+ ", "```", "```py\n", "~~~\n", "`", "*", "**", "_", "~~", "---\n", "===\n",
    "|", "|-|-|\n", "|a|b|\n", ":-:|", "[", "]", "](", ")", "!", "![", "<", ">", "</p>", "<b>",
    "<script>", "&lt;", "&#x0;", "\\", "http://a.b/", "https://x", "javascript:alert(1)",
    "data:text/html,x", "data:image/png;base64,AA", "mailto:a@b.c", "[a]: /u\n",
    "[a]: http://u 'x'\n", "[a]", "\0", "\u202e", "\ud800", '"', "'", "onerror=", "style=",
)  # fmt: skip
markdown = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=40).map("".join)


def walk(tree: Tree) -> Iterator[list[Any]]:
    """Every element; fails for what is no tree."""
    if isinstance(tree, str):
        return
    tag, attributes, *children = tree
    assert isinstance(tag, str)
    assert isinstance(attributes, dict)
    yield tree
    for child in children:
        yield from walk(child)


def elements(text: str) -> list[list[Any]]:
    return [each for tree in blocks(text) for each in walk(tree)]


def tags(text: str) -> list[str]:
    return [tag for tag, *_ in elements(text)]


def said(tree: Tree) -> str:
    return tree if isinstance(tree, str) else "".join(map(said, tree[2:]))


def demand_allowed(trees: list[Tree]) -> None:
    for tree in trees:
        assert not isinstance(tree, str)
        for tag, attributes, *_ in walk(tree):
            assert tag in TAGS
            for name, value in attributes.items():
                assert (tag, name) in {
                    ("a", "href"),
                    ("pre", "language"),
                    ("ol", "start"),
                    ("th", "align"),
                    ("td", "align"),
                }
                if name == "href":
                    assert value.lower().startswith(("http://", "https://", "mailto:"))
                    assert not any(mark.isspace() or ord(mark) < 33 for mark in value)
                elif name == "align":
                    assert value in ("left", "center", "right")
                elif name == "start":
                    assert isinstance(value, int)


def grown(text: str, cuts: list[int]) -> tuple[list[Tree], list[Tree]]:
    """As it stands after the last piece, and after the end."""
    growing, shown = Growing(), list[Tree]()
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        growing.add(text[start:end])
        shown = drawn(shown, growing.changed())
    return shown, drawn(shown, growing.whole())


def drawn(shown: list[Tree], change: tuple[int, list[Tree]] | None) -> list[Tree]:
    """What a page does with it."""
    if change is None:
        return shown
    first, trees = change
    assert first <= len(shown)
    return [*shown[:first], *trees]


# What is understood


def test_the_usual_is_drawn() -> None:
    assert blocks("# A *b*\n\nc `d`  \ne\nf ~~g~~ **h**\n\n---\n\n> q") == [
        ["h1", {}, "A ", ["em", {}, "b"]],
        ["p", {}, "c ", ["code", {}, "d"], ["br", {}], "e\nf ", ["s", {}, "g"], " ",
         ["strong", {}, "h"]],
        ["hr", {}],
        ["blockquote", {}, ["p", {}, "q"]],
    ]  # fmt: skip


def test_lists_know_their_numbers_and_whether_they_are_tight() -> None:
    assert blocks("- a\n- 3. c\n\n1. d\n\n2. e") == [
        ["ul", {}, ["li", {}, "a"], ["li", {}, ["ol", {"start": 3}, ["li", {}, "c"]]]],
        ["ol", {}, ["li", {}, ["p", {}, "d"]], ["li", {}, ["p", {}, "e"]]],
    ]


def test_code_has_its_language_and_its_text_as_it_is() -> None:
    text = "```python title\nif a < b:\n\tprint('<b>')\n```\n\n    plain\n"
    assert blocks(text) == [
        ["pre", {"language": "python"}, ["code", {}, "if a < b:\n\tprint('<b>')\n"]],
        ["pre", {}, ["code", {}, "plain\n"]],
    ]


def test_tables_know_their_sides() -> None:
    assert blocks("|a|b|c|\n|:-|:-:|-|\n|1|*2*|3|") == [
        ["table", {},
         ["thead", {}, ["tr", {}, ["th", {"align": "left"}, "a"], ["th", {"align": "center"}, "b"],
                        ["th", {}, "c"]]],
         ["tbody", {}, ["tr", {}, ["td", {"align": "left"}, "1"],
                        ["td", {"align": "center"}, ["em", {}, "2"]], ["td", {}, "3"]]]]
    ]  # fmt: skip


def test_links_lead_to_web_pages_and_mail() -> None:
    text = "[a](http://x/y) <https://z> [m](mailto:a@b.c) [r]\n\n[r]: https://r 'title'"
    addresses = [attributes["href"] for tag, attributes, *_ in elements(text) if tag == "a"]
    assert addresses == ["http://x/y", "https://z", "mailto:a@b.c", "https://r"]


def test_an_image_is_a_link_with_its_text() -> None:
    assert blocks("![a *b*](http://x/i.png)") == [
        ["p", {}, ["a", {"href": "http://x/i.png"}, "a b"]]
    ]
    assert blocks("![](http://x/i.png)") == [
        ["p", {}, ["a", {"href": "http://x/i.png"}, "http://x/i.png"]]
    ]
    assert blocks("[![alt](http://x/i.png)](http://l)") == [
        ["p", {}, ["a", {"href": "http://l"}, "alt"]]
    ]
    assert blocks("![alt](data:image/png;base64,AAAA)") == [["p", {}, "alt"]]


# What is only text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick='x'>b</b>",
        "<!-- x --> <?php ?> <![CDATA[x]]>",
        "</div><style>*{}</style>",
        "<iframe src=//evil></iframe>",
        "<svg/onload=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
    ],
)
def test_html_is_text(text: str) -> None:
    for place in ("{}", "# {}", "> {}", "- {}", "|a|\n|-|\n|{}|", "**{}**", "[{}](http://x)"):
        source = place.format(text)
        found = tags(source)
        assert not {"script", "img", "b", "div", "style", "iframe", "svg"} & set(found)
        assert text in "".join(map(said, blocks(source)))


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "&#106;avascript:alert(1)",
        "\x01javascript:alert(1)",
        "vbscript:x",
        "data:text/html,<script>alert(1)</script>",
        "data:image/png;base64,AAAA",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "file:///etc/passwd",
        "//evil.example",
        "/page/chats",
        "#top",
        "blob:http://x",
        "view-source:http://x",
        "http:evil",
        "https:/x",
    ],
)
def test_no_other_address_is_a_link(address: str) -> None:
    for text in (f"[x]({address})", f"[x](<{address}>)", f"![x]({address})", f"<{address}>",
                 f"[x]\n\n[x]: {address}", f"[x]\n\n[x]: <{address}>"):  # fmt: skip
        assert "a" not in tags(text), text
        assert "x" in "".join(map(said, blocks(text))) or "<" in text


def test_an_address_cannot_leave_its_attribute() -> None:
    [[_, attributes, *_]] = [
        each for each in elements('[x](http://a/"><script>)') if each[0] == "a"
    ]
    assert attributes == {"href": "http://a/%22%3E%3Cscript%3E"}


@settings(deadline=None)
@given(markdown)
@example("|<script>|\n|-|\n|[x](javascript:1)|")
@example("- > - > 1. # ![<b>](javascript:x)")
def test_whatever_it_is_the_tree_has_allowed_tags_and_attributes_alone(text: str) -> None:
    demand_allowed(blocks(text))


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_some_tree(text: str) -> None:
    demand_allowed(blocks(text))


def test_nesting_without_end_has_an_end() -> None:
    for text in (">" * 5000 + "a", "- " * 3000 + "a", "*a **" * 3000, "[" * 3000, "![" * 3000):
        for tree in blocks(text):
            assert depth(tree) < 200


def depth(tree: Tree) -> int:
    return 0 if isinstance(tree, str) else 1 + max(map(depth, tree[2:]), default=0)


# Piece by piece


@settings(max_examples=300, deadline=None)
@given(markdown, st.data())
@example("a [x]\n\nb\n\nc\n\nd\n\n[x]: http://u", None)
def test_piece_by_piece_it_ends_as_in_one_go(text: str, data: st.DataObject | None) -> None:
    cuts = [] if data is None else data.draw(st.lists(st.integers(0, len(text))))
    shown, end = grown(text, sorted(cuts or range(1, len(text))))
    demand_allowed(shown)
    assert end == blocks(text)


@settings(deadline=None, derandomize=True)  # it is true of all but the strangest texts
@given(markdown.filter(lambda text: "]:" not in text))
def test_every_picture_on_the_way_is_right(text: str) -> None:
    """But for links that are defined further down."""
    growing, shown = Growing(), list[Tree]()
    for number, mark in enumerate(text, 1):
        growing.add(mark)
        shown = drawn(shown, growing.changed())
        if mark != "\r":  # it may be half a line break
            assert shown == blocks(text[:number])


def test_what_has_begun_goes_on() -> None:
    growing = Growing("# A\n\nb\n\n```py\n1")
    first = drawn([], growing.changed())
    growing.add("2\n```\nend")
    assert drawn(first, growing.changed()) == blocks("# A\n\nb\n\n```py\n12\n```\nend")
    assert growing.changed() is None
    assert growing.whole() is None


def test_only_what_changes_is_told() -> None:
    growing = Growing()
    told = []
    for number in range(50):
        growing.add(f"paragraph {number}\n\n")
        change = growing.changed()
        assert change is not None
        told.append((change[0], len(change[1])))
    assert told == [(number, 1) for number in range(50)]


def test_a_link_that_was_defined_above_is_known_below() -> None:
    text = "[a]: http://u\n\n" + "x\n\n" * 5 + "[a]"
    shown, _ = grown(text, list(range(1, len(text))))
    assert shown[-1] == ["p", {}, ["a", {"href": "http://u"}, "a"]]


def test_the_work_grows_with_what_is_new() -> None:
    growing = Growing()
    for number in range(200):
        growing.add(f"paragraph {number} with some *words*\n\n")
        growing.changed()
        assert growing.n_open < 150
