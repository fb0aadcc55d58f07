"""Finds the known defects of a model file from its header, with the override that repairs each."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from yi_local.engine.worker import known_templates
from yi_local.engine.worker.end_marker import OTHER_ENDS, end_marker
from yi_local.gguf_file import GgufHeader
from yi_local.gguf_file.unloadable import refuse_unloadable
from yi_local.language import mark, tr
from yi_local.types import Diagnosis

Overrides = dict[str, bool | int | float | str]

_NORMAL, _CONTROL, _USER_DEFINED = 1, 3, 4  # tokenizer.ggml.token_type
_MARKER = re.compile(r"<[|\uff5c][^|\uff5c<>\s]{1,40}[|\uff5c]>|<(?:start|end)_of_turn>|\[/?INST\]")
_EOS_KEY, _BOS_KEY = "tokenizer.ggml.eos_token_id", "tokenizer.ggml.bos_token_id"
_ADD_BOS_KEY = "tokenizer.ggml.add_bos_token"
_SPACE_KEY = "tokenizer.ggml.add_space_prefix"
_TEMPLATE_KEY = "tokenizer.chat_template"
_END_KEYS = (_EOS_KEY, "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id")
_NAME_KEYS = ("general.name", "general.basename", "general.finetune")
# Their converters leave this end to llama.cpp, which knows it by its text: no defect of one file.
_LEFT_TO_LLAMA_CPP = frozenset({"<end_of_turn>", "<|end|>", "<|eot_id|>"})
# Vocabularies to which llama.cpp adds a start token when add_bos_token is not there.
_BOS_BY_DEFAULT = frozenset({"llama3", "llama-v3", "llama-bpe", "falcon3", "pixtral", "tekken"})
_CHAT_NAME = re.compile(r"chat|instruct|assistant|(?<![a-z])(?:it|sft|dpo)(?![a-z])", re.IGNORECASE)
# A name of nothing but maker, family, version and size. Old converters wrote "LLaMA v2" into all.
_BASE_NAME = re.compile(
    r"(?!llama v2$)(?:[\w.-]+[/_])?(?:meta[-_ ])?(?:yi|llama|gemma|qwen|mistral|mixtral|phi)"
    r"(?:[-_ .v]|coder|base|hf|pt|\d+x|\d+(?:\.\d+)?[bk]?)*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Examination:
    """How to load and prompt this file, whatever it says of itself."""

    chat_template: str
    diagnoses: tuple[Diagnosis, ...] = ()
    kv_overrides: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    end_token_ids: frozenset[int] = frozenset()  # they end an answer, beside llama.cpp's own
    text_only_literals: Mapping[str, int] = field(default_factory=dict)  # markers typed NORMAL


def examine(header: GgufHeader) -> Examination:
    """Needs `tokenizer.ggml.tokens` and `.token_type` kept in the header.

    Raises CannotLoad for files that are no language model, or that llama.cpp no longer reads.
    """
    refuse_unloadable(header)
    return _Examiner(header).examination()


class _Examiner:
    """Looks for one defect in each `_check`, and notes its override."""

    def __init__(self, header: GgufHeader) -> None:
        self._header = header
        tokens = header.metadata.get("tokenizer.ggml.tokens")
        kinds = header.metadata.get("tokenizer.ggml.token_type")
        self._tokens: list[str] = tokens if isinstance(tokens, list) else []
        self._kinds: list[int] = kinds if isinstance(kinds, list) else []
        self._ids = {text: token for token, text in enumerate(self._tokens)}
        self._name = " ".join(filter(None, map(header.text, _NAME_KEYS)))
        self._overrides: Overrides = {}
        self._ends: set[int] = set()

    def examination(self) -> Examination:
        template, findings = self._template()
        findings += self._check_markers(template)
        findings += self._check_end(template)
        findings += self._check_bos()
        findings += self._check_space_prefix()
        return Examination(
            chat_template=template,
            diagnoses=tuple(findings),
            kv_overrides=self._overrides,
            end_token_ids=frozenset(self._ends),
            text_only_literals=dict(self._text_only(template)),
        )

    @property
    def _is_yi(self) -> bool:
        """01.AI's vocabulary: 64,000 SentencePiece tokens, with the turn marks at 6 and 7."""
        return (
            len(self._tokens) == 64000
            and self._tokens[6:8] == ["<|im_start|>", "<|im_end|>"]
            and self._header.text("tokenizer.ggml.model") == "llama"
        )

    def _template(self) -> tuple[str, list[Diagnosis]]:
        own = self._own_template()
        if own:
            return own, []
        known = self._known_template()
        if not _CHAT_NAME.search(self._name) and (known is None or self._is_base):
            return known_templates.PLAIN, [_told(_BASE_MODEL)]
        if known is None:
            return known_templates.PLAIN, [_told(_UNKNOWN_TEMPLATE)]
        family, template = known
        missing = Diagnosis(
            "template-missing",
            tr("The file has no chat template, so that programs guess one and the answers derail."),
            tr("The {family} template is used, which fits its vocabulary and name.", family=family),
        )
        return template, [missing]

    @property
    def _is_base(self) -> bool:
        """By its name; an end token that is a turn's end says otherwise."""
        eos = self._header.integer(_EOS_KEY)
        ends_turns = self._is_yi and eos == self._ids["<|im_end|>"]
        name = (self._header.text("general.name") or "").strip()
        return not ends_turns and _BASE_NAME.fullmatch(name) is not None

    def _known_template(self) -> tuple[str, str] | None:
        if not self._is_yi:
            return known_templates.template_for(self._ids, self._name)
        return known_templates.yi_template(
            self._name,
            self._hyperparameter("rope.freq_base"),
            self._hyperparameter("attention.layer_norm_rms_epsilon"),
        )

    def _hyperparameter(self, key: str) -> float | None:
        value = self._header.metadata.get(f"{self._header.architecture}.{key}")
        return value if isinstance(value, float) else None

    def _own_template(self) -> str | None:
        """`default` among several named ones, as transformers chooses; else the first by name."""
        named = sorted(k for k in self._header.metadata if k.startswith(_TEMPLATE_KEY + "."))
        for key in (_TEMPLATE_KEY, f"{_TEMPLATE_KEY}.default", *named):
            text = self._header.text(key)
            if text and text.strip():
                return text
        return None

    def _text_only(self, template: str) -> Iterator[tuple[str, int]]:
        for marker in dict.fromkeys(_MARKER.findall(template)):
            token = self._ids.get(marker)
            if token is not None and self._kinds[token : token + 1] == [_NORMAL]:
                yield marker, token

    def _check_markers(self, template: str) -> list[Diagnosis]:
        markers = [marker for marker, _ in self._text_only(template)]
        if not markers:
            return []
        return [
            Diagnosis(
                "marker-stored-as-text",
                tr(
                    "The file stores {markers} as ordinary text, so that a tokenizer splits them "
                    "into letters and the model does not see where a turn begins or ends.",
                    markers=tr(" and ").join(markers),
                ),
                tr("Prompts are built with the right tokens directly."),
            )
        ]

    def _check_end(self, template: str) -> list[Diagnosis]:
        special = {
            text: token
            for token, (text, kind) in enumerate(zip(self._tokens, self._kinds, strict=False))
            if kind in (_CONTROL, _USER_DEFINED) and (text in template or text in OTHER_ENDS)
        } | dict(self._text_only(template))
        marker = end_marker(template, special)
        if marker is None:
            return []
        token = special[marker]
        self._ends.add(token)
        if token in map(self._header.integer, _END_KEYS) or marker in _LEFT_TO_LLAMA_CPP:
            return []
        if self._is_yi:
            self._overrides[_EOS_KEY] = token
        return [
            Diagnosis(
                "end-token-not-eog",
                tr(
                    "Answers end with {marker} (token {token}), but the file names {end} "
                    "as its end: programs that trust it print {marker} and talk on without end.",
                    marker=marker,
                    token=token,
                    end=self._declared_end(),
                ),
                tr("Token {token} ends an answer.", token=token),
            )
        ]

    def _declared_end(self) -> str:
        eos = self._header.integer(_EOS_KEY)
        if eos is None:
            return tr("no token")
        return (
            tr("{text} (token {token})", text=self._tokens[eos], token=eos)
            if eos < len(self._tokens)
            else tr("token {token}", token=eos)
        )

    def _check_bos(self) -> list[Diagnosis]:
        adds = self._header.flag(_ADD_BOS_KEY)
        if self._is_yi:
            if adds is False:
                return []
            self._overrides[_ADD_BOS_KEY] = False
            return [_told(_BOS_WRONGLY_ADDED)]
        if adds is None:
            adds = (
                self._header.text("tokenizer.ggml.model") == "llama"
                or self._header.text("tokenizer.ggml.pre") in _BOS_BY_DEFAULT
            )
        bos = self._header.integer(_BOS_KEY)
        text = self._tokens[bos] if bos is not None and bos < len(self._tokens) else None
        template = self._own_template() or ""
        writes = "bos_token" in template or bool(text and template.lstrip().startswith(text))
        return [_told(_BOS_DOUBLED)] if adds and writes else []

    def _check_space_prefix(self) -> list[Diagnosis]:
        if not self._is_yi or self._header.flag(_SPACE_KEY) is False:
            return []
        self._overrides[_SPACE_KEY] = False
        return [_told(_SPACE_PREFIX)]


