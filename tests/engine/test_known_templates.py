"""The templates for files without one, rendered as their models were trained."""

import re

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from yi_local.engine.worker import known_templates

SYSTEM = {"role": "system", "content": "S"}
TURNS = [
    {"role": "user", "content": "a"},
    {"role": "assistant", "content": "b"},
    {"role": "user", "content": "c"},
]
CASES = {
    "CHATML": "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\na<|im_end|>\n"
    "<|im_start|>assistant\nb<|im_end|>\n<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n",
    "YI_1_5": "S<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n"
    "<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n",
    "YI_CODER": "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\na<|im_end|>\n"
    "<|im_start|>assistant\nb<|im_end|>\n<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n",
    "LLAMA_3": "<|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\na<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nb<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nc<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "GEMMA": "<start_of_turn>user\nS\n\na<end_of_turn>\n<start_of_turn>model\nb<end_of_turn>\n"
    "<start_of_turn>user\nc<end_of_turn>\n<start_of_turn>model\n",
    "MISTRAL": "[INST] S\n\na [/INST] b</s>[INST] c [/INST]",
    "LLAMA_2": "[INST] <<SYS>>\nS\n<</SYS>>\n\na [/INST] b </s><s>[INST] c [/INST]",
    "PHI_3": "<|system|>\nS<|end|>\n<|user|>\na<|end|>\n<|assistant|>\nb<|end|>\n"
    "<|user|>\nc<|end|>\n<|assistant|>\n",
    "ZEPHYR": "<|system|>\nS</s>\n<|user|>\na</s>\n<|assistant|>\nb</s>\n<|user|>\nc</s>\n"
    "<|assistant|>\n",
    "VICUNA": "S\n\nUSER: a\nASSISTANT: b</s>\nUSER: c\nASSISTANT:",
    "PLAIN": "S\n\na\n\nb\n\nc\n\n",
}


def render(template: str, messages: list[dict[str, str]], trim: bool) -> str:
    environment = ImmutableSandboxedEnvironment(trim_blocks=trim, lstrip_blocks=trim)
    return environment.from_string(template).render(
        messages=messages, add_generation_prompt=True, bos_token="<s>", eos_token="</s>"
    )


@pytest.mark.parametrize("trim", [True, False], ids=["trimmed", "untrimmed"])
@pytest.mark.parametrize("name", CASES)
def test_a_conversation_reads_as_in_training(name, trim):
    template = getattr(known_templates, name)
    assert render(template, [SYSTEM, *TURNS], trim) == CASES[name]


@pytest.mark.parametrize("name", CASES)
def test_without_a_system_text_nothing_stands_for_it(name):
    template = getattr(known_templates, name)
    text = render(template, TURNS[:1], True)
    assert not {"system", "SYS", "None"} & set(re.findall(r"\w+", text))
    assert len(re.findall(r"\ba\b", text)) == 1


def test_every_template_is_here():
    known = {name for name, value in vars(known_templates).items() if name.isupper()}
    assert {name for name in known if not name.startswith("_")} == CASES.keys()
