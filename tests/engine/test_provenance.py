"""The mask follows every operation, and what is not followed counts as the user's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.engine.worker.provenance import Trusted, joined, mask_of

OURS = Trusted("  <A>b,c<A>\n")
MIXED = Trusted("ab") + "xy" + Trusted("cd")


def marked(text: str) -> str:
    """The text with the user's characters in brackets."""
    pairs = zip(str.__str__(text), mask_of(text), strict=True)
    return "".join(char if ours else f"[{char}]" for char, ours in pairs)


def test_adding_on_either_side_keeps_who_wrote_what():
    assert marked("u" + Trusted("t") + "v") == "[u]t[v]"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (MIXED[1:4], "b[x][y]"),
        (MIXED[2], "[x]"),
        (MIXED[::-1], "dc[y][x]ba"),
        (MIXED * 2, "ab[x][y]cdab[x][y]cd"),
        (("  " + MIXED).lstrip(), "ab[x][y]cd"),
        (MIXED.strip("ad"), "b[x][y]c"),
        (MIXED.upper(), "AB[X][Y]CD"),
        (MIXED.replace("b", "uu"), "a[u][u][x][y]cd"),
        (MIXED.replace("x", Trusted("t")), "abt[y]cd"),
        (MIXED.removeprefix("ab"), "[x][y]cd"),
        (joined(["u", Trusted("t")], Trusted(",")), "[u],t"),
        (Trusted(",").join(["u", Trusted("t")]), "[u],t"),
        (Trusted("ß").upper(), "[S][S]"),
        (str(MIXED), "ab[x][y]cd"),
    ],
)
def test_each_operation_keeps_the_mask(result, expected):
    assert marked(result) == expected


def test_splitting_gives_each_part_its_own_mask():
    assert [marked(part) for part in (MIXED + " " + MIXED).split()] == ["ab[x][y]cd"] * 2
    assert [marked(part) for part in MIXED.split("x")] == ["ab", "[y]cd"]


def test_what_python_does_behind_our_back_is_the_users():
    assert marked("{}!".format(Trusted("t"))) == "[t][!]"
    assert marked("%s!" % Trusted("t")) == "[t][!]"  # noqa: UP031  # what templates do
    assert marked(Trusted("t").zfill(2)) == "[0][t]"


@given(
    parts=st.lists(st.tuples(st.text(alphabet="ab ,\n", max_size=6), st.booleans()), max_size=6),
    sep=st.text(alphabet="ab ,\n", min_size=1, max_size=2),
)
def test_no_operation_ever_changes_the_text_or_its_length(parts, sep):
    plain = "".join(text for text, _ in parts)
    text = joined([Trusted(text) if ours else text for text, ours in parts])
    for ours, theirs in [
        (text.strip(), plain.strip()),
        (text.replace(sep, "zz"), plain.replace(sep, "zz")),
        (text.split(sep), plain.split(sep)),
        (text.rsplit(sep, 1), plain.rsplit(sep, 1)),
        (text.split(), plain.split()),
        (text.splitlines(), plain.splitlines()),
        (text.title(), plain.title()),
    ]:
        assert ours == theirs
        for piece in ours if isinstance(ours, list) else [ours]:
            assert len(mask_of(piece)) == len(piece)
