import pytest

from tests.planner.shapes import Q4_K, Q6_K, dense, header, yi_6b
from yi_local.errors import CannotLoad
from yi_local.gguf_file import GgufHeader
from yi_local.planner.model_file import model_file
from yi_local.planner.plan import ModelFile

N_EMBD, N_VOCAB = 4096, 64_000
EMBEDDING_BYTES = N_EMBD * N_VOCAB * 144 // 256  # Q4_K


def read(*headers: GgufHeader, quant: str | None = None) -> ModelFile:
    return model_file(headers, path="yi.gguf", name="yi.gguf", size_bytes=1, quant=quant)


def test_yi_6b_has_the_size_that_memory_md_gives_it() -> None:
    file = read(yi_6b())
    assert round(file.weights_bytes / 2**20) == 3688
    assert file.n_params == 6_061_035_520
    assert (file.n_layer, file.n_ctx_train, file.n_vocab) == (32, 4096, 64_000)
    assert file.bits_per_weight == pytest.approx(5.1, abs=0.01)


def test_a_token_does_not_read_the_embedding_table() -> None:
    file = read(yi_6b())
    assert file.idle_bytes == EMBEDDING_BYTES
    assert file.active_bytes == file.weights_bytes - EMBEDDING_BYTES
    assert file.active_params == file.n_params - N_EMBD * N_VOCAB


def test_a_tied_table_is_read_once_as_the_output() -> None:
    file = read(yi_6b(tied=True))
    assert file.idle_bytes == 0
    assert file.active_bytes == file.weights_bytes


def test_a_token_reads_only_the_experts_it_goes_through() -> None:
    sizes = {"n_layer": 2, "n_embd": 512, "n_head": 8, "n_head_kv": 8, "n_ff": 1024}
    file = read(dense(**sizes, experts=8, n_vocab=256, expert_count=8, expert_used_count=2))
    experts = 2 * 8 * 512 * 1024 * (2 * 144 + 210) // 256
    rest = file.weights_bytes - file.idle_bytes - experts
    assert file.active_bytes == rest + experts // 4


def test_blocks_for_drafting_are_not_read() -> None:
    whole, trunk = yi_6b(), yi_6b(nextn_predict_layers=1)
    block = read(whole).weights_bytes - read(yi_6b(n_layer=31)).weights_bytes
    assert read(trunk).active_bytes == read(whole).active_bytes - block
    assert read(trunk).weights_bytes == read(whole).weights_bytes


def test_the_shards_of_a_model_are_one_file() -> None:
    tensors = {"token_embd.weight": (Q4_K, (512, 64)), "blk.0.attn_q.weight": (Q4_K, (512, 512))}
    first = header("llama", {"block_count": 1}, tensors)
    second = header("llama", {}, {"output.weight": (Q6_K, (512, 64))})
    file = read(first, second)
    assert file.n_params == 512 * (64 + 512 + 64)
    assert file.idle_bytes == 512 * 64 * 144 // 256


def test_the_quant_in_the_name_beats_the_one_in_the_header() -> None:
    assert read(yi_6b()).quant == "Q4_K"
    assert read(yi_6b(), quant="UD-Q4_K_XL").quant == "UD-Q4_K_XL"


def test_an_importance_matrix_leaves_its_mark() -> None:
    hyperparameters, tensors = {"block_count": 1}, {"output.weight": (Q6_K, (512, 64))}
    marked = {"quantize.imatrix.file": "wiki.dat"}
    assert read(header("llama", hyperparameters, tensors, metadata=marked)).imatrix
    assert not read(header("llama", hyperparameters, tensors)).imatrix


def test_a_tensor_of_an_unknown_type_is_an_error_in_words() -> None:
    with pytest.raises(CannotLoad, match="of type 99, which is not known"):
        read(header("llama", {"block_count": 1}, {"output.weight": (99, (512, 64))}))


@pytest.mark.parametrize("broken", [header("llama", {"block_count": 1}), header("llama", {})])
def test_a_header_without_layers_or_weights_is_no_model(broken: GgufHeader) -> None:
    with pytest.raises(CannotLoad, match="is no language model"):
        read(broken)
