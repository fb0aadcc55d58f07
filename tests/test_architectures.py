"""The synthetic models are what they claim to be: llama.cpp itself loads and decodes each."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architectures import SHAPES, write
from tests.yi_shapes import QUANTS, YI_SHAPES, write_header_only, yi_shape

# A process for each: llama.cpp may abort over a model it cannot load.
CHILD = """
import sys
from llama_cpp import llama_cpp as ll
params = ll.llama_model_default_params()
params.load_mode, params.use_extra_bufts = ll.LLAMA_LOAD_MODE_NONE, False
model = ll.llama_model_load_from_file(sys.argv[1].encode(), params)
assert model
params = ll.llama_context_default_params()
params.n_ctx = params.n_batch = params.n_ubatch = 256
params.n_threads = params.n_threads_batch = 2
context = ll.llama_init_from_model(model, params)
tokens = (ll.llama_token * 16)(*range(300, 316))
assert ll.llama_decode(context, ll.llama_batch_get_one(tokens, 16)) == 0
vocab = ll.llama_model_get_vocab(model)
print(ll.llama_model_n_layer(model), ll.llama_vocab_n_tokens(vocab), ll.llama_model_size(model))
"""

# MiB, as the quantizer itself totals them in a dry run for a model of that shape
YI_MIB = {
    "yi-6b": (6142, 4742, 4104, 3502, 3181, 2853, 2227),
    "yi-9b": (8948, 6909, 5967, 5081, 4602, 4123, 3198),
    "yi-34b": (34848, 26905, 23194, 19700, 17771, 15882, 12230),
}


@pytest.mark.parametrize("name", SHAPES)
def test_llama_cpp_loads_and_decodes_every_shape(tmp_path: Path, name: str) -> None:
    path, shape = write(tmp_path / "model.gguf", name), SHAPES[name]
    child = subprocess.run([sys.executable, "-c", CHILD, path], capture_output=True, text=True)
    assert child.returncode == 0, child.stderr[-2000:]
    n_bytes = sum(tensor.n_bytes for tensor in shape.tensors())
    assert child.stdout.split() == [str(shape.n_layer), str(shape.n_vocab), str(n_bytes)]


@pytest.mark.skipif(sys.platform == "win32", reason="NTFS has to be asked for a hole")
def test_a_model_of_20_gb_takes_the_disk_of_its_header(tmp_path: Path) -> None:
    status = write_header_only(tmp_path / "yi.gguf", "yi-34b", "Q4_K_M").stat()
    assert 19_700 < status.st_size / 2**20 < 19_710
    assert status.st_blocks * 512 < 4 << 20


@pytest.mark.parametrize("model", YI_SHAPES)
def test_yi_has_the_sizes_that_the_quantizer_gives_it(model: str) -> None:
    sizes = [sum(tensor.n_bytes for tensor in yi_shape(model, q).tensors()) for q in QUANTS]
    assert tuple(round(size / 2**20) for size in sizes) == YI_MIB[model]
