"""`yi doctor` as a process: its report, its JSON, and that nothing private is in either."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Completed, Terminal
from tests.hub.stand_in import StandIn, answered
from yi_local import __version__
from yi_local.assistant.doctor.checkup import Checkup, LearntSpeed, Place, Residual
from yi_local.assistant.doctor.finding import Finding
from yi_local.assistant.doctor.installation import Installation
from yi_local.cli.help import long_help
from yi_local.cli.machine.doctor import as_json
from yi_local.cli.machine.doctor_report import report
from yi_local.engine.build import EngineBuild
from yi_local.hardware.snapshot import Cpu, Device, Gpu, Hardware, Memory
from yi_local.hub.remote.reachability import Reachability

MIB, GIB = 1 << 20, 1 << 30
Yi = Callable[..., Completed]


@pytest.fixture(autouse=True)
def alone(environ: dict[str, str]) -> None:
    """No test leaves this machine, unless it says where to."""
    for name in [name for name in environ if name.lower().endswith("_proxy") or "HF_" in name]:
        del environ[name]
    environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture
def hub() -> Iterator[StandIn]:
    stand_in = StandIn(answered(200))
    yield stand_in
    stand_in.close()


# The process


def test_the_report_has_every_section_and_ends_well(yi: Yi) -> None:
    done = yi("doctor", worker=["--gpu", "8"])
    said = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    titles = [line for line in said.splitlines() if line and not line.startswith(" ")]
    assert titles.pop() in ("Nothing to mend.", "To mend")  # as this machine is
    assert titles == [
        "Installed",
        "Machine",
        "llama.cpp",
        "Folders",
        "Network",
        "Memory, measured minus predicted",
        "Speed learnt from answers",
    ]
    assert f"  yi_local          {__version__}\n" in said
    assert "CUDA0             a fake gpu, 8.0 GiB of 8.0 GiB free" in said
    assert "not asked. Offline." in said


def test_json_is_one_object_with_numbers_and_units(yi: Yi) -> None:
    done = yi("doctor", "--json", worker=["--gpu", "8"])
    assert (done.returncode, done.stderr) == (0, b"")
    facts = json.loads(done.stdout)
    assert facts["yi_local"] == __version__
    assert facts["build"]["backends"] == ["CUDA", "CPU"]
    assert facts["hardware"]["devices"][0]["free_bytes"] == 8 * GIB
    assert facts["hardware"]["memory"]["bandwidth_bytes_s"] > 0
    assert "devices" not in facts["build"]
    assert facts["hub"] == {
        "reachable": None,
        "why": "Offline.",
        "public": True,
        "by_proxy": False,
        "took_s": None,
    }
    assert {place["name"]: place["exists"] for place in facts["places"]}["logs"] is True


def test_a_broken_engine_is_a_finding_and_the_exit_code_is_still_0(
    environ: dict[str, str], tmp_path: Path, yi: Yi
) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    done = yi("doctor")
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode()
    assert "could not be asked; see below" in said
    assert "To mend\n  1. llama-cpp-python" in said
    assert "Machine\n  CPU" in said


def test_the_hub_is_asked_unless_it_is_forbidden(
    yi: Yi, environ: dict[str, str], hub: StandIn
) -> None:
    environ["HF_ENDPOINT"] = f"http://{hub.address}"
    assert b"not asked. Offline." in yi("doctor").stdout
    del environ["HF_HUB_OFFLINE"]
    assert b"not asked. Offline." in yi("doctor", "--offline").stdout
    assert hub.seen == []
    said = yi("doctor").stdout.decode()
    assert re.search(r"Hub +reachable, \d+ ms\. It answers with HTTP 200\.", said)
    assert "It is the one that HF_ENDPOINT names." in said
    assert len(hub.seen) == 1
    facts = json.loads(yi("doctor", "--json").stdout)["hub"]
    assert (facts["reachable"], facts["public"]) == (True, False)
    assert facts["took_s"] > 0


def test_nothing_private_is_in_it(
    yi: Yi, environ: dict[str, str], tmp_path: Path, hub: StandIn
) -> None:
    home = tmp_path / "homes" / "telltale-home"
    home.mkdir(parents=True)
    del environ["YI_LOCAL_HOME"], environ["HF_HUB_OFFLINE"]
    environ |= {
        "HOME": str(home),
        "USER": "telltale-user",
        "LOGNAME": "telltale-user",
        "HOSTNAME": "telltale-host",
        "HF_TOKEN": "hf_telltale-token",
        "HF_HOME": "/srv/telltale-user/hf",
        "HF_ENDPOINT": "http://telltale-name:telltale-word@telltale-hub.example",
        "http_proxy": f"http://telltale-name:telltale-word@{hub.address}",
        "HTTPS_PROXY": "http://telltale-name:telltale-word@telltale-proxy.example",
    }
    text, facts = yi("doctor"), yi("doctor", "--json")
    for done in (text, facts):
        assert (done.returncode, done.stderr) == (0, b"")
        said = done.stdout.decode()
        assert "telltale" not in said
        assert hub.address not in said
        assert str(tmp_path) not in said
        assert "~/" in said
        assert "/srv/<user>/hf/hub" in said
    assert b"The way leads through a proxy." in text.stdout
    assert json.loads(facts.stdout)["hub"]["reachable"] is True
    assert "hf_telltale" not in repr(hub.seen)


def test_the_running_python_is_shown_from_home(yi: Yi, environ: dict[str, str]) -> None:
    environ["HOME"] = str(Path(sys.executable).parents[1])
    facts = json.loads(yi("doctor", "--json").stdout)
    assert facts["installation"]["executable"].startswith("~/")


def test_on_a_terminal_of_60_columns_no_line_is_longer_but_paths_and_commands(
    terminal: Callable[..., Terminal],
) -> None:
    shown = terminal("doctor", env={"COLUMNS": "60", "HOME": "/tmp", "NO_COLOR": "1"})
    assert shown.end() == 0
    lines = [line.rpartition("\r")[2] for line in shown.seen.split("\r\n")]
    text = [line for line in lines if not line.startswith(" " * 7) or line.startswith(" " * 20)]
    assert [line for line in text if len(line) > 60 and len(line.split()) > 3] == []
    assert "\x1b" not in shown.seen


def test_on_a_terminal_the_steps_are_told_and_wiped(terminal: Callable[..., Terminal]) -> None:
    shown = terminal("doctor")
    shown.expect("\rlooking at the machine: 0 %")
    shown.expect("\rInstalled")
    assert shown.end() == 0


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["--help"], 0, "usage: yi doctor [options]\n"),
        (["--bogus"], 2, "unrecognized arguments: --bogus"),
        (["demo"], 2, "unrecognized arguments: demo"),
    ],
)
def test_it_takes_two_options_and_nothing_else(
    yi: Yi, argv: list[str], code: int, said: str
) -> None:
    done = yi("doctor", *argv)
    assert done.returncode == code
    assert said in (done.stdout + done.stderr).decode()


def test_it_is_in_the_help() -> None:
    assert "\n  doctor " in long_help()
    assert "HF_HUB_OFFLINE" in long_help()


# The report, of machines that are not here

HERE = Installation(
    system="Linux",
    system_version="Fedora Linux 43",
    architecture="x86_64",
    python="3.13.2",
    implementation="CPython",
    executable="~/yi/.venv/bin/python",
    virtual_environment=True,
    has_pip=True,
    glibc=(2, 42),
    llama_cpp_python="0.3.36",
    backends=("CUDA", "MTL"),
)
LAPTOP = Hardware(
    "Linux",
    Memory(32 * GIB, 20 * GIB, limit="cgroup v2", bandwidth_bytes_s=8.3e10),
    Cpu("Intel Core i7-13700H", "x86_64", 20, 14, 6, ("AVX", "AVX2")),
    (
        Gpu("nvidia", "NVIDIA GeForce RTX 4070", 8 * GIB, False, 2.56e11, "550.54", "12.4", True),
        Gpu("intel", "Intel Iris Xe Graphics", None, unified=True),
    ),
    (
        Device("CUDA0", "CUDA", "gpu", "NVIDIA GeForce RTX 4070", 7 * GIB, 8 * GIB, False),
        Device("CPU", "CPU", "cpu", "Intel Core i7-13700H", None, 32 * GIB, True),
    ),
)
COMMAND = "~/yi/.venv/bin/python -m pip install --force-reinstall " + "very-long " * 12
CHECKUP = Checkup(
    yi_local="9.9.9",
    installation=HERE,
    hardware=LAPTOP,
    build=EngineBuild("0.3.36", ("CUDA", "CPU"), ("CPU : AVX = 1",), True, LAPTOP.devices, False),
    findings=(
        Finding("The first is wrong.", "Because " + "of many words " * 9, COMMAND, "other " * 15),
        Finding("The second too.", "There is no command for it."),
    ),
    places=(
        Place("settings", "~/.config/yi_local", False, False, None),
        Place("data", "~/" + "a-very-long-folder/" * 4, True, True, 512_000_000_000),
    ),
    hub=Reachability(False, "The proxy refuses.", public=False, by_proxy=True, took_s=0.3),
    residuals=(
        Residual("CPU", 12, -3 * MIB, 12 * MIB, GIB, GIB + 12 * MIB, 512 * MIB),
        Residual("CUDA", 1, -MIB // 3, -MIB // 3, GIB, GIB, 384 * MIB),
    ),
    speeds=(LearntSpeed("CPU", 4.2e8, 2.5e9), LearntSpeed("CUDA", None, 1.234e13)),
)

WANTED = """\
Installed
  yi_local          9.9.9
  llama-cpp-python  0.3.36, built for CUDA and Metal
  Python            CPython 3.13.2, x86_64, in a virtual
                    environment
                    ~/yi/.venv/bin/python
  system            Linux, Fedora Linux 43

