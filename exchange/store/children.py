"""A child process that is given everything and answers once; afterwards nothing of it is left.

However it ends - answered, too slow, no longer wanted - the process is waited for, its pipes are
read to the end, and what broke while it was written to is taken note of: Python up to 3.11.2 says
otherwise `Future exception was never retrieved` when the loop ends.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress


async def answered(module: str, data: bytes, *, quiet: bool = False) -> tuple[bytes, int]:
    """Return what a module of ours says to these octets, and with which number it ended.

    Args:
        module: Run as `python -m`; octets on its input, the answer on its output.
        data: The octets.
        quiet: Whether nothing that it complains of is shown.

    Raises:
        OSError: No process can be started.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL if quiet else None,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        answer, _ = await process.communicate(data)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        # Killed, it ends at once; a second cancellation must not leave it behind.
        await asyncio.shield(_over(process))
    return answer, process.returncode or 0


async def _over(process: Process) -> None:
    """Wait until a process has ended and its pipes are closed."""
    await process.communicate()
    if process.stdin is not None:
        process.stdin.close()
        with suppress(BrokenPipeError, ConnectionResetError):
            await process.stdin.wait_closed()
