"""Which failures of the network may pass by themselves: pure."""

import ssl

import httpx2


def may_pass(error: BaseException) -> bool:
    """False for what a person has to put right: certificates, addresses, a proxy's password."""
    return not any(_is_lasting(cause) for cause in _causes(error))


def _is_lasting(cause: BaseException) -> bool:
    match cause:
        case ssl.SSLCertVerificationError():
            return True
        case httpx2.UnsupportedProtocol() | httpx2.InvalidURL() | ImportError():
            return True
        case httpx2.ProxyError():
            return "407" in str(cause)
        case httpx2.HTTPError() | OSError():
            return False
    return isinstance(cause, ValueError)


def _causes(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    return chain
