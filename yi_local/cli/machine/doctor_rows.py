"""The rows of `yi doctor`: a label and a value each."""

from collections.abc import Iterator

from yi_local.assistant.doctor.build_features import by_backend
from yi_local.assistant.doctor.checkup import Checkup, LearntSpeed, Place, Residual
from yi_local.hardware.snapshot import Cpu, Device, Gpu, Hardware, Memory
from yi_local.language import mark, tr, trn
from yi_local.planner.sizes import MIB, memory_size
from yi_local.text import human_bytes, human_duration

Row = tuple[str, str]  # label, value; without a label it goes on with what is above

_UNKNOWN = mark("unknown")
_FOLDERS = {
    "settings": mark("settings"),
    "data": mark("data"),
    "cache": mark("cache"),
    "logs": mark("logs"),
}
_NAMES = {"MTL": "Metal"}  # llama.cpp's word -> everybody's


def installed(checkup: Checkup) -> Iterator[Row]:
    here = checkup.installation
    yield "yi_local", checkup.yi_local
    yield "llama-cpp-python", _llama_cpp_python(checkup)
    python = f"{here.implementation} {here.python}, {here.architecture}"
    if here.virtual_environment:
        python = tr("{python}, in a virtual environment", python=python)
    yield "Python", python
    yield "", here.executable
    yield tr("system"), f"{here.system}, {here.system_version or tr(_UNKNOWN)}"


def _llama_cpp_python(checkup: Checkup) -> str:
    here = checkup.installation
    if here.llama_cpp_python is None:
        return tr("not installed")
    version = here.llama_cpp_python
    if not here.backends:
        return tr("{version}, built for the CPU alone", version=version)
    names = tr(" and ").join(_NAMES.get(name, name) for name in here.backends)
    return tr("{version}, built for {backends}", version=version, backends=names)


def machine(hardware: Hardware) -> Iterator[Row]:
    cpu, memory = hardware.cpu, hardware.memory
    yield "CPU", f"{cpu.model or tr(_UNKNOWN)}, {cpu.architecture}"
    yield tr("cores"), _cores(cpu)
    yield "SIMD", " ".join(cpu.simd) or tr(_UNKNOWN)
    free, total = _memory(memory.available_bytes), _memory(memory.total_bytes)
    ram = tr("{free} of {total} available", free=free, total=total)
    if memory.limit:
        ram = tr("{ram}, limited by {limit}", ram=ram, limit=memory.limit)
    yield tr("RAM"), ram
    yield tr("RAM bandwidth"), _bandwidth(memory)
    for gpu in hardware.gpus:
        yield "GPU", _gpu(gpu)
    if not hardware.gpus:
        yield "GPU", tr("none found")


def _bandwidth(memory: Memory) -> str:
    if memory.bandwidth_bytes_s is None:
        return tr(_UNKNOWN)
    rate = _rate(memory.bandwidth_bytes_s)
    if memory.bandwidth_measured:
        return tr("{rate}, measured", rate=rate)
    return tr("{rate}, by its data sheet", rate=rate)


def _cores(cpu: Cpu) -> str:
    parts = [tr("{n} physical", n=cpu.physical_cores or tr(_UNKNOWN))]
    if cpu.performance_cores is not None:
        parts.append(tr("{n} of them fast", n=cpu.performance_cores))
    parts.append(tr("{n} logical for this program", n=cpu.logical_cores or tr(_UNKNOWN)))
    return tr(", ").join(parts)


def _gpu(gpu: Gpu) -> str:
    parts = [
        gpu.name,
        tr("shares the RAM")
        if gpu.unified
        else tr("{size} of memory", size=_memory(gpu.memory_bytes)),
    ]
    if gpu.bandwidth_bytes_s is not None and not gpu.unified:
        parts.append(_rate(gpu.bandwidth_bytes_s))
    if gpu.vendor != "apple":
        parts.append(tr("driver {version}", version=gpu.driver or tr(_UNKNOWN)))
    if gpu.cuda is not None:
        parts.append(f"CUDA {gpu.cuda}")
    if gpu.drives_display:
        parts.append(tr("drives a display"))
    return tr(", ").join(parts)


