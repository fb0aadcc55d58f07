"""What the installed llama-cpp-python was built with, as it says itself."""

from dataclasses import dataclass

from yi_local.hardware.snapshot import Device


@dataclass(frozen=True, slots=True)
class EngineBuild:
    llama_cpp: str  # version of llama-cpp-python
    backends: tuple[str, ...]  # "CUDA", "MTL", "Vulkan", "CPU": those with a device or without
    features: tuple[str, ...]  # llama.cpp's own words: "AVX2 = 1", "REPACK = 1"
    gpu_offload: bool  # whether any backend can hold layers on a GPU
    devices: tuple[Device, ...]
    exact_memory: bool  # whether its own books of memory can be read, so that plans are exact
