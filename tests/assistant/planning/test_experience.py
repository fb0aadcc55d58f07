"""What is learnt from loads and answers, and that it survives anything."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.planning import GIB, GPU, MACHINE, MIB, plan_of
from yi_local.assistant.planning.experience import ExperienceFile
from yi_local.types import AllocatedMemory, DeviceMemory, ModelInfo, Usage

WITH_GPU = replace(MACHINE, devices=(GPU,))
BOOKS = (DeviceMemory("CPU", 600 * MIB, 0, 0, pageable_bytes=600 * MIB),)
USAGE = Usage(200, 0, 100, prefill_tps=50.0, decode_tps=20.0, ttft_s=1.0)


@pytest.fixture
def kept(tmp_path: Path) -> ExperienceFile:
    return ExperienceFile(tmp_path / "folder" / "experience.json")


def model(memory: AllocatedMemory | None) -> ModelInfo:
    return ModelInfo(
        "m", "llama", "", 1, 1, 2, 0, 4096, 4096, 300, 2, True, 0.1, "0", (), memory
    )  # fmt: skip


def test_nothing_is_known_before_the_first_load(kept: ExperienceFile) -> None:
    assert kept.read().residual_bytes == {}
    assert kept.loads() == ()
    assert kept.ram_bandwidth_bytes_s is None


def test_pages_of_the_file_are_no_part_of_the_comparison(kept: ExperienceFile) -> None:
    plan = plan_of(Path("m.gguf"), need_bytes=2 * GIB)  # half of it pageable
    kept.learn_load(plan, model(AllocatedMemory(BOOKS, GIB + 3, {})), MACHINE)
    assert [record.residual_bytes for record in kept.loads()] == [3]


def test_weights_that_were_read_instead_of_mapped_are_compared_too(kept: ExperienceFile) -> None:
    plan = plan_of(Path("m.gguf"), need_bytes=2 * GIB)
    books = (DeviceMemory("CPU", 600 * MIB, 0, 0),)
    kept.learn_load(plan, model(AllocatedMemory(books, 2 * GIB + 5, {})), MACHINE)
    assert [record.residual_bytes for record in kept.loads()] == [5]


def test_a_gpu_is_remembered_by_its_backend(kept: ExperienceFile) -> None:
    plan = plan_of(Path("m.gguf"), gpu_bytes=3 * GIB)
    taken = AllocatedMemory(BOOKS, GIB, {"CUDA0": 3 * GIB + 300 * MIB})
    kept.learn_load(plan, model(taken), WITH_GPU)
    assert kept.read().residual_bytes["CUDA"] == 300 * MIB


def test_the_largest_residual_is_the_margin_and_less_than_predicted_is_none(
    kept: ExperienceFile,
) -> None:
    plan = plan_of(Path("m.gguf"))
    for process_bytes in (GIB // 2 + 10, GIB // 2 + 70, 5):
        kept.learn_load(plan, model(AllocatedMemory(BOOKS, process_bytes, {})), MACHINE)
    assert kept.read().residual_bytes == {"CPU": 70}
    assert kept.loads()[-1].residual_bytes < 0


def test_only_the_latest_loads_are_kept(kept: ExperienceFile) -> None:
    plan = plan_of(Path("m.gguf"))
    for number in range(60):
        kept.learn_load(plan, model(AllocatedMemory(BOOKS, number, {})), MACHINE)
    assert [record.measured_bytes for record in kept.loads()] == list(range(10, 60))


def test_an_engine_that_tells_nothing_teaches_nothing(kept: ExperienceFile) -> None:
    kept.learn_load(plan_of(Path("m.gguf")), model(None), MACHINE)
    assert kept.loads() == ()


def test_an_answer_teaches_bandwidth_and_compute(kept: ExperienceFile) -> None:
    plan = plan_of(Path("m.gguf"))
    kept.learn_answer(plan, USAGE, MACHINE)
    known = kept.read()
    filled = (200 + 50) / 4096  # of the KV cache, half a GiB
    read_bytes = 500 * MIB + filled * GIB / 2
    assert known.bandwidth_bytes_s == {"CPU": pytest.approx(20 * read_bytes)}
    assert known.compute_flops == {"CPU": pytest.approx(50 * 2 * 8 * 10**8)}


def test_answers_that_other_programs_slowed_down_change_nothing(kept: ExperienceFile) -> None:
    plan = plan_of(Path("m.gguf"))
    found = []
    for tps in (20.0, 1.0, 2.0, 20.0):
        kept.learn_answer(plan, replace(USAGE, decode_tps=tps), MACHINE)
        found.append(kept.read().bandwidth_bytes_s["CPU"])
    assert found == [found[0]] * 4


def test_a_machine_that_became_slower_for_good_is_believed(kept: ExperienceFile) -> None:
    plan = plan_of(Path("m.gguf"))
    for tps in (20.0, *[5.0] * 9):
        kept.learn_answer(plan, replace(USAGE, decode_tps=tps), MACHINE)
    assert kept.read().bandwidth_bytes_s["CPU"] < 4e9


def test_a_tiny_model_teaches_no_bandwidth(kept: ExperienceFile) -> None:
    plan = plan_of(Path("m.gguf"))
    kept.learn_answer(replace(plan, file=replace(plan.file, active_bytes=10**8)), USAGE, MACHINE)
    assert kept.read().bandwidth_bytes_s == {}


def test_short_answers_and_shared_work_teach_no_speed(kept: ExperienceFile) -> None:
    kept.learn_answer(
        plan_of(Path("m")), replace(USAGE, completion_tokens=3, prompt_tokens=9), MACHINE
    )
    shared = plan_of(Path("m"), gpu_bytes=GIB)
    shared = replace(shared, options=replace(shared.options, n_gpu_layers=1))
    kept.learn_answer(shared, USAGE, WITH_GPU)
    assert kept.read().bandwidth_bytes_s == {}


def test_a_whole_model_on_a_gpu_teaches_the_gpus_speed(kept: ExperienceFile) -> None:
    kept.learn_answer(plan_of(Path("m"), gpu_bytes=GIB), USAGE, WITH_GPU)
    assert set(kept.read().bandwidth_bytes_s) == {"CUDA"}


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"loads": 3}', '{"loads": [{"x": 1}, 2]}'])
def test_a_damaged_file_is_a_new_beginning(
    kept: ExperienceFile, tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "folder" / "experience.json"
    path.parent.mkdir()
    path.write_text(damage)
    assert kept.read().residual_bytes == {}
    kept.learn_ram_bandwidth(1e9)
    assert kept.ram_bandwidth_bytes_s == 1e9


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = ExperienceFile(tmp_path / "file" / "experience.json")
    kept.learn_ram_bandwidth(1e9)
    assert kept.ram_bandwidth_bytes_s is None


def test_nothing_private_is_kept(kept: ExperienceFile, tmp_path: Path) -> None:
    plan = plan_of(Path("secret-model.gguf"))
    kept.learn_load(plan, model(AllocatedMemory(BOOKS, GIB, {})), MACHINE)
    kept.learn_answer(plan, USAGE, MACHINE)
    assert "secret" not in (tmp_path / "folder" / "experience.json").read_text()
