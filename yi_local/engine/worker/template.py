"""Renders a model's own chat template, which is a stranger's program: in a sandbox, in bounds."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError

from yi_local.engine.worker.provenance import Trusted
from yi_local.engine.worker.template_sandbox import (
    Budget,
    OutOfBounds,
    TemplateRefusal,
    TemplateSandbox,
)
from yi_local.errors import CannotLoad, UsageError, YiLocalError
from yi_local.language import tr

TIME_S = 2.0
_ROLES = frozenset({"system", "user", "assistant", "tool", "developer", "function"})


class ChatTemplate:
    """Compiled once; raises CannotLoad for a template that is not Jinja."""

    def __init__(
        self, source: str, bos_token: str = "", eos_token: str = "", time_s: float = TIME_S
    ) -> None:
        self._environment = TemplateSandbox()
        self._time_s = time_s
        self._tokens = {"bos_token": Trusted(bos_token), "eos_token": Trusted(eos_token)}
        try:
            self._template = self._environment.from_string(source)
        except TemplateSyntaxError as error:
            raise CannotLoad(
                tr(
                    "The model's chat template is broken: {error} (line {line}).",
                    error=error.message,
                    line=error.lineno,
                ),
                tr("The model can still go on with a text: yi run MODEL --raw PROMPT"),
            ) from error

    def render(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool = True,
        **extra: Any,
    ) -> Trusted:
        """The prompt's text. Raises UsageError when the template refuses these messages.

        Some models know no system role and their templates say so by an error. The system text
        then opens the first user message, which is where such models were trained to find it.
        """
        variables = {
            **self._tokens,
            "tools": tools,
            "documents": None,
            "add_generation_prompt": add_generation_prompt,
            **extra,
        }
        try:
            return self._render(messages, variables)
        except TemplateRefusal as refusal:
            folded = _folded(messages)
            if folded is None:
                raise _refused(refusal) from refusal
        try:
            return self._render(folded, variables)
        except TemplateRefusal as refusal:
            raise _refused(refusal) from refusal

    def _render(self, messages: Sequence[Mapping[str, Any]], variables: dict[str, Any]) -> Trusted:
        variables = variables | {"messages": [_with_trusted_role(message) for message in messages]}
        budget = Budget(self._time_s)
        try:
            return self._environment.render_within(budget, self._template, variables)
        except TemplateRefusal:
            raise
        except (OutOfBounds, RecursionError, MemoryError) as error:
            raise YiLocalError(
                tr(
                    "The model's chat template was stopped: {reason}.",
                    reason=str(error) or tr("it calls itself too often"),
                ),
                tr("Its file may be damaged or hostile; --raw works without the template."),
            ) from error
        except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError,
                ValueError) as error:  # fmt: skip  # what a template can raise like any program
            raise YiLocalError(
                tr("The model's chat template failed: {error}.", error=error),
                tr("It may not support such messages; --raw works without the template."),
            ) from error


def _refused(refusal: TemplateRefusal) -> UsageError:
    return UsageError(
        tr("The model's template refuses this conversation: {refusal}", refusal=refusal),
        tr("Most such templates want user and assistant to take turns, the user first."),
    )


def _with_trusted_role(message: Mapping[str, Any]) -> dict[str, Any]:
    """Templates build markers from roles ('<|' + role + '|>'): the known ones may take part."""
    role = message.get("role")
    return dict(message) | ({"role": Trusted(role)} if role in _ROLES else {})


def _folded(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]] | None:
    """The system text in front of the first user message; None when there is nothing to fold."""
    if len(messages) < 2 or messages[0]["role"] != "system" or messages[1]["role"] != "user":
        return None
    first = dict(messages[1]) | {"content": f"{messages[0]['content']}\n\n{messages[1]['content']}"}
    return [first, *messages[2:]]
