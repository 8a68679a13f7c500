"""Who sees what of a certificate: anyone who asks, and the two who received it once.

Anyone asks the hub by number. The partner with a hub of its own has been told by then, so its own
hub is asked about the very file; the one that pulls has taken the news over and signed for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from exchange.cli.demo.changes import Certificate, content_digest
from exchange.cli.demo.place import PULLING, PUSHED
from exchange.cli.demo.scene import WAIT_SECONDS, Story
from exchange.cli.demo.telling import expect
from exchange.cli.fetching import unbelieving
from exchange.cli.partner import open_partner
from exchange.peer.calls import Calls, as_object, good

CODES = {"valid": 0, "not-valid": 1, "cannot-tell": 3}
"""How a verification ends, by what it says."""


def asking(story: Story, what: str, issuer: str = "") -> list[str]:
    """Return the words that ask the hub about a certificate, as anyone does."""
    named = ["--issuer", issuer] if issuer else []
    return [
        *("certificate", "verify", what, *named),
        *("--hub", story.served.public, *story.trusting),
    ]


def pull(story: Story) -> None:
    """Let the partner without a server take over what waits for it."""
    story.type(["pull", "--partner", f"{PULLING}/partner.toml", "--into", f"{PULLING}/inbox"])


def watch(
    story: Story, certificate: Certificate, files: Sequence[str], overall: str, words: str
) -> Mapping[str, Any]:
    """Show who sees what, and expect it.

    Args:
        story: So far.
        certificate: What is asked about.
        files: The signed statements, by the body that keeps them, that all have got by now.
        overall: What everybody who asks is told: `valid`, `not-valid`.
        words: What stands in the sentence.

    Returns:
        The answer to anyone.
    """
    code = CODES[overall]
    anyone = story.said(asking(story, certificate.number, certificate.body), code=code)
    expect(words in anyone["sentence"], f"{words!r} was expected, found {anyone['sentence']!r}")
    told = asyncio.run(_told(story, files))
    theirs = asyncio.run(_own_hub(story, certificate.file))
    expect(theirs["overall"] == overall, f"{overall} was expected, found {theirs['sentence']!r}")
    expect(words in theirs["sentence"], f"{words!r} was expected, found {theirs['sentence']!r}")
    same = theirs["sentence"] == anyone["sentence"]
    table = Table("who", "what they see", show_lines=True)
    table.add_row("anyone, by number", escape(anyone["sentence"]))
    table.add_row(
        f"{PUSHED}, pushed to",
        f"{_since(told, PUSHED)}; its own hub, asked with the file of the certificate, says "
        + ("the same" if same else escape(theirs["sentence"])),
    )
    table.add_row(
        f"{PULLING}, pulls",
        f"{_since(told, PULLING)}; examined with its own lists and kept in its own database",
    )
    story.teller.console.print(table)
    return anyone


async def _own_hub(story: Story, file: str) -> Mapping[str, Any]:
    """Return what the hub of the partner that is pushed to says to its own people.

    It is no hub operator on the lists, so its word is not signed and counts in its house only.
    """
    if story.pushed is None:
        raise RuntimeError("no partner serves")
    data = await asyncio.to_thread((story.folder / file).read_bytes)
    async with Calls.open(story.pushed.public, unbelieving()) as calls:
        headers = {"Content-Type": "application/octet-stream"}
        return as_object(good(await calls.call("POST", "/v1/verifications", data, headers)))


def _since(told: Sequence[Mapping[str, Any]], addressee: str) -> str:
    rows = [one for one in told if one["addressee"] == addressee]
    at = max(one["changed_at"] for one in rows)[11:19]
    counted = f"{len(rows)} statements" if len(rows) > 1 else rows[0]["kind"]
    return f"{counted} delivered and acknowledged at {at}"


async def _told(story: Story, files: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return who was told of some statements, as soon as both partners have acknowledged."""
    found: list[Mapping[str, Any]] = []
    deadline = time.monotonic() + WAIT_SECONDS
    for file in files:
        data = await asyncio.to_thread((story.folder / file).read_bytes)
        digest = content_digest(data).hex()
        async with open_partner(story.folder / file.split("/")[0] / "partner.toml") as partner:
            while True:
                rows = await _notices(partner.client)
                news = [one for one in rows if one["content_digest"] == digest]
                done = {one["addressee"] for one in news if one["state"] == "acknowledged"}
                if {PUSHED, PULLING} <= done:
                    break
                expect(time.monotonic() < deadline, f"{file} is acknowledged in time: {news}")
                await asyncio.sleep(0.1)
        found += news
    return found


async def _notices(client: Any) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    after: int | None = None
    while True:
        page = await client.notices(after=after)
        rows += page.get("notices", [])
        after = page.get("after")
        if after is None:
            return rows
