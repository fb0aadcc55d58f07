"""Proxies on loopback: one for HTTP, one for SOCKS5; both count what they carry."""

import socket
import socketserver
import struct
import threading
from typing import ClassVar
from urllib.parse import urlsplit


class _Carrying(socketserver.StreamRequestHandler):
    server: "Proxy"

    def carry(self, host: str, port: int, first: bytes = b"") -> None:
        """Both ways, until one side ends."""
        self.server.carried.append(f"{host}:{port}")
        with socket.create_connection((host, port)) as there:
            there.sendall(first)
            back = threading.Thread(target=_copy, args=(there, self.connection), daemon=True)
            back.start()
            _copy(self.connection, there)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


class _Http(_Carrying):
    """Plain requests to one host each, which is all the tests do; CONNECT too."""

    def handle(self) -> None:
        line = self.rfile.readline()
        method, address, version = line.decode().split()
        head = [line]
        while head[-1] not in (b"\r\n", b""):
            head.append(self.rfile.readline())
        credentials = [it for it in head if it.lower().startswith(b"proxy-authorization")]
        if self.server.wants_password and not credentials:
            self.wfile.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
        elif method == "CONNECT":
            host, _, port = address.rpartition(":")
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            self.carry(host, int(port))
        else:
            split = urlsplit(address)
            path = f"{split.path}?{split.query}" if split.query else split.path
            first = f"{method} {path} {version}\r\nConnection: close\r\n".encode()
            rest = [it for it in head[1:] if not it.lower().startswith((b"proxy-", b"connection"))]
            self.carry(split.hostname or "", split.port or 80, first + b"".join(rest))


class _Socks(_Carrying):
    """RFC 1928, without a password."""

    def handle(self) -> None:
        _, n_methods = self.rfile.read(2)
        self.rfile.read(n_methods)
        self.wfile.write(b"\5\0")
        _, _, _, kind = self.rfile.read(4)
        if kind == 1:
            host = socket.inet_ntoa(self.rfile.read(4))
        else:
            host = self.rfile.read(self.rfile.read(1)[0]).decode()
        [port] = struct.unpack(">H", self.rfile.read(2))
        self.wfile.write(b"\5\0\0\1" + bytes(6))
        self.carry(host, port)


class Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    kinds: ClassVar[dict[str, type[_Carrying]]] = {"http": _Http, "socks5": _Socks}

    def __init__(self, kind: str, wants_password: bool = False) -> None:
        self.carried: list[str] = []
        self.wants_password = wants_password
        super().__init__(("127.0.0.1", 0), self.kinds[kind])
        self.url = f"{kind}://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def handle_error(self, *_: object) -> None:
        """A client that went away."""

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
