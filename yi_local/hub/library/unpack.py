"""Reads a model out of a pack, checking every byte before it is put in place."""

import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from yi_local.errors import CannotLoad, ModelNotFound, UsageError, YiLocalError
from yi_local.hub.library import pack_tar
from yi_local.hub.library.identity import BLOCK_BYTES, Progress, no_progress
from yi_local.hub.library.pack_manifest import (
    MANIFEST_NAME,
    MAX_MANIFEST_BYTES,
    PackedFile,
    PackManifest,
    damaged_pack,
    parse_manifest,
)
from yi_local.hub.library.pack_room import require_room
from yi_local.hub.library.placing import Placement, place_all
from yi_local.language import tr


@dataclass(frozen=True, slots=True)
class Unpacked:
    paths: tuple[Path, ...]  # the model's files in order, then its vision parts
    manifest: PackManifest


def read_manifest(pack_path: Path) -> PackManifest:
    """What the pack says it holds, before anything is written."""
    with _open(pack_path) as pack_file:
        return _manifest(pack_file)


def unpack(pack_path: Path, target: Placement, on_progress: Progress = no_progress) -> Unpacked:
    """Raises YiLocalError for a pack that is cut, altered or hostile; then nothing is left behind.

    The hashes prove that the files are those that were packed, not that they are the Hub's:
    for that there is `yi verify`, with a network.
    """
    with _open(pack_path) as pack_file:
        manifest = _manifest(pack_file)
        _refuse_existing(target, manifest)
        made = _make_folder(target.staging)
        partials: list[Path] = []
        try:
            require_room(target.staging, manifest.size_bytes)
            done_bytes = 0
            for packed in manifest.files:
                partials.append(
                    target.staging / f"{packed.sha256}.{secrets.token_hex(4)}.incomplete"
                )
                _extract(pack_file, packed, partials[-1], done_bytes, manifest, on_progress)
                done_bytes += packed.size_bytes
            pack_tar.read_end(pack_file)
            paths = place_all(target, manifest.files, partials)
        except OSError as error:
            raise YiLocalError(
                tr(
                    "{folder} cannot be written to: {reason}.",
                    folder=target.staging,
                    reason=error.strerror,
                ),
                tr("Choose another folder or disk."),
            ) from None
        finally:
            for partial in partials:
                partial.unlink(missing_ok=True)
            _remove_empty(made)
    return Unpacked(paths, manifest)


def _open(pack_path: Path) -> BinaryIO:
    try:
        return pack_path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise ModelNotFound(
            tr("There is no file {path}.", path=pack_path), tr("Check the path.")
        ) from None
    except OSError as error:
        raise UsageError(
            tr("{path} cannot be read: {reason}.", path=pack_path, reason=error.strerror),
            tr("Name the pack itself."),
        ) from None


def _manifest(pack_file: BinaryIO) -> PackManifest:
    name, size_bytes = pack_tar.read_header(pack_file)
    if name != MANIFEST_NAME or size_bytes > MAX_MANIFEST_BYTES:
        raise CannotLoad(
            tr("This is no pack of yi_local."), tr("Packs are made with: yi pack MODEL OUT")
        )
    text = pack_file.read(size_bytes)
    pack_tar.skip_padding(pack_file, size_bytes)
    return parse_manifest(text)


def _extract(
    pack_file: BinaryIO,
    packed: PackedFile,
    partial: Path,
    before_bytes: int,
    manifest: PackManifest,
    on_progress: Progress,
) -> None:
    if pack_tar.read_header(pack_file) != (packed.member, packed.size_bytes):
        raise damaged_pack(tr("its files are not those of its manifest"))
    digest, left_bytes = hashlib.sha256(), packed.size_bytes
    with partial.open("xb") as file:
        while left_bytes:
            block = pack_file.read(min(BLOCK_BYTES, left_bytes))
            if not block:
                raise damaged_pack(tr("it is cut short"))
            digest.update(block)
            file.write(block)
            left_bytes -= len(block)
            on_progress(before_bytes + packed.size_bytes - left_bytes, manifest.size_bytes)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != packed.sha256:
        raise damaged_pack(
            tr("{path} does not have the sha256 it was packed with", path=packed.path)
        )
    pack_tar.skip_padding(pack_file, packed.size_bytes)


def _refuse_existing(target: Placement, manifest: PackManifest) -> None:
    for packed in manifest.files:
        if taken := target.taken(packed):
            raise UsageError(
                tr("{path} exists already.", path=taken),
                tr("Name another folder, or delete it first."),
            )


def _make_folder(folder: Path) -> list[Path]:
    """Returns those that were not there, the innermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            tr("{folder} cannot be made: {reason}.", folder=folder, reason=error.strerror),
            tr("Name another folder."),
        ) from None
    return missing


def _remove_empty(folders: Sequence[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:  # it holds what was unpacked
            return
