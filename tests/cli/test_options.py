"""yi_local.cli.options: from flags to values."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from yi_local.cli.options import (
    add_load_options,
    add_sampling_options,
    add_stopping_options,
    chosen_sampling,
    wish,
)
from yi_local.cli.parser import Parser
from yi_local.errors import UsageError
from yi_local.planner.plan import Wish
from yi_local.types import SamplingOptions


@pytest.fixture
def parser() -> Parser:
    parser = Parser(prog="yi try", takes="", description="", examples="")
    add_stopping_options(parser)
    add_sampling_options(parser)
    add_load_options(parser)
    return parser


def chosen(parser: Parser, line: str) -> dict[str, Any]:
    return chosen_sampling(parser.parse_intermixed_args(line.split()))


def test_what_is_not_given_is_not_chosen(parser: Parser) -> None:
    assert chosen(parser, "") == {}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-n 64 --temperature 0", {"max_tokens": 64, "temperature": 0.0}),
        ("--top-k 3 --repeat-last-n -1", {"top_k": 3, "repeat_last_n": -1}),
        ("--stop a --stop 停", {"stop": ("a", "停")}),
        ("--logit-bias 5=-1.5 --logit-bias 6=2", {"logit_bias": {5: -1.5, 6: 2.0}}),
        ("--dry-sequence-breaker ;", {"dry_sequence_breakers": (";",)}),
        ("--mirostat 2 --mirostat-tau 4", {"mirostat": 2, "mirostat_tau": 4.0}),
    ],
)
def test_what_is_given_is_chosen(parser: Parser, line: str, expected: dict[str, Any]) -> None:
    assert chosen(parser, line) == expected


def test_every_sampling_option_has_a_flag(parser: Parser) -> None:
    flags = {action.dest for action in parser._actions}
    missing = {field.name for field in fields(SamplingOptions)} - flags - {"chosen"}
    assert missing == {"json_schema", "top_logprobs"}  # which `yi run --schema` gives


def test_the_defaults_in_the_help_are_those_of_the_options(parser: Parser) -> None:
    text = re.sub(r"\s+", " ", parser.format_help())
    assert "takes the likeliest token (0.7)" in text
    assert "1 is off (0.95)" in text


def test_a_grammar_is_read_from_its_file(parser: Parser, tmp_path: Path) -> None:
    path = tmp_path / "yes-or-no.gbnf"
    path.write_text('root ::= "yes" | "no"\n')
    assert chosen(parser, f"--grammar {path}") == {"grammar": 'root ::= "yes" | "no"\n'}


@pytest.mark.parametrize(
    "line",
    [
        "--logit-bias 5",
        "--logit-bias x=1",
        "--logit-bias 5=much",
        "--logit-bias 5=nan",
        "--ctx 0",
        "--threads two",
        "--threads 513",
        "--gpu-layers -1",
        "--top-k 1.5",
        "--grammar /no/such/file",
    ],
)
def test_what_cannot_be_read_is_a_usage_error(parser: Parser, line: str) -> None:
    with pytest.raises(UsageError):
        chosen(parser, line)


def test_loading_options_that_are_not_given_are_the_planners_to_choose(parser: Parser) -> None:
    assert wish(parser.parse_intermixed_args([])) == Wish()
    line = "--ctx 99 --gpu-layers 0 --threads 2 --kv-type q8_0"
    args = parser.parse_intermixed_args(line.split())
    assert wish(args) == Wish(n_ctx=99, n_gpu_layers=0, n_threads=2, kv_type="q8_0")
