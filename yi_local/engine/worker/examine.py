"""Finds the known defects of a model file from its header, with the override that repairs each."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from yi_local.engine.worker import known_templates
from yi_local.errors import CannotLoad
from yi_local.gguf_file import GgufHeader
from yi_local.gguf_file.quantization import REMOVED_TYPES
from yi_local.types import Diagnosis

Overrides = dict[str, bool | int | float | str]

_NORMAL = 1  # tokenizer.ggml.token_type of ordinary text
_MARKER = re.compile(r"<\|[^|<>\s]{1,40}\|>|<(?:start|end)_of_turn>|\[/?INST\]")
_END_MARKERS = (  # what templates put after an answer
    "<|im_end|>",
    "<|eot_id|>",
    "<end_of_turn>",
    "<|end|>",
    "<|end_of_turn|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|eot|>",
    "<｜end▁of▁sentence｜>",
)
_END_KEYS = ("eos", "eot", "eom")
_NOT_MODELS = {
    "mmproj": "the vision part of a model (mmproj)",
    "adapter": "a LoRA adapter",
    "imatrix": "an importance matrix for quantizing",
    "clip": "the vision part of a model (mmproj)",
}
_CHAT_NAME = re.compile(r"chat|instruct|assistant|[-_ ]it\b", re.IGNORECASE)


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
    _refuse(header)
    return _Examiner(header).examination()


def _refuse(header: GgufHeader) -> None:
    for kind in (header.text("general.type"), header.architecture):
        if kind in _NOT_MODELS:
            raise CannotLoad(
                f"This file is {_NOT_MODELS[kind]}, not a model.", "Load the model it belongs to."
            )
    shard, shards = header.integer("split.no"), header.integer("split.count")
    if shard and shards and shards > 1:
        raise CannotLoad(
            f"This is part {shard + 1} of {shards} of a model.",
            f"Load its first part, the file with -00001-of-{shards:05d} in its name.",
        )
    if not header.tensors:
        raise CannotLoad(
            "This file holds a vocabulary without weights.", "Choose a file with the model itself."
        )
    removed = {REMOVED_TYPES[t.ggml_type] for t in header.tensors if t.ggml_type in REMOVED_TYPES}
    if removed:
        raise CannotLoad(
            f"This file is stored as {', '.join(sorted(removed))}, "
            "a format that llama.cpp has dropped.",
            "Take the same model as Q4_0: it is rearranged for your CPU while loading.",
        )


class _Examiner:
    """Collects findings; each `_check` looks for one."""

    def __init__(self, header: GgufHeader) -> None:
        self._header = header
        tokens = header.metadata.get("tokenizer.ggml.tokens")
        kinds = header.metadata.get("tokenizer.ggml.token_type")
        self._tokens: list[str] = tokens if isinstance(tokens, list) else []
        self._kinds: list[int] = kinds if isinstance(kinds, list) else []
        self._ids = {text: token for token, text in enumerate(self._tokens)}
        self._name = " ".join(
            filter(None, (header.text("general.name"), header.text("general.basename"),
                          header.text("general.finetune")))
        )  # fmt: skip
        self._overrides: Overrides = {}
        self._ends: set[int] = set()

    def examination(self) -> Examination:
        template, findings = self._template()
        findings += self._check_markers(template)
        findings += self._check_end(template)
        findings += self._check_bos(template)
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
        known = (
            known_templates.yi_template(self._name)
            if self._is_yi
            else known_templates.template_for(self._ids)
        )
        if known is None or (self._is_yi and not _CHAT_NAME.search(self._name)):
            base = Diagnosis(
                "base-model",
                "The file has no chat template and its name does not say chat: a base model, "
                "which completes texts and does not answer.",
                "Turns are given to it as plain paragraphs; --raw suits it better.",
            )
            return known_templates.PLAIN, [base]
        family, template = known
        missing = Diagnosis(
            "template-missing",
            "The file has no chat template, so programs guess one and the answers derail.",
            f"The {family} template is used, which its vocabulary calls for.",
        )
        return template, [missing]

    def _own_template(self) -> str | None:
        """`default` among several named ones, as transformers chooses."""
        prefix = "tokenizer.chat_template"
        named = sorted(key for key in self._header.metadata if key.startswith(prefix + "."))
        for key in (prefix, f"{prefix}.default", *named):
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
                f"The file stores {' and '.join(markers)} as ordinary text, so a tokenizer splits "
                "them into letters and the model does not see where a turn begins.",
                "Prompts are built with the right tokens directly.",
            )
        ]

    def _check_end(self, template: str) -> list[Diagnosis]:
        marker = next((m for m in _END_MARKERS if m in template and m in self._ids), None)
        if marker is None:
            return []
        token = self._ids[marker]
        self._ends.add(token)
        keys = [f"tokenizer.ggml.{key}_token_id" for key in _END_KEYS]
        if token in [self._header.integer(key) for key in keys]:
            return []
        self._overrides["tokenizer.ggml.eos_token_id"] = token
        declared = self._header.integer("tokenizer.ggml.eos_token_id")
        return [
            Diagnosis(
                "end-token-not-eog",
                f"Its answers end with {marker} (token {token}), but the file declares token "
                f"{declared} as the end: it would never stop.",
                f"Token {token} ends an answer.",
            )
        ]

    def _check_bos(self, template: str) -> list[Diagnosis]:
        key = "tokenizer.ggml.add_bos_token"
        declared = self._header.flag(key)
        if self._is_yi:
            if declared is False:
                return []
            self._overrides[key] = False
            return [
                Diagnosis(
                    "bos-wrongly-added",
                    "The file lets a start token be put before the prompt; Yi was trained without "
                    "one and repeats itself after it.",
                    "No start token is added.",
                )
            ]
        bos = self._header.integer("tokenizer.ggml.bos_token_id")
        text = self._tokens[bos] if bos is not None and bos < len(self._tokens) else None
        if declared and ("bos_token" in template or (text and text in template)):
            return [
                Diagnosis(
                    "bos-doubled",
                    "Both the file's flag and its template put a start token before the prompt.",
                    "Exactly one is used.",
                )
            ]
        return []

    def _check_space_prefix(self) -> list[Diagnosis]:
        key = "tokenizer.ggml.add_space_prefix"
        if not self._is_yi or self._header.flag(key) is False:
            return []
        self._overrides[key] = False
        return [
            Diagnosis(
                "space-prefix",
                "The file lets a space be put after every special token; Yi was trained without.",
                "No spaces are added.",
            )
        ]
