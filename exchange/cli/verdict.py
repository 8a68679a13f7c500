"""How a verdict is shown: gate by gate for people, as one object for programs.

The error that ended the road tells which gate it was: every gate has an ending of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from exchange.cli.foreign_text import shown
from exchange.core.existence import Existence
from exchange.core.periods import in_zulu
from exchange.core.rules.judge import Accepted
from exchange.errors import (
    ExchangeError,
    Finding,
    MalformedError,
    RuleError,
    SchemaError,
    Severity,
    SignatureError,
    TrustError,
    UndecidedError,
)


class Gate(StrEnum):
    """The five gates, in the order of the road."""

    PARSE = "parse"
    SCHEMA = "schema"
    SIGNATURE = "signature"
    TRUST = "trust"
    RULES = "rules"


class Passage(StrEnum):
    """What happened at a gate."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    NOT_REACHED = "not reached"


_ENDS_AT: Final[Mapping[type[ExchangeError], Gate]] = {
    MalformedError: Gate.PARSE,
    SchemaError: Gate.SCHEMA,
    SignatureError: Gate.SIGNATURE,
    TrustError: Gate.TRUST,
    UndecidedError: Gate.TRUST,
    RuleError: Gate.RULES,
}
_STYLES: Final[Mapping[str, str]] = {
    Passage.PASSED: "green",
    Passage.FAILED: "bold red",
    Passage.UNDECIDED: "bold yellow",
    Passage.NOT_REACHED: "dim",
    Severity.FATAL: "red",
    Severity.WARNING: "yellow",
    Severity.INFORMATION: "cyan",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the five gates said about one document."""

    file: str
    message_digest: bytes
    at: datetime
    snapshot_id: str
    accepted: Accepted | None
    error: ExchangeError | None
    existence: Existence | None = None
    """What proves that the document existed at `at`; `None` where nothing was asked to."""

    @classmethod
    def of(
        cls,
        file: str,
        data: bytes,
        *,
        at: datetime,
        snapshot_id: str,
        ending: Accepted | ExchangeError,
    ) -> Verdict:
        """Return the verdict in which the road ended."""
        error = ending if isinstance(ending, ExchangeError) else None
        accepted = None if isinstance(ending, ExchangeError) else ending
        return cls(
            file=file,
            message_digest=sha256(data).digest(),
            at=at,
            snapshot_id=snapshot_id,
            accepted=accepted,
            error=error,
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings: of a refusal, or the warnings of an acceptance."""
        if self.error is not None:
            return self.error.findings
        return self.accepted.findings if self.accepted is not None else ()

    def gates(self) -> Iterator[tuple[Gate, Passage]]:
        """Yield each gate with what happened there."""
        ended = None if self.error is None else _ENDS_AT[type(self.error)]
        reached = True
        for gate in Gate:
            if gate is ended:
                undecided = isinstance(self.error, UndecidedError)
                yield gate, Passage.UNDECIDED if undecided else Passage.FAILED
                reached = False
            else:
                yield gate, Passage.PASSED if reached else Passage.NOT_REACHED


def finding_values(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Return findings as JSON has them."""
    return [
        {
            "code": finding.code.value,
            "severity": finding.severity.value,
            "path": finding.path,
            "message": finding.message,
            "remedy": finding.code.remedy,
        }
        for finding in findings
    ]


def as_json(verdict: Verdict) -> str:
    """Return a verdict as one JSON object."""
    values: dict[str, Any] = {
        "file": verdict.file,
        "accepted": verdict.accepted is not None,
        "at": in_zulu(verdict.at),
        "snapshot": verdict.snapshot_id,
        "message_digest": verdict.message_digest.hex(),
        "gates": [
            {"gate": gate.value, "result": passage.value} for gate, passage in verdict.gates()
        ],
        "findings": finding_values(verdict.findings),
    }
    if verdict.existence is not None:
        values["proof_of_existence"] = dict(_proof(verdict.existence))
    if verdict.accepted is not None:
        values |= dict(_facts(verdict.accepted))
    return json.dumps(values, ensure_ascii=False, indent=2)


def _proof(existence: Existence) -> Iterator[tuple[str, str]]:
    yield "kind", existence.kind.value
    yield "at", in_zulu(existence.at)
    yield "by", existence.by


def _facts(accepted: Accepted) -> Iterator[tuple[str, str]]:
    trusted = accepted.trusted
    signed = trusted.signed
    yield "kind", signed.kind.value
    yield "issuer", trusted.body.id
    yield "custody", trusted.key.custody.value
    legal = trusted.key.legal
    yield "legal_instrument", "none" if legal is None else legal.instrument
    yield "signature_level", "none" if legal is None else legal.level.value
    yield "key", signed.certificate.fingerprint.hex()
    yield "signed_at", in_zulu(signed.signed_at)
    yield "content_digest", signed.content_digest.hex()


def show(verdict: Verdict, console: Console) -> None:
    """Print a verdict for people."""
    told = Text.assemble(
        (verdict.file, "bold"),
        "  ",
        ("accepted", "bold green") if verdict.accepted is not None else _ending(verdict),
    )
    console.print(told)
    for number, (gate, passage) in enumerate(verdict.gates(), start=1):
        console.print(
            Text.assemble(f"  {number} {gate.value:<10}", (passage.value, _STYLES[passage]))
        )
        if passage in {Passage.FAILED, Passage.UNDECIDED}:
            show_findings(verdict.findings, console)
    if verdict.existence is not None:
        proof = dict(_proof(verdict.existence))
        told = shown(f"{proof['kind']} of {proof['at']} by {proof['by']}")
        console.print(Text.assemble("  existed by      ", told), soft_wrap=True)
    if verdict.accepted is not None:
        show_findings(verdict.accepted.findings, console)
        for name, value in _facts(verdict.accepted):
            console.print(f"  {name.replace('_', ' '):<16}{value}", soft_wrap=True)


def _ending(verdict: Verdict) -> tuple[str, str]:
    undecided = isinstance(verdict.error, UndecidedError)
    return ("undecided", "bold yellow") if undecided else ("refused", "bold red")


def show_findings(findings: Sequence[Finding], console: Console) -> None:
    """Print findings, each with its code, place, sentence and next step."""
    for finding in findings:
        place = f" at {finding.path}" if finding.path else ""
        console.print(
            Text.assemble(
                "      ",
                (finding.code.value, _STYLES[finding.severity]),
                shown(f"{place}: {finding.message}"),
            ),
            soft_wrap=True,
        )
        console.print(Text(f"        next: {finding.code.remedy}", style="dim"), soft_wrap=True)
