"""A question that a person answers with yes or no, in their own words."""

from yi_local.cli.context import Context

_YES = ("y", "yes", "是", "好")


def agreed(question: str, context: Context, *, unless_no: bool = False) -> bool:
    """`unless_no`: Enter alone is a yes. No line at all, as after Ctrl-D, is a no."""
    context.output.ask(f"{question} ")
    answer = context.input.read_line()
    if answer is None:
        return False
    said = answer.strip().lower()
    return said in _YES or (unless_no and not said)
