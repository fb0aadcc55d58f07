"""Searches the catalogue by words, in English or Chinese."""

import unicodedata

from yi_local.catalogue.model import Catalogue, Model

_PURPOSES = {
    "chat": "chat instruct assistant 聊天 对话 助手",
    "base": "base completion 基座 基础 续写",
    "code": "code coder coding programming 代码 编程 程序",
    "vision": "vision image picture multimodal 视觉 图像 图片 看图 多模态",
}
_LANGUAGES = {"en": "english 英文 英语", "zh": "chinese 中文 汉语 国语"}
_PARTICLES = frozenset("的和与或用")  # they part words and mean nothing here


def find(catalogue: Catalogue, words: str) -> tuple[Model, ...]:
    """The exact id first, then ids that begin with it, then models that all the words fit.

    Nothing asked: all. The order within a kind is that of the catalogue.
    """
    asked = _plain(words)
    if not asked:
        return catalogue.models
    ranked = [(_rank(model, asked), model) for model in catalogue.models]
    kept = [(rank, model) for rank, model in ranked if rank is not None]
    return tuple(model for _, model in sorted(kept, key=lambda pair: pair[0]))


def _rank(model: Model, asked: str) -> int | None:
    if model.id == asked:
        return 0
    if model.id.startswith(asked):
        return 1
    described = _described(model)
    return 2 if all(_occurs(word, described) for word in asked.split()) else None


def _described(model: Model) -> str:
    parts = [
        model.id,
        model.name,
        model.family,
        model.maker,
        model.summary_en,
        model.summary_zh,
        _PURPOSES[model.purpose],
        *(f"{language} {_LANGUAGES.get(language, '')}" for language in model.languages),
    ]
    return _plain(" ".join(part for part in parts if part))


def _occurs(word: str, described: str) -> bool:
    return word in described or (_is_chinese(word) and _is_made_of(word, described))


def _is_made_of(run: str, described: str) -> bool:
    """Chinese is written without spaces: "中文聊天" is 中文 and 聊天, pieces of two or more."""
    while run:
        longest = next((n for n in range(len(run), 1, -1) if run[:n] in described), 0)
        if not longest and run[0] in _PARTICLES:
            longest = 1
        if not longest:
            return False
        run = run[longest:]
    return True


def _is_chinese(word: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in word)


def _plain(text: str) -> str:
    """Full-width letters and capitals are the same as plain ones."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
