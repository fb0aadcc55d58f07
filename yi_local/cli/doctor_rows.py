"""The rows of `yi doctor`: a label and a value each."""

from collections.abc import Iterator

from yi_local.assistant.doctor.build_features import by_backend
from yi_local.assistant.doctor.checkup import Checkup, LearntSpeed, Place, Residual
from yi_local.hardware.snapshot import Cpu, Device, Gpu, Hardware, Memory
from yi_local.planner.sizes import MIB, memory_size
from yi_local.text import human_bytes, human_duration

Row = tuple[str, str]  # label, value; without a label it goes on with what is above

_UNKNOWN = "unknown"
_NAMES = {"MTL": "Metal"}  # llama.cpp's word -> everybody's


def installed(checkup: Checkup) -> Iterator[Row]:
    here = checkup.installation
    yield "yi_local", checkup.yi_local
    yield "llama-cpp-python", _llama_cpp_python(checkup)
    environment = ", in a virtual environment" if here.virtual_environment else ""
    yield "Python", f"{here.implementation} {here.python}, {here.architecture}{environment}"
    yield "", here.executable
    yield "system", f"{here.system}, {here.system_version or _UNKNOWN}"


def _llama_cpp_python(checkup: Checkup) -> str:
    here = checkup.installation
    if here.llama_cpp_python is None:
        return "not installed"
    names = " and ".join(_NAMES.get(name, name) for name in here.backends)
    return f"{here.llama_cpp_python}, built for {names or 'the CPU alone'}"


def machine(hardware: Hardware) -> Iterator[Row]:
    cpu, memory = hardware.cpu, hardware.memory
    yield "CPU", f"{cpu.model or _UNKNOWN}, {cpu.architecture}"
    yield "cores", _cores(cpu)
    yield "SIMD", " ".join(cpu.simd) or _UNKNOWN
    free = f"{_memory(memory.available_bytes)} of {_memory(memory.total_bytes)} available"
    yield "RAM", f"{free}, limited by {memory.limit}" if memory.limit else free
    yield "RAM bandwidth", _bandwidth(memory)
    for gpu in hardware.gpus:
        yield "GPU", _gpu(gpu)
    if not hardware.gpus:
        yield "GPU", "none found"


def _bandwidth(memory: Memory) -> str:
    if memory.bandwidth_bytes_s is None:
        return _UNKNOWN
    basis = "measured" if memory.bandwidth_measured else "by its data sheet"
    return f"{_rate(memory.bandwidth_bytes_s)}, {basis}"


def _cores(cpu: Cpu) -> str:
    parts = [f"{cpu.physical_cores or _UNKNOWN} physical"]
    if cpu.performance_cores is not None:
        parts.append(f"{cpu.performance_cores} of them fast")
    parts.append(f"{cpu.logical_cores or _UNKNOWN} logical for this program")
    return ", ".join(parts)


def _gpu(gpu: Gpu) -> str:
    parts = [
        gpu.name,
        "shares the RAM" if gpu.unified else f"{_memory(gpu.memory_bytes)} of memory",
    ]
    if gpu.bandwidth_bytes_s is not None and not gpu.unified:
        parts.append(_rate(gpu.bandwidth_bytes_s))
    if gpu.vendor != "apple":
        parts.append(f"driver {gpu.driver or _UNKNOWN}")
    if gpu.cuda is not None:
        parts.append(f"CUDA {gpu.cuda}")
    if gpu.drives_display:
        parts.append("drives a display")
    return ", ".join(parts)


def llama_cpp(checkup: Checkup) -> Iterator[Row]:
    build = checkup.build
    if build is None:
        yield "", "could not be asked; see below"
        return
    yield "backends", " ".join(build.backends) or _UNKNOWN
    for backend, words in by_backend(build.features).items():
        yield f"{backend} kernels".strip(), " ".join(words)
    yield "GPU offload", "yes" if build.gpu_offload else "no"
    books = "exact, by its own books" if build.exact_memory else "by formulas: it shows no books"
    yield "memory plans", books
    for device in checkup.hardware.devices:
        yield device.name, _device(device, checkup.hardware)


def _device(device: Device, hardware: Hardware) -> str:
    is_cpu = device.kind == "cpu"
    free = hardware.memory.available_bytes if is_cpu else device.free_bytes
    total = hardware.memory.total_bytes if is_cpu else device.total_bytes
    shared = ", shares the RAM" if device.unified and not is_cpu else ""
    return f"{device.description}, {_memory(free)} of {_memory(total)} free{shared}"


def place(folder: Place) -> Row:
    notes = [folder.path, f"{human_bytes(folder.free_bytes)} free"]
    if not folder.exists:
        notes.append("not made yet")
    if not folder.writable:
        notes.append("cannot be written")
    return folder.name, ", ".join(notes)


def network(checkup: Checkup) -> Iterator[Row]:
    hub = checkup.hub
    states = {True: "reachable", False: "not reachable", None: "not asked"}
    took = "" if hub.took_s is None else f", {human_duration(hub.took_s)}"
    yield "Hub", f"{states[hub.reachable]}{took}. {hub.why}"
    if not hub.public:
        yield "", "It is the one that HF_ENDPOINT names."
    if hub.by_proxy:
        yield "", "The way leads through a proxy."


def residual(seen: Residual) -> Row:
    low, high = (f"{round(size / MIB):+}" for size in (seen.smallest_bytes, seen.largest_bytes))
    span = low if low == high else f"{low} to {high}"
    loads = "1 load" if seen.n_loads == 1 else f"{seen.n_loads} loads"
    last = f"{_memory(seen.last_measured_bytes)} - {_memory(seen.last_predicted_bytes)}"
    margin = memory_size(seen.margin_bytes)
    return seen.backend, f"{span} MiB in {loads}, the last {last}; {margin} are kept free"


def speed(learnt: LearntSpeed) -> Row:
    parts = []
    if learnt.decode_bandwidth_bytes_s is not None:
        parts.append(f"decoding reads {_rate(learnt.decode_bandwidth_bytes_s)}")
    if learnt.prefill_flops is not None:
        gflops = learnt.prefill_flops / 1e9
        parts.append(f"prefill reaches {gflops:,.{0 if gflops >= 10 else 1}f} GFLOP/s")
    return learnt.backend, ", ".join(parts)


# Values


def _memory(size_bytes: int | None) -> str:
    return _UNKNOWN if size_bytes is None else memory_size(size_bytes)


def _rate(bytes_per_s: float) -> str:
    return f"{human_bytes(round(bytes_per_s))}/s"
