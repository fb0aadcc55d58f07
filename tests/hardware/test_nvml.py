"""NVIDIA's GPUs as NVML tells of them, and as it fails to."""

import sys

import pytest

from tests.hardware.fake_nvml import (
    GB10,
    RTX_3060,
    RTX_4070_LAPTOP,
    RTX_4090,
    FakeGpu,
    FakeNvml,
    NVMLError,
    NVMLError_DriverNotLoaded,
    NVMLError_FunctionNotFound,
    NVMLError_GpuIsLost,
    NVMLError_LibraryNotFound,
    NVMLError_NoPermission,
    NVMLError_NotSupported,
)
from yi_local.hardware.nvidia import NvmlAnswers, gpu_by_nvml, tegra_gpu
from yi_local.hardware.nvml import ask, nvml_gpus
from yi_local.hardware.snapshot import Gpu


def test_a_laptop_gpu_is_told_in_full() -> None:
    assert ask(FakeNvml(RTX_4070_LAPTOP)) == (
        Gpu(
            vendor="nvidia",
            name="NVIDIA GeForce RTX 4070 Laptop GPU",
            memory_bytes=8585740288,
            unified=False,
            bandwidth_bytes_s=pytest.approx(256e9, rel=0.001),
            driver="550.54.14",
            cuda="12.4",
            drives_display=False,
        ),
    )


def test_two_gpus_come_in_nvmls_order_with_the_bandwidth_of_their_data_sheets() -> None:
    first, second = ask(FakeNvml(RTX_4090, RTX_3060))
    assert (first.name, second.name) == ("NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 3060")
    assert first.bandwidth_bytes_s == pytest.approx(1008e9, rel=0.001)
    assert second.bandwidth_bytes_s == pytest.approx(360e9, rel=0.001)
    assert (first.drives_display, second.drives_display) == (True, False)


def test_a_gpu_whose_memory_nvml_does_not_support_shares_the_ram() -> None:
    [gpu] = ask(FakeNvml(GB10, cuda=13000))
    assert gpu.unified
    assert gpu.memory_bytes is None
    assert gpu.bandwidth_bytes_s is None
    assert gpu.cuda == "13.0"


@pytest.mark.parametrize("error", [NVMLError_NoPermission(), NVMLError()])
def test_memory_that_may_not_be_read_is_unknown_rather_than_shared(error: NVMLError) -> None:
    [gpu] = ask(FakeNvml(FakeGpu("NVIDIA A100-SXM4-80GB", error, 1593, 5120)))
    assert gpu.memory_bytes is None
    assert not gpu.unified


def test_what_an_old_driver_cannot_answer_is_unknown() -> None:
    missing = NVMLError_FunctionNotFound()
    old = FakeGpu("Tesla K80", 11996954624, 2505, missing, NVMLError_NotSupported())
    [gpu] = ask(FakeNvml(old, driver="367.48", cuda=missing))
    assert gpu == Gpu("nvidia", "Tesla K80", 11996954624, unified=False, driver="367.48")


def test_a_pynvml_that_lacks_a_function_costs_only_that_answer() -> None:
    failures = {"nvmlDeviceGetMemoryBusWidth": AttributeError()}
    [gpu] = ask(FakeNvml(RTX_3060, failures=failures))
    assert gpu.bandwidth_bytes_s is None
    assert gpu.memory_bytes == 12884901888


def test_a_gpu_that_fell_off_the_bus_is_left_out() -> None:
    assert [gpu.name for gpu in ask(FakeNvml(NVMLError_GpuIsLost(), RTX_3060))] == [RTX_3060.name]


def test_a_gpu_without_a_name_is_still_one() -> None:
    [gpu] = ask(FakeNvml(FakeGpu(NVMLError_NoPermission(), 1 << 33, 0, 0)))
    assert gpu.name == "NVIDIA GPU"


@pytest.mark.parametrize("error", [NVMLError_LibraryNotFound(), NVMLError_DriverNotLoaded()])
def test_without_a_driver_there_is_no_answer(error: NVMLError) -> None:
    assert ask(FakeNvml(RTX_4090, failures={"nvmlInit": error})) == ()


def test_a_driver_that_will_not_count_has_no_gpus() -> None:
    nvml = FakeNvml(RTX_4090, failures={"nvmlDeviceGetCount": NVMLError_NoPermission()})
    assert ask(nvml) == ()
    assert nvml.open == 0


def test_nvml_is_closed_again_even_where_closing_fails() -> None:
    nvml = FakeNvml(RTX_4090)
    assert len(ask(nvml)) == 1
    assert nvml.open == 0
    assert len(ask(FakeNvml(RTX_4090, failures={"nvmlShutdown": NVMLError()}))) == 1


def test_the_package_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert nvml_gpus() == ()


def test_the_package_is_used_where_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(RTX_3060))
    assert [gpu.name for gpu in nvml_gpus()] == ["NVIDIA GeForce RTX 3060"]


def test_the_real_package_has_every_function_that_is_asked_for() -> None:
    pynvml = pytest.importorskip("pynvml")
    asked = [name for name in vars(FakeNvml) if name.startswith(("nvml", "NVML"))]
    assert len(asked) > 10
    assert [name for name in asked if not hasattr(pynvml, name)] == []
    assert issubclass(pynvml.NVMLError_NotSupported, pynvml.NVMLError)


@pytest.mark.parametrize(("version", "name"), [(12040, "12.4"), (9020, "9.2"), (0, None)])
def test_the_version_of_cuda_is_written_as_people_do(version: int, name: str | None) -> None:
    assert gpu_by_nvml(NvmlAnswers(cuda_version=version)).cuda == name


def test_a_jetson_is_known_by_its_device_tree() -> None:
    compatible = "nvidia,p3768-0000+p3767-0005\0nvidia,p3767-0005\0nvidia,tegra234\0"
    gpu = tegra_gpu(compatible, "NVIDIA Jetson Orin Nano Developer Kit\0")
    assert gpu == Gpu("nvidia", "NVIDIA Jetson Orin Nano Developer Kit", None, unified=True)
    assert tegra_gpu("raspberrypi,5-model-b\0brcm,bcm2712\0", "Raspberry Pi 5\0") is None
    assert tegra_gpu(None, None) is None
