"""Which of the models that lie in several places are one and the same."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from yi_local.hub.stores.stored_model import StoredModel


@dataclass(frozen=True, slots=True)
class Examined:
    """A model in one place, with what its files say."""

    model: StoredModel
    sha256s: tuple[str | None, ...]  # of each file: as named by the store, else as measured
    architecture: str | None = None
    quant: str | None = None
    header_sha256: str | None = None
    trouble: str | None = None  # what it is instead of a model that loads
    hint: str | None = None


def same_models(examined: Iterable[Examined]) -> tuple[tuple[Examined, ...], ...]:
    """Groups in the order of their first members: the same bytes, or the very same files.

    A damaged model is only ever the same as itself by another path.
    """
    groups: list[list[Examined]] = []
    group_of: dict[Hashable, int] = {}
    for each in examined:
        keys = list(_keys(each))
        joined = sorted({group_of[key] for key in keys if key in group_of})
        if not joined:
            groups.append([])
            joined = [len(groups) - 1]
        target = joined[0]
        groups[target].append(each)
        for other in joined[1:]:  # this one ties groups together that were strangers
            groups[target] += groups[other]
            groups[other] = []
            for key in [key for key, number in group_of.items() if number == other]:
                group_of[key] = target
        group_of.update(dict.fromkeys(keys, target))
    return tuple(tuple(group) for group in groups if group)


def lookalikes(groups: Sequence[Sequence[Examined]]) -> dict[int, tuple[int, ...]]:
    """{number of a group: the others that may be the same}: equal sizes and equal headers.

    Only a hint: fine-tuned weights can hide behind an equal header. Reading the files tells.
    """
    alike: defaultdict[Hashable, set[int]] = defaultdict(set)
    for number, group in enumerate(groups):
        for each in group:
            if each.header_sha256 and each.model.size_bytes is not None:
                sizes = tuple(file.size_bytes for file in each.model.files)
                alike[each.header_sha256, sizes].add(number)
    found: defaultdict[int, set[int]] = defaultdict(set)
    for numbers in alike.values():
        for number in numbers:
            found[number] |= {
                other for other in numbers - {number} if not _differ(groups[number], groups[other])
            }
    return {number: tuple(sorted(others)) for number, others in found.items() if others}


def _keys(each: Examined) -> Iterator[Hashable]:
    stamps = [file.stamp for file in each.model.files]
    if all(stamp is not None and stamp.inode for stamp in stamps):
        yield "file", tuple((stamp.device, stamp.inode) for stamp in stamps if stamp)
    if each.trouble is None and None not in each.sha256s:
        yield "bytes", each.sha256s, tuple(file.size_bytes for file in each.model.files)


def _differ(one: Sequence[Examined], other: Sequence[Examined]) -> bool:
    """Known to be different: all sha256 of both are known."""
    return all(
        any(None not in each.sha256s for each in group if each.trouble is None)
        for group in (one, other)
    )
