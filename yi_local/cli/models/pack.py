"""`yi pack` and `yi unpack`: carry a model to a machine without network."""

from collections.abc import Callable, Sequence
from pathlib import Path

from yi_local.assistant.models.library import find, open_library, place_for
from yi_local.assistant.models.place_words import short_path
from yi_local.cli.context import Context
from yi_local.cli.parser import Parser
from yi_local.errors import CannotLoad, UsageError
from yi_local.hub.library import pack as packing
from yi_local.hub.library.unpack import read_manifest
from yi_local.hub.library.unpack import unpack as unpack_from
from yi_local.language import mark, tr
from yi_local.text import human_bytes

_PACK_EXAMPLES = mark("""\
  yi pack demo /media/stick           a folder: the name is the model's
  yi pack owner/repo:Q4_K_M yi.yipack
""")
_UNPACK_EXAMPLES = """\
  yi unpack /media/stick/demo.yipack
  yi unpack yi.yipack --to ~/models
"""


def pack(argv: Sequence[str], context: Context) -> int:
    """Prints the pack's path."""
    parser = Parser(
        prog="yi pack",
        takes="MODEL OUT",
        description=tr("Writes a model with its origin, licence and hashes into one file."),
        examples=tr(_PACK_EXAMPLES),
    )
    parser.add_argument("model", metavar="MODEL", help=tr("a name of yi list, or a path"))
    parser.add_argument("out", metavar="OUT", help=tr("the file to write, or a folder for it"))
    parser.add_argument("--force", action="store_true", help=tr("replace a file of that name"))
    args = parser.parse_intermixed_args(argv)
    entry = find(args.model, open_library())
    if entry.trouble is not None:
        raise CannotLoad(entry.trouble, entry.hint)
    out = Path(args.out).expanduser()
    if out.exists() and not out.is_dir() and not args.force:
        raise _exists(out)
    packed = packing.pack(
        entry.model, out, replace_old=args.force, on_progress=_bar(context, tr("Packing"))
    )
    context.output.write(f"{packed.path}\n")
    context.output.say(
        tr(
            "{model} is packed: {size}. On the other machine: yi unpack {file}",
            model=entry.name,
            size=human_bytes(packed.size_bytes),
            file=packed.path.name,
        )
    )
    return 0


def unpack(argv: Sequence[str], context: Context) -> int:
    """Prints the paths of the files, one a line."""
    parser = Parser(
        prog="yi unpack",
        takes="IN",
        description=tr(
            "Reads a model out of a pack, and checks every byte before it is put in place:\ninto "
            "the Hugging Face cache if it came from there, so that every program finds it."
        ),
        examples=_UNPACK_EXAMPLES,
    )
    parser.add_argument("pack", metavar="IN", help=tr("a file that yi pack wrote"))
    parser.add_argument("--to", metavar="FOLDER", help=tr("into this folder instead"))
    parser.add_argument("--force", action="store_true", help=tr("replace files of the same names"))
    args = parser.parse_intermixed_args(argv)
    path = Path(args.pack).expanduser()
    folder = Path(args.to).expanduser() if args.to else None
    manifest = read_manifest(path)
    target = place_for(manifest, folder, replace_old=args.force)
    for packed in manifest.files:
        if taken := target.taken(packed):
            raise _exists(taken)
    unpacked = unpack_from(path, target, _bar(context, tr("Unpacking")))
    context.output.write("".join(f"{each}\n" for each in unpacked.paths))
    context.output.say(_told(unpacked.manifest.name, folder))
    return 0


def _told(name: str, folder: Path | None) -> str:
    if folder is None:
        return tr("{model} is unpacked.", model=name)
    return tr(
        "{model} is unpacked. To see it in yi list: yi adopt {folder}",
        model=name,
        folder=short_path(folder),
    )


def _exists(path: Path) -> UsageError:
    return UsageError(
        tr("{path} exists already.", path=path),
        tr("Give another name, or --force to replace it."),
    )


def _bar(context: Context, label: str) -> Callable[[int, int], None]:
    return lambda done, total: context.output.progress.show(label, done, max(total, done, 1))
