"""Files of a repository, grouped into models."""

import os
import random
import time
from pathlib import PurePosixPath, PureWindowsPath

import pytest

from yi_local.hub.remote.grouping import MAX_FILES, Grouping, group_files
from yi_local.hub.repo import RemoteFile
from yi_local.hub.safe_path import why_unsafe


def grouped(*paths: str) -> Grouping:
    return group_files(file(path, number) for number, path in enumerate(paths, 1))


def file(path: str, number: int = 1, sha256: str | None = None) -> RemoteFile:
    return RemoteFile(path, 1000 * number, sha256 or f"{number:064x}")


def paths_of(grouping: Grouping) -> list[list[str]]:
    return [[file.path for file in group.files] for group in grouping.groups]


def test_each_quant_is_a_model_and_the_smallest_comes_first() -> None:
    files = [file("yi-6b.Q8_0.gguf", 9), file("yi-6b.Q2_K.gguf", 2), file("yi-6b.q4_k_m.gguf", 4)]
    groups = group_files(files).groups
    assert [group.quant for group in groups] == ["Q2_K", "Q4_K_M", "Q8_0"]
    assert [group.size_bytes for group in groups] == [2000, 4000, 9000]


def test_shards_are_one_model_in_their_order() -> None:
    found = grouped(
        "Q8_0/yi-34b-Q8_0-00002-of-00003.gguf",
        "Q8_0/yi-34b-Q8_0-00003-of-00003.gguf",
        "Q8_0/yi-34b-Q8_0-00001-of-00003.gguf",
        "yi-34b-Q4_0.gguf",
    )
    assert paths_of(found) == [
        ["yi-34b-Q4_0.gguf"],
        [f"Q8_0/yi-34b-Q8_0-0000{number}-of-00003.gguf" for number in (1, 2, 3)],
    ]
    assert found.groups[1].size_bytes == 6000


def test_shards_in_two_folders_are_two_models() -> None:
    found = grouped(
        "Q4_0/yi-00001-of-00002.gguf", "Q4_0/yi-00002-of-00002.gguf",
        "Q8_0/yi-00001-of-00002.gguf", "Q8_0/yi-00002-of-00002.gguf",
    )  # fmt: skip
    assert [group.quant for group in found.groups] == ["Q4_0", "Q8_0"]


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_set_that_lacks_a_shard_is_told_and_not_offered(missing: int) -> None:
    there = [f"yi-Q6_K-0000{n}-of-00003.gguf" for n in (1, 2, 3) if n != missing]
    found = grouped(*there)
    assert found.groups == ()
    (incomplete,) = found.incomplete
    assert (incomplete.quant, incomplete.n_present, incomplete.n_shards) == ("Q6_K", 2, 3)
    assert incomplete.path == there[0]


def test_a_claim_of_99999_shards_costs_nothing() -> None:
    began = time.perf_counter()
    found = grouped(*(f"m{n}-00001-of-99999.gguf" for n in range(5000)))
    assert len(found.incomplete) == 5000
    assert time.perf_counter() - began < 2


def test_the_quant_may_be_the_folders() -> None:
    found = grouped("Q5_K_M/model.gguf", "UD-Q2_K_XL/deep/model.gguf", "plain/model.gguf")
    assert [group.quant for group in found.groups] == ["Q5_K_M", "UD-Q2_K_XL", None]


@pytest.mark.parametrize(
    "path",
    [
        "README.md", ".gitattributes", "config.json", "model.safetensors", "imatrix.dat",
        "yi-imatrix.gguf", "imatrix-Q8_0.gguf", "ggml-vocab-yi.gguf", "yi.gguf.txt", "gguf",
    ],
)  # fmt: skip
def test_what_is_no_model_is_passed_over_in_silence(path: str) -> None:
    assert grouped(path) == Grouping((), (), (), cut=False)


def test_a_quant_made_with_an_imatrix_is_a_model() -> None:
    assert [g.quant for g in grouped("yi-imatrix-IQ3_XXS.gguf").groups] == ["IQ3_XXS"]


def test_raw_pieces_of_a_file_are_left_out_with_their_reason() -> None:
    found = grouped("yi.Q6_K.gguf.part1of2", "yi.Q6_K.gguf-split-b")
    assert found.groups == ()
    assert all("joined by hand" in left.reason for left in found.left_out)
    assert len(found.left_out) == 2


# Vision parts


def test_vision_parts_go_with_every_model_the_exact_ones_first() -> None:
    found = grouped(
        "mmproj-model-Q8_0.gguf", "yi-vl-6b-Q4_0.gguf", "mmproj-model-f16.gguf",
        "mmproj-BF16.gguf", "mmproj-F32.gguf", "yi-vl-6b-Q8_0.gguf",
    )  # fmt: skip
    assert len(found.groups) == 2
    for group in found.groups:
        assert [part.path for part in group.mmproj] == [
            "mmproj-F32.gguf",
            "mmproj-model-f16.gguf",
            "mmproj-BF16.gguf",
            "mmproj-model-Q8_0.gguf",
        ]


