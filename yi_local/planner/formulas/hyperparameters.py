"""A model's hyperparameters, with the defaults that llama.cpp gives them.

As read at 0c1e57098 in src/llama-model.cpp, `load_hparams`.
"""

from collections.abc import Sequence

from yi_local.gguf_file import GgufHeader

MAX_BLOCKS = 512  # LLAMA_MAX_LAYERS (src/llama-hparams.h)


class Unknowable(Exception):
    """The header lacks what a formula needs, or no formula is known for this architecture."""


class Hyperparameters:
    """Keys are given without the architecture that they begin with."""

    def __init__(self, header: GgufHeader) -> None:
        if header.architecture is None:
            raise Unknowable("the header names no architecture")
        self.architecture = header.architecture
        self._header = header
        self.n_block = self.required("block_count")
        if not 0 < self.n_block <= MAX_BLOCKS:
            raise Unknowable(f"{self.n_block} blocks")
        # The blocks after these draft tokens; llama.cpp skips them unless told to draft.
        self.n_trunk = max(self.n_block - self.number("nextn_predict_layers", 0), 0)
        self.n_embd = self.required("embedding_length")
        self.n_head = self.per_block("attention.head_count", [0] * self.n_block)
        self.n_head_kv = self.per_block("attention.head_count_kv", self.n_head)
        self.n_ff = self.per_block("feed_forward_length", [0] * self.n_block)

    def has(self, part: str) -> bool:
        """Whether any key of this architecture contains `part`."""
        return any(
            key.startswith(f"{self.architecture}.") and part in key for key in self._header.metadata
        )

    def flag(self, key: str) -> bool | None:
        return self._header.flag(f"{self.architecture}.{key}")

    def optional(self, key: str) -> int | None:
        value = self._header.integer(f"{self.architecture}.{key}")
        if value is not None and value < 0:
            raise Unknowable(f"{key} is negative")
        return value

    def number(self, key: str, default: int) -> int:
        value = self.optional(key)
        return default if value is None else value

    def required(self, key: str) -> int:
        value = self.optional(key)
        if value is None:
            raise Unknowable(f"the header has no {key}")
        return value

    def per_block(self, key: str, default: Sequence[int]) -> list[int]:
        """One number for all blocks, or a list of one for each."""
        value = self._header.metadata.get(f"{self.architecture}.{key}")
        if value is None:
            return list(default)
        values = value if isinstance(value, list) else [value] * self.n_block
        if len(values) < self.n_block or not all(isinstance(v, int) and v >= 0 for v in values):
            raise Unknowable(f"{key} is not a list of {self.n_block} numbers")
        return [int(number) for number in values[: self.n_block]]

    @property
    def k_length(self) -> int:
        """Elements of one head's key."""
        return self._head_length("attention.key_length")

    @property
    def v_length(self) -> int:
        return self._head_length("attention.value_length")

    def _head_length(self, key: str) -> int:
        n_head = self.n_head[0]
        return self.number(key, self.n_embd // n_head) if n_head else 0
