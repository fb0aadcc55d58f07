"""What a GGUF file says of itself, read without loading it."""

from yi_local.gguf_file.filename import Shard, quant_in_name, shard_of
from yi_local.gguf_file.header import GgufHeader, check_complete, read_header
from yi_local.gguf_file.metadata import SkippedArray
from yi_local.gguf_file.quantization import FILE_TYPES, GGML_TYPES, REMOVED_TYPES, GgmlType
from yi_local.gguf_file.shards import LocalModel, open_model
from yi_local.gguf_file.source import LocalFile, Source, from_file, open_model_file
from yi_local.gguf_file.tensors import TensorInfo, bits_per_weight, quant_of_tensors
from yi_local.gguf_file.twin import Twin, twin_of
from yi_local.gguf_file.unloadable import refuse_unloadable

__all__ = [
    "FILE_TYPES",
    "GGML_TYPES",
    "REMOVED_TYPES",
    "GgmlType",
    "GgufHeader",
    "LocalFile",
    "LocalModel",
    "Shard",
    "SkippedArray",
    "Source",
    "TensorInfo",
    "Twin",
    "bits_per_weight",
    "check_complete",
    "from_file",
    "open_model",
    "open_model_file",
    "quant_in_name",
    "quant_of_tensors",
    "read_header",
    "refuse_unloadable",
    "shard_of",
    "twin_of",
]