Machine
  CPU               Intel Core i7-13700H, x86_64
  cores             14 physical, 6 of them fast, 20 logical
                    for this program
  SIMD              AVX AVX2
  RAM               20.0 GiB of 32.0 GiB available, limited
                    by cgroup v2
  RAM bandwidth     83 GB/s, by its data sheet
  GPU               NVIDIA GeForce RTX 4070, 8.0 GiB of
                    memory, 256 GB/s, driver 550.54, CUDA
                    12.4, drives a display
  GPU               Intel Iris Xe Graphics, shares the RAM,
                    driver unknown

llama.cpp
  backends          CUDA CPU
  CPU kernels       AVX
  GPU offload       yes
  memory plans      by formulas: it shows no books
  CUDA0             NVIDIA GeForce RTX 4070, 7.0 GiB of 8.0
                    GiB free
  CPU               Intel Core i7-13700H, 20.0 GiB of 32.0
                    GiB free

Folders
  settings          ~/.config/yi_local, unknown free, not
                    made yet, cannot be written
  data              ~/a-very-long-folder/a-very-long-folder/a-very-long-folder/a-very-long-folder/,
                    512 GB free

Network
  Hub               not reachable, 300 ms. The proxy
                    refuses.
                    It is the one that HF_ENDPOINT names.
                    The way leads through a proxy.

