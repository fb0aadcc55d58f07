"""A conversation's first title, made from its first question."""

import re

from yi_local.text import cut, width_of

MAX_COLUMNS = 48
_MORE = "…"
_FENCED = re.compile(r"^(`{3,}|~{3,}).*?(?:^\1[`~]*\s*$|\Z)", re.DOTALL | re.MULTILINE)
_MARKS = re.compile(
    r"""^\s{0,3}(?:\#{1,6}\s+|>\s?|[-*+]\s+|\d{1,3}[.)]\s+)+   # headings, quotes, items of lists
        | (?<!\w)[*_~`]{1,3}(?=\S) | (?<=\S)[*_~`]{1,3}(?!\w)          # emphasis, code
        | !?\[(?P<label>[^\]\n]*)\]\([^)\n]*\)                  # links, pictures""",
    re.VERBOSE | re.MULTILINE,
)
_GREETING = re.compile(
    r"(?:hi|hello|hey|good (?:morning|afternoon|evening)|dear \w+|你好|您好|嗨|哈喽|早上好|晚上好)"
    r"(?: there| all| everyone|呀|啊)?(?:[\s,，.。!！:：、~～—-]+)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[。！？])|(?<=[.!?])(?=\s|$)|\n+")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")


def title_of(question: str) -> str:
    """Its first sentence, at most 48 columns wide; "" where nothing is left of it."""
    plain = _plain(_FENCED.sub("\n", question)) or _plain(question.replace("`", ""))
    for sentence in filter(None, map(str.strip, _SENTENCE_END.split(plain))):
        return _fitting(" ".join(_ungreeted(sentence, plain).split()))
    return ""


def _plain(text: str) -> str:
    return _MARKS.sub(lambda match: match["label"] or "", text).strip()


def _ungreeted(sentence: str, text: str) -> str:
    """Without the greeting, where more follows: in the sentence, else in the next one."""
    rest = text[text.index(sentence) :]
    match = _GREETING.match(rest)
    if match is None or not rest[match.end() :].strip():
        return sentence
    for following in filter(None, map(str.strip, _SENTENCE_END.split(rest[match.end() :]))):
        return following
    return sentence


def _fitting(sentence: str) -> str:
    """The full stop goes; what is too wide ends between two words."""
    sentence = sentence.rstrip("。.，,；;：:") or sentence
    if width_of(sentence) <= MAX_COLUMNS:
        return sentence
    taken = cut(sentence, MAX_COLUMNS - width_of(_MORE))
    following = sentence[len(taken)]
    if not following.isspace() and not _WIDE.match(following) and not _WIDE.match(taken[-1]):
        word_ends = max(taken.rfind(" "), *(match.start() for match in _WIDE.finditer(taken)), -1)
        if word_ends >= len(taken) // 2:  # else it is one very long word, a path perhaps
            taken = taken[: word_ends + 1]
    return taken.rstrip(" ,，、;；:：-—") + _MORE
