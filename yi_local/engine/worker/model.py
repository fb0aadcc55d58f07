"""One loaded GGUF: its weights and its vocabulary."""

import ctypes as C
import os
from collections.abc import Callable, Mapping
from typing import Any

from yi_local.engine.memory_words import tells_of_no_memory
from yi_local.engine.worker.log import Log
from yi_local.engine.worker.params import model_params
from yi_local.errors import CannotLoad, NotEnoughMemory
from yi_local.language import tr
from yi_local.types import LoadOptions

_TAG_INT, _TAG_FLOAT, _TAG_BOOL, _TAG_STR = 0, 1, 2, 3  # llama_model_kv_override_type


class Model:
    """Owns a llama_model. Raises CannotLoad with llama.cpp's own reason."""

    def __init__(
        self,
        ll: Any,
        options: LoadOptions,
        kv_overrides: Mapping[str, bool | int | float | str],
        cpu_repack: bool,
        on_progress: Callable[[float], None],
    ) -> None:
        self.ll = ll
        self.log = Log(ll)
        params, keep = model_params(ll, options, cpu_repack)
        self._keep = keep  # ctypes objects llama.cpp still points to
        params.kv_overrides = self._overrides(kv_overrides)
        params.progress_callback = self._progress(on_progress)
        ll.llama_backend_init()
        self.pointer = ll.llama_model_load_from_file(os.fsencode(options.path), params)
        if not self.pointer:
            raise self._why_not(options.path)
        self.vocab = ll.llama_model_get_vocab(self.pointer)
        self.n_vocab = int(ll.llama_vocab_n_tokens(self.vocab))
        self._pieces: dict[int, bytes] = {}
        self._buffer = C.create_string_buffer(256)

    # -- facts

    @property
    def n_layer(self) -> int:
        return int(self.ll.llama_model_n_layer(self.pointer))

    @property
    def n_ctx_train(self) -> int:
        return int(self.ll.llama_model_n_ctx_train(self.pointer))

    @property
    def n_params(self) -> int:
        return int(self.ll.llama_model_n_params(self.pointer))

    @property
    def weights_bytes(self) -> int:
        return int(self.ll.llama_model_size(self.pointer))

    @property
    def description(self) -> str:
        self.ll.llama_model_desc(self.pointer, self._buffer, len(self._buffer))
        return self._buffer.value.decode("utf-8", "replace")

    @property
    def n_embd(self) -> int:
        """Of what comes out: a few embedding models end in another width."""
        return int(self.ll.llama_model_n_embd_out(self.pointer))

    @property
    def can_cut(self) -> bool:
        """Whether positions can be removed from the end of a sequence's memory.

        A recurrent state has no positions; a sliding window has forgotten the earlier ones.
        """
        ll, model = self.ll, self.pointer
        return not (
            ll.llama_model_is_recurrent(model)
            or ll.llama_model_is_hybrid(model)
            or ll.llama_model_n_swa(model) > 0
        )

    @property
    def generates(self) -> bool:
        ll, model = self.ll, self.pointer
        return ll.llama_model_has_decoder(model) and not (
            ll.llama_model_has_encoder(model) or ll.llama_model_is_diffusion(model)
        )

    # -- vocabulary

    @property
    def add_bos(self) -> bool:
        return bool(self.ll.llama_vocab_get_add_bos(self.vocab))

    @property
    def bos(self) -> int | None:
        token = int(self.ll.llama_vocab_bos(self.vocab))
        return None if token < 0 else token

    @property
    def eos(self) -> int | None:
        token = int(self.ll.llama_vocab_eos(self.vocab))
        return None if token < 0 else token

    def is_eog(self, token: int) -> bool:
        return bool(self.ll.llama_vocab_is_eog(self.vocab, token))

    def text_of(self, token: int) -> str:
        """The token as the vocabulary spells it."""
        return str(self.ll.llama_vocab_get_text(self.vocab, token).decode("utf-8", "replace"))

    def tokenize(self, text: str, parse_special: bool, add_special: bool = False) -> list[int]:
        """Token ids of the text alone, or with the BOS, EOS, CLS, SEP that the model wants."""
        data = text.encode("utf-8", "replace")
        size = len(data) + 8  # a token is at least one byte; a space may be put in front
        tokens = (C.c_int32 * size)()
        n = self.ll.llama_tokenize(
            self.vocab, data, len(data), tokens, size, add_special, parse_special
        )
        if n < 0:
            raise CannotLoad(tr("llama.cpp could not tokenize a text of {n} bytes.", n=len(data)))
        return list(tokens[:n])

    def piece(self, token: int) -> bytes:
        """The bytes a token adds to the text: "" for control tokens, maybe half a character."""
        known = self._pieces.get(token)
        if known is None:
            n = self._to_piece(token)
            if n < 0:  # the buffer was too small by design of the call: it says how much it needs
                self._buffer = C.create_string_buffer(-n)
                n = self._to_piece(token)
            known = self._pieces[token] = self._buffer.raw[:n]
        return known

    def _to_piece(self, token: int) -> int:
        return int(
            self.ll.llama_token_to_piece(
                self.vocab, token, self._buffer, len(self._buffer), 0, False
            )
        )

    # -- loading

    def _progress(self, on_progress: Callable[[float], None]) -> Any:
        def progress(fraction: float, _: object) -> bool:
            on_progress(fraction)
            return True

        callback = self.ll.llama_progress_callback(progress)
        self._keep.append(callback)
        return callback

    def _overrides(self, values: Mapping[str, bool | int | float | str]) -> Any:
        overrides = (self.ll.llama_model_kv_override * (len(values) + 1))()  # the last one is empty
        for override, (key, value) in zip(overrides, values.items(), strict=False):
            override.key = key.encode()
            match value:
                case bool():
                    override.tag, override.value.val_bool = _TAG_BOOL, value
                case int():
                    override.tag, override.value.val_i64 = _TAG_INT, value
                case float():
                    override.tag, override.value.val_f64 = _TAG_FLOAT, value
                case str():
                    override.tag, override.value.val_str = _TAG_STR, value.encode()
        self._keep.append(overrides)
        return overrides

    def _why_not(self, path: str) -> CannotLoad:
        if tells_of_no_memory("\n".join(self.log.errors)):
            return NotEnoughMemory(
                tr("There is not enough memory for the weights of {path}.", path=path),
                tr("yi plan FILE shows what it needs; a smaller quant needs less."),
            )
        reasons = [line for line in self.log.complaints if "unknown model architecture" in line]
        if reasons:
            name = reasons[0].split("'")[1] if "'" in reasons[0] else "this"
            return CannotLoad(
                tr("The installed llama.cpp does not know the architecture {name!r}.", name=name),
                tr("A newer one may: pip install --upgrade llama-cpp-python"),
            )
        detail = next((line for line in self.log.complaints if "error" in line.lower()), None)
        message = tr("llama.cpp could not load {path}.", path=path)
        if detail:
            message = tr("llama.cpp could not load {path}: {detail}", path=path, detail=detail)
        return CannotLoad(
            message,
            tr("The file may be damaged, or need more memory than is free."),
        )
