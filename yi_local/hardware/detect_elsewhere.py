"""Looks at a machine of any system, through psutil."""

import platform

from yi_local.hardware import psutil_facts
from yi_local.hardware.architecture import architecture
from yi_local.hardware.snapshot import Cpu, Hardware


def detect_elsewhere() -> Hardware:
    return Hardware(
        system=platform.system(),
        memory=psutil_facts.memory(),
        cpu=Cpu(
            model=platform.processor() or None,
            architecture=architecture(platform.machine()),
            logical_cores=psutil_facts.logical_cores(),
            physical_cores=psutil_facts.physical_cores(),
            performance_cores=None,
        ),
    )
