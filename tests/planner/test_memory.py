"""Closed formulas against the numbers of memory.md and dry runs of llama.cpp 0c1e57098."""

from dataclasses import replace

import pytest

from tests.planner import shapes
from tests.planner.machines import GIB, MIB, cuda
from tests.planner.shapes import header, yi_6b, yi_9b, yi_34b
from yi_local.gguf_file import GgufHeader
from yi_local.hardware.snapshot import Device
from yi_local.planner.formulas.closed_form import closed_form
from yi_local.planner.formulas.placement import places
from yi_local.planner.formulas.shape import ModelShape, model_shape
from yi_local.types import DeviceMemory, LoadOptions

RPC = Device("RPC0", "RPC", "gpu", "a fake GPU", 24 * GIB, 24 * GIB, unified=False)


def shape(model: GgufHeader) -> ModelShape:
    found = model_shape([model])
    assert found is not None
    return found


def devices(
    model: GgufHeader,
    *,
    n_ctx: int = 4096,
    kv_type: str = "f16",
    n_gpu_layers: int = 0,
    gpus: tuple[Device, ...] = (),
    n_ubatch: int = 512,
    n_seq_max: int = 8,
    flash_attention: bool | None = None,
    tensor_split: tuple[float, ...] = (),
) -> tuple[DeviceMemory, ...]:
    options = LoadOptions(
        path="yi.gguf",
        n_ctx=n_ctx,
        n_seq_max=n_seq_max,
        n_ubatch=n_ubatch,
        n_gpu_layers=n_gpu_layers,
        tensor_split=tensor_split,
        type_k=kv_type,
        type_v=kv_type,
        flash_attention=flash_attention,
        n_threads=2,
    )
    dry_run = closed_form(shape(model), options, gpus)
    assert dry_run is not None
    assert dry_run.basis == "formulas"
    return dry_run.devices


def kv_mib(model: GgufHeader, n_ctx: int = 4096, kv_type: str = "f16", **more: int) -> float:
    return devices(model, n_ctx=n_ctx, kv_type=kv_type, **more)[0].kv_cache_bytes / MIB


# Weights: memory.md, 7.2


@pytest.mark.parametrize(
    ("n_gpu_layers", "weights_mib", "kv_cache_mib"),
    [(1, 205.1, 0), (2, 309.5, 8), (33, 3547.3, 256)],
)
def test_the_output_goes_to_the_gpu_first_and_block_0_last(
    n_gpu_layers: int, weights_mib: float, kv_cache_mib: int
) -> None:
    host, gpu = devices(yi_6b(), n_gpu_layers=n_gpu_layers, gpus=(RPC,))
    assert gpu.weights_bytes / MIB == pytest.approx(weights_mib, abs=0.05)
    assert gpu.kv_cache_bytes == kv_cache_mib * MIB
    assert (host.weights_bytes + gpu.weights_bytes) / MIB == pytest.approx(3688.0, abs=0.05)
    assert host.kv_cache_bytes + gpu.kv_cache_bytes == 256 * MIB


def test_the_embedding_stays_in_ram_when_all_layers_are_on_the_gpu() -> None:
    host, _ = devices(yi_6b(), n_gpu_layers=33, gpus=(RPC,))
    assert host.weights_bytes / MIB == pytest.approx(140.6, abs=0.05)
    assert host.work_bytes == 0  # a look-up needs no scratch


def test_a_tied_table_is_kept_twice_as_soon_as_the_output_is_on_the_gpu() -> None:
    gemma = shapes.gemma_3_12b()
    on_cpu = devices(gemma)[0].weights_bytes
    host, gpu = devices(gemma, n_gpu_layers=1, gpus=(RPC,))
    assert (gpu.weights_bytes - 3840 * 4) / MIB == pytest.approx(787.7, abs=0.05)
    assert host.weights_bytes == on_cpu - 3840 * 4  # the norm before the output went along


def test_cuda_pads_the_last_row_of_a_quantized_tensor() -> None:
    """ffn_down has rows of 11,008 elements, which 512 does not divide (memory.md, 7.1)."""
    (_, plain), (_, padded) = (
        devices(yi_6b(), n_gpu_layers=33, gpus=(gpu,)) for gpu in (RPC, cuda(0, 24 * GIB))
    )
    assert padded.weights_bytes - plain.weights_bytes == 32 * 256  # 210 bytes, aligned to 128


def test_several_gpus_divide_the_layers_by_tensor_split() -> None:
    gpus = (replace(RPC, name="RPC0"), replace(RPC, name="RPC1"))
    _, first, second = devices(yi_6b(), n_gpu_layers=33, gpus=gpus, tensor_split=(3, 1))
    assert (first.kv_cache_bytes, second.kv_cache_bytes) == (25 * 8 * MIB, 7 * 8 * MIB)


