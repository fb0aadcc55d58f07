"""The loaded model's way from messages to token ids."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from yi_local.engine.worker.examine import Examination
from yi_local.engine.worker.model import Model
from yi_local.engine.worker.prompt import Assembler
from yi_local.engine.worker.template import ChatTemplate
from yi_local.types import Json


class Prompts:
    """Satisfies prompt.Vocabulary, so that it can hand itself to the assembly."""

    def __init__(
        self, model: Model, special_literals: Mapping[str, int], examination: Examination
    ) -> None:
        self._model = model
        self._template_source = examination.chat_template
        self.special_literals = special_literals
        self.text_only_literals = examination.text_only_literals
        self.add_bos = model.add_bos
        self.bos = model.bos
        self._assembler = Assembler(self)

    def tokenize(self, text: str, parse_special: bool) -> list[int]:
        return self._model.tokenize(text, parse_special)

    def chat(
        self, messages: Sequence[Json], tools: Sequence[Json] | None, continues: str = ""
    ) -> tuple[str, list[int]]:
        """The rendered text with its token ids, up to where the answer goes on.

        What there is of the answer is text like any other: no marker in it counts. Raises
        UsageError where the template refuses.
        """
        rendered = self._template.render(messages, tools=tools) + continues
        return str.__str__(rendered), self._assembler.token_ids(rendered)

    def plain(self, text: str) -> list[int]:
        """A text to go on with, as llama.cpp's own programs take it: special tokens are on."""
        ids = self._model.tokenize(text, parse_special=True)
        bos = self.bos
        return [bos, *ids] if self.add_bos and bos is not None and ids[:1] != [bos] else ids

    @cached_property
    def _template(self) -> ChatTemplate:
        """Compiled at the first chat: a broken template must not keep a model from completing."""
        bos, eos = self._model.bos, self._model.eos
        return ChatTemplate(
            self._template_source,
            bos_token="" if bos is None else self._model.text_of(bos),
            eos_token="" if eos is None else self._model.text_of(eos),
        )
