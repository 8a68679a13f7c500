"""Figures as a monitoring system reads them: the text exposition format, written from values.

- One `# HELP` and one `# TYPE` line for each metric, then its samples; a metric without samples
  stands there all the same, so that its absence is never taken for a zero.
- Label values are text of strangers: what could end a value is escaped.
- The figures of one page are of one moment; nothing is remembered here.

Example:
    >>> print(written([gauge("exchange_keys", "keys on the lists", 12)]))
    # HELP exchange_keys keys on the lists
    # TYPE exchange_keys gauge
    exchange_keys 12
    <BLANKLINE>

Source: Prometheus text-based exposition format, version 0.0.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_HELP_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n"})


class MetricKind(StrEnum):
    """Whether a figure may go down again."""

    GAUGE = "gauge"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One figure, with the labels that tell it from its siblings."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric with all its figures."""

    name: str
    kind: MetricKind
    text: str
    """What it says, its unit included."""
    samples: tuple[Sample, ...]


def gauge(name: str, text: str, value: float) -> Metric:
    """Return a figure without siblings that may go down again."""
    sample = Sample(labels={}, value=value)
    return Metric(name=name, kind=MetricKind.GAUGE, text=text, samples=(sample,))


def gauges(name: str, text: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> Metric:
    """Return figures that may go down again, by label."""
    return Metric(name=name, kind=MetricKind.GAUGE, text=text, samples=_samples(samples))


def counters(name: str, text: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> Metric:
    """Return figures that only grow while a process runs, by label."""
    return Metric(name=name, kind=MetricKind.COUNTER, text=text, samples=_samples(samples))


def written(metrics: Iterable[Metric]) -> str:
    """Return a page of metrics."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _samples(samples: Iterable[tuple[Mapping[str, str], float]]) -> tuple[Sample, ...]:
    return tuple(Sample(labels=labels, value=value) for labels, value in samples)


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.text.translate(_HELP_ESCAPES)}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for sample in metric.samples:
        labels = ",".join(
            f'{name}="{value.translate(_ESCAPES)}"' for name, value in sample.labels.items()
        )
        braces = f"{{{labels}}}" if labels else ""
        yield f"{metric.name}{braces} {_number(sample.value)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
