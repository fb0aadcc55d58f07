"""What a GGUF file says of itself, read without loading it."""

from yi_local.gguf_file.header import (
    GgufHeader,
    SkippedArray,
    TensorInfo,
    check_complete,
    read_header,
)
from yi_local.gguf_file.source import LocalFile, open_model_file

__all__ = [
    "GgufHeader",
    "LocalFile",
    "SkippedArray",
    "TensorInfo",
    "check_complete",
    "open_model_file",
    "read_header",
]
