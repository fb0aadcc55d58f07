import pytest

from yi_local.planner.sizes import GIB, MIB, memory_size


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 MiB"),
        (5, "less than 1 MiB"),
        (812 * MIB, "812 MiB"),
        (1023 * MIB, "1023 MiB"),
        (GIB - 1, "1.0 GiB"),
        (int(6.14 * GIB), "6.1 GiB"),
        (128 * GIB, "128 GiB"),
    ],
)
def test_memory_is_counted_in_powers_of_1024(size: int, words: str) -> None:
    assert memory_size(size) == words
