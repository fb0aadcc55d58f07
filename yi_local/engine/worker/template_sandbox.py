"""Jinja as chat templates expect it: sandboxed, bounded, remembering who wrote what."""

import json
import re
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jinja2 import Template, nodes, pass_environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.filters import do_format
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from yi_local.engine.worker.provenance import Trusted, joined
from yi_local.language import tr

MAX_CHARACTERS = 16 << 20  # of one text, intermediate or final
_MAX_WIDTH = 10_000  # of padding, in characters
_MAX_POWER_BITS = 4096
_TICKS_PER_LOOK = 256  # loop turns between two looks at the clock
_WIDE_FORMAT = re.compile(r"\d{5}")
_PADDING = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs"})


class OutOfBounds(Exception):
    """The template took too long or wanted too much."""


class TemplateRefusal(Exception):
    """The template called raise_exception."""


class Budget:
    """The time and the text one rendering may take."""

    def __init__(self, time_s: float) -> None:
        self._time_s = time_s
        self._end = time.monotonic() + time_s
        self._ticks = 0

    def tick(self) -> None:
        self._ticks += 1
        if self._ticks % _TICKS_PER_LOOK == 0 and time.monotonic() > self._end:
            raise OutOfBounds(tr("it ran for more than {seconds} s", seconds=f"{self._time_s:g}"))


class _Generator(CodeGenerator):
    """Wraps the template's own texts as Trusted and lets every block of code tick."""

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:
        value = node.as_const(frame.eval_ctx)
        if isinstance(value, str):
            self.write(f"environment.trusted({value!r})")
        else:
            super().visit_Const(node, frame)

    def visit_TemplateData(self, node: nodes.TemplateData, frame: Frame) -> None:
        self.write(f"environment.trusted({node.data!r})")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.concat((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def blockvisit(self, nodes: Any, frame: Frame) -> None:
        self.writeline("environment.tick()")
        super().blockvisit(nodes, frame)

    def _output_const_repr(self, group: Any) -> str:
        return f"environment.trusted({''.join(map(str, group))!r})"


class _Generation(Extension):
    """Hugging Face's {% generation %}, which marks answers for training: here, just its body."""

    tags = {"generation"}  # noqa: RUF012  # jinja2 declares it so

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class TemplateSandbox(ImmutableSandboxedEnvironment):
    """One rendering at a time: the budget belongs to the one that runs."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"+", "*", "**", "%"})
    trusted = Trusted

    def __init__(self) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do", _Generation],
        )
        self._budget = Budget(0)
        self.globals |= {"raise_exception": _refuse, "strftime_now": _strftime_now}
        self.filters |= {
            "tojson": _to_json,
            "join": self._join,
            "center": self._bounded(self.filters["center"]),
            "indent": self._bounded(self.filters["indent"]),
            "wordwrap": self._bounded(self.filters["wordwrap"]),
            "format": _format,
            "replace": _replace,
        }

    def render_within(
        self, budget: Budget, template: Template, variables: Mapping[str, Any]
    ) -> Trusted:
        self._budget = budget
        parts, size = [], 0
        for part in template.root_render_func(template.new_context(dict(variables))):
            parts.append(part)
            size += len(part)
            _check_size(size)
        return joined(parts)

    def tick(self) -> None:
        self._budget.tick()

    def concat(self, parts: Any) -> Trusted:
        texts = [part if isinstance(part, str) else str(part) for part in parts]
        _check_size(sum(map(len, texts)))
        return joined(texts)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        self.tick()
        if operator == "*":
            _check_product(left, right)
        elif operator == "+" and isinstance(left, str | list) and isinstance(right, str | list):
            _check_size(len(left) + len(right))
        elif operator == "%" and isinstance(left, str):
            _check_format(left)
        elif operator == "**" and _bits(left) * abs(right) > _MAX_POWER_BITS:
            raise OutOfBounds(tr("it computes a number that is too large"))
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        self.tick()
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        if isinstance(owner, str):
            _check_text_method(owner, name, args)
        return super().call(context, obj, *args, **kwargs)

    def wrap_str_format(self, value: Any) -> Any:
        wrapped = super().wrap_str_format(value)
        if wrapped is not None:
            _check_format(value.__self__)
        return wrapped

    def _join(self, value: Any, d: str = "", attribute: str | None = None) -> Trusted:
        items = value if attribute is None else (self.getattr(item, attribute) for item in value)
        texts = [item if isinstance(item, str) else str(item) for item in items]
        _check_size(sum(map(len, texts)) + len(d) * len(texts))
        return joined(texts, d)

    @staticmethod
    def _bounded(filter_: Any) -> Any:
        def bounded(*args: Any, **kwargs: Any) -> Any:
            _check_widths([*args, *kwargs.values()])
            return filter_(*args, **kwargs)

        return pass_environment(bounded) if hasattr(filter_, "jinja_pass_arg") else bounded


def _refuse(message: str) -> None:
    raise TemplateRefusal(str(message))


def _strftime_now(format_: str) -> str:
    return datetime.now().strftime(format_)


def _to_json(value: Any, indent: int | None = None, **options: Any) -> str:
    """As transformers does it: other alphabets stay readable, nothing is escaped for HTML."""
    _check_widths([indent])
    options = {key: options[key] for key in ("separators", "sort_keys") if key in options}
    return json.dumps(value, ensure_ascii=False, indent=indent, **options)


def _format(value: Any, *args: Any, **kwargs: Any) -> str:
    _check_format(str(value))
    return str(do_format(str(value), *args, **kwargs))


def _replace(value: Any, old: str, new: str, count: int = -1) -> str:
    text = value if isinstance(value, str) else str(value)
    _check_size(len(text) + text.count(old) * len(new))
    return text.replace(old, new, -1 if count is None else count)


def _check_text_method(text: str, name: str, args: tuple[Any, ...]) -> None:
    if name in _PADDING:
        _check_widths(args)
    elif name == "replace" and len(args) > 1:
        _check_size(len(text) + text.count(str(args[0])) * len(str(args[1])))
    elif name == "join" and args and isinstance(args[0], list | tuple):
        _check_size(sum(len(str(part)) + len(text) for part in args[0]))


def _check_size(characters: int) -> None:
    if characters > MAX_CHARACTERS:
        raise OutOfBounds(
            tr(
                "it wants a text of more than {n} million characters",
                n=MAX_CHARACTERS >> 20,
            )
        )


def _check_product(left: Any, right: Any) -> None:
    for value, times in ((left, right), (right, left)):
        if isinstance(value, str | list | tuple) and isinstance(times, int):
            _check_size(len(value) * times)
    if isinstance(left, int) and isinstance(right, int) and _bits(left) + _bits(right) > 1 << 16:
        raise OutOfBounds(tr("it computes a number that is too large"))


def _check_widths(values: Any) -> None:
    if any(isinstance(value, int) and value > _MAX_WIDTH for value in values):
        raise OutOfBounds(tr("it pads a text too far"))


def _check_format(text: str) -> None:
    if "*" in text or _WIDE_FORMAT.search(text):
        raise OutOfBounds(tr("it pads a text too far"))


def _bits(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else 64