def _told(diagnosis: Diagnosis) -> Diagnosis:
    """One of those below, in the language in use."""
    repair = diagnosis.repair and tr(diagnosis.repair)
    return replace(diagnosis, explanation=tr(diagnosis.explanation), repair=repair)


_BASE_MODEL = Diagnosis(
    "base-model",
    mark(
        "The file has no chat template and its name does not say chat or instruct: "
        "this is a base model, which goes on with a text and does not answer."
    ),
    mark("Turns are given to it as plain paragraphs; --raw suits it better."),
)
_UNKNOWN_TEMPLATE = Diagnosis(
    "template-missing",
    mark(
        "The file has no chat template, and neither its vocabulary nor its name tells "
        "which one it was trained with, so that answers may derail."
    ),
    mark(
        "Turns are given to it as plain paragraphs; a newer conversion of the model has "
        "its template."
    ),
)
_BOS_WRONGLY_ADDED = Diagnosis(
    "bos-wrongly-added",
    mark(
        "The file lets a start token be put before the prompt; Yi was trained without "
        "one, begins incoherently after it and repeats itself."
    ),
    mark("No start token is added."),
)
_BOS_DOUBLED = Diagnosis(
    "bos-doubled",
    mark(
        "Both the file's add_bos_token and its chat template put a start token before "
        "the prompt, and two of them make answers worse."
    ),
    mark("Exactly one is used."),
)
_SPACE_PREFIX = Diagnosis(
    "space-prefix",
    mark(
        "The file lets a space be put after every special token; Yi was trained "
        "without them, and answers get worse."
    ),
    mark("No spaces are added."),
)
