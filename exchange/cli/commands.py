"""Every command with its one line, so that `exchange --help` loads none of them.

A test holds this table against the commands themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as people type it."""

    name: str
    """One word, or a group and a word."""
    summary: str
    """What it does, in one line."""

    @property
    def group(self) -> str:
        """The first word: it names the module that holds the command."""
        return self.name.split()[0]

    @property
    def module(self) -> str:
        """The module that holds the command."""
        return f"exchange.cli.{self.group.replace('-', '_')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Commands that belong together for whoever reads the help."""

    title: str
    commands: tuple[Command, ...]


SECTIONS: Final = (
    Section(
        title="For everyone: check, off line, no account needed",
        commands=(
            Command(name="examine", summary="Run a document through all five gates."),
            Command(name="signature verify", summary="Check the signatures of XML documents."),
            Command(name="receipt verify", summary="Check a signed receipt."),
            Command(
                name="trust fetch",
                summary="Fetch the signed trust lists of a hub, as anyone may.",
            ),
            Command(name="ledger verify", summary="Check that a statement is in the ledger."),
            Command(
                name="certificate verify",
                summary="Verify a certificate: seven verdicts and one plain sentence.",
            ),
        ),
    ),
    Section(
        title="For administrators: who may sign what, on the word of two persons",
        commands=(
            Command(
                name="trust show",
                summary="Show the state of trust, an entry, a proposal or a board.",
            ),
            Command(
                name="trust propose",
                summary="Propose a change of trust, for a second person to approve.",
            ),
            Command(name="trust approve", summary="Approve a proposal of another person."),
            Command(name="trust reject", summary="Reject a proposal, or withdraw one of your own."),
            Command(
                name="trust suspend",
                summary="Suspend a key or a body at once, on your word alone.",
            ),
            Command(name="trust revoke", summary="Propose that a key never counts again."),
            Command(
                name="trust rehearse",
                summary="Show what would break, without changing anything.",
            ),
            Command(
                name="trust publish",
                summary="Publish the lists now, or a new delegation of the root.",
            ),
            Command(
                name="trust history",
                summary="Show every action, and check that each of them counts.",
            ),
        ),
    ),
    Section(
        title="For bodies: make, send and receive",
        commands=(
            Command(name="sign", summary="Sign a drafted document with a key of your own."),
            Command(name="issue", summary="Have drafts signed in the hub's vault and sent."),
            Command(name="push", summary="Send signed documents to the hub."),
            Command(
                name="certificate search", summary="Search the register of a hub, newest first."
            ),
            Command(
                name="certificate qr",
                summary="Get the QR address of a certificate that you issued.",
            ),
            Command(name="intake fields", summary="Show the fields of a scheme."),
            Command(name="intake map", summary="Propose which column fills which field."),
            Command(name="intake check", summary="Judge every row of a sheet, and send nothing."),
            Command(name="intake run", summary="Sign every row of a sheet and send it."),
            Command(name="pull", summary="Fetch what is waiting for you, and acknowledge it."),
            Command(name="declare", summary="Confirm your register, and say how open it is."),
            Command(
                name="notices",
                summary="Show who was told that something changed, and who has acknowledged.",
            ),
            Command(name="ledger fetch", summary="Fetch the proofs of a statement from the hub."),
        ),
    ),
    Section(
        title="For operators: run a hub",
        commands=(
            Command(name="serve", summary="Run the hub until it is told to stop."),
            Command(name="backup", summary="Write a consistent copy of the database."),
            Command(name="dead-letters list", summary="Show deliveries that were given up."),
            Command(name="dead-letters resend", summary="Put given-up deliveries back in line."),
            Command(name="remove", summary="Remove a statement by order of a court or authority."),
            Command(name="trust build", summary="Build and sign the trust lists."),
            Command(
                name="trust national",
                summary="Read trust lists of other operators.",
            ),
            Command(
                name="keys generate",
                summary="Make a key in the vault, with a self-issued key certificate.",
            ),
            Command(
                name="keys import",
                summary="Bring a key that was made elsewhere into the vault, once.",
            ),
            Command(name="keys prove", summary="Prove to a hub that you hold a key of your vault."),
            Command(name="keys check", summary="Check a vault and every key in it."),
            Command(
                name="keys expiring",
                summary="Show what ends soon: keys, lists and the root's delegation.",
            ),
            Command(name="keys person", summary="Make a key for a person who administers trust."),
            Command(
                name="keys ceremony",
                summary="Create the offline root and found the trust of a hub.",
            ),
            Command(name="keys demo", summary="Make throw-away keys for a demonstration."),
            Command(
                name="generate",
                summary="Make a register of any size, with real signatures, from a seed.",
            ),
            Command(name="demo", summary="Show the whole road on this machine."),
        ),
    ),
)

COMMANDS: Final = tuple(command for section in SECTIONS for command in section.commands)
