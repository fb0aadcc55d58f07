"""What a file is that is not a GGUF, told from its first bytes."""

from yi_local.errors import CannotLoad
from yi_local.language import mark, tr
from yi_local.text import human_bytes

MAGIC = b"GGUF"
SNIFFED = 1024  # bytes that are enough to tell

_LFS = b"version https://git-lfs.github.com/spec/"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONVERTED = mark("Look for a GGUF version of the same model.")
_UNPACK = mark("Unpack it, and load the .gguf file inside.")
_AGAIN = mark("Download the model again.")

# first bytes -> what it is, what to do. The old ggml files begin with a number whose bytes are
# swapped on disk: "ggjt" stands there as "tjgg".
_FORMATS: tuple[tuple[bytes, str, str], ...] = (
    (b"lmgg", mark("an old GGML file of 2023, which llama.cpp no longer reads"), _CONVERTED),
    (b"fmgg", mark("an old GGMF file of 2023, which llama.cpp no longer reads"), _CONVERTED),
    (b"tjgg", mark("an old GGJT file of 2023, which llama.cpp no longer reads"), _CONVERTED),
    (
        b"algg",
        mark("an old GGLA file (a LoRA adapter of 2023)"),
        mark("Load the model it belongs to."),
    ),
    (b"PK\x03\x04", mark("a zip archive, as PyTorch checkpoints are"), _CONVERTED),
    (b"\x80\x02", mark("a pickled PyTorch checkpoint"), _CONVERTED),
    (b"\x89HDF", mark("an HDF5 file"), _CONVERTED),
    (b"\x1f\x8b", mark("a gzip archive"), _UNPACK),
    (b"\xfd7zXZ", mark("an xz archive"), _UNPACK),
    (b"\x28\xb5\x2f\xfd", mark("a zstd archive"), _UNPACK),
    (b"7z\xbc\xaf", mark("a 7-Zip archive"), _UNPACK),
    (b"Rar!", mark("a RAR archive"), _UNPACK),
    (b"%PDF", mark("a PDF"), mark("Choose a file whose name ends in .gguf.")),
    (b"\x7fELF", mark("a program"), mark("Choose a file whose name ends in .gguf.")),
    (b"MZ", mark("a program"), mark("Choose a file whose name ends in .gguf.")),
)
_TEXTS: tuple[tuple[bytes, str, str], ...] = (  # lower case, after white space
    (
        b"<!doctype html",
        mark("a web page saved under a model's name"),
        mark("Download the file itself: on the Hub, the address with /resolve/ in it."),
    ),
    (
        b"<html",
        mark("a web page saved under a model's name"),
        mark("Download the file itself: on the Hub, the address with /resolve/ in it."),
    ),
    (b"<?xml", mark("an XML text, such as a server's error message"), _AGAIN),
    (b"{", mark("a JSON text, such as a server's error message"), _AGAIN),
)


def refusal(start: bytes, name: str, filename: str | None = None) -> CannotLoad:
    """The error for a file that begins with `start` (SNIFFED bytes, or all there are).

    `name` is what the sentence calls the file; `filename` goes into commands for it.
    """
    if not start:
        return CannotLoad(tr("{name} is empty.", name=name), tr(_AGAIN))
    if start.startswith(_LFS):
        return CannotLoad(
            _pointer(start, name),
            tr(
                "In its repository, run: git lfs pull --include {filename}",
                filename=filename or "*.gguf",
            ),
        )
    if not start.strip(b"\0"):
        return CannotLoad(
            tr("{name} begins with zeros: its download was prepared and not finished.", name=name),
            tr(_AGAIN),
        )
    kind, hint = _kind(start)
    if kind is None:
        return CannotLoad(tr("{name} is not a GGUF.", name=name), tr(hint))
    return CannotLoad(tr("{name} is {kind}, not a GGUF.", name=name, kind=tr(kind)), tr(hint))


def _kind(start: bytes) -> tuple[str | None, str]:
    """What it is and what to do, both yet to be translated."""
    for magic, kind, hint in _FORMATS:
        if start.startswith(magic):
            return kind, hint
    if start[8:9] == b"{" and start[4:8] == b"\0\0\0\0":  # after the length of its JSON header
        return mark("a safetensors file"), _CONVERTED
    text = start.removeprefix(_BYTE_ORDER_MARK).lstrip().lower()
    for prefix, kind, hint in _TEXTS:
        if text.startswith(prefix):
            return kind, hint
    return None, mark("Choose a file whose name ends in .gguf, or download the model again.")


def _pointer(start: bytes, name: str) -> str:
    for line in start.splitlines():
        key, _, value = line.partition(b" ")
        if key == b"size" and value.isdigit() and len(value) < 16:
            return tr(
                "{name} is a Git-LFS pointer for {size}, not the model itself.",
                name=name,
                size=human_bytes(int(value)),
            )
    return tr("{name} is a Git-LFS pointer, not the model itself.", name=name)
