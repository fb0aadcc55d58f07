"""Files that are cut, garbled or empty: unknown, never an exception."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.hardware.captured import DATA, Captured, cores, linux_files, macos_output
from yi_local.hardware import apple, windows
from yi_local.hardware.detect_linux import detect_linux
from yi_local.hardware.snapshot import Gpu, Hardware, Memory

MACHINES = sorted(path.stem for path in (DATA / "linux").glob("*.txt"))
MACS = sorted(path.name.removesuffix(".txt") for path in (DATA / "macos").glob("*.sysctl.txt"))

garbage = st.one_of(
    st.text(max_size=60),
    st.integers().map(str),
    st.sampled_from(
        ["", "\n", "max\n", "0\n", "-1\n", "0-\n", "0x\n", "0::\n", "é\0\n", "9" * 5000]
    ),
)


def no_driver() -> tuple[Gpu, ...]:
    return ()


def check(hardware: Hardware) -> None:
    """No number is below zero, whatever was read; shared memory is counted once."""
    assert not re.search(r"=-\d", repr(hardware))
    assert all(gpu.memory_bytes is None for gpu in hardware.gpus if gpu.unified)


@given(st.sampled_from(MACHINES), st.data())
def test_one_garbled_file_never_stops_the_detection(machine: str, data: st.DataObject) -> None:
    files = linux_files(machine) | cores("0-1", "2-3")
    path = data.draw(st.sampled_from(sorted(files)))
    files[path] = data.draw(garbage)
    check(detect_linux(Captured(files), "x86_64", 4, no_driver))


@given(st.sampled_from(MACHINES), st.data())
def test_one_cut_file_never_stops_the_detection(machine: str, data: st.DataObject) -> None:
    files = linux_files(machine) | cores("0-1", "2-3")
    path = data.draw(st.sampled_from(sorted(files)))
    files[path] = files[path][: data.draw(st.integers(0, len(files[path])))]
    check(detect_linux(Captured(files), "x86_64", 4, no_driver))


@given(st.dictionaries(st.sampled_from(sorted(linux_files("laptop_rtx_4070"))), garbage))
def test_a_machine_of_garbage_is_still_a_snapshot(files: dict[str, str]) -> None:
    check(detect_linux(Captured(files), "x86_64", 4, no_driver))


@given(st.sampled_from(MACS), st.data())
def test_a_cut_or_mixed_answer_of_sysctl_leaves_the_rest_unknown(
    mac: str, data: st.DataObject
) -> None:
    text = macos_output(mac)
    cut = data.draw(st.integers(0, len(text)))
    known = apple.facts(text[:cut] + data.draw(garbage))
    vm_stat = data.draw(garbage)
    check(
        Hardware(
            "Darwin", apple.memory(known, vm_stat), apple.cpu(known, "arm64"), apple.gpus(known)
        )
    )


@given(garbage, garbage)
def test_garbage_from_a_mac_is_unknown_memory(sysctl: str, vm_stat: str) -> None:
    assert apple.memory(apple.facts(sysctl), vm_stat) == Memory(None, None)


@given(
    st.dictionaries(
        st.sampled_from(
            ["DriverDesc", "DriverVersion", "MatchingDeviceId", "HardwareInformation.qwMemorySize"]
        ),
        st.one_of(garbage, st.binary(max_size=9), st.integers(), st.just(r"PCI\VEN_10DE&DEV_2684")),
    )
)
def test_a_garbled_adapter_of_windows_is_a_card_or_none(values: dict[str, object]) -> None:
    card = windows.card(values)
    assert card is None or card.memory_bytes is None or card.memory_bytes > 0
