"""Looks at everything that running models here depends on; all that is slow happens here."""

import getpass
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from yi_local import __version__, paths
from yi_local.assistant.doctor.checkup import Checkup, learnt_speeds, residuals
from yi_local.assistant.doctor.installation import read_installation
from yi_local.assistant.doctor.places import places
from yi_local.assistant.doctor.privacy import Privacy
from yi_local.assistant.doctor.remedy import findings
from yi_local.assistant.planning.experience import ExperienceFile
from yi_local.assistant.planning.machine import look
from yi_local.assistant.planning.opening import experience_file
from yi_local.engine.build import EngineBuild
from yi_local.engine.probe import Probe
from yi_local.errors import YiLocalError
from yi_local.hardware.detect import detect
from yi_local.hardware.snapshot import Hardware
from yi_local.hub.remote.reachability import ask_hub
from yi_local.language import tr

Progress = Callable[[str, float, float], None]  # what is done now, how many steps of how many


def check_up(
    environ: Mapping[str, str],
    progress: Progress,
    *,
    offline: bool = False,
    engine_command: Sequence[str] | None = None,
) -> Checkup:
    """Whatever is broken becomes a finding, and the rest is looked at all the same."""
    privacy = _privacy(environ)
    progress(tr("looking at the machine"), 0, 3)
    hardware, experience = detect(), experience_file()
    installation = read_installation(_shown_executable(privacy))
    progress(tr("asking llama.cpp"), 1, 3)
    hardware, build, failure = _ask_llama_cpp(hardware, experience, engine_command)
    progress(tr("asking the Hub"), 2, 3)
    hub = ask_hub(environ, offline=offline)
    learnt = experience.read()
    return Checkup(
        yi_local=__version__,
        installation=installation,
        hardware=hardware,
        build=build,
        findings=findings(hardware, installation, build, privacy.conceal(failure or "")),
        places=places(environ, privacy),
        hub=hub,
        residuals=residuals(experience.loads(), hardware, learnt),
        speeds=learnt_speeds(learnt),
    )


def _ask_llama_cpp(
    hardware: Hardware, experience: ExperienceFile, command: Sequence[str] | None
) -> tuple[Hardware, EngineBuild | None, str | None]:
    """The hardware with what llama.cpp adds to it, the build, or why there is none.

    Asked anew, not read from the cache of builds: that one may have been written elsewhere.
    """
    try:
        with Probe(log_dir=paths.log_dir(), command=command) as probe:
            build = probe.build()
            with suppress(YiLocalError):  # its bandwidth could not be measured
                hardware = look(probe, experience, paths.cache_dir()).hardware
            return replace(hardware, devices=build.devices), build, None
    except YiLocalError as error:
        return hardware, None, error.message
    except OSError as error:
        reason = tr("The engine could not be started: {reason}.", reason=error.strerror)
        return hardware, None, reason


def _privacy(environ: Mapping[str, str]) -> Privacy:
    """Homes also where symbolic links lead; names as the environment and the system have them."""
    homes, names = set[str](), {environ.get(name, "") for name in ("USER", "LOGNAME", "USERNAME")}
    with suppress(RuntimeError):  # nobody knows it
        home = Path.home()
        homes = {str(home), str(home.resolve())}
    with suppress(OSError, KeyError, ImportError):
        names.add(getpass.getuser())
    return Privacy(homes, names)


def _shown_executable(privacy: Privacy) -> str:
    """Whole, or where that would tell a name, by the name that a virtual environment gives it."""
    shown = privacy.conceal(sys.executable)
    return "python" if "<user>" in shown else shown
