"""The kernels that llama.cpp was compiled with, against what the CPU has."""

from yi_local.assistant.doctor.best_build import compiled
from yi_local.assistant.doctor.build_features import by_backend
from yi_local.assistant.doctor.finding import Finding
from yi_local.assistant.doctor.installation import Installation
from yi_local.engine.build import EngineBuild
from yi_local.hardware.snapshot import Hardware
from yi_local.language import tr

# Those that any compiler uses which compiles for the machine it runs on, and that speed up
# quantized weights (ggml-cpu/arch). More of them would call builds slow that nothing makes faster.
_THAT_MATTER = ("AVX", "AVX2", "AVX512", "DOTPROD", "MATMUL_INT8")


def unused_kernels(
    hardware: Hardware, installation: Installation, build: EngineBuild
) -> Finding | None:
    """Worth a compilation only where the CPU does the computing."""
    has, uses = hardware.cpu.simd, _kernels(build)
    unused = [word for word in _THAT_MATTER if word in has and word not in uses]
    if not uses or not unused:
        return None
    return Finding(
        tr("The CPU has {names}; llama.cpp is compiled without.", names=_listed(unused)),
        tr(
            "Prebuilt wheels are for any CPU of their kind. Compiled here, llama.cpp uses "
            "all that this one has, and reads prompts faster. It needs a C++ compiler and "
            "a few minutes."
        ),
        compiled(installation, *installation.backends),
    )


def foreign_kernels(
    hardware: Hardware, installation: Installation, build: EngineBuild
) -> Finding | None:
    """Not on Windows, whose versions before 2004 tell of no AVX (IsProcessorFeaturePresent)."""
    cpu = hardware.cpu
    if hardware.system == "Windows" or not cpu.simd:
        return None
    foreign = [word for word in _THAT_MATTER if word in _kernels(build) and word not in cpu.simd]
    if not foreign:
        return None
    return Finding(
        tr(
            "llama.cpp is compiled for {names}, which this CPU does not have.",
            names=_listed(foreign),
        ),
        tr(
            "It was made on another machine, and will end as soon as it computes (SIGILL). "
            "It has to be compiled here; that needs a C++ compiler and a few minutes."
        ),
        compiled(installation, *installation.backends),
    )


def _kernels(build: EngineBuild) -> tuple[str, ...]:
    return by_backend(build.features).get("CPU", ())


def _listed(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return tr("{names} and {last}", names=", ".join(words[:-1]), last=words[-1])
