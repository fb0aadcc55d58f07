"""Looks at a Linux machine, through /proc and /sys."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from yi_local.hardware import cgroup, cpuinfo, meminfo, nvidia, pci, topology
from yi_local.hardware.architecture import architecture
from yi_local.hardware.files import Files
from yi_local.hardware.gpus import gpus
from yi_local.hardware.kernel_text import cpu_list, number
from yi_local.hardware.nvml import nvml_gpus
from yi_local.hardware.snapshot import Cpu, Gpu, Hardware, Memory

_CPUS = "/sys/devices/system/cpu"
_CPU_CORE = "/sys/devices/cpu_core/cpus"  # on Intel's hybrids, the CPUs that are fast
_PCI = "/sys/bus/pci/devices"
_PCI_IDS = ("/usr/share/hwdata/pci.ids", "/usr/share/misc/pci.ids")
_NVIDIA_DEVICES = ("/dev/nvidiactl", "/dev/dxg")  # of the driver; of Windows' GPUs in WSL

AskNvml = Callable[[], tuple[Gpu, ...]]


def detect_linux(
    files: Files, machine: str, allowed_cpus: int, ask_nvml: AskNvml = nvml_gpus
) -> Hardware:
    """`machine`: as uname names it. `allowed_cpus`: how many this process's affinity holds."""
    own_groups = files.text("/proc/self/cgroup")
    return Hardware(
        system="Linux",
        memory=_memory(files, own_groups),
        cpu=_cpu(files, own_groups, machine, allowed_cpus),
        gpus=_gpus(files, ask_nvml),
    )


def _memory(files: Files, own_groups: str | None) -> Memory:
    memory = meminfo.memory(files.text("/proc/meminfo"))
    place = cgroup.place(own_groups, "memory")
    if place is None:
        return memory
    levels = _group_files(files, place, cgroup.MEMORY_FILES)
    return cgroup.confined(memory, place.version, map(cgroup.budget, levels))


def _cpu(files: Files, own_groups: str | None, machine: str, allowed_cpus: int) -> Cpu:
    text = files.text("/proc/cpuinfo")
    cpus = tuple(_logical_cpus(files))
    place = cgroup.place(own_groups, "cpu")
    levels = _group_files(files, place, cgroup.CPU_FILES) if place else ()
    quotas = [cores for cores in map(cgroup.quota_cores, levels) if cores is not None]
    return Cpu(
        model=cpuinfo.cpu_model(text),
        architecture=architecture(machine),
        logical_cores=min([allowed_cpus, *quotas]),
        physical_cores=topology.physical_cores(cpus),
        performance_cores=topology.performance_cores(cpus, cpu_list(files.text(_CPU_CORE))),
        simd=cpuinfo.simd(text),
    )


def _group_files(
    files: Files, place: cgroup.Place, names: tuple[str, ...]
) -> Iterator[cgroup.Texts]:
    for folder in place.folders:
        yield {name: files.text(f"{folder}/{name}") for name in names}


def _logical_cpus(files: Files) -> Iterator[topology.LogicalCpu]:
    """Those that are online: others have no topology."""
    for name in files.names(_CPUS):
        cpu = number(name.removeprefix("cpu"))  # None of "cpufreq"
        if cpu is None:
            continue
        core = files.text(f"{_CPUS}/{name}/topology/thread_siblings_list")
        if core is not None:
            capacity = number(files.text(f"{_CPUS}/{name}/cpu_capacity"))
            yield topology.LogicalCpu(cpu, core.strip(), capacity)


def _gpus(files: Files, ask_nvml: AskNvml) -> tuple[Gpu, ...]:
    """NVML is asked only where something speaks for an NVIDIA GPU."""
    cards = tuple(_cards(files))
    device_tree = "/proc/device-tree"
    tegra = nvidia.tegra_gpu(
        files.text(f"{device_tree}/compatible"), files.text(f"{device_tree}/model")
    )
    by_pci = any(card.vendor_id == pci.NVIDIA for card in cards)
    by_nvml: tuple[Gpu, ...] = ()
    if by_pci or tegra or any(map(files.exists, _NVIDIA_DEVICES)):
        by_nvml = ask_nvml()
    return gpus(cards, by_nvml or ((tegra,) if tegra else ()))


def _cards(files: Files) -> Iterator[pci.Card]:
    pci_ids = None
    for address in files.names(_PCI):
        folder = f"{_PCI}/{address}"
        vendor_id = _hexadecimal(files, f"{folder}/vendor")
        if vendor_id is None or not pci.is_gpu(vendor_id, _hexadecimal(files, f"{folder}/class")):
            continue
        pci_ids = pci_ids or _pci_ids(files)  # 1.6 MB, read once a GPU is there
        card = _card(files, folder, vendor_id)
        yield replace(card, name=pci.product_name(pci_ids, vendor_id, card.device_id))


def _card(files: Files, folder: str, vendor_id: int) -> pci.Card:
    return pci.Card(
        vendor_id=vendor_id,
        device_id=_hexadecimal(files, f"{folder}/device") or 0,
        memory_bytes=number(files.text(f"{folder}/mem_info_vram_total")),  # of amdgpu alone
        driver=files.link_target(f"{folder}/driver"),
        drives_display=pci.drives_display(tuple(_connectors(files, folder))),
    )


def _connectors(files: Files, folder: str) -> Iterator[str | None]:
    """As in drm/card1/card1-HDMI-A-1/enabled."""
    for card in files.names(f"{folder}/drm"):
        for name in files.names(f"{folder}/drm/{card}"):
            if name.startswith(f"{card}-"):
                yield files.text(f"{folder}/drm/{card}/{name}/enabled")


def _hexadecimal(files: Files, path: str) -> int | None:
    return number(files.text(path), base=16)


def _pci_ids(files: Files) -> str | None:
    return next((text for path in _PCI_IDS if (text := files.text(path))), None)
