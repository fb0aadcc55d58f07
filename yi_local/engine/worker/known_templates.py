"""Chat templates for files that carry none, chosen by the marker tokens of their vocabulary."""

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

GEMMA = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{% for message in messages %}<start_of_turn>"
    "{{ 'model' if message['role'] == 'assistant' else message['role'] }}\n"
    "{{ message['content'] | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)

PHI_3 = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}<|end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)

MISTRAL = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{% for message in messages %}{% if message['role'] == 'user' %}"
    "[INST] {{ message['content'] }} [/INST]"
    "{% else %} {{ message['content'] }}{{ eos_token }}{% endif %}{% endfor %}"
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


def template_for(vocabulary: Container[str]) -> tuple[str, str] | None:
    """The family's name with its template; None when no marker tokens tell."""
    for markers, family, template in _BY_MARKERS:
        if all(marker in vocabulary for marker in markers):
            return family, template
    return None


def yi_template(model_name: str) -> tuple[str, str]:
    """Yi has one vocabulary for three templates; only the name tells them apart."""
    name = model_name.lower()
    if "coder" in name:
        return "Yi-Coder", YI_CODER
    if "1.5" in name or "1_5" in name:
        return "Yi-1.5", YI_1_5
    return "Yi", CHATML
