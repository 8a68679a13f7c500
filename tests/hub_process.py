"""A hub in a process of its own whose clock began with the world's.

python -m tests.hub_process hub.toml      # prints its addresses as one line of JSON
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import uvloop

from exchange.service.footprint import share_heaps
from exchange.service.logs import configure_logs
from exchange.settings import Settings
from exchange.web.serve import SWITCH_SECONDS, Addresses, serve
from tests.world import START


def _clock() -> Callable[[], datetime]:
    began = time.monotonic()
    return lambda: START + timedelta(seconds=time.monotonic() - began)


def _announce(addresses: Addresses) -> None:
    sys.stdout.write(json.dumps(asdict(addresses)) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until SIGTERM."""
    settings = Settings.load(Path(sys.argv[1]), {})
    configure_logs(settings.log_level)
    # As `exchange serve` does.
    share_heaps()
    sys.setswitchinterval(SWITCH_SECONDS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, _announce, clock=_clock()))


if __name__ == "__main__":
    main()
