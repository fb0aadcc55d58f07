"""`yi pack` and `yi unpack`: from one home to another."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.own_home import hugging_face, own_home
from tests.hub.stores_on_disk import in_hub_cache, pointer_text, write_gguf

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return own_home(environ, tmp_path)


@pytest.fixture
def packed(yi: Yi, tmp_path: Path) -> Path:
    """Of o/a, which is gone from here afterwards."""
    in_hub_cache(hugging_face(tmp_path), "o/a", "a.Q8_0.gguf")
    done = yi("pack", "o/a", str(tmp_path))
    assert done.returncode == 0
    assert yi("rm", "o/a", "--yes").returncode == 0
    return Path(done.stdout.decode().strip())


def test_what_came_from_the_hub_is_put_where_other_programs_look(
    yi: Yi, tmp_path: Path, packed: Path
) -> None:
    assert packed.suffix == ".yipack"
    done = yi("unpack", str(packed))
    assert done.returncode == 0
    path = Path(done.stdout.decode().strip())
    assert path.is_relative_to(hugging_face(tmp_path) / "models--o--a")
    checked = yi("verify", "o/a")
    assert checked.returncode == 0
    assert b"whole" in checked.stdout


def test_a_folder_can_be_named_and_its_files_are_replaced_only_by_force(
    yi: Yi, tmp_path: Path, packed: Path
) -> None:
    to = tmp_path / "to"
    done = yi("unpack", str(packed), "--to", str(to))
    assert done.stdout.decode() == f"{to / 'a.Q8_0.gguf'}\n"
    assert f"yi adopt {to}".encode() in done.stderr
    (to / "a.Q8_0.gguf").write_text("mine")
    done = yi("unpack", str(packed), "--to", str(to))
    assert done.returncode == 2
    assert b"--force" in done.stderr
    assert (to / "a.Q8_0.gguf").read_text() == "mine"
    assert yi("unpack", str(packed), "--to", str(to), "--force").returncode == 0
    assert (to / "a.Q8_0.gguf").read_bytes()[:4] == b"GGUF"
    assert os.listdir(to) == ["a.Q8_0.gguf"]


def test_a_pack_is_overwritten_only_by_force(yi: Yi, tmp_path: Path) -> None:
    model, out = write_gguf(tmp_path / "m.gguf"), tmp_path / "out.yipack"
    out.write_text("mine")
    done = yi("pack", str(model), str(out))
    assert done.returncode == 2
    assert b"--force" in done.stderr
    assert out.read_text() == "mine"
    assert yi("pack", str(model), str(out), "--force").returncode == 0
    assert out.stat().st_size > model.stat().st_size


def test_an_altered_pack_leaves_nothing_behind(yi: Yi, tmp_path: Path, packed: Path) -> None:
    data = bytearray(packed.read_bytes())
    data[data.index(b"GGUF") + 40] ^= 1
    packed.write_bytes(data)
    done = yi("unpack", str(packed), "--to", str(tmp_path / "to"))
    assert done.returncode == 4
    assert b"The pack is damaged" in done.stderr
    assert not (tmp_path / "to").exists()


def test_what_is_no_model_or_no_pack_is_told(yi: Yi, tmp_path: Path) -> None:
    pointer = tmp_path / "p.gguf"
    pointer.write_text(pointer_text(b"x"))
    assert yi("pack", str(pointer), str(tmp_path / "out")).returncode == 4
    assert yi("pack", "nothing-like-it", str(tmp_path / "out")).returncode == 3
    assert yi("unpack", str(pointer)).returncode == 4
    assert yi("unpack", str(tmp_path / "none")).returncode == 3
    assert not (tmp_path / "out").exists()


@pytest.mark.model
def test_a_terminal_sees_how_far_it_is(terminal: Callable[..., Any], tmp_path: Path) -> None:
    screen = terminal("pack", "demo", str(tmp_path / "demo.yipack"))
    assert screen.end() == 0
    assert "Packing: " in screen.seen


@pytest.mark.parametrize("name", ["list", "show", "verify", "rm", "adopt", "pack", "unpack"])
def test_every_command_helps_with_examples(yi: Yi, name: str) -> None:
    done = yi(name, "--help")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(f"usage: yi {name} ".encode())
    assert b"examples:" in done.stdout
    assert b"\n  " + name.encode() + b" " in yi("--help").stdout
    assert max(map(len, done.stdout.decode().splitlines())) <= 100
