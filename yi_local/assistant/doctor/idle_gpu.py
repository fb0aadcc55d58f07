"""A GPU that is here while llama.cpp's build makes no use of it."""

from yi_local.assistant.doctor.best_build import best_build, gpu_to_use, is_driven
from yi_local.assistant.doctor.finding import Finding
from yi_local.assistant.doctor.installation import Installation
from yi_local.engine.build import EngineBuild
from yi_local.hardware.snapshot import Gpu, Hardware
from yi_local.language import tr

_NAMES = {"MTL": "Metal"}  # llama.cpp's word -> everybody's

# vendor -> the backends that drive its GPUs
_DRIVING = {
    "apple": ("MTL",),
    "nvidia": ("CUDA", "Vulkan"),
    "amd": ("ROCm", "Vulkan"),
    "intel": ("SYCL", "Vulkan"),
}
_FREE_DRIVERS = ("nouveau", "nova_core", "nova")  # of Linux, for NVIDIA's cards


def idle_gpu(hardware: Hardware, installation: Installation, build: EngineBuild) -> Finding | None:
    kinds = {device.kind for device in build.devices}
    gpu = gpu_to_use(hardware)
    if "gpu" in kinds or ((gpu is None or gpu.unified) and "igpu" in kinds):
        return None
    if gpu is None:
        return _nothing_to_drive(installation) if installation.backends else None
    if not is_driven(gpu):
        return _nvidia_driver(gpu, installation)
    blind = [name for name in _DRIVING[gpu.vendor] if name in installation.backends]
    if blind:
        return _not_found(gpu, blind[0], installation)
    best = best_build(gpu, installation)
    return Finding(
        _unused(gpu, installation),
        best.needs,
        best.command,
        best.otherwise,
    )


def _unused(gpu: Gpu, installation: Installation) -> str:
    if not installation.backends:
        return tr("{gpu} is not used: llama.cpp is built for the CPU alone.", gpu=gpu.name)
    return tr(
        "{gpu} is not used: llama.cpp is built for {backends}.",
        gpu=gpu.name,
        backends=_built_for(installation),
    )


def _built_for(installation: Installation) -> str:
    return tr(" and ").join(_NAMES.get(name, name) for name in installation.backends)


def _nvidia_driver(gpu: Gpu, installation: Installation) -> Finding:
    again = tr("Then ask yi doctor again: it names the build that fits the driver.")
    if gpu.driver not in (None, *_FREE_DRIVERS):
        return Finding(
            tr("{name} is here, but its driver does not answer.", name=gpu.name),
            tr(
                "After an update of the driver, restart the machine. A container must be given "
                "the GPU (docker run --gpus all). {again}",
                again=again,
            ),
        )
    on_ubuntu = "Ubuntu" in (installation.system_version or "")
    return Finding(
        tr("{name} is here, but NVIDIA's driver is not.", name=gpu.name),
        tr(
            "Without it no program computes there. The system's packages have it, or "
            "https://www.nvidia.com/drivers does. {again}",
            again=again,
        ),
        "sudo ubuntu-drivers install" if on_ubuntu else None,
    )


def _not_found(gpu: Gpu, backend: str, installation: Installation) -> Finding:
    """The build is right for its vendor, and yet it finds no device."""
    name = _NAMES.get(backend, backend)
    problem = tr(
        "{gpu} is not used: llama.cpp, built for {backend}, does not find it.",
        gpu=gpu.name,
        backend=name,
    )
    best = best_build(gpu, installation)
    match backend:
        case "CUDA":
            reason = tr(
                "The build may be for a newer CUDA than the driver runs, or CUDA_VISIBLE_DEVICES "
                "hides the GPU. {needs}",
                needs=best.needs,
            )
            return Finding(problem, reason, best.command, best.otherwise)
        case "ROCm" if installation.system == "Linux":
            reason = tr(
                "Perhaps this user may not open /dev/kfd; the first command changes that at "
                "the next login. Or ROCm does not support the card; Vulkan does: the other "
                "command."
            )
            rights = 'sudo usermod -aG render,video "$USER"'
            return Finding(problem, reason, rights, best.command)
        case "ROCm":
            reason = tr("ROCm may not support the card, or lack its driver. Vulkan needs no more.")
            return Finding(problem, reason, best.command)
        case "SYCL":
            reason = tr("The oneAPI toolkit's variables must be set in the shell that starts yi.")
            sets = "source /opt/intel/oneapi/setvars.sh" if installation.system == "Linux" else None
            return Finding(problem, reason, sets, best.command)
        case "Vulkan":
            reason = tr(
                "No Vulkan driver answers for it. AMD's and Intel's are in the package "
                "mesa-vulkan-drivers of most Linuxes, NVIDIA's is part of its own driver. "
                "vulkaninfo --summary lists what is there."
            )
            return Finding(problem, reason)
    return Finding(problem, tr("In a virtual machine there may be no Metal device."))


def _nothing_to_drive(installation: Installation) -> Finding:
    return Finding(
        tr(
            "llama.cpp is built for {backends}, but finds no GPU; nor do we.",
            backends=_built_for(installation),
        ),
        tr(
            "So it computes on the CPU. If there is one: a container must be given it "
            "(docker run --gpus all), a virtual machine too. If not, there is nothing to "
            "mend."
        ),
    )