def test_a_vision_part_goes_with_the_models_whose_name_it_bears() -> None:
    found = grouped(
        "yi-vl-6b-Q4_0.gguf", "yi-vl-34b-Q4_0.gguf",
        "mmproj-yi-vl-6b-f16.gguf", "yi-vl-34b-mmproj-f16.gguf",
    )  # fmt: skip
    assert [[part.path for part in group.mmproj] for group in found.groups] == [
        ["mmproj-yi-vl-6b-f16.gguf"],
        ["yi-vl-34b-mmproj-f16.gguf"],
    ]


def test_a_vision_part_goes_with_the_models_of_its_folder() -> None:
    found = grouped("6b/yi-Q4_0.gguf", "34b/yi-Q4_0.gguf", "6b/mmproj-f16.gguf")
    assert [len(group.mmproj) for group in found.groups] == [1, 0]
    found = grouped("yi-Q4_0.gguf", "mmproj/mmproj-f16.gguf")  # nothing there: everybody's
    assert [len(group.mmproj) for group in found.groups] == [1]


# Hostile repositories

HOSTILE = [
    "../x.gguf", "a/../../x.gguf", "/etc/x.gguf", "..\\x.gguf", "C:\\x.gguf", "C:/x.gguf",
    "c:x.gguf", "x.gguf:stream.gguf", "a//x.gguf", "./x.gguf", "a/./x.gguf", ".. /x.gguf",
    "a/. ./x.gguf", "x\n.gguf", "x\0.gguf", "x\x1b[2J.gguf", "x\u202egguf.gguf", "x\x85.gguf",
    "nul.gguf", "a/COM1.gguf", "x" * 300 + ".gguf", "a/" * 600 + "x.gguf", "x\ud800.gguf", "",
    "x\u2028.gguf", "a/ /x.gguf",
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE, ids=repr)
def test_a_name_that_leads_elsewhere_is_left_out_with_its_reason(path: str) -> None:
    found = group_files([file(path), file("yi-Q4_0.gguf", 2)])
    assert paths_of(found) == [["yi-Q4_0.gguf"]]
    (left,) = found.left_out
    assert left.reason.endswith(".")
    assert len(left.path) <= 200


def test_ten_thousand_random_names_stay_inside_their_folder() -> None:
    dice = random.Random(4)
    pieces = ["..", ".", "/", "\\", "a", "é", "你", "\0", "\n", "\x1b", "C:", " ", "con", "~", "|"]
    pieces += ["\ud800", "\u202e", "-00001-of-00002", "Q4_K_M", "mmproj", "%2e%2e", "x" * 99]
    names = [
        "".join(dice.choices(pieces, k=dice.randint(0, 9))) + dice.choice((".gguf", "", ".GGUF"))
        for _ in range(10_000)
    ]
    found = group_files(file(name, number) for number, name in enumerate(names, 1))
    offered = [f.path for group in found.groups for f in (*group.files, *group.mmproj)]
    assert len(offered) > 50
    for path in offered:
        inside = os.path.normpath(os.path.join("/cache", path))
        assert inside == "/cache/" + path
        assert not PureWindowsPath(path).drive
        assert not PureWindowsPath(path).is_absolute()
        assert ".." not in (*PureWindowsPath(path).parts, *PurePosixPath(path).parts)
        assert path.isprintable()


def test_a_name_listed_twice_counts_once() -> None:
    twice = [file("yi-Q4_0.gguf", 1), file("yi-Q4_0.gguf", 2), file("yi-Q8_0.gguf", 3)]
    found = group_files(twice)
    assert [group.size_bytes for group in found.groups] == [1000, 3000]
    assert [left.reason for left in found.left_out] == ["It is listed twice."]


def test_the_same_bytes_under_two_names_count_once() -> None:
    found = group_files([file("a.gguf", 1, "a" * 64), file("b.gguf", 1, "a" * 64)])
    assert paths_of(found) == [["a.gguf"]]
    assert found.left_out[0].reason == "It is the same as a.gguf."


def test_equal_shards_of_two_models_stay_with_both() -> None:
    files = [
        file(f"{quant}-0000{n}-of-00002.gguf", n, f"{n}" * 64)
        for quant in ("a", "b")
        for n in (1, 2)
    ]
    assert len(group_files(files).groups) == 2


@pytest.mark.parametrize("size_bytes", [0, -1, 1 << 60])
def test_a_size_that_cannot_be_is_left_out(size_bytes: int) -> None:
    found = group_files([RemoteFile("yi.gguf", size_bytes, None)])
    assert "cannot have" in found.left_out[0].reason


@pytest.mark.parametrize("sha256", ["../../x", "A" * 64, "a" * 63, ""])
def test_a_hash_that_is_none_is_left_out(sha256: str) -> None:
    found = group_files([RemoteFile("yi.gguf", 5, sha256)])
    assert found.groups == ()
    assert "sha256" in found.left_out[0].reason


def test_an_endless_list_is_cut() -> None:
    def endless() -> object:
        number = 0
        while True:
            number += 1
            yield file(f"m{number}.gguf", number)

    found = group_files(endless())  # type: ignore[arg-type]
    assert found.cut
    assert len(found.groups) == MAX_FILES


@pytest.mark.parametrize(
    "path", ["yi-Q4_0.gguf", "Q4_0/yi 6b (chat).gguf", "a/b/c/你好.gguf", "..a.gguf"]
)
def test_an_ordinary_name_is_safe(path: str) -> None:
    assert why_unsafe(path) is None
