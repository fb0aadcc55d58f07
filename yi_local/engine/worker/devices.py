"""The devices of the installed llama.cpp, and what it was built with."""

import ctypes as C
import platform
from typing import Any

from yi_local.engine.build import EngineBuild
from yi_local.engine.worker import llama
from yi_local.engine.worker.breakdown import Breakdown
from yi_local.engine.worker.native import Native
from yi_local.hardware.snapshot import Device, DeviceKind

_KINDS: dict[int, DeviceKind] = {0: "cpu", 1: "gpu", 2: "igpu", 3: "accel"}  # ggml_backend_dev_type


class _Capabilities(C.Structure):
    """ggml_backend_dev_caps (ggml/include/ggml-backend.h), with room for what may be added."""

    _fields_ = (
        ("asynchronous", C.c_bool),
        ("host_buffer", C.c_bool),
        ("buffer_from_host_ptr", C.c_bool),
        ("events", C.c_bool),
        ("mmap_support", C.c_bool),
        ("more", C.c_ubyte * 59),
    )


class _Properties(C.Structure):
    """ggml_backend_dev_props (ggml/include/ggml-backend.h)."""

    _fields_ = (
        ("name", C.c_char_p),
        ("description", C.c_char_p),
        ("memory_free", C.c_size_t),
        ("memory_total", C.c_size_t),
        ("type", C.c_int),
        ("device_id", C.c_char_p),
        ("capabilities", _Capabilities),
    )


def read_build(ll: Any, native: Native) -> EngineBuild:
    """Asks every backend; a GPU's driver is started by that."""
    ll.llama_backend_init()
    devices = read_devices(native)
    return EngineBuild(
        llama_cpp=llama.installed_version(),
        backends=tuple(dict.fromkeys(device.backend for device in devices)),
        features=_features(ll.llama_print_system_info().decode("utf-8", "replace")),
        gpu_offload=bool(ll.llama_supports_gpu_offload()),
        devices=devices,
        exact_memory=Breakdown(native).available,
    )


def read_devices(native: Native) -> tuple[Device, ...]:
    """In llama.cpp's order, the one in which layers are handed out."""
    count = native.require("ggml_backend_dev_count", [], C.c_size_t)
    get = native.require("ggml_backend_dev_get", [C.c_size_t], C.c_void_p)
    properties_of = native.require(
        "ggml_backend_dev_get_props", [C.c_void_p, C.POINTER(_Properties)], None
    )
    registry_of = native.require("ggml_backend_dev_backend_reg", [C.c_void_p], C.c_void_p)
    registry_name = native.require("ggml_backend_reg_name", [C.c_void_p], C.c_char_p)
    found = []
    for index in range(count()):
        handle, properties = get(index), _Properties()
        properties_of(handle, C.byref(properties))
        found.append(_device(properties, _text(registry_name(registry_of(handle)))))
    return tuple(found)


def _device(properties: Any, backend: str) -> Device:
    """Free and total of 0 mean that the driver does not tell; more free than total is a fault."""
    total = properties.memory_total or None
    free = min(properties.memory_free, total) if total is not None else None
    kind = _KINDS.get(properties.type, "accel")
    on_apple = backend in ("MTL", "Metal") and platform.machine() == "arm64"
    return Device(
        name=_text(properties.name),
        backend=backend,
        kind=kind,
        description=_text(properties.description),
        free_bytes=None if kind == "cpu" else free,  # llama.cpp takes all RAM for free
        total_bytes=total,
        unified=kind in ("cpu", "igpu") or on_apple,
        hardware_id=_text(properties.device_id) or None,
        mmap=bool(properties.capabilities.mmap_support),
    )


def _features(system_info: str) -> tuple[str, ...]:
    """The words between the bars of llama.cpp's one line, "CPU : SSE3 = 1 | AVX = 1 | ..."."""
    parts = (part.strip() for part in system_info.split("|"))
    return tuple(part for part in parts if part)


def _text(value: bytes | None) -> str:
    return value.decode("utf-8", "replace") if value else ""
