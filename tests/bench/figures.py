"""How time is taken, and how a table is written.

- Several pieces of work take turns over the same slices of documents, round after round, so
  that what else the machine does falls on all of them alike; of each slice the best round
  counts.
- Time is the processor time of this thread: on a shared machine the wall clock measures the
  neighbours.
"""

from __future__ import annotations

import gc
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
BATCH = 24
"""Documents that are worked on together, as by a worker (`exchange.service.examiner.BATCH`)."""
SLICE = 10 * BATCH
"""Documents that one piece of work takes before it is the turn of the next. A worker examines
nothing but documents, so what a change of work costs must not weigh: in turns of 25 beside the
stranger the processor's caches hold little of our code (measured: a sixth slower)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the printed table."""

    what: str
    figure: str
    remark: str = ""


def microseconds(
    work: Mapping[str, Callable[[Sequence[T]], object]], items: Sequence[T], *, rounds: int
) -> dict[str, float]:
    """Return for each piece of work the processor time per item, in microseconds.

    Args:
        work: What is measured, by name; each is called once for each batch and round.
        items: The distinct items that every piece of work goes over.
        rounds: How often; of each slice the best round counts.
    """
    for call in work.values():
        call(items[:BATCH])
    # As a worker of the hub does: what stays for good is not looked at again and again.
    gc.collect()
    gc.freeze()
    slices = [
        [
            items[at : min(at + BATCH, start + SLICE)]
            for at in range(start, min(start + SLICE, len(items)), BATCH)
        ]
        for start in range(0, len(items), SLICE)
    ]
    best = {name: [float("inf")] * len(slices) for name in work}
    for _ in range(rounds):
        for number, part in enumerate(slices):
            for name, call in work.items():
                started = time.thread_time()
                for batch in part:
                    call(batch)
                best[name][number] = min(best[name][number], time.thread_time() - started)
    gc.unfreeze()
    return {name: sum(taken) / len(items) * 1e6 for name, taken in best.items()}


def singly(work: Callable[[T], object]) -> Callable[[Sequence[T]], object]:
    """Return work on a batch that takes one item after the other."""

    def batch(items: Sequence[T]) -> None:
        for item in items:
            work(item)

    return batch


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def resident_bytes(process: int | None = None) -> int:
    """Return the resident memory of a process, this one unless told."""
    pages = Path(f"/proc/{process or os.getpid()}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def machine() -> str:
    """Return one line about the machine that the figures belong to."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{model}, {os.cpu_count()} processors, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def table(title: str, rows: Sequence[Row]) -> str:
    """Return rows as a Markdown table under a title."""
    lines = [f"**{title}**", "", "| what | figure | remark |", "|---|---|---|"]
    lines += [f"| {row.what} | {row.figure} | {row.remark} |" for row in rows]
    return "\n".join((*lines, ""))


def say(text: str) -> None:
    """Tell on standard error what is being measured."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()
