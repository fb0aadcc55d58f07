"""What a file is that is not a GGUF, told from its first bytes."""

from yi_local.errors import CannotLoad
from yi_local.text import human_bytes

MAGIC = b"GGUF"
SNIFFED = 1024  # bytes that are enough to tell

_LFS = b"version https://git-lfs.github.com/spec/"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONVERTED = "Look for a GGUF version of the same model."
_UNPACK = "Unpack it, and load the .gguf file inside."
_AGAIN = "Download the model again."

# first bytes -> what it is, what to do. The old ggml files begin with a number whose bytes are
# swapped on disk: "ggjt" stands there as "tjgg".
_FORMATS: tuple[tuple[bytes, str, str], ...] = (
    (b"lmgg", "an old GGML file of 2023, which llama.cpp no longer reads", _CONVERTED),
    (b"fmgg", "an old GGMF file of 2023, which llama.cpp no longer reads", _CONVERTED),
    (b"tjgg", "an old GGJT file of 2023, which llama.cpp no longer reads", _CONVERTED),
    (b"algg", "an old GGLA file (a LoRA adapter of 2023)", "Load the model it belongs to."),
    (b"PK\x03\x04", "a zip archive, as PyTorch checkpoints are", _CONVERTED),
    (b"\x80\x02", "a pickled PyTorch checkpoint", _CONVERTED),
    (b"\x89HDF", "an HDF5 file", _CONVERTED),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"\xfd7zXZ", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", _UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"%PDF", "a PDF", "Choose a file whose name ends in .gguf."),
    (b"\x7fELF", "a program", "Choose a file whose name ends in .gguf."),
    (b"MZ", "a program", "Choose a file whose name ends in .gguf."),
)
_TEXTS: tuple[tuple[bytes, str, str], ...] = (  # lower case, after white space
    (
        b"<!doctype html",
        "a web page saved under a model's name",
        "Download the file itself: on the Hub, the address with /resolve/ in it.",
    ),
    (
        b"<html",
        "a web page saved under a model's name",
        "Download the file itself: on the Hub, the address with /resolve/ in it.",
    ),
    (b"<?xml", "an XML text, such as a server's error message", _AGAIN),
    (b"{", "a JSON text, such as a server's error message", _AGAIN),
)


def refusal(start: bytes, name: str, filename: str | None = None) -> CannotLoad:
    """The error for a file that begins with `start` (SNIFFED bytes, or all there are).

    `name` is what the sentence calls the file; `filename` goes into commands for it.
    """
    if not start:
        return CannotLoad(f"{name} is empty.", _AGAIN)
    if start.startswith(_LFS):
        return CannotLoad(
            f"{name} is a Git-LFS pointer{_pointer_size(start)}, not the model itself.",
            f"In its repository, run: git lfs pull --include {filename or '*.gguf'}",
        )
    if not start.strip(b"\0"):
        return CannotLoad(
            f"{name} begins with zeros: its download was prepared and not finished.", _AGAIN
        )
    kind, hint = _kind(start)
    return CannotLoad(f"{name} is {kind}, not a GGUF." if kind else f"{name} is not a GGUF.", hint)


def _kind(start: bytes) -> tuple[str | None, str]:
    for magic, kind, hint in _FORMATS:
        if start.startswith(magic):
            return kind, hint
    if start[8:9] == b"{" and start[4:8] == b"\0\0\0\0":  # after the length of its JSON header
        return "a safetensors file", _CONVERTED
    text = start.removeprefix(_BYTE_ORDER_MARK).lstrip().lower()
    for prefix, kind, hint in _TEXTS:
        if text.startswith(prefix):
            return kind, hint
    return None, "Choose a file whose name ends in .gguf, or download the model again."


def _pointer_size(start: bytes) -> str:
    for line in start.splitlines():
        name, _, value = line.partition(b" ")
        if name == b"size" and value.isdigit() and len(value) < 16:
            return f" for {human_bytes(int(value))}"
    return ""
