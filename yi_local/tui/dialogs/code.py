"""Which block of code of an answer is meant."""

from collections.abc import Sequence

from yi_local.language import tr, trn
from yi_local.tui.chat.markdown_text import CodeBlock
from yi_local.tui.dialogs.pick import PickDialog
from yi_local.tui.widgets.pick_list import Pick


class CodeDialog(PickDialog):
    """Returns the code."""

    def __init__(self, blocks: Sequence[CodeBlock]) -> None:
        picks = [_pick(number, block) for number, block in enumerate(blocks)]
        super().__init__(tr("Copy code"), picks, placeholder=tr("Filter"))
        self._blocks = blocks

    def chosen(self, pick_id: str) -> str | None:
        return self._blocks[int(pick_id)].code


def _pick(number: int, block: CodeBlock) -> Pick:
    lines = block.code.strip("\n").split("\n")
    shown = next((line for line in lines if line.strip()), "").strip()
    size = trn("{n} line", "{n} lines", len(lines))
    note = f"{block.language}  {size}" if block.language else size
    return Pick(str(number), shown, note=note, also=block.code)