def test_several_gpus_divide_the_layers_by_free_memory_else() -> None:
    gpus = (replace(RPC, free_bytes=9 * GIB), replace(RPC, name="RPC1", free_bytes=3 * GIB))
    split = devices(yi_6b(), n_gpu_layers=33, gpus=gpus, tensor_split=(3, 1))
    assert devices(yi_6b(), n_gpu_layers=33, gpus=gpus) == split


def test_layers_without_a_gpu_stay_on_the_cpu() -> None:
    assert places(2, 99, []) == [None, None, None]
    assert devices(yi_6b(), n_gpu_layers=99) == devices(yi_6b())


# KV cache: memory.md, 10.3; it has exact MiB, or rounds them to whole ones


@pytest.mark.parametrize(
    ("model", "bytes_per_token"),
    [
        (yi_6b(), (65_536, 34_816, 18_432)),
        (yi_9b(), (98_304, 52_224, 27_648)),
        (yi_34b(), (245_760, 130_560, 69_120)),
    ],
)
def test_the_kv_cache_of_one_token_of_yi(
    model: GgufHeader, bytes_per_token: tuple[int, ...]
) -> None:
    for kv_type, size in zip(("f16", "q8_0", "q4_0"), bytes_per_token, strict=True):
        assert kv_mib(model, 4096, kv_type) * MIB == 4096 * size


@pytest.mark.parametrize(
    ("model", "mib"),
    [
        (yi_6b(), (256, 136, 2048, 1088, 576, 12_512, 6_647, 3_519)),
        (yi_9b(), (384, 204, 3072, 1632, 864, 18_768, 9_970, 5_278)),
        (yi_34b(), (960, 510, 7680, 4080, 2160, 46_920, 24_926, 13_196)),
    ],
)
def test_the_kv_cache_of_yi_at_three_lengths(model: GgufHeader, mib: tuple[int, ...]) -> None:
    columns = [
        *((4096, kv_type) for kv_type in ("f16", "q8_0")),
        *((32_768, kv_type) for kv_type in ("f16", "q8_0", "q4_0")),
        *((200_000, kv_type) for kv_type in ("f16", "q8_0", "q4_0")),
    ]
    assert tuple(round(kv_mib(model, *column)) for column in columns) == mib


def test_the_context_is_padded_to_256_tokens() -> None:
    options = LoadOptions("yi.gguf", n_ctx=200_000)
    dry_run = closed_form(shape(yi_6b()), options)
    assert dry_run is not None
    assert dry_run.n_ctx == 200_192


def test_sliding_windows_keep_a_window_for_each_sequence_and_a_batch() -> None:
    """memory.md, T6, for one sequence; the engine's eight: dry runs of llama.cpp."""
    gemma = shapes.gemma_3_12b()
    assert kv_mib(gemma, 32_768, n_seq_max=1) == 2528
    assert kv_mib(gemma, 32_768) == 4768
    assert kv_mib(gemma, 32_768, n_ubatch=128) == 4688
    assert kv_mib(gemma, 4096) == 1536  # the windows are as long as the context


@pytest.mark.parametrize(
    ("model", "n_ctx", "kv_type", "mib"),
    [
        (shapes.deepseek_2_lite(), 4096, "f16", 121.5),  # keys alone
        (shapes.deepseek_2_lite(), 32_768, "q8_0", 516.375),
        (shapes.gpt_oss(), 4096, "f16", 132.0),
        (shapes.gpt_oss(), 32_768, "f16", 804.0),
        (shapes.mamba(), 4096, "f16", 114.0),
        (shapes.mamba(), 200_000, "q8_0", 114.0),  # nothing of it grows
        (shapes.lfm2(), 4096, "f16", 49.25),
        (shapes.falcon_h1(), 4096, "f16", 679.875),
    ],
)
def test_other_memories_are_as_in_dry_runs_of_llama_cpp(
    model: GgufHeader, n_ctx: int, kv_type: str, mib: float
) -> None:
    assert kv_mib(model, n_ctx, kv_type) == mib


def test_a_list_of_kv_heads_is_taken_block_by_block() -> None:
    heads = [4] * 16 + [0] * 16
    assert kv_mib(yi_6b(attention__head_count_kv=heads)) == 128


def test_a_window_that_llama_cpp_ignores_saves_nothing() -> None:
    phi = shapes.dense(
        "phi3",
        n_layer=32,
        n_embd=3072,
        n_head=32,
        n_head_kv=32,
        n_ff=8192,
        attention__sliding_window=2047,
    )
    assert kv_mib(phi, 32_768) == 12_288


