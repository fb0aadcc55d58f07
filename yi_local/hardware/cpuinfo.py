"""A processor by /proc/cpuinfo."""

import re

from yi_local.hardware.kernel_text import number

# Implementer and part in MIDR_EL1: Arm's by the technical reference manuals of its cores, other
# makers' by Linux, arch/arm64/include/asm/cputype.h
_ARM_CORES = {
    (0x41, 0xD03): "Cortex-A53",
    (0x41, 0xD04): "Cortex-A35",
    (0x41, 0xD05): "Cortex-A55",
    (0x41, 0xD07): "Cortex-A57",
    (0x41, 0xD08): "Cortex-A72",
    (0x41, 0xD09): "Cortex-A73",
    (0x41, 0xD0A): "Cortex-A75",
    (0x41, 0xD0B): "Cortex-A76",
    (0x41, 0xD0C): "Neoverse-N1",
    (0x41, 0xD0D): "Cortex-A77",
    (0x41, 0xD40): "Neoverse-V1",
    (0x41, 0xD41): "Cortex-A78",
    (0x41, 0xD42): "Cortex-A78AE",
    (0x41, 0xD44): "Cortex-X1",
    (0x41, 0xD46): "Cortex-A510",
    (0x41, 0xD47): "Cortex-A710",
    (0x41, 0xD48): "Cortex-X2",
    (0x41, 0xD49): "Neoverse-N2",
    (0x41, 0xD4D): "Cortex-A715",
    (0x41, 0xD4E): "Cortex-X3",
    (0x41, 0xD4F): "Neoverse-V2",
    (0x41, 0xD80): "Cortex-A520",
    (0x41, 0xD81): "Cortex-A720",
    (0x41, 0xD82): "Cortex-X4",
    (0x41, 0xD84): "Neoverse-V3",
    (0x41, 0xD85): "Cortex-X925",
    (0x41, 0xD87): "Cortex-A725",
    (0x51, 0x001): "Oryon",
    (0xC0, 0xAC3): "Ampere-1",
}

# llama.cpp's word (ggml_backend_cpu_get_features, in its order) -> the kernel's flags it needs
_SIMD = {
    "SSE3": {"pni"},
    "SSSE3": {"ssse3"},
    "AVX": {"avx"},
    "AVX_VNNI": {"avx_vnni"},
    "AVX2": {"avx2"},
    "F16C": {"f16c"},
    "FMA": {"fma"},
    "BMI2": {"bmi2"},
    "AVX512": {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"},
    "AVX512_VBMI": {"avx512vbmi"},
    "AVX512_VNNI": {"avx512_vnni"},
    "AVX512_BF16": {"avx512_bf16"},
    "AMX_INT8": {"amx_int8"},
    "NEON": {"asimd"},
    "FP16_VA": {"asimdhp"},
    "MATMUL_INT8": {"i8mm"},
    "SVE": {"sve"},
    "DOTPROD": {"asimddp"},
    "SME": {"sme"},
    "SME2": {"sme2"},
}


def cpu_model(text: str | None) -> str | None:
    """The processor's own name; on ARM, where it has none, its cores': "Cortex-A76"."""
    makers, parts = _values("CPU implementer", text), _values("CPU part", text)
    if makers and parts:
        ids = zip(makers, parts, strict=False)
        cores = (_ARM_CORES.get((number(m, 16) or 0, number(p, 16) or 0)) for m, p in ids)
        return " + ".join(dict.fromkeys(core for core in cores if core)) or None
    names = _values("model name", text)
    return " ".join(names[0].split()) if names else None


def simd(text: str | None) -> tuple[str, ...]:
    """By the flags of the first core: the kernel shows those that all cores have."""
    lines = _values("flags", text) or _values("Features", text)
    flags = set(lines[0].split()) if lines else set()
    return tuple(word for word, needed in _SIMD.items() if needed <= flags)


def _values(key: str, text: str | None) -> list[str]:
    """Of one key, once for each core."""
    return re.findall(rf"^{key}[ \t]*:[ \t]*(\S.*)$", text or "", re.MULTILINE)
