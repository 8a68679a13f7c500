"""What a process that runs for months does about its memory, once, when all is loaded.

- Schemas, lists and modules stay for good: the collector need not look at them again and again.
- What one document leaves behind is small and mostly without cycles, so the collector looks
  less often than its default of 700 new objects.
- A heap for each thread that ever ran would keep what that thread needed at its peak; two heaps
  serve the few threads of a hub (glibc; elsewhere nothing happens).
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from typing import Final

_YOUNG: Final = 10_000
"""New objects after which the collector looks at the young ones."""
_ARENA_MAX: Final = -8
"""The parameter of `mallopt` that limits the number of heaps. Source: glibc's malloc.h."""
_HEAPS: Final = 2


def share_heaps() -> None:
    """Let all threads share a few heaps; to be called before any thread is started."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _HEAPS)


def settle() -> None:
    """Take what is loaded now for permanent."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
