"""A test authority and its certificate for loopback, made anew for each run of the tests."""

import ssl
import tempfile
from functools import cache
from pathlib import Path

import trustme


@cache
def _authority() -> trustme.CA:
    return trustme.CA()


@cache
def ca_file() -> Path:
    """What a client has to trust."""
    path = Path(tempfile.mkdtemp(prefix="stand-in-ca-")) / "ca.pem"
    _authority().cert_pem.write_to_path(str(path))
    return path


@cache
def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority().issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context
