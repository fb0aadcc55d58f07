"""llama.cpp's own books: the bytes of a context and its model, by buffer type.

`llama_get_memory_breakdown` (src/llama-ext.h) is exported, yet C++: it returns a std::map by value.
A map is a red-black tree; its layout is fixed by each standard library's ABI, and differs between
them. Where the function or the layout is not known, there is no breakdown.
"""

import ctypes as C
import sys
from collections.abc import Iterator
from typing import Any, ClassVar

from yi_local.engine.worker.native import Native
from yi_local.types import DeviceMemory

_SYMBOL = "_Z26llama_get_memory_breakdownPK13llama_context"
_DEVICE_CPU = 0  # ggml_backend_dev_type
_MAX_BUFFER_TYPES = 256  # a machine has a handful; more means that this is not a map

HOST = "CPU"


class _Value(C.Structure):
    """std::pair<const ggml_backend_buffer_type_t, llama_memory_breakdown_data>."""

    _fields_: ClassVar = [
        ("buffer_type", C.c_void_p),
        ("model", C.c_size_t),
        ("context", C.c_size_t),
        ("compute", C.c_size_t),
    ]


class _GnuNode(C.Structure):
    """libstdc++: _Rb_tree_node (bits/stl_tree.h)."""

    _fields_: ClassVar = [
        ("color", C.c_long),
        ("parent", C.c_void_p),
        ("left", C.c_void_p),
        ("right", C.c_void_p),
        ("value", _Value),
    ]


class _GnuMap(C.Structure):
    """libstdc++: comparator, header node (color, root, leftmost, rightmost), size."""

    _fields_: ClassVar = [
        ("comparator", C.c_long),
        ("color", C.c_long),
        ("root", C.c_void_p),
        ("leftmost", C.c_void_p),
        ("rightmost", C.c_void_p),
        ("size", C.c_size_t),
    ]


class _LlvmNode(C.Structure):
    """libc++: __tree_node (__tree)."""

    _fields_: ClassVar = [
        ("left", C.c_void_p),
        ("right", C.c_void_p),
        ("parent", C.c_void_p),
        ("is_black", C.c_bool),
        ("value", _Value),
    ]


class _LlvmMap(C.Structure):
    """libc++: __tree: begin node, end node (whose left is the root), size."""

    _fields_: ClassVar = [("begin", C.c_void_p), ("root", C.c_void_p), ("size", C.c_size_t)]


_LAYOUTS: dict[str, tuple[Any, Any]] = {
    "linux": (_GnuMap, _GnuNode),
    "darwin": (_LlvmMap, _LlvmNode),
}


class Breakdown:
    """Reads the books of one llama.cpp build."""

    def __init__(self, native: Native, platform: str = sys.platform) -> None:
        map_type: Any
        map_type, self._node_type = _LAYOUTS.get(platform, (None, None))
        self._read = (
            native.function(_SYMBOL, [C.c_void_p], map_type) if map_type is not None else None
        )
        handle = [C.c_void_p]
        self._name = native.require("ggml_backend_buft_name", handle, C.c_char_p)
        self._is_host = native.require("ggml_backend_buft_is_host", handle, C.c_bool)
        self._device_of = native.require("ggml_backend_buft_get_device", handle, C.c_void_p)
        self._device_type = native.require("ggml_backend_dev_type", handle, C.c_int)
        self._device_name = native.require("ggml_backend_dev_name", handle, C.c_char_p)

    @property
    def available(self) -> bool:
        return self._read is not None

    def of(self, context: Any, *, will_map: bool = False) -> tuple[DeviceMemory, ...] | None:
        """By device, the RAM first; None where this build's books cannot be read.

        Pageable are weights that are mapped from the file. A dry run maps nothing: with `will_map`
        all weights in plain host memory count, as a load with mmap would map them.
        """
        if self._read is None:
            return None
        found = self._read(C.cast(context, C.c_void_p))
        if found.size > _MAX_BUFFER_TYPES:
            return None
        devices: dict[str, DeviceMemory] = {HOST: DeviceMemory(HOST, 0, 0, 0)}
        for value in _in_order(found.root, self._node_type):
            use = self._use_of(value, will_map)
            known = devices.get(use.device, DeviceMemory(use.device, 0, 0, 0))
            devices[use.device] = _sum(known, use)
        return tuple(use for use in devices.values() if use.device == HOST or use.total_bytes)

    def _use_of(self, value: Any, will_map: bool) -> DeviceMemory:
        buffer_type, is_host = value.buffer_type, self._is_host(value.buffer_type)
        is_mapped = will_map or self._name(buffer_type).endswith(b"_Mapped")
        return DeviceMemory(
            device=HOST if is_host else self._device(buffer_type),
            weights_bytes=value.model,
            kv_cache_bytes=value.context,
            compute_bytes=value.compute,
            pageable_bytes=value.model if is_mapped and is_host else 0,
        )

    def _device(self, buffer_type: int) -> str:
        """CPU_REPACK and its like are the host's memory, though llama.cpp does not say so."""
        device = self._device_of(buffer_type)
        if not device or self._device_type(device) == _DEVICE_CPU:
            return HOST
        return str(self._device_name(device).decode("utf-8", "replace"))


def _in_order(address: int | None, node_type: Any) -> Iterator[Any]:
    if address:
        node = node_type.from_address(address)
        yield from _in_order(node.left, node_type)
        yield node.value
        yield from _in_order(node.right, node_type)


def _sum(a: DeviceMemory, b: DeviceMemory) -> DeviceMemory:
    return DeviceMemory(
        a.device,
        a.weights_bytes + b.weights_bytes,
        a.kv_cache_bytes + b.kv_cache_bytes,
        a.compute_bytes + b.compute_bytes,
        a.work_bytes + b.work_bytes,
        a.pageable_bytes + b.pageable_bytes,
    )
