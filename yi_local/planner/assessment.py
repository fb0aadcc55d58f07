"""What one candidate would take and give on this machine, weighed."""

from dataclasses import dataclass, replace

from yi_local.planner.plan import Candidate, MemoryEstimate, ModelFile, Plan, Reason, Speed
from yi_local.planner.rank import Rank
from yi_local.types import LoadOptions


@dataclass(frozen=True, slots=True)
class Assessment:
    candidate: Candidate
    memory: MemoryEstimate
    prefill: Speed | None
    decode: Speed | None
    rank: Rank
    short_bytes: int  # what its tightest device lacks; 0 where it fits

    @property
    def file(self) -> ModelFile:
        return self.candidate.file

    @property
    def options(self) -> LoadOptions:
        return self.candidate.options

    @property
    def fits(self) -> bool:
        return self.short_bytes == 0

    def plan(self, reasons: tuple[Reason, ...]) -> Plan:
        """Where llama.cpp was left to choose, it has chosen in the dry run: a plan is explicit."""
        options = self.options
        if options.flash_attention is None:
            options = replace(options, flash_attention=self.candidate.dry_run.flash_attention)
        return Plan(self.file, options, self.memory, self.prefill, self.decode, reasons)
