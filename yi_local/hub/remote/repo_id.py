"""What may be the name of a repository, and of a revision in it."""

import re

from yi_local.errors import UsageError
from yi_local.language import tr

_PART = r"\w(?:[\w.-]{0,94}\w)?"
_REPO_ID = re.compile(f"{_PART}/{_PART}", re.ASCII)
_NOT_IN_IT = ("..", "--")  # "--" stands for "/" in the names of folders


def check_repo(repo_id: str, revision: str) -> None:
    """Raises UsageError: what is no name must not become a part of an address.

    The rules are those of huggingface_hub (utils/_validators.py).
    """
    odd = any(mark in repo_id for mark in _NOT_IN_IT) or repo_id.endswith(".git")
    if odd or not _REPO_ID.fullmatch(repo_id):
        raise UsageError(
            tr("{repo_id!r} is not the name of a repository.", repo_id=repo_id),
            tr("Write it OWNER/NAME."),
        )
    if not revision or not revision.isprintable() or ".." in revision or len(revision) > 255:
        raise UsageError(
            tr("{revision!r} is not a revision.", revision=revision),
            tr("Name a branch, a tag or a commit."),
        )
