"""yi_local.server.metrics: Prometheus' text, read again by its own rules."""

import re

from yi_local.server.metrics import Metrics
from yi_local.types import Usage

SAMPLE = re.compile(r"(?P<name>[a-z_]+)(?:\{(?P<labels>[^}]*)\})? (?P<value>[0-9.e+-]+)")


def samples(text: str) -> dict[str, float]:
    """By name with labels; each has its help and type before it."""
    found: dict[str, float] = {}
    typed: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, line
            base = re.sub("_(bucket|sum|count)$", "", match["name"])
            assert {match["name"], base} & typed, line
            found[line.rpartition(" ")[0]] = float(match["value"])
    return found


def test_what_happened_is_counted() -> None:
    metrics = Metrics()
    metrics.answered("/v1/models", 200, 0.02)
    metrics.answered("/v1/models", 200, 0.2)
    metrics.answered("other", 404, 400.0)
    metrics.generated(Usage(10, 4, 6, 100.0, 20.0, 0.3))
    metrics.generated(Usage(1, 0, 2, None, None, None))
    metrics.cancelled()
    found = samples(metrics.text({"yi_models_loaded": ("Models in memory.", 2)}))
    assert found['yi_requests_total{route="/v1/models",status="200"}'] == 2
    assert found['yi_requests_total{route="other",status="404"}'] == 1
    assert found['yi_tokens_total{kind="prompt"}'] == 11
    assert found['yi_tokens_total{kind="cached"}'] == 4
    assert found['yi_tokens_total{kind="completion"}'] == 8
    assert found["yi_cancelled_total"] == 1
    assert found["yi_models_loaded"] == 2
    assert found["yi_ttft_seconds_count"] == 1


def test_a_histogram_counts_upwards_to_all() -> None:
    metrics = Metrics()
    for seconds in (0.05, 0.06, 1000.0):
        metrics.answered("other", 200, seconds)
    found = samples(metrics.text({}))
    assert found['yi_request_seconds_bucket{le="0.05"}'] == 1
    assert found['yi_request_seconds_bucket{le="0.1"}'] == 2
    assert found['yi_request_seconds_bucket{le="300"}'] == 2
    assert found['yi_request_seconds_bucket{le="+Inf"}'] == 3
    assert found["yi_request_seconds_count"] == 3


def test_a_new_server_has_numbers_too() -> None:
    assert samples(Metrics().text({}))["yi_cancelled_total"] == 0
