"""Whole machines of Linux, from the files they show to the snapshot."""

from collections.abc import Mapping

import pytest

from tests.hardware.captured import Captured, cores, linux_files
from tests.hardware.fake_nvml import RTX_3060, RTX_4070_LAPTOP, RTX_4090, FakeNvml
from yi_local.hardware.detect_linux import detect_linux
from yi_local.hardware.nvml import ask
from yi_local.hardware.snapshot import Cpu, Gpu, Hardware, Memory

KIB, GIB = 1 << 10, 1 << 30
JETSON = {
    "/proc/device-tree/compatible": "nvidia,p3767-0005\0nvidia,tegra234\0",
    "/proc/device-tree/model": "NVIDIA Jetson Orin Nano Developer Kit\0",
}


def no_driver() -> tuple[Gpu, ...]:
    return ()


def unasked() -> tuple[Gpu, ...]:
    pytest.fail("NVML was asked, although nothing speaks for an NVIDIA GPU")


def driver(name: str, *addresses: str) -> dict[str, str]:
    return {f"/sys/bus/pci/devices/{address}/driver": name for address in addresses}


def pairs(count: int) -> dict[str, str]:
    """Cores of two neighbouring threads each."""
    return cores(*(f"{2 * n}-{2 * n + 1}" for n in range(count)))


def test_a_laptop_with_an_nvidia_gpu_and_an_intel_hybrid() -> None:
    files = linux_files("laptop_rtx_4070") | pairs(6) | cores(*map(str, range(12, 20)))
    laptop = detect_linux(
        Captured(files, driver("i915", "0000:00:02.0")),
        "x86_64",
        allowed_cpus=20,
        ask_nvml=lambda: ask(FakeNvml(RTX_4070_LAPTOP)),
    )
    assert laptop.memory == Memory(32563856 * KIB, 21873264 * KIB)
    assert (laptop.cpu.logical_cores, laptop.cpu.physical_cores) == (20, 14)
    assert laptop.cpu.performance_cores == 6
    geforce, iris = laptop.gpus
    assert (geforce.name, geforce.memory_bytes) == (RTX_4070_LAPTOP.name, 8585740288)
    assert iris == Gpu(
        *("intel", "Intel Iris Xe Graphics", None),
        unified=True,
        driver="i915",
        drives_display=True,
    )


def test_a_desktop_with_two_nvidia_gpus_and_one_inside_the_processor() -> None:
    files = linux_files("desktop_rtx_4090_and_3060") | cores(*(f"{n},{n + 16}" for n in range(16)))
    desktop = detect_linux(
        Captured(files), "x86_64", 32, ask_nvml=lambda: ask(FakeNvml(RTX_4090, RTX_3060))
    )
    assert [gpu.name for gpu in desktop.gpus] == [RTX_4090.name, RTX_3060.name, "AMD Raphael"]
    assert [gpu.unified for gpu in desktop.gpus] == [False, False, True]
    assert desktop.cpu.physical_cores == 16
    assert desktop.cpu.performance_cores is None


def test_nvidia_gpus_without_a_driver_are_still_seen() -> None:
    files = Captured(linux_files("desktop_rtx_4090_and_3060"), driver("nouveau", "0000:01:00.0"))
    first, second, _ = detect_linux(files, "x86_64", 32, no_driver).gpus
    assert first == Gpu(
        *("nvidia", "NVIDIA GeForce RTX 4090", None),
        unified=False,
        driver="nouveau",
        drives_display=True,
    )
    assert (second.name, second.driver) == ("NVIDIA GeForce RTX 3060 Lite Hash Rate", None)


def test_a_desktop_with_an_amd_card() -> None:
    files = Captured(linux_files("desktop_rx_7900_xtx"), driver("amdgpu", "0000:0b:00.0"))
    assert detect_linux(files, "x86_64", 16, unasked).gpus == (
        Gpu(
            *("amd", "AMD Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M", 25753026560),
            unified=False,
            driver="amdgpu",
            drives_display=True,
        ),
    )


def test_a_laptop_with_an_amd_gpu_inside_the_processor_counts_its_memory_once() -> None:
    laptop = detect_linux(Captured(linux_files("laptop_ryzen_7840u")), "x86_64", 16, unasked)
    [gpu] = laptop.gpus
    assert gpu.unified
    assert gpu.memory_bytes is None
    assert laptop.memory.total_bytes == 31627924 * KIB


def test_a_desktop_with_an_intel_card_beside_the_integrated_one() -> None:
    desktop = detect_linux(Captured(linux_files("desktop_arc_a770")), "x86_64", 12, unasked)
    assert [(gpu.name, gpu.unified) for gpu in desktop.gpus] == [
        ("Intel UHD Graphics 770", True),
        ("Intel Arc A770", False),
    ]
    assert [gpu.memory_bytes for gpu in desktop.gpus] == [None, None]


