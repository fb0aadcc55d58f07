"""How fast a candidate would answer.

Decoding reads every active weight and the KV cache once for each token, so memory bandwidth bounds
it; prefill computes, two operations for each active weight and token. What was measured here beats
what the hardware promises; where nothing is known there is no speed.
"""

from yi_local.gguf_file import GGML_TYPES
from yi_local.hardware.snapshot import Hardware
from yi_local.planner.gpu_match import gpu_of
from yi_local.planner.margins import CPU
from yi_local.planner.plan import Basis, Candidate, Experience, ModelFile, Speed
from yi_local.types import DeviceMemory, LoadOptions

# Of the bandwidth on paper, what decoding reaches: llmfit's factor (memory.md, 6.4). It differs by
# device and quant, .44 to .58 on one M1 Max (llama.cpp issue 27525); the first answer corrects it.
EFFICIENCY = 0.55
# Of a bandwidth that was measured by plain reading. Yi-6B on 2 cores: Q4_K_M .71, Q8_0 .63.
MEASURED_EFFICIENCY = 0.7
# An answer that was slower still was held up by other programs.
_LEAST_OF_EXPECTED = 1 / 3
# CPUs unpack i-quants slowly: the same file in IQ4_XS reached .40 where Q4_K_M reached .71.
I_QUANT_ON_CPU = 0.6
# How full the context is taken to be. The same for all, so that a longer context, being there,
# does not look slower before it is used.
FILLED_TOKENS = 4096
_KV_TYPES = {kind.name.lower(): kind for kind in GGML_TYPES.values()}
_F16_BITS = 16
_OPERATIONS = 2  # a multiplication and an addition for each weight


class Pace:
    """Reads the hardware once, for many candidates."""

    def __init__(self, hardware: Hardware, experience: Experience) -> None:
        self._hardware = hardware
        self._experience = experience
        self._bandwidths: dict[str, tuple[float, bool] | None] = {}

    def decode(self, candidate: Candidate) -> Speed | None:
        """None where no device's bandwidth is known; "at most" where one is not."""
        seconds, bases = 0.0, set[Basis]()
        for device, active_bytes in _active_bytes(candidate.file, candidate.dry_run.devices):
            bytes_read = weights_cost(candidate.file, device.device, active_bytes)
            bytes_read += _kv_cache_read(candidate, device)
            if not bytes_read:
                continue
            bandwidth = self._bandwidth(device.device)
            if bandwidth is None:
                bases.add("at most")
            else:
                seconds += bytes_read / bandwidth[0]
                bases.add("measured here" if bandwidth[1] else "from memory bandwidth")
        weakest: tuple[Basis, ...] = ("at most", "from memory bandwidth", "measured here")
        basis = next((basis for basis in weakest if basis in bases), weakest[0])
        return Speed(1 / seconds, basis) if seconds else None

    def prefill(self, candidate: Candidate) -> Speed | None:
        """Only from experience: no specification tells how fast llama.cpp multiplies."""
        seconds = 0.0
        file = candidate.file
        for device, active_bytes in _active_bytes(file, candidate.dry_run.devices):
            if not active_bytes:
                continue
            flops = self._experience.compute_flops.get(self._backend(device.device))
            if not flops:
                return None
            share = active_bytes / file.active_bytes
            seconds += share * _OPERATIONS * file.active_params / flops
        return Speed(1 / seconds, "measured here") if seconds else None

    def _bandwidth(self, name: str) -> tuple[float, bool] | None:
        """In bytes a second, and whether it was measured by decoding here."""
        if name not in self._bandwidths:
            seen = self._experience.bandwidth_bytes_s.get(self._backend(name))
            promised = self._promised(name)
            expected = self._efficiency(name) * promised if promised else None
            if seen:
                self._bandwidths[name] = (max(seen, _LEAST_OF_EXPECTED * (expected or 0.0)), True)
            else:
                self._bandwidths[name] = (expected, False) if expected else None
        return self._bandwidths[name]

    def _promised(self, name: str) -> float | None:
        ram = self._hardware.memory.bandwidth_bytes_s
        device = self._hardware.device(name)
        if name == CPU:
            return ram
        if device is None:
            return None
        gpu = gpu_of(device, self._hardware)
        own = gpu.bandwidth_bytes_s if gpu else None
        return own or (ram if device.unified else None)

    def _efficiency(self, name: str) -> float:
        measured = name == CPU and self._hardware.memory.bandwidth_measured
        return MEASURED_EFFICIENCY if measured else EFFICIENCY

    def _backend(self, name: str) -> str:
        device = self._hardware.device(name)
        return device.backend if device else name


def _active_bytes(
    file: ModelFile, devices: tuple[DeviceMemory, ...]
) -> list[tuple[DeviceMemory, float]]:
    """The weights that a token reads on each device; what the GPUs do not hold, the CPU reads."""
    read_bytes = file.weights_bytes - file.idle_bytes
    share = file.active_bytes / read_bytes if read_bytes else 0.0
    gpus = [(device, share * device.weights_bytes) for device in devices if device.device != CPU]
    rest = max(0.0, file.active_bytes - sum(active for _, active in gpus))
    # Tensors are padded on a GPU; less than a thousandth is no layer left behind.
    rest = rest if rest > file.active_bytes / 1000 else 0.0
    return [*gpus, *((device, rest) for device in devices if device.device == CPU)]


def weights_cost(file: ModelFile, device: str, active_bytes: float) -> float:
    """Bytes that take as long to read as these to read and unpack."""
    is_slow = device == CPU and (file.quant or "").startswith("IQ")
    return active_bytes / I_QUANT_ON_CPU if is_slow else active_bytes


def kv_cache_cost(options: LoadOptions, kv_cache_bytes: float) -> float:
    """A quantized cache counts as if it were f16: unpacking costs what reading less saves."""
    bits = [_KV_TYPES[kind].bits_per_weight for kind in (options.type_k, options.type_v)]
    return kv_cache_bytes * max(1.0, 2 * _F16_BITS / sum(bits))


def _kv_cache_read(candidate: Candidate, device: DeviceMemory) -> float:
    """A part of the cache, as if every layer's were filled alike."""
    n_ctx = candidate.dry_run.n_ctx
    filled = min(1.0, FILLED_TOKENS / n_ctx) if n_ctx else 0.0
    return kv_cache_cost(candidate.options, device.kv_cache_bytes * filled)
