"""The models we know: where their files are, how they are best used, what ails them."""

from yi_local.catalogue.model import (
    Catalogue,
    Defect,
    Licence,
    Model,
    ModelFile,
    Problem,
    Repo,
    Sampling,
)
from yi_local.catalogue.read import read_catalogue
from yi_local.catalogue.recognise import FileFacts, for_file, for_sha256
from yi_local.catalogue.search import find
from yi_local.catalogue.suggest import suggest

__all__ = [
    "Catalogue",
    "Defect",
    "FileFacts",
    "Licence",
    "Model",
    "ModelFile",
    "Problem",
    "Repo",
    "Sampling",
    "find",
    "for_file",
    "for_sha256",
    "read_catalogue",
    "suggest",
]