def llama_cpp(checkup: Checkup) -> Iterator[Row]:
    build = checkup.build
    if build is None:
        yield "", tr("could not be asked; see below")
        return
    yield tr("backends"), " ".join(build.backends) or tr(_UNKNOWN)
    for backend, words in by_backend(build.features).items():
        yield tr("{backend} kernels", backend=backend).strip(), " ".join(words)
    yield tr("GPU offload"), tr("yes") if build.gpu_offload else tr("no")
    yield (
        tr("memory plans"),
        tr("exact, by its own books")
        if build.exact_memory
        else tr("by formulas: it shows no books"),
    )
    for device in checkup.hardware.devices:
        yield device.name, _device(device, checkup.hardware)


def _device(device: Device, hardware: Hardware) -> str:
    is_cpu = device.kind == "cpu"
    free = hardware.memory.available_bytes if is_cpu else device.free_bytes
    total = hardware.memory.total_bytes if is_cpu else device.total_bytes
    parts = [
        device.description,
        tr("{free} of {total} free", free=_memory(free), total=_memory(total)),
    ]
    if device.unified and not is_cpu:
        parts.append(tr("shares the RAM"))
    return tr(", ").join(parts)


def place(folder: Place) -> Row:
    notes = [folder.path, tr("{size} free", size=human_bytes(folder.free_bytes))]
    if not folder.exists:
        notes.append(tr("not made yet"))
    if not folder.writable:
        notes.append(tr("cannot be written"))
    return tr(_FOLDERS.get(folder.name, folder.name)), tr(", ").join(notes)


def network(checkup: Checkup) -> Iterator[Row]:
    hub = checkup.hub
    states = {True: tr("reachable"), False: tr("not reachable"), None: tr("not asked")}
    state = states[hub.reachable]
    if hub.took_s is None:
        yield tr("Hub"), tr("{state}. {why}", state=state, why=hub.why)
    else:
        took = human_duration(hub.took_s)
        yield tr("Hub"), tr("{state}, {time}. {why}", state=state, time=took, why=hub.why)
    if not hub.public:
        yield "", tr("It is the one that HF_ENDPOINT names.")
    if hub.by_proxy:
        yield "", tr("The way leads through a proxy.")


def residual(seen: Residual) -> Row:
    low, high = (f"{round(size / MIB):+}" for size in (seen.smallest_bytes, seen.largest_bytes))
    last = f"{_memory(seen.last_measured_bytes)} - {_memory(seen.last_predicted_bytes)}"
    return seen.backend, trn(
        "{span} MiB in {n} load, the last {last}; {margin} are kept free",
        "{span} MiB in {n} loads, the last {last}; {margin} are kept free",
        seen.n_loads,
        span=low if low == high else tr("{low} to {high}", low=low, high=high),
        last=last,
        margin=memory_size(seen.margin_bytes),
    )


def speed(learnt: LearntSpeed) -> Row:
    parts = []
    if learnt.decode_bandwidth_bytes_s is not None:
        rate = _rate(learnt.decode_bandwidth_bytes_s)
        parts.append(tr("decoding reads {rate}", rate=rate))
    if learnt.prefill_flops is not None:
        gflops = learnt.prefill_flops / 1e9
        rate = f"{gflops:,.{0 if gflops >= 10 else 1}f} GFLOP/s"
        parts.append(tr("prefill reaches {rate}", rate=rate))
    return learnt.backend, tr(", ").join(parts)


# Values


def _memory(size_bytes: int | None) -> str:
    return tr(_UNKNOWN) if size_bytes is None else memory_size(size_bytes)


def _rate(bytes_per_s: float) -> str:
    return f"{human_bytes(round(bytes_per_s))}/s"
