"""What a repository of models holds, wherever it is."""

from dataclasses import dataclass, field
from typing import Literal

Source = Literal["huggingface", "modelscope"]


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file at one commit."""

    path: str  # in the repository, with slashes
    size_bytes: int
    sha256: str | None  # None where the source does not tell: small files that are not in LFS


@dataclass(frozen=True, slots=True)
class ModelGroup:
    """One model of a repository: one file, or all its shards, with what belongs to it."""

    quant: str | None  # "Q4_K_M"
    files: tuple[RemoteFile, ...]  # the shards in their order
    mmproj: tuple[RemoteFile, ...] = ()  # vision parts that go with it, the best first

    @property
    def name(self) -> str:
        return self.files[0].path.rsplit("/", 1)[-1]

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class IncompleteGroup:
    """A model whose shards are not all there: it is told, and not offered."""

    quant: str | None
    path: str  # of the first shard that is there
    n_present: int
    n_shards: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that may have been meant as a model, and why it is not offered."""

    path: str  # as it came, not cleaned, at most LONGEST_TOLD characters of it
    reason: str


LONGEST_TOLD = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """The model files of a repository at one commit, what is no model left out."""

    source: Source
    repo_id: str  # "owner/name"
    revision: str  # as it was asked for: "main", a tag, a commit
    commit: str | None  # None where the source has no commit for the whole repository
    groups: tuple[ModelGroup, ...]  # the smallest first
    gated: bool | None = None  # None where the source does not tell
    incomplete: tuple[IncompleteGroup, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()  # sentences for the person: what this list may lack
    age_s: float | None = None  # of a list that was kept; None: the source has just told it

    @property
    def pin(self) -> str:
        """The revision to ask for when a file of this list is wanted."""
        return self.commit or self.revision


@dataclass(frozen=True, slots=True)
class Address:
    """Where the bytes of one file are asked for."""

    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)  # may hold a token


@dataclass(frozen=True, slots=True)
class Found:
    """One answer of a search; None is what the Hub did not tell."""

    repo_id: str
    downloads: int | None  # of the last 30 days
    likes: int | None
    gated: bool | None
    updated: str | None  # the day, "2024-11-02"
    n_params: int | None  # of the file the Hub looked at
    architecture: str | None
