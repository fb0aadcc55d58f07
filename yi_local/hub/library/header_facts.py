"""What a header tells of a file that the library wants to remember."""

import hashlib

from yi_local.gguf_file import GgufHeader, LocalFile
from yi_local.hub.library.file_book import FileFacts


def facts_of_header(file: LocalFile, header: GgufHeader) -> FileFacts:
    """`file` still holds the header's bytes: nothing is read again."""
    head = memoryview(file.head(header.data_offset))[: header.data_offset]
    return FileFacts(
        header_sha256=hashlib.sha256(head).hexdigest(),
        architecture=header.architecture,
        quant=header.quant,
    )
