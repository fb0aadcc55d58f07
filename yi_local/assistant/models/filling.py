"""Puts a model in the place of the Git-LFS pointer that stands for it."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from yi_local.assistant.models.fetching import Fetched, FetchProgress
from yi_local.assistant.models.sources import Sources
from yi_local.errors import CannotLoad
from yi_local.hub.repo import Address, RemoteFile
from yi_local.hub.stores.lfs import PointerFile
from yi_local.hub.transfer.download import Download
from yi_local.hub.transfer.loop import fetch
from yi_local.language import tr


def fill_pointer(
    sources: Sources, pointer: PointerFile, here: Path | None, cancel: Callable[[], bool]
) -> Iterator[FetchProgress | Fetched]:
    """`here`: a file of the same content on this machine, which is then linked or copied.

    The last one is Fetched. Until the whole model is there, the pointer stays.
    """
    if here is not None and _taken_from(here, pointer.path):
        yield Fetched((pointer.path,))
        return
    file = RemoteFile(pointer.filename, pointer.size_bytes, pointer.sha256)
    for progress in fetch(_download(sources, pointer), sources.web, cancel):
        yield FetchProgress(file, progress, progress.done_bytes, file.size_bytes)
    yield Fetched((pointer.path,))


def _download(sources: Sources, pointer: PointerFile) -> Download:
    if pointer.repo_id is None or pointer.source is None:
        raise CannotLoad(
            tr(
                "{path} is a Git-LFS pointer, and nothing tells where its model is.",
                path=pointer.path,
            ),
            tr(
                "Its folder is no checkout of Hugging Face or ModelScope: yi pull owner/repo "
                "fetches a model by its name."
            ),
        )
    hub = sources.hub(pointer.source)
    repo_id, default = pointer.repo_id, "main" if pointer.source == "huggingface" else "master"

    def address() -> Address:
        found = hub.address(repo_id, pointer.commit or default, pointer.filename)
        return Address(found.url, found.headers)

    return Download(
        name=pointer.path.name,
        size_bytes=pointer.size_bytes,
        sha256=pointer.sha256,
        blob=pointer.path,
        lock=pointer.path.with_name(f".{pointer.path.name}.lock"),
        address=address,
    )


def _taken_from(here: Path, target: Path) -> bool:
    """A second name for the same content where the disk allows it, else a copy of it."""
    beside = target.with_name(f".{target.name}.new")
    with suppress(OSError):
        beside.unlink(missing_ok=True)
    try:
        os.link(here.resolve(), beside)
    except OSError:
        try:
            shutil.copyfile(here, beside)
        except OSError:  # too little room: the transfer says so in words
            beside.unlink(missing_ok=True)
            return False
    os.replace(beside, target)
    return True
