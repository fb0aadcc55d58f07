"""From LoadOptions to llama.cpp's own parameters, the same for a load and for a dry run."""

import ctypes as C
from typing import Any

from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.types import LoadOptions

_GGML_TYPES = {
    "f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q5_0": 6, "q5_1": 7, "q8_0": 8, "bf16": 30,
}  # fmt: skip  # those llama.cpp accepts for a KV cache (ggml.h)
_FLASH_ATTENTION = {None: -1, False: 0, True: 1}  # llama_flash_attn_type
_NO_POOLING = 0  # LLAMA_POOLING_TYPE_NONE
_SPLIT_LENGTH = 16  # GGML_CUDA_MAX_DEVICES; llama.cpp reads as many entries as it has devices


def model_params(ll: Any, options: LoadOptions, cpu_repack: bool) -> tuple[Any, list[Any]]:
    """With the ctypes objects that they point to, to be kept as long as llama.cpp reads them."""
    params = ll.llama_model_default_params()
    params.n_gpu_layers = -1 if options.n_gpu_layers is None else options.n_gpu_layers
    params.load_mode = ll.LLAMA_LOAD_MODE_AUTO if options.use_mmap else ll.LLAMA_LOAD_MODE_NONE
    params.use_extra_bufts = cpu_repack
    params.vocab_only = options.vocab_only
    if not options.tensor_split:
        return params, []
    length = max(_SPLIT_LENGTH, len(options.tensor_split))
    split = (C.c_float * length)(*options.tensor_split)
    params.tensor_split = split
    return params, [split]


def context_params(ll: Any, options: LoadOptions, n_ctx: int, n_threads: int) -> Any:
    params = ll.llama_context_default_params()
    params.n_ctx = n_ctx
    params.n_batch = min(options.n_batch, n_ctx)
    params.n_ubatch = min(options.n_ubatch, params.n_batch)
    params.n_seq_max = options.n_seq_max
    if options.embedding:
        params.embeddings = True
        params.pooling_type = _NO_POOLING  # it would pool each ubatch of a long text on its own
    else:
        params.n_outputs_max = options.n_seq_max  # logits of one token a sequence, no more
    params.n_threads = params.n_threads_batch = n_threads
    params.flash_attn_type = _FLASH_ATTENTION[options.flash_attention]
    params.type_k, params.type_v = _kv_type(options.type_k), _kv_type(options.type_v)
    params.swa_full = False  # the default keeps the whole context of a sliding-window model
    params.kv_unified = True
    params.no_perf = True
    return params


def _kv_type(name: str) -> int:
    if name not in _GGML_TYPES:
        raise UsageError(
            tr("{name!r} is no KV cache type.", name=name),
            tr("Use one of: {names}", names=", ".join(_GGML_TYPES)),
        )
    return _GGML_TYPES[name]