def test_blocks_that_share_a_cache_or_only_draft_have_none() -> None:
    gemma_3n = yi_6b()
    assert kv_mib(renamed(gemma_3n, "gemma3n", {"attention.sliding_window": 4096})) == 20 * 8
    assert kv_mib(yi_6b(nextn_predict_layers=2)) == 30 * 8


def renamed(model: GgufHeader, architecture: str, more: dict[str, int]) -> GgufHeader:
    old = model.architecture
    metadata = {
        key.replace(f"{old}.", f"{architecture}."): value for key, value in model.metadata.items()
    }
    metadata |= {f"{architecture}.{key}": value for key, value in more.items()}
    return replace(model, metadata=metadata | {"general.architecture": architecture})


# Compute: an estimate


@pytest.mark.parametrize(
    ("model", "n_ctx", "flash_attention", "mib"),
    [
        (yi_6b(), 4096, None, 100.5),
        (yi_6b(), 32_768, None, 128.5),
        (yi_6b(), 32_768, False, 2154.0),
        (yi_34b(), 4096, None, 180.0),
        (yi_34b(), 32_768, False, 3722.0),
        (shapes.gemma_3_12b(), 32_768, None, 161.0),
        (shapes.gpt_oss(), 4096, None, 97.9),
        (shapes.mamba(), 4096, None, 54.75),
        (shapes.falcon_h1(), 4096, None, 75.8),
    ],
)
def test_the_compute_buffer_is_near_that_of_dry_runs(
    model: GgufHeader, n_ctx: int, flash_attention: bool | None, mib: float
) -> None:
    host = devices(model, n_ctx=n_ctx, flash_attention=flash_attention)[0]
    assert host.compute_bytes / MIB == pytest.approx(mib, rel=0.09)


@pytest.mark.parametrize(
    ("model", "n_ubatch", "flash_attention", "mib"),
    [
        (yi_6b(), 512, None, 7.13),
        (yi_6b(), 128, None, 2.53),
        (yi_34b(), 512, None, 12.41),
        (yi_6b(), 512, False, 1024),  # memory.md, T4
        (yi_34b(), 512, False, 1792),
    ],
)
def test_the_cpu_work_buffer_is_that_of_dry_runs(
    model: GgufHeader, n_ubatch: int, flash_attention: bool | None, mib: float
) -> None:
    host = devices(model, n_ctx=32_768, n_ubatch=n_ubatch, flash_attention=flash_attention)[0]
    assert host.work_bytes / MIB == pytest.approx(mib, abs=0.01)


def test_full_offload_of_yi_is_near_the_table_of_dry_runs() -> None:
    """memory.md, 10.4, of which the logits of 512 tokens are not needed here: 34B by its FFN."""
    _, gpu = devices(yi_34b(), n_gpu_layers=61, gpus=(RPC,))
    assert gpu.compute_bytes / MIB == pytest.approx(166, rel=0.09)


def test_several_gpus_keep_inputs_for_four_batches() -> None:
    gpus = (replace(RPC, name="RPC0"), replace(RPC, name="RPC1"))
    one = devices(yi_6b(), n_gpu_layers=33, gpus=gpus[:1])[1].compute_bytes
    two = devices(yi_6b(), n_gpu_layers=33, gpus=gpus)[1].compute_bytes
    assert two - one == 3 * 512 * 4096 * 2


# What cannot be known


def test_what_no_formula_describes_is_not_invented() -> None:
    tensors = {"output.weight": (99, (64, 64))}
    assert (
        model_shape([header("llama", {"block_count": 1, "embedding_length": 64}, tensors)]) is None
    )
    assert model_shape([header("llama", {"block_count": 10**9, "embedding_length": 64})]) is None
    assert model_shape([header("llama", {"embedding_length": 64})]) is None
    assert model_shape([yi_6b(attention__indexer__top_k=2048)]) is None
    assert model_shape([renamed(yi_6b(), "deepseek4", {})]) is None


def test_a_kv_type_that_does_not_divide_the_heads_has_no_answer() -> None:
    model = shape(yi_6b(n_embd=64, n_head=4, n_head_kv=1, n_ff=256, n_vocab=64))
    assert closed_form(model, LoadOptions("yi.gguf", type_k="q8_0", type_v="q8_0")) is None
    assert closed_form(model, LoadOptions("yi.gguf", type_k="nonsense")) is None


def test_an_unknown_architecture_is_taken_for_plain_attention() -> None:
    assert kv_mib(renamed(yi_6b(), "brand-new", {})) == 256


def test_gpus_of_unknown_memory_leave_the_split_unknown() -> None:
    gpus = (replace(RPC, free_bytes=None), replace(RPC, name="RPC1"))
    assert closed_form(shape(yi_6b()), LoadOptions("yi.gguf"), gpus) is None
