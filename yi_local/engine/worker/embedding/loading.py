"""From LoadOptions to a model in memory that embeds texts."""

import time
from collections.abc import Callable
from dataclasses import replace

from yi_local.engine.worker import llama
from yi_local.engine.worker.allocated import Ledger
from yi_local.engine.worker.embedding.embedder import Embedder
from yi_local.engine.worker.loading import default_threads, model_info, read_whole
from yi_local.engine.worker.model import Model
from yi_local.errors import CannotLoad
from yi_local.gguf_file import refuse_unloadable
from yi_local.gguf_file.embedding import is_encoder, pooling_of
from yi_local.language import tr
from yi_local.types import LoadOptions, ModelInfo


def load(
    options: LoadOptions, cpu_repack: bool, on_progress: Callable[[float], None]
) -> tuple[Embedder, ModelInfo]:
    """Raises CannotLoad. The file is not examined: what is known of defects is about answers."""
    begun = time.monotonic()
    header = read_whole(options)
    refuse_unloadable(header)
    if pooling_of(header) == "rank":
        raise CannotLoad(
            tr("This model is a reranker: it compares two texts, and embeds none."),
            tr("Use an embedding model."),
        )
    ledger = Ledger(llama.low_level())
    overrides = dict(options.kv_overrides)
    model = Model(llama.low_level(), options, overrides, cpu_repack, on_progress)
    if not (model.generates or is_encoder(header)):
        raise CannotLoad(
            tr("This model cannot embed texts."),
            tr("Use an embedding model, or one that generates text."),
        )
    n_threads = options.n_threads or default_threads()
    embedder = Embedder(model, header, options, n_threads)
    embedder.warm_up()
    info = replace(
        model_info(options, header, model, embedder.n_ctx, n_threads),
        memory=ledger.read(embedder.pointer),
        load_s=time.monotonic() - begun,
    )
    return embedder, info
