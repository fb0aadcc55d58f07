"""Whether this machine's CPU can compute with repacked weights; remembered beside the logs."""

from pathlib import Path

_MARK = "cpu-repack-crashes"


class RepackMark:
    """Virtual machines exist that announce AMX and then fault on it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _MARK

    @property
    def allowed(self) -> bool:
        return not self._path.exists()

    def forbid(self) -> None:
        self._path.write_text("Delete this file to try repacked CPU weights again.\n")
