"""Builds GGUF headers byte by byte, also such as no writer would write."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from yi_local.gguf_file import Source

UINT32, STRING, ARRAY = 4, 8, 9


@dataclass(frozen=True)
class RawGguf:
    """Packs values in one byte order ("<" or ">")."""

    order: str = "<"

    def number(self, code: str, value: float) -> bytes:
        return struct.pack(self.order + code, value)

    def text(self, value: str | bytes) -> bytes:
        raw = value if isinstance(value, bytes) else value.encode()
        return self.number("Q", len(raw)) + raw

    def entry(self, key: str | bytes, kind: int, value: bytes) -> bytes:
        return self.text(key) + self.number("I", kind) + value

    def string(self, key: str | bytes, value: str | bytes) -> bytes:
        return self.entry(key, STRING, self.text(value))

    def uint32(self, key: str, value: int) -> bytes:
        return self.entry(key, UINT32, self.number("I", value))

    def array(self, key: str, kind: int, length: int, items: bytes) -> bytes:
        return self.entry(key, ARRAY, self.number("I", kind) + self.number("Q", length) + items)

    def strings(self, key: str, items: Sequence[str | bytes]) -> bytes:
        return self.array(key, STRING, len(items), b"".join(map(self.text, items)))

    def tensor(self, name: str | bytes, shape: Sequence[int], kind: int, offset: int) -> bytes:
        dims = b"".join(self.number("Q", n) for n in shape)
        return (
            self.text(name)
            + self.number("I", len(shape))
            + dims
            + self.number("I", kind)
            + self.number("Q", offset)
        )

    def header(
        self,
        entries: Sequence[bytes] = (),
        tensors: Sequence[bytes] = (),
        *,
        version: int = 3,
        n_entries: int | None = None,
        n_tensors: int | None = None,
    ) -> bytes:
        """The two counts may be told wrong."""
        return b"".join(
            (
                b"GGUF",
                self.number("I", version),
                self.number("Q", len(tensors) if n_tensors is None else n_tensors),
                self.number("Q", len(entries) if n_entries is None else n_entries),
                *entries,
                *tensors,
            )
        )


def in_memory(data: bytes, *, size_known: bool = True) -> Source:
    return Source(lambda at, length: data[at : at + length], len(data) if size_known else None)


def small_header(order: str = "<") -> bytes:
    """Every kind of value, lists short and long, two tensors that follow each other."""
    raw = RawGguf(order)
    codes = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?"}
    codes |= {10: "Q", 11: "q", 12: "d"}
    scalars = [raw.entry(f"scalar.{n}", n, raw.number(code, 1)) for n, code in codes.items()]
    lists = [
        raw.array(f"list.{n}", n, 3, b"".join(raw.number(code, x) for x in (0, 1, 1)))
        for n, code in codes.items()
    ]
    return raw.header(
        [
            raw.string("general.architecture", "llama"),
            raw.uint32("general.file_type", 15),
            raw.uint32("general.alignment", 64),
            *scalars,
            *lists,
            raw.strings("tokenizer.ggml.tokens", [f"t{n}" for n in range(80)]),
            raw.array("tokenizer.ggml.token_type", 5, 80, raw.number("i", 1) * 80),
            raw.strings("general.languages", ["en", "zh"]),
        ],
        [
            raw.tensor("token_embd.weight", (256, 3), 12, 0),
            raw.tensor("output_norm.weight", (5,), 0, 448),
        ],
    )
