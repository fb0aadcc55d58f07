"""How fast this machine reads its memory: what decoding on the CPU is bound by."""

import ctypes as C
import sys
import threading
import time

_BLOCK_BYTES = 1 << 26  # for each thread; together past any last-level cache
_MIN_TOTAL_BYTES = 1 << 28
_ROUNDS = 3


def read_bandwidth(n_threads: int) -> float:
    """Bytes per second, the best of a few rounds of all threads together; about 0.1 s.

    C's memchr looks for a byte that is not there: a pure read, as fast as the memory gives, during
    which Python's lock is free.
    """
    library = C.cdll.msvcrt if sys.platform == "win32" else C.CDLL(None)
    memchr = library.memchr
    memchr.argtypes, memchr.restype = [C.c_void_p, C.c_int, C.c_size_t], C.c_void_p
    size = max(_BLOCK_BYTES, _MIN_TOTAL_BYTES // n_threads)
    blocks = [C.create_string_buffer(size) for _ in range(n_threads)]
    for block in blocks:
        C.memset(block, 1, size)  # touched: untouched pages are all one page of zeros
    best_s = min(_read_all(memchr, blocks, size) for _ in range(_ROUNDS))
    return n_threads * size / best_s


def _read_all(memchr: object, blocks: list[C.Array[C.c_char]], size: int) -> float:
    threads = [
        threading.Thread(target=memchr, args=(block, 2, size))  # type: ignore[arg-type]
        for block in blocks
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun
