"""The line that tells of a transfer."""

import pytest

from yi_local.assistant.models.fetching import FetchProgress
from yi_local.cli.fetching import line_of
from yi_local.hub.repo import RemoteFile
from yi_local.hub.transfer.progress import Progress, State

FILE = RemoteFile("a.gguf", 4_000_000_000, "0" * 64)


def line(done: int, state: State = "transferring", detail: str = "") -> str:
    progress = Progress(done, FILE.size_bytes, 50e6, None, state, detail)
    return line_of(FetchProgress(FILE, progress, done, FILE.size_bytes))


def test_a_transfer_shows_a_bar_amounts_speed_and_time_left() -> None:
    assert line(1_000_000_000) == "[####            ] 1.0 GB of 4.0 GB, 50 MB/s, 1 min 0 s left"
    assert line(0).startswith("[                ] 0 B of 4.0 GB")
    assert line(4_000_000_000).startswith("[################] 4.0 GB of 4.0 GB")


def test_what_stands_still_says_so_instead_of_a_speed() -> None:
    said = line(2_000_000_000, "stalled", "Nothing has come for 12 s")
    assert said == "[########        ] 2.0 GB of 4.0 GB: Nothing has come for 12 s"


@pytest.mark.parametrize("state", ["transferring", "stalled", "waiting", "verifying"])
def test_a_line_fits_into_80_columns(state: State) -> None:
    assert len(line(3_999_999_999, state, "a long reason " * 20)) < 80
