"""From LoadOptions to a model that is examined, repaired, in memory, ready for requests."""

import hashlib
import os
import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from yi_local.engine.worker import llama
from yi_local.engine.worker.allocated import Ledger
from yi_local.engine.worker.context import Context
from yi_local.engine.worker.examine import examine
from yi_local.engine.worker.model import Model
from yi_local.engine.worker.prompts import Prompts
from yi_local.errors import CannotLoad
from yi_local.gguf_file import GgufHeader, check_complete, open_model_file, read_header
from yi_local.gguf_file.embedding import is_encoder
from yi_local.language import tr
from yi_local.types import Diagnosis, LoadOptions, ModelInfo

TOKENS = "tokenizer.ggml.tokens"
TOKEN_TYPES = "tokenizer.ggml.token_type"
_UNKNOWN, _CONTROL, _USER_DEFINED = 2, 3, 4  # tokenizer.ggml.token_type
_MARKER = re.compile(r"<[|｜].+[|｜]>|\[/?[A-Z_]+\]|<(?:start|end)_of_turn>|</?s>")


@dataclass(frozen=True, slots=True)
class LoadedModel:
    model: Model
    context: Context
    prompts: Prompts
    info: ModelInfo
    n_seq_max: int
    end_token_ids: frozenset[int]  # beside those that llama.cpp itself knows
    reuse_prefixes: bool = True

    def ends(self, token: int) -> bool:
        return token in self.end_token_ids or self.model.is_eog(token)


def load(
    options: LoadOptions, cpu_repack: bool, on_progress: Callable[[float], None]
) -> LoadedModel:
    """Raises CannotLoad; a crash in here is seen by the parent as the end of this process."""
    begun = time.monotonic()
    header = read_whole(options, keep_arrays=(TOKENS, TOKEN_TYPES))
    examination = examine(header)
    if is_encoder(header):
        raise CannotLoad(
            tr("This is an embedding model: it cannot write text."),
            tr("Use a text-generation model to chat; load this one for embeddings."),
        )
    ledger = Ledger(llama.low_level())
    overrides = dict(options.kv_overrides) | dict(examination.kv_overrides)
    model = Model(llama.low_level(), options, overrides, cpu_repack, on_progress)
    if not model.generates:
        raise CannotLoad(
            tr("This model does not generate text one token after the other."),
            tr("Use a text-generation model; embedding and diffusion models cannot chat."),
        )
    n_threads = options.n_threads or default_threads()
    context = Context(model, options, n_threads)
    context.warm_up()
    prompts = Prompts(model, special_literals(header), examination)
    info = replace(
        model_info(options, header, model, context.n_ctx, n_threads),
        prefix_reuse=model.can_cut,
        diagnoses=(*examination.diagnoses, *_post_load(model, context)),
        memory=ledger.read(context.pointer),
        template_sha256=sha256_of(examination.chat_template),
        load_s=time.monotonic() - begun,
    )
    ends = examination.end_token_ids
    n_seq_max, reuse = options.n_seq_max, options.reuse_prefixes
    return LoadedModel(model, context, prompts, info, n_seq_max, ends, reuse)


def read_whole(options: LoadOptions, keep_arrays: Collection[str] = ()) -> GgufHeader:
    """The file's header, once nothing of the file is missing."""
    with open_model_file(Path(options.path)) as source:
        header = read_header(source, keep_arrays=keep_arrays)
        check_complete(header, source.size)
    return header


def default_threads() -> int:
    """One per physical core we may run on: llama.cpp's loops gain nothing from a second one."""
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else physical
    return max(1, min(physical, allowed))


def special_literals(header: GgufHeader) -> Mapping[str, int]:
    """The texts that llama.cpp's tokenizer takes for one special token each.

    User-defined tokens count only when they look like a marker: most are ordinary text, such as
    runs of spaces or HTML tags, and a user may well write them.
    """
    tokens = header.metadata.get(TOKENS, ())
    kinds = header.metadata.get(TOKEN_TYPES, ())
    if not isinstance(tokens, list | tuple) or not isinstance(kinds, list | tuple):
        return {}
    return {
        str(text): token
        for token, (text, kind) in enumerate(zip(tokens, kinds, strict=False))
        if kind in (_UNKNOWN, _CONTROL) or (kind == _USER_DEFINED and _MARKER.fullmatch(text))
    }


def model_info(
    options: LoadOptions, header: GgufHeader, model: Model, n_ctx: int, n_threads: int
) -> ModelInfo:
    """What the model says of itself, and nothing yet of its load."""
    layers = model.n_layer + 1  # llama.cpp counts the output as one more
    wanted = layers if options.n_gpu_layers is None else min(options.n_gpu_layers, layers)
    return ModelInfo(
        name=str(header.metadata.get("general.name") or Path(options.path).stem),
        architecture=str(header.metadata.get("general.architecture", "unknown")),
        description=model.description,
        n_params=model.n_params,
        weights_bytes=model.weights_bytes,
        n_layer=model.n_layer,
        n_gpu_layers=wanted if model.ll.llama_supports_gpu_offload() else 0,
        n_ctx=n_ctx,
        n_ctx_train=model.n_ctx_train,
        n_vocab=model.n_vocab,
        n_threads=n_threads,
        prefix_reuse=False,
        load_s=0.0,
        llama_cpp=llama.installed_version(),
        diagnoses=(),
        embedding=options.embedding,
    )


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _post_load(model: Model, context: Context) -> tuple[Diagnosis, ...]:
    if context.n_ctx <= model.n_ctx_train or not model.n_ctx_train:
        return ()
    return (
        Diagnosis(
            "context-beyond-training",
            tr(
                "The context of {n_ctx} tokens is longer than the {trained} the model was trained "
                "on; answers get worse past that.",
                n_ctx=context.n_ctx,
                trained=model.n_ctx_train,
            ),
            None,
        ),
    )
