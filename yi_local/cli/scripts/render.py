"""`yi render`: the prompt, exactly as a model would see it."""

import argparse
import json
from collections.abc import Sequence

from yi_local.assistant.talk.messages_given import messages_from
from yi_local.assistant.vocabulary import open_vocabulary
from yi_local.cli.context import Context
from yi_local.cli.input import decode_argument, read_text_file
from yi_local.cli.obtain import obtain
from yi_local.cli.options import load_nothing
from yi_local.cli.parser import Parser
from yi_local.errors import UsageError
from yi_local.language import mark, tr
from yi_local.types import Message

_EXAMPLES = mark("""\
  yi render demo "Why is the sky blue?"
  yi render demo --system "Be brief." "Why?" --ids
  yi render demo --messages talk.json --json | jq .token_ids
""")


def render(argv: Sequence[str], context: Context) -> int:
    args = _parser().parse_intermixed_args(argv)
    messages = _messages(args, context)
    path = obtain(args, context)
    with open_vocabulary(path, engine_command=context.engine_command) as engine:
        prompt = engine.render(messages)
    if args.json:
        value = {
            "text": prompt.text,
            "token_ids": prompt.token_ids,
            "tokens": len(prompt.token_ids),
        }
        context.output.write(json.dumps(value, ensure_ascii=False) + "\n")
    elif args.ids:
        context.output.write(" ".join(map(str, prompt.token_ids)) + "\n")
    else:
        context.output.write(prompt.text)
        if context.output.columns is not None and not prompt.text.endswith("\n"):
            context.output.write("\n")  # the shell's prompt begins on a line of its own
    return 0


def _messages(args: argparse.Namespace, context: Context) -> list[Message]:
    system = [Message("system", decode_argument(args.system))] if args.system else []
    if args.messages is not None:
        if args.prompt is not None:
            raise UsageError(tr("Give a prompt or --messages, not both."))
        messages = _from_json(read_text_file(args.messages))
        if system and messages[0].role == "system":
            raise UsageError(tr("The messages have a system prompt already; leave out --system."))
        return [*system, *messages]
    given = decode_argument(args.prompt) if args.prompt is not None else context.input.read_piped()
    if not given:
        raise UsageError(
            tr("There is no prompt."),
            tr('yi render MODEL "PROMPT", --messages FILE, or pipe it: yi render MODEL < FILE'),
        )
    return [*system, Message("user", given)]


def _from_json(text: str) -> list[Message]:
    """A list of messages, or an object that has one, as a request of OpenAI's."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(tr("The messages are not JSON: {error}.", error=error)) from None
    return messages_from(
        value["messages"] if isinstance(value, dict) and "messages" in value else value
    )


def _parser() -> Parser:
    parser = Parser(
        prog="yi render",
        takes="MODEL [PROMPT]",
        description=tr(
            "The prompt exactly as the model would see it, template and all, up to where its\n"
            "answer begins. No weights are read."
        ),
        examples=tr(_EXAMPLES),
    )
    add = parser.add_argument
    add("model", metavar="MODEL", help=tr("the path of a .gguf file, or demo"))
    add(
        "prompt", metavar="PROMPT", nargs="?", help=tr("the question; without it, what is piped in")
    )
    add("--system", metavar="TEXT", help=tr("the system prompt"))
    messages = tr('a conversation: JSON, [{"role": "user", "content": "Hi"}, ...]')
    add("--messages", metavar="FILE", help=messages)
    add("--ids", action="store_true", help=tr("the token ids instead of the text"))
    add("--json", action="store_true", help=tr("print one JSON object: the text and the ids"))
    load_nothing(parser)
    return parser
