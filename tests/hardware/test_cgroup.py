"""Limits of containers and other control groups, old and new."""

import pytest

from yi_local.hardware.cgroup import Budget, Place, budget, confined, place, quota_cores
from yi_local.hardware.snapshot import Memory

GIB = 1 << 30
MACHINE = Memory(32 * GIB, 20 * GIB)

DOCKER_V1 = """\
12:cpu,cpuacct:/docker/3f2a
11:memory:/docker/3f2a
10:devices:/docker/3f2a
1:name=systemd:/docker/3f2a
0::/system.slice/containerd.service
"""
STAT_V2 = "anon 536870912\nfile 1048576000\ninactive_file 805306368\nactive_file 243269632\n"
STAT_V1 = """\
cache 1048576000
rss 536870912
inactive_file 1000
hierarchical_memory_limit 4294967296
total_cache 1048576000
total_inactive_file 805306368
"""


def test_a_place_in_v2_leads_up_to_the_root() -> None:
    assert place("0::/user.slice/user-1000.slice/session-1.scope\n", "memory") == Place(
        2,
        (
            "/sys/fs/cgroup/user.slice/user-1000.slice/session-1.scope",
            "/sys/fs/cgroup/user.slice/user-1000.slice",
            "/sys/fs/cgroup/user.slice",
            "/sys/fs/cgroup",
        ),
    )


def test_in_v1_each_controller_has_a_place_of_its_own() -> None:
    assert place(DOCKER_V1, "memory") == Place(
        1,
        (
            "/sys/fs/cgroup/memory/docker/3f2a",
            "/sys/fs/cgroup/memory/docker",
            "/sys/fs/cgroup/memory",
        ),
    )
    cpu = place(DOCKER_V1, "cpu")
    assert cpu is not None
    assert cpu.folders[0] == "/sys/fs/cgroup/cpu/docker/3f2a"


def test_a_controller_that_v1_does_not_hold_is_v2s() -> None:
    hybrid = "1:name=systemd:/init.scope\n0::/init.scope\n"
    assert place(hybrid, "memory") == Place(2, ("/sys/fs/cgroup/init.scope", "/sys/fs/cgroup"))


def test_groups_outside_the_namespace_are_not_looked_for() -> None:
    assert place("0::/../../other\n", "memory") == Place(
        2, ("/sys/fs/cgroup/other", "/sys/fs/cgroup")
    )


@pytest.mark.parametrize("text", [None, "", "\n", "0:", "garbage", "4:memory"])
def test_without_groups_there_is_no_place(text: str | None) -> None:
    assert place(text, "memory") is None


def test_a_v2_limit_leaves_what_is_unused_or_idle_file_cache() -> None:
    texts = {
        "memory.max": "4294967296\n",
        "memory.high": "max\n",
        "memory.current": "1610612736\n",
        "memory.stat": STAT_V2,
    }
    assert budget(texts) == Budget(4 * GIB, 4 * GIB - 1610612736 + 805306368)


def test_a_v1_limit_is_read_alike_by_the_totals_of_its_subtree() -> None:
    texts = {
        "memory.limit_in_bytes": "4294967296\n",
        "memory.usage_in_bytes": "1610612736\n",
        "memory.stat": STAT_V1,
    }
    assert budget(texts) == Budget(4 * GIB, 4 * GIB - 1610612736 + 805306368)


def test_memory_high_is_a_limit_too() -> None:
    texts = {"memory.max": "max\n", "memory.high": "1073741824\n", "memory.current": "0\n"}
    assert budget(texts) == Budget(GIB, GIB)


def test_a_v1_limit_above_the_containers_own_root_is_seen_in_its_statistics() -> None:
    texts = {"memory.limit_in_bytes": "9223372036854771712\n", "memory.stat": STAT_V1}
    assert budget(texts).limit_bytes == 4 * GIB


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"memory.max": "max\n", "memory.high": "max\n", "memory.current": "5\n"},
        {"memory.limit_in_bytes": "9223372036854771712\n", "memory.usage_in_bytes": "5\n"},
        {"memory.max": "a lot"},
    ],
)
def test_no_limit_is_none(texts: dict[str, str]) -> None:
    assert budget(texts) == Budget(None, None)


def test_a_group_above_its_limit_has_no_room_rather_than_less() -> None:
    texts = {"memory.max": "1000", "memory.current": "1500", "memory.stat": "inactive_file 1"}
    assert budget(texts) == Budget(1000, 0)


def test_the_tightest_of_nested_groups_wins_for_total_and_available_apart() -> None:
    own = Budget(8 * GIB, 7 * GIB)
    around = Budget(16 * GIB, 3 * GIB)  # others inside it have taken much
    root = Budget(None, None)
    assert confined(MACHINE, 2, [own, around, root]) == Memory(8 * GIB, 3 * GIB, limit="cgroup v2")


def test_the_machine_may_have_less_to_give_than_the_group_allows() -> None:
    memory = confined(Memory(32 * GIB, 2 * GIB), 1, [Budget(8 * GIB, 7 * GIB)])
    assert memory == Memory(8 * GIB, 2 * GIB, limit="cgroup v1")


@pytest.mark.parametrize("limit_bytes", [None, 32 * GIB, 100 * GIB])
def test_a_limit_that_the_machine_cannot_reach_changes_nothing(limit_bytes: int | None) -> None:
    assert confined(MACHINE, 2, [Budget(limit_bytes, 0)]) == MACHINE


def test_a_group_that_does_not_tell_its_use_leaves_available_unknown() -> None:
    assert confined(MACHINE, 2, [Budget(GIB, None)]) == Memory(GIB, None, limit="cgroup v2")


def test_a_limit_counts_where_the_machines_own_memory_is_unknown() -> None:
    memory = confined(Memory(None, None), 2, [Budget(GIB, GIB)])
    assert memory == Memory(GIB, None, limit="cgroup v2")


@pytest.mark.parametrize(
    ("texts", "cores"),
    [
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "10000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu.max": "200000"}, None),
        ({"cpu.max": "200000 0"}, None),
        ({"cpu.cfs_quota_us": "400000\n", "cpu.cfs_period_us": "100000\n"}, 4),
        ({"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"}, None),
        ({"cpu.cfs_quota_us": "400000\n"}, None),
        ({}, None),
    ],
)
def test_a_quota_of_time_is_counted_in_cores(texts: dict[str, str], cores: int | None) -> None:
    assert quota_cores(texts) == cores
