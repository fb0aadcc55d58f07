"""The one importer of llama_cpp: its low-level API, checked before use."""

import importlib.util
import sys
import types
from importlib.metadata import version
from typing import Any

from yi_local.engine.lack_words import lack_of
from yi_local.errors import CannotLoad
from yi_local.language import tr

_FUNCTIONS = """
    llama_backend_init llama_batch_free llama_batch_init llama_context_default_params
    llama_decode llama_encode llama_free llama_get_embeddings llama_get_logits_ith
    llama_get_memory llama_init_from_model
    llama_log_set llama_memory_clear llama_memory_seq_cp llama_memory_seq_rm
    llama_model_default_params llama_model_desc llama_model_free llama_model_get_vocab
    llama_model_has_decoder llama_model_has_encoder llama_model_is_diffusion
    llama_model_is_hybrid llama_model_is_recurrent llama_model_load_from_file
    llama_model_n_ctx_train llama_model_n_embd_out llama_model_n_layer llama_model_n_params
    llama_model_n_swa llama_model_size llama_n_ctx llama_sampler_accept llama_sampler_apply
    llama_sampler_chain_add llama_sampler_chain_default_params llama_sampler_chain_init
    llama_sampler_free llama_sampler_init_dist llama_sampler_init_dry
    llama_sampler_init_grammar llama_sampler_init_greedy llama_sampler_init_logit_bias
    llama_sampler_init_min_p llama_sampler_init_mirostat llama_sampler_init_mirostat_v2
    llama_sampler_init_penalties llama_sampler_init_temp llama_sampler_init_top_k
    llama_sampler_init_top_p llama_sampler_init_typical llama_sampler_init_xtc
    llama_sampler_sample llama_set_abort_callback llama_supports_gpu_offload
    llama_token_to_piece llama_tokenize llama_vocab_bos llama_vocab_eos
    llama_vocab_get_add_bos llama_vocab_get_attr llama_vocab_get_text llama_vocab_is_eog
    llama_vocab_n_tokens
"""

_FIELDS = {
    "llama_model_params": "kv_overrides load_mode n_gpu_layers progress_callback tensor_split "
    "use_extra_bufts vocab_only",
    "llama_context_params": "embeddings flash_attn_type kv_unified n_batch n_ctx n_outputs_max "
    "n_seq_max n_threads n_threads_batch n_ubatch no_perf pooling_type swa_full type_k type_v",
    "llama_batch": "logits n_seq_id n_tokens pos seq_id token",
    "llama_model_kv_override": "key tag value",
    "llama_logit_bias": "bias token",
    "llama_token_data": "id logit p",
    "llama_token_data_array": "data selected size sorted",
}


def _import_low_level() -> Any:
    """llama_cpp.llama_cpp without llama_cpp/__init__.py.

    The package's own start brings numpy and the high-level API with it: 0.11 s of the 0.14 s that
    an import takes. A bare package object with the right path lets the submodules load alone.
    """
    if "llama_cpp" not in sys.modules:
        spec = importlib.util.find_spec("llama_cpp")
        if spec is None or spec.submodule_search_locations is None:
            raise CannotLoad(
                tr("llama-cpp-python is not installed, so no model can run."),
                tr("Install it with: pip install llama-cpp-python"),
            )
        package = types.ModuleType("llama_cpp")
        package.__path__ = list(spec.submodule_search_locations)
        package.__spec__ = spec
        package.__file__ = spec.origin
        sys.modules["llama_cpp"] = package
    import llama_cpp.llama_cpp as low_level

    return low_level


def missing(module: Any) -> list[str]:
    """The functions and struct fields we need that this llama-cpp-python does not have."""
    absent = [name for name in _FUNCTIONS.split() if not hasattr(module, name)]
    for struct, names in _FIELDS.items():
        have = {field[0] for field in getattr(getattr(module, struct, None), "_fields_", ())}
        absent += [f"{struct}.{name}" for name in names.split() if name not in have]
    return absent


def low_level() -> Any:
    """The checked llama.cpp bindings. Raises CannotLoad with the names of what they lack."""
    module = _import_low_level()
    absent = missing(module)
    if absent:
        raise CannotLoad(
            lack_of(installed_version(), absent),
            tr('Install a version that has it: pip install "llama-cpp-python>=0.3.36,<0.4"'),
        )
    return module


def installed_version() -> str:
    return version("llama-cpp-python")


def schema_to_gbnf(schema: str) -> str:
    """llama.cpp's translation of a JSON schema into a grammar, as llama-cpp-python ships it."""
    low_level()
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    return str(json_schema_to_gbnf(schema))
