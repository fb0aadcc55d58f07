"""Decides what `yi rm` deletes, and how much that frees."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yi_local.hub.stores.stored_model import StoredModel
from yi_local.language import mark, tr


@dataclass(frozen=True, slots=True)
class Inode:
    """What an entry of a folder is, not followed where it is a link."""

    device: int
    number: int
    links: int  # names that the file has, here or elsewhere
    disk_bytes: int  # what it takes on the disk, which is less than its size where it has holes
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """What lies around the models that are to go."""

    inodes: Mapping[Path, Inode]  # of every path that may go
    targets: Mapping[Path, Path] = field(default_factory=dict)  # link -> where it leads, one step
    notes: Mapping[Path, Path] = field(default_factory=dict)  # refs/main, ... -> its snapshot
    contents: Mapping[Path, Collection[Path]] = field(default_factory=dict)  # snapshot -> its files


@dataclass(frozen=True, slots=True)
class Kept:
    """A path that stays, and why."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Removal:
    """In the order of deletion: links before what they lead to."""

    delete: tuple[Path, ...]
    expected: Mapping[Path, Inode]  # nothing else is deleted under these names
    roots: tuple[Path, ...]  # nothing outside of them is touched, nor they themselves
    freed_bytes: int
    kept: tuple[Kept, ...] = ()


_ELSEWHERE = mark("Something else still uses it.")


def plan_removal(
    places: Sequence[StoredModel],
    others: Iterable[StoredModel],
    facts: DiskFacts,
    *,
    also_user_folders: bool = False,
) -> Removal:
    """`others`: the rest of the library, whose files stay.

    What lies in folders that the person named goes only where they said so again
    (`also_user_folders`); what other programs keep never does.
    """
    going = [place for place in places if _may_go(place, also_user_folders)]
    kept = [
        Kept(place.path, place.origin.why_not_delete or "")
        for place in places
        if not _may_go(place, also_user_folders)
    ]
    staying = {path for model in others for path in _all_paths(model)}
    staying |= {path for place in places if place not in going for path in _all_paths(place)}
    first = {path for place in going for path in _all_paths(place) if path not in staying}
    delete = [path for path in dict.fromkeys(sorted(first)) if path in facts.inodes]
    unused = _unused_targets(delete, facts)
    kept += [Kept(target, tr(_ELSEWHERE)) for target in _used_targets(delete, unused, facts)]
    delete += unused
    delete += _dead_notes(set(delete), facts)
    return Removal(
        delete=tuple(delete),
        expected={path: facts.inodes[path] for path in delete},
        roots=tuple(dict.fromkeys(place.origin.root for place in going)),
        freed_bytes=freed_bytes(facts.inodes[path] for path in delete),
        kept=tuple(kept),
    )


def freed_bytes(inodes: Iterable[Inode]) -> int:
    """Of files whose last name goes; the folders around them are not counted."""
    names = Counter(inodes)
    return sum(inode.disk_bytes for inode, count in names.items() if count >= inode.links)


def _may_go(place: StoredModel, also_user_folders: bool) -> bool:
    return place.may_delete or (place.store == "folder" and also_user_folders)


def _all_paths(model: StoredModel) -> list[Path]:
    return [*model.paths, *(file.path for file in model.mmproj)]


def _unused_targets(deleted: Sequence[Path], facts: DiskFacts) -> list[Path]:
    """The blobs, and behind them the shared blobs, to which no link would be left."""
    links: defaultdict[Path, set[Path]] = defaultdict(set)
    for link, linked in facts.targets.items():
        links[linked].add(link)
    gone, waiting = set(deleted), list(deleted)
    found: list[Path] = []
    while waiting:
        target = facts.targets.get(waiting.pop())
        if target is None or target not in facts.inodes or target in gone:
            continue
        if links[target] <= gone:
            gone.add(target)
            found.append(target)
            waiting.append(target)
    return found


def _used_targets(
    deleted: Sequence[Path], unused: Collection[Path], facts: DiskFacts
) -> list[Path]:
    targets = {facts.targets[path] for path in (*deleted, *unused) if path in facts.targets}
    return sorted(each for each in targets - set(unused) if each in facts.inodes)


def _dead_notes(gone: Collection[Path], facts: DiskFacts) -> list[Path]:
    """What is written about snapshots that would be empty."""
    dead = {path for path, files in facts.contents.items() if files and set(files) <= set(gone)}
    return [note for note, snapshot in facts.notes.items() if snapshot in dead]
