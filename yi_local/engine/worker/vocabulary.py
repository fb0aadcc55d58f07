"""A model of which only the vocabulary is loaded: it renders and tokenizes, within a moment."""

import time
from collections.abc import Callable
from dataclasses import replace
from queue import Queue

from yi_local.engine.worker import llama
from yi_local.engine.worker.examine import examine
from yi_local.engine.worker.loading import (
    TOKEN_TYPES,
    TOKENS,
    model_info,
    read_whole,
    sha256_of,
    special_literals,
)
from yi_local.engine.worker.model import Model
from yi_local.engine.worker.prompts import Prompts
from yi_local.engine.worker.worker import serve_all
from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.types import Json, LoadOptions, ModelInfo


def load(options: LoadOptions) -> tuple[Prompts, ModelInfo]:
    """Raises CannotLoad. The file is examined and repaired as for answering."""
    begun = time.monotonic()
    header = read_whole(options, keep_arrays=(TOKENS, TOKEN_TYPES))
    examination = examine(header)
    overrides = dict(options.kv_overrides) | dict(examination.kv_overrides)
    model = Model(llama.low_level(), options, overrides, False, lambda fraction: None)
    prompts = Prompts(model, special_literals(header), examination)
    n_ctx_train = header.integer(f"{header.architecture}.context_length") or 0
    info = replace(
        model_info(options, header, model, n_ctx_train, 1),
        n_ctx_train=n_ctx_train,
        diagnoses=tuple(examination.diagnoses),
        template_sha256=sha256_of(examination.chat_template),
        load_s=time.monotonic() - begun,
    )
    return prompts, info


class VocabularyWorker:
    """Serves what needs no weights; the rest is refused in words."""

    def __init__(self, prompts: Prompts, inbox: Queue[Json], emit: Callable[[Json], None]) -> None:
        self._prompts, self._inbox, self._emit = prompts, inbox, emit

    def run_once(self) -> None:
        serve_all(self._inbox, self._serve, self._emit, wait=True)

    def _serve(self, request: Json) -> None:
        match request["op"]:
            case "render":
                text, ids = self._prompts.chat(
                    request["messages"], request["tools"], request["continues"]
                )
            case "tokenize":
                text = request["text"]
                ids = self._prompts.tokenize(text, parse_special=False)
            case "cancel":
                return
            case _:
                raise UsageError(
                    tr("Of this model only the vocabulary is loaded."), tr("Load it to answer.")
                )
        self._emit({"event": "rendered", "id": request["id"], "text": text, "token_ids": ids})
