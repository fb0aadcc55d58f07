"""Writes a model into one file, to be carried to a machine without network."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from yi_local import __version__
from yi_local.errors import CannotLoad, UsageError, YiLocalError
from yi_local.gguf_file import open_model
from yi_local.hub.library import pack_tar
from yi_local.hub.library.identity import BLOCK_BYTES, Progress, no_progress
from yi_local.hub.library.pack_manifest import (
    MANIFEST_NAME,
    MAX_FILES,
    MAX_MANIFEST_BYTES,
    UNMEASURED,
    PackedFile,
    PackManifest,
    written,
)
from yi_local.hub.library.pack_room import require_room
from yi_local.hub.safe_path import why_unsafe
from yi_local.hub.stores.other_settings import read_small
from yi_local.hub.stores.stored_model import StoredFile, StoredModel
from yi_local.language import tr

SUFFIX = ".yipack"
_LICENSES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE")


@dataclass(frozen=True, slots=True)
class Packed:
    path: Path
    size_bytes: int
    manifest: PackManifest


def pack(
    model: StoredModel, out: Path, *, replace_old: bool = False, on_progress: Progress = no_progress
) -> Packed:
    """`out`: the file to write, or a folder for it.

    Every file is read once: hashed while it is copied, and compared where its store names its
    hash. Raises YiLocalError; then nothing is left behind, and an older pack stays as it was.
    """
    license = _declared_license(model)  # also checks that all files are whole
    target = out / (_plain(model.name) + SUFFIX) if out.is_dir() else out
    if target.exists() and not replace_old:
        raise UsageError(
            tr("{target} exists already.", target=target),
            tr("Give another name, or delete it first."),
        )
    files = (*model.files, *model.mmproj)
    manifest = _manifest(model, files, license)
    require_room(target.parent, manifest.size_bytes)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as pack_file:
            manifest = _write(pack_file, manifest, files, on_progress)
            size_bytes = pack_file.tell()
            pack_file.flush()
            os.fsync(pack_file.fileno())
        os.replace(partial, target)
    except OSError as error:
        raise YiLocalError(
            tr("{target} cannot be written: {reason}.", target=target, reason=error.strerror),
            tr("Choose another folder or disk."),
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    return Packed(target, size_bytes, manifest)


def _write(
    pack_file: BinaryIO,
    manifest: PackManifest,
    files: Sequence[StoredFile],
    on_progress: Progress,
) -> PackManifest:
    """The manifest goes first, so that unpacking needs no look ahead; its hashes come last."""
    first = written(manifest)
    pack_file.write(pack_tar.header(MANIFEST_NAME, len(first)))
    pack_file.write(first + pack_tar.padding(len(first)))
    measured, done_bytes = [], 0
    for packed, file in zip(manifest.files, files, strict=True):
        pack_file.write(pack_tar.header(packed.member, packed.size_bytes))
        sha256 = _copy(file.path, packed.size_bytes, pack_file, done_bytes, manifest, on_progress)
        if file.sha256 is not None and file.sha256 != sha256:
            raise CannotLoad(
                tr(
                    "{path} is damaged: its sha256 is not the one it was fetched with.",
                    path=file.path,
                ),
                tr("Delete it, and fetch it again."),
            )
        done_bytes += packed.size_bytes
        measured.append(replace(packed, sha256=sha256))
        pack_file.write(pack_tar.padding(packed.size_bytes))
    pack_file.write(pack_tar.END)
    final = replace(manifest, files=tuple(measured))
    end = pack_file.tell()
    pack_file.seek(pack_tar.BLOCK_BYTES)
    pack_file.write(written(final))
    pack_file.seek(end)
    return final


def _copy(
    path: Path,
    size_bytes: int,
    pack_file: BinaryIO,
    before_bytes: int,
    manifest: PackManifest,
    on_progress: Progress,
) -> str:
    digest, done_bytes = hashlib.sha256(), 0
    buffer = memoryview(bytearray(BLOCK_BYTES))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            done_bytes += count
            if done_bytes > size_bytes:
                break
            digest.update(buffer[:count])
            pack_file.write(buffer[:count])
            on_progress(before_bytes + done_bytes, manifest.size_bytes)
    if done_bytes != size_bytes:
        raise YiLocalError(
            tr("{path} was changed while it was read.", path=path),
            tr("Try again when it is whole."),
        )
    return digest.hexdigest()


def _declared_license(model: StoredModel) -> str | None:
    with open_model(model.path) as opened:
        return opened.headers[0].text("general.license")


def _manifest(model: StoredModel, files: Sequence[StoredFile], license: str | None) -> PackManifest:
    paths = _paths_in_pack(model)
    for path in paths:
        if why := why_unsafe(path):
            raise CannotLoad(
                tr("{name} cannot be packed. {why}", name=model.name, why=why),
                tr("Rename its file."),
            )
    if len(files) > MAX_FILES:
        raise CannotLoad(
            tr("{name} has {n} files.", name=model.name, n=len(files)),
            tr("A pack takes {n}.", n=MAX_FILES),
        )
    members = _members(paths)
    manifest = PackManifest(
        name=model.name,
        files=tuple(
            PackedFile(path, member, file.size_bytes or 0, UNMEASURED)
            for path, member, file in zip(paths, members, files, strict=True)
        ),
        source=model.origin.source,
        repo_id=model.repo_id,
        commit=model.commit,
        license=license,
        license_text=_license_text(model),
        made_by=f"yi_local {__version__}",
    )
    if len(written(manifest)) > MAX_MANIFEST_BYTES:
        return replace(manifest, license_text=None)
    return manifest


def _paths_in_pack(model: StoredModel) -> list[str]:
    """Where the files lie in the repository; by their names alone where that is not known."""
    folder = model.filename.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    if len(model.files) == 1:
        paths = [model.filename]
    else:
        paths = [prefix + path.name for path in model.paths]
    for file in model.mmproj:
        above = file.path.parent != model.path.parent and folder
        name = file.path.name if file.path.suffix.lower() == ".gguf" else "mmproj.gguf"  # Ollama
        paths.append(
            (folder.rpartition("/")[0] + "/").lstrip("/") + name if above else prefix + name
        )
    return paths


def _members(paths: Iterable[str]) -> list[str]:
    """Names of 100 bytes at most, all different: ustar's field has no more."""
    members: list[str] = []
    for number, path in enumerate(paths, 1):
        name = path.rpartition("/")[2]
        taken = name in members or name == MANIFEST_NAME
        members.append(f"file-{number:04d}.gguf" if taken or len(name.encode()) > 100 else name)
    return members


def _license_text(model: StoredModel) -> str | None:
    for name in _LICENSES:
        if text := read_small(model.path.with_name(name)):
            return text.decode("utf-8", "replace")
    return None


def _plain(name: str) -> str:
    """A file's name on every system."""
    return "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in name)
