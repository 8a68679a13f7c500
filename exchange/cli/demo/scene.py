"""What the steps of the demonstration share: the folder, the hubs, and what is typed in it."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from exchange.cli.demo.place import PULLING, PUSHED
from exchange.cli.demo.processes import Ended, Secrets, Served, run
from exchange.cli.demo.telling import Teller, expect
from exchange.cli.fetching import unbelieving
from exchange.peer.lists import ListClient
from exchange.service.materials import good_sample

SAMPLES: Final = {
    "CN-CB-0103": "cn-qms-food-multi-site",
    "RU-CB-0201": "ru-qms-machinery",
    "SA-CB-0301": "sa-qms-construction",
    "SG-CB-0601": "sg-isms-data-centre",
}
"""What each certification body issues, from the samples beside the schemas."""
WAIT_SECONDS: Final = 60
"""How long anything that happens by itself is waited for."""
_DIGITS: Final = re.compile(r"[0-9]{4,}")


@dataclass(slots=True)
class Story:
    """Everything that the steps share."""

    folder: Path
    secrets: Secrets
    root: str
    teller: Teller
    stack: ExitStack
    """Ends the hubs, whatever happens."""
    hub: Served | None = None
    pushed: Served | None = None
    """The hub of the partner that is pushed to."""
    took: list[float] = field(default_factory=list)
    """How long each command has taken, in seconds."""
    drafts: int = 0
    ends: dict[str, datetime] = field(default_factory=dict)
    """Instants that a step has set and a later one waits for."""

    def type(
        self,
        words: Sequence[str],
        *,
        code: int = 0,
        quiet: bool = False,
        lines: int | None = None,
        into: str = "",
    ) -> Ended:
        """Run a command in front of the reader and expect how it ends.

        Args:
            words: What is typed.
            code: With which number it ends.
            quiet: Show nothing of what it prints.
            lines: Show so many lines of it only.
            into: The file into which it is sent instead.
        """
        typed = " ".join(f'"{w}"' if " " in w else w for w in words)
        self.teller.typed(f"{typed} > {into}" if into else typed)
        ended = self._run(words)
        if into:
            (self.folder / into).write_text(ended.out, encoding="utf-8", newline="")
        elif not quiet:
            self.teller.output("\n".join(ended.out.splitlines()[:lines]))
        complaint = ended.err.strip()[-600:]
        expect(
            ended.code == code, f"exit code {code} was expected, found {ended.code}: {complaint}"
        )
        return ended

    def said(self, words: Sequence[str], *, code: int = 0) -> dict[str, Any]:
        """Run a command that answers in JSON, unseen."""
        ended = self._run([*words, "--json"])
        expect(
            ended.code == code,
            f"{' '.join(words[:2])}: exit code {code} was expected, found {ended.code}: "
            f"{ended.err.strip()[-600:]}",
        )
        values: dict[str, Any] = json.loads(ended.out)
        return values

    def _run(self, words: Sequence[str]) -> Ended:
        began = time.monotonic()
        ended = run(words, self.folder, self.secrets)
        self.took.append(time.monotonic() - began)
        return ended

    def time_for(self, commands: int) -> float:
        """Return in how many seconds so many commands end, on this machine, today."""
        return commands * fmean(self.took) + max(self.took)

    @property
    def trusting(self) -> tuple[str, ...]:
        """The options of whoever believes the lists of the demonstration."""
        return ("--trust-list", "trust", "--root", self.root)

    def fetch(self, *, quiet: bool = True) -> None:
        """Fetch the lists as anyone does."""
        words = ["trust", "fetch", "--hub", self.served.public, "--root", self.root]
        if quiet:
            ended = self._run([*words, "--out", "trust"])
            expect(ended.code == 0, f"the lists are fetched: {ended.err.strip()}")
        else:
            self.type([*words, "--out", "trust"], quiet=True)

    @property
    def served(self) -> Served:
        """The hub, which serves by now."""
        expect(self.hub, "the hub serves")
        if self.hub is None:
            raise RuntimeError("no hub")
        return self.hub

    def sequence(self, file: str) -> int:
        """Return the number of a list that the hub serves now; 0 when there is none."""
        return asyncio.run(_sequences(self.served.public)).get(file, 0)

    def await_list(self, file: str, *, after: int) -> None:
        """Wait until the hub serves a newer version of a list."""
        deadline = time.monotonic() + WAIT_SECONDS
        while self.sequence(file) <= after:
            expect(time.monotonic() < deadline, f"{file} is published in time")
            time.sleep(0.05)

    def wait_until(self, at: datetime) -> None:
        """Wait for an instant."""
        time.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))

    def draft(self, body: str, name: str = "draft") -> Path:
        """Put a sample into the folder of a body, issued now, under numbers of its own."""
        sample = SAMPLES[body]
        source = good_sample("attestation", sample)
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        text = re.sub(
            r"(<c:IssueDateTime>)[^<]+", rf"\g<1>{now}", source.read_text(encoding="utf-8"), count=1
        )
        if name != "draft":
            self.drafts += 1
            text = _numbered(text, self.drafts)
        draft = self.folder / body / f"{name}.xml"
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        return draft

    def sign(self, body: str, draft: str, out: str, key: str = "attestation") -> None:
        """Let a body sign one of its drafts off line."""
        words = ["sign", f"{body}/{draft}", "--vault", f"keys/vaults/{body}"]
        self.type([*words, "--key", f"{body}/{key}", "--out", f"{body}/{out}"])


def push(body: str, file: str, addressees: Sequence[str] = (PUSHED, PULLING)) -> list[str]:
    """Return the words that push a file of a body."""
    return ["push", f"{body}/{file}", "--partner", f"{body}/partner.toml", *to(addressees)]


def to(addressees: Sequence[str]) -> list[str]:
    """Return the options that name addressees."""
    return [word for name in addressees for word in ("--to", name)]


async def _sequences(address: str) -> dict[str, int]:
    async with ListClient.open(address, unbelieving()) as client:
        return {one.file: one.sequence for one in await client.offers()}


def _numbered(text: str, number: int) -> str:
    """Give a sample identifiers of its own; the formats of numbers are kept."""
    text = re.sub(
        r"(<\w+:DocumentID>)urn:uuid:[0-9a-f-]+",
        rf"\g<1>urn:uuid:{uuid.uuid4()}",
        text,
        count=1,
    )
    text = re.sub(r"(<AttestationID>[^<]+)", rf"\g<1>-{number}", text, count=1)
    return re.sub(
        r"(<CertificateNumber>)([^<]+)",
        lambda found: found[1] + _renumbered(found[2], number),
        text,
        count=1,
    )


def _renumbered(text: str, number: int) -> str:
    """Put a number into the last run of four or more digits."""
    run = list(_DIGITS.finditer(text))[-1]
    width = min(len(run[0]), 4)
    return f"{text[: run.end() - width]}{number:0{width}d}{text[run.end() :]}"