Memory, measured minus predicted
  CPU               -3 to +12 MiB in 12 loads, the last 1.0
                    GiB - 1.0 GiB; 512 MiB are kept free
  CUDA              +0 MiB in 1 load, the last 1.0 GiB - 1.0
                    GiB; 384 MiB are kept free

Speed learnt from answers
  CPU               decoding reads 420 MB/s, prefill reaches
                    2.5 GFLOP/s
  CUDA              prefill reaches 12,340 GFLOP/s

To mend
"""


def test_a_report_of_60_columns_is_aligned() -> None:
    assert report(CHECKUP, 60).partition("To mend\n")[0] + "To mend\n" == WANTED


def test_the_findings_come_last_and_their_commands_are_never_broken() -> None:
    mend = report(CHECKUP, 60).partition("To mend\n")[2]
    assert mend.startswith("  1. The first is wrong.\n     Because of many words")
    assert f"\n\n       {COMMAND}\n\n     or:\n\n       other other" in mend
    assert mend.endswith("\n\n  2. The second too.\n     There is no command for it.\n")


def test_what_nobody_knows_is_called_unknown() -> None:
    nothing = Checkup(
        yi_local="9.9.9",
        installation=Installation(
            *("Linux", None, "riscv64", "3.11.0", "CPython", "python3", False, True, None, None),
            backends=(),
        ),
        hardware=Hardware("Linux", Memory(None, None), Cpu(None, "riscv64", None, None, None)),
        build=None,
        findings=(),
        places=(),
        hub=Reachability(None, "Offline.", public=True, by_proxy=False),
        residuals=(),
        speeds=(),
    )
    said = report(nothing, 80)
    assert "system            Linux, unknown\n" in said
    assert "llama-cpp-python  not installed\n" in said
    assert "CPU               unknown, riscv64\n" in said
    assert "cores             unknown physical, unknown logical for this program\n" in said
    assert "RAM               unknown of unknown available\n" in said
    assert "RAM bandwidth     unknown\n" in said
    assert "None" not in said
    assert json.loads(as_json(nothing))["build"] is None
    assert said.endswith("Speed learnt from answers\n  nothing yet\n\nNothing to mend.\n")
