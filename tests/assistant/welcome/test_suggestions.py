"""Three models for machines that are not here."""

from dataclasses import replace

import pytest

from yi_local.assistant.welcome.suggestions import Suggestion, suggest_models
from yi_local.catalogue.model import Catalogue
from yi_local.catalogue.read import read_catalogue
from yi_local.hardware.snapshot import Cpu, Device, Gpu, Hardware, Memory
from yi_local.planner.plan import Experience

GIB = 1 << 30
CPU = Cpu("a CPU", "x86_64", logical_cores=8, physical_cores=4, performance_cores=None)

LAPTOP = Hardware("Linux", Memory(8 * GIB, 5 * GIB, bandwidth_bytes_s=60e9), CPU)
MAC = Hardware(
    "Darwin",
    Memory(16 * GIB, 11 * GIB, bandwidth_bytes_s=200e9),
    Cpu("Apple M1 Pro", "arm64", 10, 10, 8),
    (Gpu("apple", "Apple M1 Pro", None, unified=True, bandwidth_bytes_s=200e9),),
    (Device("MTL0", "MTL", "gpu", "Apple M1 Pro", 11 * GIB, 11 * GIB, unified=True),),
)
WORKSTATION = Hardware(
    "Linux",
    Memory(64 * GIB, 50 * GIB, bandwidth_bytes_s=60e9),
    CPU,
    (Gpu("nvidia", "NVIDIA GeForce RTX 4090", 24 * GIB, False, bandwidth_bytes_s=1008e9),),
    (Device("CUDA0", "CUDA", "gpu", "NVIDIA GeForce RTX 4090", 23 * GIB, 24 * GIB, False),),
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue()


def billions(suggestions: tuple[Suggestion, ...]) -> list[float]:
    return [round((each.model.n_params or 0) / 1e9, 1) for each in suggestions]


@pytest.mark.parametrize("machine", [LAPTOP, MAC, WORKSTATION])
def test_what_is_suggested_fits_and_is_a_yi_model_to_talk_with(
    catalogue: Catalogue, machine: Hardware
) -> None:
    found = suggest_models(catalogue, machine)
    assert len(found) == 3
    assert len({each.model.id for each in found}) == 3
    for each in found:
        assert each.plan.fits
        assert each.model.maker == "01.AI"
        assert each.model.chat_template is not None
        assert each.repo.file(each.quant) is not None
        assert each.plan.decode is not None


def test_a_small_laptop_gets_a_small_model_first(catalogue: Catalogue) -> None:
    found = suggest_models(catalogue, LAPTOP)
    assert billions(found)[0] < 2
    assert max(each.size_bytes for each in found) < 5 * GIB


def test_a_mac_gets_all_layers_on_its_gpu(catalogue: Catalogue) -> None:
    found = suggest_models(catalogue, MAC)
    assert billions(found) == [1.5, 6.1, 8.8]
    assert all(each.plan.options.n_gpu_layers == each.plan.file.n_layer + 1 for each in found)


def test_a_large_card_gets_a_small_a_middle_and_a_large_model(catalogue: Catalogue) -> None:
    found = suggest_models(catalogue, WORKSTATION)
    assert billions(found) == [1.5, 8.8, 34.4]
    assert not any(each.is_slow for each in found)


def test_of_models_of_one_size_the_newest_that_remembers_most_is_taken(
    catalogue: Catalogue,
) -> None:
    middle = suggest_models(catalogue, WORKSTATION)[1].model
    assert middle.purpose == "chat"
    assert middle.n_ctx_train == 16_384


def test_what_is_slower_than_people_read_comes_after_what_is_not(catalogue: Catalogue) -> None:
    slow = replace(LAPTOP, memory=replace(LAPTOP.memory, bandwidth_bytes_s=20e9))
    found = suggest_models(catalogue, slow)
    assert not found[0].is_slow
    assert [each.is_slow for each in found[1:]] == [True, True]


def test_what_was_measured_here_counts_more_than_the_data_sheet(catalogue: Catalogue) -> None:
    learnt = Experience(bandwidth_bytes_s={"CPU": 50e9})
    [first, *_] = suggest_models(catalogue, LAPTOP, learnt)
    assert first.plan.decode is not None
    assert first.plan.decode.basis == "measured here"


def test_where_nothing_fits_nothing_is_suggested(catalogue: Catalogue) -> None:
    tiny = replace(LAPTOP, memory=Memory(GIB, GIB // 2))
    assert suggest_models(catalogue, tiny) == ()


def test_where_nobody_knows_what_is_free_nothing_is_suggested(catalogue: Catalogue) -> None:
    blind = replace(LAPTOP, memory=Memory(None, None))
    assert suggest_models(catalogue, blind) == ()


def test_the_names_are_the_catalogues_and_none_is_built_in(catalogue: Catalogue) -> None:
    few = replace(catalogue, models=tuple(m for m in catalogue.models if m.id == "yi-34b-chat"))
    assert [each.model.id for each in suggest_models(few, WORKSTATION)] == ["yi-34b-chat"]
    assert suggest_models(few, LAPTOP) == ()


def test_a_published_size_is_taken_as_it_is_and_others_are_told_to_be_estimates(
    catalogue: Catalogue,
) -> None:
    for each in suggest_models(catalogue, WORKSTATION):
        published = each.repo.file(each.quant)
        assert published is not None
        assert each.is_size_known == (published.size_bytes is not None)
        if published.size_bytes is not None:
            assert each.size_bytes == published.size_bytes
