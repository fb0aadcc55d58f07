"""Chat templates for files that carry none, chosen by what the file says of itself."""

import re
from collections.abc import Container

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

# Yi-1.5 was trained with the system text in front, bare; Yi-Coder with it wrapped like a turn.
_YI_TURNS = (
    "{% for message in messages %}{% if message['role'] == 'user' %}<|im_start|>user\n"
    "{{ message['content'] }}<|im_end|>\n<|im_start|>assistant\n"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] }}<|im_end|>\n"
    "{% endif %}{% endfor %}"
)
_SYSTEM_FIRST = "{% if messages[0]['role'] == 'system' %}"
YI_1_5 = _SYSTEM_FIRST + "{{ messages[0]['content'] }}{% endif %}" + _YI_TURNS
YI_CODER = (
    _SYSTEM_FIRST
    + "<|im_start|>system\n{{ messages[0]['content'] }}<|im_end|>\n{% endif %}"
    + _YI_TURNS
)

LLAMA_3 = (
    "{% for message in messages %}<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n"
    "{{ message['content'] | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)

# These were trained without a system turn: its text goes in front of the first question.
_NO_SYSTEM = (
    "{% set ns = namespace(system='') %}{% for message in messages %}"
    "{% if message['role'] == 'system' %}{% set ns.system = message['content'] %}"
)
GEMMA = (
    _NO_SYSTEM + "{% elif message['role'] == 'assistant' %}<start_of_turn>model\n"
    "{{ message['content'] | trim }}<end_of_turn>\n{% else %}<start_of_turn>user\n"
    "{% if ns.system %}{{ ns.system }}\n\n{% set ns.system = '' %}{% endif %}"
    "{{ message['content'] | trim }}<end_of_turn>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
MISTRAL = (
    _NO_SYSTEM + "{% elif message['role'] == 'assistant' %} {{ message['content'] }}{{ eos_token }}"
    "{% else %}[INST] {% if ns.system %}{{ ns.system }}\n\n{% set ns.system = '' %}{% endif %}"
    "{{ message['content'] }} [/INST]{% endif %}{% endfor %}"
)
LLAMA_2 = (
    _NO_SYSTEM
    + "{% elif message['role'] == 'assistant' %} {{ message['content'] }} {{ eos_token }}"
    "{% else %}{% if not loop.first and not ns.system %}{{ bos_token }}{% endif %}[INST] "
    "{% if ns.system %}<<SYS>>\n{{ ns.system }}\n<</SYS>>\n\n{% set ns.system = '' %}{% endif %}"
    "{{ message['content'] }} [/INST]{% endif %}{% endfor %}"
)

PHI_3 = (
    "{% for message in messages %}{% if message['role'] == 'system' %}<|system|>\n"
    "{% elif message['role'] == 'user' %}<|user|>\n{% else %}<|assistant|>\n{% endif %}"
    "{{ message['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
ZEPHYR = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}"
    "{{ eos_token }}\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
VICUNA = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'] }}\n\n"
    "{% elif message['role'] == 'user' %}USER: {{ message['content'] }}\n"
    "{% else %}ASSISTANT: {{ message['content'] }}{{ eos_token }}\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)

# A base model only goes on with a text: the turns are paragraphs, told apart by a blank line.
PLAIN = "{% for message in messages %}{{ message['content'] }}\n\n{% endfor %}"

_BY_MARKERS = (
    (("<|im_start|>", "<|im_end|>"), "ChatML", CHATML),
    (("<|start_header_id|>", "<|eot_id|>"), "Llama 3", LLAMA_3),
    (("<start_of_turn>", "<end_of_turn>"), "Gemma", GEMMA),
    (("<|user|>", "<|end|>"), "Phi-3", PHI_3),
    (("[INST]", "[/INST]"), "Mistral", MISTRAL),
)
_BY_NAME = (
    (re.compile(r"mi[sx]tral.*instruct", re.IGNORECASE), "Mistral", MISTRAL),
    (re.compile(r"llama[-_ ]?2.*chat", re.IGNORECASE), "Llama 2", LLAMA_2),
    (re.compile(r"zephyr|tiny[-_ ]?llama.*chat", re.IGNORECASE), "Zephyr", ZEPHYR),
    (re.compile(r"vicuna", re.IGNORECASE), "Vicuna", VICUNA),
)


def template_for(vocabulary: Container[str], model_name: str) -> tuple[str, str] | None:
    """The family's name with its template; None when neither marker tokens nor name tell."""
    for markers, family, template in _BY_MARKERS:
        if all(marker in vocabulary for marker in markers):
            return family, template
    for pattern, family, template in _BY_NAME:
        if pattern.search(model_name):
            return family, template
    return None


def yi_template(
    model_name: str, rope_freq_base: float | None, rms_epsilon: float | None
) -> tuple[str, str]:
    """Yi has one vocabulary for three templates: its name tells them apart, or its training.

    Of the chat models Yi-Coder alone has a rope base of 1e7, and Yi-1.5 alone an epsilon of 1e-6.
    """
    name = model_name.lower()
    if "coder" in name or (rope_freq_base is not None and rope_freq_base >= 9e6):
        return "Yi-Coder", YI_CODER
    if re.search(r"1[._]5(?!b)", name) or (rms_epsilon is not None and rms_epsilon < 5e-6):
        return "Yi-1.5", YI_1_5
    return "Yi", CHATML
