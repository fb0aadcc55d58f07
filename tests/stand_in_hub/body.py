"""How the stand-in sends a file: whole or in part, and broken in every way on demand."""

import re
import socket
import time
from collections.abc import Iterator

from tests.stand_in_hub.content import Content, OnDisk
from tests.stand_in_hub.faults import BODY, RANGE, Fault
from tests.stand_in_hub.origin import Exchange

_PIECE = 16384  # throttled, dropped and flipped bodies go out in these


def send_file(exchange: Exchange, content: Content, headers: dict[str, str]) -> None:
    origin = exchange.server
    faults = origin.faults.take(origin.name, exchange.path, (*RANGE, *BODY))
    asked = exchange.headers.get("Range")
    part = None if asked is None or "ignore_range" in faults else _range(asked, content.size)
    if part is not None and part[0] >= content.size:
        total = _total(content.size, faults)
        exchange.reply(416, b"", {**headers, "Content-Range": f"bytes */{total}"})
        return
    start, end = part or (0, content.size)
    told = {"Content-Type": "binary/octet-stream", "Accept-Ranges": "bytes", **headers}
    if part is not None:
        first, last = (start + 7, end + 6) if "wrong_range" in faults else (start, end - 1)
        told["Content-Range"] = f"bytes {first}-{last}/{_total(content.size, faults)}"
    if "compressed" in faults:
        told["Content-Encoding"] = "gzip"
    if "no_length" in faults:
        told["Connection"] = "close"
        exchange.close_connection = True
    else:
        told["Content-Length"] = str(end - start)
    exchange.begin(206 if part is not None else 200, told)
    if exchange.command != "HEAD":
        _send_body(exchange, content, start, end, faults)


def _range(asked: str, size: int) -> tuple[int, int] | None:
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", asked)
    if match is None:
        return None
    return int(match[1]), min(int(match[2]) + 1, size) if match[2] else size


def _total(size: int, faults: dict[str, Fault]) -> int:
    return size + 1000 if "wrong_total" in faults else size


def _send_body(
    exchange: Exchange, content: Content, start: int, end: int, faults: dict[str, Fault]
) -> None:
    if isinstance(content, OnDisk) and not faults and exchange.server.context is None:
        _send_from_disk(exchange, content, start, end)
        return
    for piece in _pieces(_flipped(content, start, end, faults.get("flip")), faults):
        for kind in ("drop", "reset", "stall"):
            fault = faults.get(kind)
            if fault and exchange.seen.bytes_sent + len(piece) > fault.after_bytes:
                rest = piece[: fault.after_bytes - exchange.seen.bytes_sent]
                _write(exchange, rest, faults)
                _end_badly(exchange, fault)
                if fault.kind != "stall" or fault.seconds is None:
                    return
                del faults[kind]
                piece = piece[len(rest) :]
        _write(exchange, piece, faults)


def _pieces(blocks: Iterator[bytes], faults: dict[str, Fault]) -> Iterator[bytes]:
    for block in blocks:
        if not faults:
            yield block
            continue
        for at in range(0, len(block), _PIECE):
            yield block[at : at + _PIECE]


def _flipped(content: Content, start: int, end: int, fault: Fault | None) -> Iterator[bytes]:
    for block in content.read(start, end):
        if fault is not None and start <= fault.at < start + len(block):
            changed = bytearray(block)
            changed[fault.at - start] ^= 0xFF
            yield bytes(changed)
        else:
            yield block
        start += len(block)


def _write(exchange: Exchange, piece: bytes, faults: dict[str, Fault]) -> None:
    exchange.wfile.write(piece)
    exchange.seen.bytes_sent += len(piece)
    if "throttle" in faults:
        time.sleep(len(piece) / faults["throttle"].bytes_per_s)


def _end_badly(exchange: Exchange, fault: Fault) -> None:
    exchange.close_connection = True
    if fault.kind == "reset":
        exchange.reset()
    elif fault.kind == "stall":
        exchange.server.closing.wait(fault.seconds)


def _send_from_disk(exchange: Exchange, content: OnDisk, start: int, end: int) -> None:
    exchange.wfile.flush()
    connection = exchange.connection
    assert isinstance(connection, socket.socket)
    with content.path.open("rb") as file:
        exchange.seen.bytes_sent += connection.sendfile(file, start, end - start)
