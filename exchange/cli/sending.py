"""What `push` and `issue` share: one message for each file, sent once however often it is run.

- The message id follows from the sender, the document and the addressees, so that a second
  run is a repetition: the hub answers with the first receipt and nothing is doubled.
- What came back stands beside what was sent, or in a folder; a file that is there already is
  kept, and its document is not sent again.
- A refusal stops nobody else's file; the exit code tells the worst that happened.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import track
from rich.text import Text

from exchange.cli.exits import ExitCode, exit_code
from exchange.cli.files import progress_console, write_new
from exchange.cli.foreign_text import reported
from exchange.cli.main import explain
from exchange.cli.partner import Partner
from exchange.core.model import MessageId
from exchange.core.receipt import Receipted, read_receipt
from exchange.errors import ExchangeError
from exchange.peer.hub import Answer

_NAMESPACE: Final = uuid.UUID("6b7c1f4e-2f0a-5d52-9d2e-0a1f6f0f7c11")
"""Of the message ids that this program chooses; never changed, or repetitions would double."""
_BAR_FROM: Final = 2
"""Files from which on a progress bar is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A file with what the hub answered."""

    path: Path
    answer: Answer
    receipted: Receipted


Send = Callable[[Path], Awaitable[Answer]]


def message_id(partner: Partner, data: bytes, addressees: Sequence[str]) -> MessageId:
    """Return the message id for a document and its addressees, the same in every run."""
    seed = "\n".join((partner.body, sha256(data).hexdigest(), *sorted(set(addressees))))
    return MessageId(str(uuid.uuid5(_NAMESPACE, seed)))


async def send_each(
    partner: Partner, files: Sequence[Path], receipts: Path | None, send: Send
) -> ExitCode:
    """Send every file in turn and keep the verified receipts.

    Args:
        partner: Who sends.
        files: What is sent.
        receipts: Folder of the receipts; beside the files without.
        send: Sends one file.

    Returns:
        The worst that happened to a file: refused, undecided, our fault, or nothing.
    """
    worst = ExitCode.DONE
    console = Console(highlight=False)
    bar = track(files, "sending", disable=len(files) < _BAR_FROM, console=progress_console())
    for path in bar:
        place = (receipts or path.parent) / f"{path.stem}.receipt.xml"
        if await asyncio.to_thread(place.exists):
            _tell(console, path, "kept", "dim", f"{place} is there")
            continue
        try:
            answer = await send(path)
            sent = Sent(path=path, answer=answer, receipted=_verified(partner, answer))
        except ExchangeError as error:
            worst = max(worst, exit_code(error))
            _tell(console, path, "not sent", "bold red", error.code.value)
            explain(error, sys.stderr)
            continue
        await asyncio.to_thread(write_new, place, answer.receipt)
        worst = max(worst, _report(console, sent, place))
    return worst


def _verified(partner: Partner, answer: Answer) -> Receipted:
    """Return what the hub's receipt says, its signature and key checked.

    Raises:
        ExchangeError: The receipt proves nothing.
    """
    return read_receipt(answer.receipt, partner.snapshot, datetime.now(UTC))


def _report(console: Console, sent: Sent, place: Path) -> ExitCode:
    receipt = sent.receipted.receipt
    if sent.answer.is_refused:
        _tell(console, sent.path, receipt.outcome.value, "bold red", str(place))
        for finding in receipt.findings:
            console.print(reported(finding, "red"), soft_wrap=True)
        return ExitCode.REFUSED
    again = ", sent before" if sent.answer.is_repeated else ""
    _tell(console, sent.path, receipt.outcome.value, "bold green", f"{place}{again}")
    for finding in receipt.findings:
        console.print(reported(finding, "yellow"), soft_wrap=True)
    return ExitCode.DONE


def _tell(console: Console, path: Path, what: str, style: str, more: str) -> None:
    console.print(Text.assemble(f"{path}  ", (what, style), f"  {more}"), soft_wrap=True)