def test_a_raspberry_pi_5() -> None:
    files = linux_files("raspberry_pi_5") | cores(*"0123")
    assert detect_linux(Captured(files), "aarch64", 4, unasked) == Hardware(
        system="Linux",
        memory=Memory(8245616 * KIB, 7418256 * KIB),
        cpu=Cpu("Cortex-A76", "arm64", 4, 4, None, ("NEON", "FP16_VA", "DOTPROD")),
    )


def test_a_board_with_little_and_big_cores() -> None:
    files = linux_files("orange_pi_5") | cores(*"01234567")
    cpu = detect_linux(Captured(files), "aarch64", 8, unasked).cpu
    assert (cpu.physical_cores, cpu.performance_cores) == (8, 4)


def test_a_jetson_is_seen_with_nvml_or_without() -> None:
    files = Captured(linux_files("jetson_orin_nano") | JETSON)
    [gpu] = detect_linux(files, "aarch64", 6, no_driver).gpus
    assert (gpu.name, gpu.unified) == ("NVIDIA Jetson Orin Nano Developer Kit", True)
    told = Gpu("nvidia", "Orin (nvgpu)", None, unified=True, cuda="12.6")
    assert detect_linux(files, "aarch64", 6, lambda: (told,)).gpus == (told,)


def test_a_small_virtual_machine_has_no_gpu() -> None:
    files = linux_files("vm_1_vcpu_2_gb") | cores("0")
    vm = detect_linux(Captured(files), "x86_64", 1, unasked)
    assert vm.memory == Memory(2014484 * KIB, 1543288 * KIB)
    assert (vm.cpu.logical_cores, vm.cpu.physical_cores) == (1, 1)
    assert vm.gpus == ()


@pytest.mark.parametrize("device", ["/dev/nvidiactl", "/dev/dxg"])
def test_a_driver_without_a_pci_bus_is_asked_too(device: str) -> None:
    """Containers that hide the bus, Windows' subsystem for Linux."""
    files = Captured(linux_files("vm_1_vcpu_2_gb") | {device: ""})
    vm = detect_linux(files, "x86_64", 1, lambda: ask(FakeNvml(RTX_3060)))
    assert [gpu.name for gpu in vm.gpus] == [RTX_3060.name]


# Containers


def in_container(groups: str, limits: Mapping[str, str], allowed_cpus: int = 16) -> Hardware:
    machine = linux_files("desktop_rx_7900_xtx")
    files = {path: text for path, text in machine.items() if not path.startswith("/sys/fs/cgroup")}
    return detect_linux(
        Captured(files | {"/proc/self/cgroup": groups} | limits), "x86_64", allowed_cpus, no_driver
    )


def test_a_container_with_its_own_namespace_has_what_cgroup_v2_leaves() -> None:
    files = Captured(linux_files("graviton_container"))
    container = detect_linux(files, "aarch64", 8, unasked)
    room = 4 * GIB - 1610612736 + 805306368
    assert container.memory == Memory(4 * GIB, room, limit="cgroup v2")
    assert container.cpu.logical_cores == 2  # 1.5 of 8


def test_a_limit_around_the_own_group_holds() -> None:
    kube = "/kubepods.slice/kubepods-burstable.slice/kubepods-pod3.slice/cri-5e.scope"
    pod = "/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/kubepods-pod3.slice"
    limits = {
        f"{pod}/cri-5e.scope/memory.max": "max\n",
        f"{pod}/cri-5e.scope/memory.current": "100000\n",
        f"{pod}/memory.max": f"{6 * GIB}\n",
        f"{pod}/memory.current": f"{5 * GIB}\n",
        f"{pod}/memory.stat": f"inactive_file {GIB}\n",
        f"{pod}/cpu.max": "400000 100000\n",
    }
    container = in_container(f"0::{kube}\n", limits)
    assert container.memory == Memory(6 * GIB, 2 * GIB, limit="cgroup v2")
    assert container.cpu.logical_cores == 4


def test_a_container_of_cgroup_v1_whose_path_is_the_hosts() -> None:
    groups = "5:cpu,cpuacct:/docker/3f2a\n4:memory:/docker/3f2a\n"
    limits = {
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": f"{2 * GIB}\n",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    }
    container = in_container(groups, limits)
    assert container.memory == Memory(2 * GIB, GIB, limit="cgroup v1")
    assert container.cpu.logical_cores == 2


def test_a_container_of_cgroup_v1_without_limits_has_the_whole_machine() -> None:
    unlimited = {
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1073741824\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    }
    container = in_container("5:cpu:/\n4:memory:/\n", unlimited)
    assert container.memory == Memory(32781232 * KIB, 27873264 * KIB)
    assert container.cpu.logical_cores == 16


def test_an_affinity_below_the_quota_wins() -> None:
    limits = {"/sys/fs/cgroup/cpu.max": "800000 100000\n"}
    assert in_container("0::/\n", limits, allowed_cpus=3).cpu.logical_cores == 3


def test_a_machine_that_shows_nothing_is_unknown() -> None:
    assert detect_linux(Captured({}), "riscv64", 1, unasked) == Hardware(
        system="Linux",
        memory=Memory(None, None),
        cpu=Cpu(None, "riscv64", 1, None, None),
    )
