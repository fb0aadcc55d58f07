"""What the advisor does, with formulas in place of llama.cpp: files of Yi in, a ranking out.

The sizes of the quants are those of memory.md, 10.2, in MiB; the tensors of the synthetic shapes
are scaled to them.
"""

from dataclasses import replace
from functools import cache

from tests.planner.machines import GIB, MIB, nvidia
from tests.planner.shapes import yi_6b, yi_9b, yi_34b
from yi_local.hardware.snapshot import Device, Hardware
from yi_local.planner.budget import Budget, fits_accelerators
from yi_local.planner.choose import choose
from yi_local.planner.formulas.closed_form import closed_form
from yi_local.planner.formulas.shape import ModelShape, model_shape
from yi_local.planner.model_file import model_file
from yi_local.planner.options import partial, whole
from yi_local.planner.plan import Candidate, Experience, ModelFile, Plan, Ranking, Wish
from yi_local.types import DeviceMemory, DryRun, LoadOptions

QUANTS = "Q8_0 Q6_K Q5_K_M Q4_K_M IQ4_XS Q3_K_M IQ2_M".split()  # noqa: SIM905
_SIZES = {
    "Yi-6B": (6142, 4742, 4104, 3502, 3181, 2853, 2062),
    "Yi-9B": (8948, 6909, 5967, 5081, 4602, 4123, 2953),
    "Yi-34B": (34848, 26905, 23194, 19700, 17771, 15882, 11247),
}
_SHAPES = {"Yi-6B": yi_6b, "Yi-9B": yi_9b, "Yi-34B": yi_34b}
NO_EXPERIENCE = Experience()
CARD = nvidia([8 * GIB], bandwidth=None, ram_bandwidth=None)


@cache
def shape_of(model: str) -> ModelShape:
    shape = model_shape([_SHAPES[model]()])
    assert shape is not None
    return shape


@cache
def yi(model: str, quant: str, n_ctx_train: int = 32_768) -> ModelFile:
    name = f"{model}-{quant}.gguf"
    weights = _SIZES[model][QUANTS.index(quant)] * MIB
    synthetic = model_file([_SHAPES[model]()], path=name, name=name, size_bytes=weights)
    scale = weights / synthetic.weights_bytes
    return replace(
        synthetic,
        quant=quant,
        weights_bytes=weights,
        active_bytes=int(synthetic.active_bytes * scale),
        idle_bytes=int(synthetic.idle_bytes * scale),
        n_ctx_train=n_ctx_train,
        imatrix=True,
    )


def family(*models: str) -> list[ModelFile]:
    return [yi(model, quant) for model in models for quant in QUANTS]


def dry_run(file: ModelFile, options: LoadOptions, gpus: tuple[Device, ...]) -> DryRun:
    """As if llama.cpp had been asked."""
    synthetic = closed_form(shape_of(file.name.rsplit("-", 1)[0]), options, gpus)
    assert synthetic is not None
    scale = file.weights_bytes / sum(device.weights_bytes for device in synthetic.devices)
    devices = tuple(
        replace(device, weights_bytes=int(device.weights_bytes * scale))
        for device in synthetic.devices
    )
    return DryRun(devices, synthetic.n_ctx, synthetic.flash_attention)


def candidates(files: list[ModelFile], hardware: Hardware, wish: Wish) -> list[Candidate]:
    budget = Budget(hardware, wish, NO_EXPERIENCE)
    found: list[Candidate] = []
    for file in files:

        def tried(options: LoadOptions, file: ModelFile = file) -> Candidate:
            return Candidate(file, options, dry_run(file, options, hardware.accelerators))

        def fits(options: LoadOptions) -> bool:
            return fits_accelerators(budget.estimate(tried(options)))

        ways = [*whole(file, hardware, wish), *partial(file, hardware, wish, fits)]
        found.extend(map(tried, ways))
    return found


def advise(files: list[ModelFile], hardware: Hardware, wish: Wish | None = None) -> Ranking:
    wish = wish or Wish()
    return choose(candidates(files, hardware, wish), hardware, wish)


def best(files: list[ModelFile], hardware: Hardware, wish: Wish | None = None) -> Plan:
    plan = advise(files, hardware, wish).best
    assert plan is not None
    return plan


def shown(plan: Plan) -> tuple[str, int | None, str, int, int | None]:
    options = plan.options
    name = plan.file.name.removesuffix(".gguf")
    return name, options.n_ctx, options.type_k, options.n_ubatch, options.n_gpu_layers


def said(plan: Plan, code: str) -> str | None:
    return next((reason.text for reason in plan.reasons if reason.code == code), None)


def on_gpu(file: ModelFile, size: int, **options: object) -> Candidate:
    """One that takes `size` bytes of the card."""
    chosen: dict[str, object] = {"n_ctx": 16_384, "n_gpu_layers": file.n_layer + 1, **options}
    chosen["type_v"] = chosen.get("type_k", "f16")
    way = LoadOptions(path=file.path, **chosen)  # type: ignore[arg-type]
    devices = (DeviceMemory("CPU", 100 * MIB, 0, 0), DeviceMemory("CUDA0", size, 0, 0))
    return Candidate(file, way, DryRun(devices, way.n_ctx or 0, None))
