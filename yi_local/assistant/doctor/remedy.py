"""What keeps this machine from running models as well as it could, and what mends it."""

from yi_local.assistant.doctor.broken_build import broken_build
from yi_local.assistant.doctor.cpu_kernels import foreign_kernels, unused_kernels
from yi_local.assistant.doctor.finding import Finding
from yi_local.assistant.doctor.idle_gpu import idle_gpu
from yi_local.assistant.doctor.installation import Installation
from yi_local.engine.build import EngineBuild
from yi_local.hardware.snapshot import Hardware, accelerators
from yi_local.language import tr


def findings(
    hardware: Hardware,
    installation: Installation,
    build: EngineBuild | None,
    failure: str | None = None,
) -> tuple[Finding, ...]:
    """The gravest first. `failure`: why llama.cpp could not be asked, where there is no build."""
    if _is_translated(hardware, installation):
        return (_translated(hardware),)
    if build is None:
        return (broken_build(hardware, installation, failure or tr("It gave no reason.")),)
    found = [
        foreign_kernels(hardware, installation, build),
        idle_gpu(hardware, installation, build),
    ]
    if not any(found) and not accelerators(build.devices):
        found.append(unused_kernels(hardware, installation, build))
    return tuple(finding for finding in found if finding is not None)


def _is_translated(hardware: Hardware, installation: Installation) -> bool:
    """sysctl tells of Apple Silicon to a program for Intel, too; uname does not."""
    on_apple = any(gpu.vendor == "apple" for gpu in hardware.gpus)
    return on_apple and installation.architecture == "x86_64"


def _translated(hardware: Hardware) -> Finding:
    chip = next(gpu.name for gpu in hardware.gpus if gpu.vendor == "apple")
    return Finding(
        tr(
            "This Python is made for Intel's processors; Rosetta translates it on the {chip}.",
            chip=chip,
        ),
        tr(
            "So is llama.cpp, which then has neither Metal nor fast kernels. Install a "
            "Python for arm64: Homebrew's, as here, or the one of python.org. Make a new "
            "virtual environment with it, and install yi_local there."
        ),
        "arch -arm64 /opt/homebrew/bin/brew install python",
    )
