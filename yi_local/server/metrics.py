"""What the server counts, and Prometheus' text form of it."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from yi_local.types import Usage

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)

Labels = tuple[tuple[str, str], ...]


class Histogram:
    """`bounds` are upper ones, the last bucket has none."""

    def __init__(self, bounds: Sequence[float] = _SECONDS) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def lines(self, name: str) -> Iterable[str]:
        total = 0
        for bound, n in zip((*self._bounds, None), self._counts, strict=True):
            total += n
            label = "+Inf" if bound is None else f"{bound:g}"
            yield f'{name}_bucket{{le="{label}"}} {total}'
        yield f"{name}_sum {self._sum:.6f}"
        yield f"{name}_count {total}"


class Metrics:
    """Of one event loop, which alone may touch it. Labels are of our making: there are few."""

    def __init__(self) -> None:
        self._requests: dict[Labels, int] = {}
        self._tokens = {"prompt": 0, "cached": 0, "completion": 0}
        self._cancelled = 0
        self._seconds = Histogram()
        self._ttft = Histogram()

    def answered(self, route: str, status: int, seconds: float) -> None:
        key = (("route", route), ("status", str(status)))
        self._requests[key] = self._requests.get(key, 0) + 1
        self._seconds.observe(seconds)

    def generated(self, usage: Usage) -> None:
        self._tokens["prompt"] += usage.prompt_tokens or 0
        self._tokens["cached"] += usage.cached_tokens or 0
        self._tokens["completion"] += usage.completion_tokens
        if usage.ttft_s is not None:
            self._ttft.observe(usage.ttft_s)

    def cancelled(self) -> None:
        self._cancelled += 1

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """`gauges`: what is true now, by name, each with what it means."""
        lines = [
            *_head("yi_requests_total", "counter", "Answered requests."),
            *(f"yi_requests_total{_labels(key)} {n}" for key, n in sorted(self._requests.items())),
            *_head("yi_tokens_total", "counter", "Tokens read (some found in the cache), written."),
            *(f"yi_tokens_total{_labels((('kind', k),))} {n}" for k, n in self._tokens.items()),
            *_head("yi_cancelled_total", "counter", "Requests whose client went away."),
            f"yi_cancelled_total {self._cancelled}",
            *_head("yi_request_seconds", "histogram", "From a request to the end of its answer."),
            *self._seconds.lines("yi_request_seconds"),
            *_head("yi_ttft_seconds", "histogram", "From the engine's start to its first token."),
            *self._ttft.lines("yi_ttft_seconds"),
        ]
        for name, (meaning, value) in gauges.items():
            lines += [*_head(name, "gauge", meaning), f"{name} {value:g}"]
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, meaning: str) -> tuple[str, str]:
    return f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"


def _labels(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels) + "}"
