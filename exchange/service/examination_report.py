"""A report on one examination: every gate passed, failed, or not reached.

- The same five gates as on the road, through the same function; nothing is committed.
- Which gate failed follows from the error: each gate has one of its own.
- Used by the dry run of the interface and by `exchange examine` off line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from exchange.codes.gates import SchemaCode
from exchange.core.explain import explain
from exchange.core.model import DocumentId, SnapshotId
from exchange.core.snapshot import Snapshot
from exchange.core.trust_values import LegalBasis
from exchange.errors import (
    ExchangeError,
    Finding,
    MalformedError,
    RuleError,
    SchemaError,
    SignatureError,
    TrustError,
    UndecidedError,
)
from exchange.service.examination import Failed, Job, Passed, run
from exchange.service.hub import Hub

EXPLAIN_BYTES: Final = 64 * 1024
"""Largest document that xmlschema explains, in bytes."""
EXPLAINED: Final = 20


class Gate(StrEnum):
    """The five gates, in order."""

    PARSE = "parse"
    SCHEMA = "schema"
    SIGNATURE = "signature"
    TRUST = "trust"
    RULES = "rules"


class GateResult(StrEnum):
    """What came of one gate."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    NOT_REACHED = "not-reached"


class Conclusion(StrEnum):
    """What came of the whole."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDECIDED = "undecided"


GATE_OF: Final[Mapping[type[ExchangeError], Gate]] = {
    MalformedError: Gate.PARSE,
    SchemaError: Gate.SCHEMA,
    SignatureError: Gate.SIGNATURE,
    TrustError: Gate.TRUST,
    UndecidedError: Gate.TRUST,
    RuleError: Gate.RULES,
}
"""The gate that each error comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """One gate with the findings that it made."""

    gate: Gate
    result: GateResult
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminationReport:
    """What the hub would say about a document at an instant."""

    conclusion: Conclusion
    gates: tuple[GateReport, ...]
    at: datetime
    snapshot_id: SnapshotId
    verdict: Passed | Failed
    """The bare verdict, with what was learned about the document."""


def conclude(verdict: Passed | Failed, snapshot_id: SnapshotId, at: datetime) -> ExaminationReport:
    """Return the report that a verdict stands for."""
    if isinstance(verdict, Passed):
        gates = tuple(
            GateReport(
                gate=gate,
                result=GateResult.PASSED,
                findings=verdict.warnings if gate is Gate.RULES else (),
            )
            for gate in Gate
        )
        conclusion = Conclusion.ACCEPTED
    else:
        undecided = verdict.ending is UndecidedError
        gates = tuple(_gates(GATE_OF[verdict.ending], verdict.findings, undecided=undecided))
        conclusion = Conclusion.UNDECIDED if undecided else Conclusion.REFUSED
    return ExaminationReport(
        conclusion=conclusion, gates=gates, at=at, snapshot_id=snapshot_id, verdict=verdict
    )


def _gates(failed: Gate, findings: tuple[Finding, ...], *, undecided: bool) -> list[GateReport]:
    reports: list[GateReport] = []
    reached = True
    for gate in Gate:
        if gate is failed:
            result = GateResult.UNDECIDED if undecided else GateResult.FAILED
            reports.append(GateReport(gate=gate, result=result, findings=findings))
            reached = False
        else:
            result = GateResult.PASSED if reached else GateResult.NOT_REACHED
            reports.append(GateReport(gate=gate, result=result))
    return reports


def examine_off_line(data: bytes, snapshot: Snapshot, at: datetime) -> ExaminationReport:
    """Examine a document without a hub, and explain what gate 2 refuses.

    Args:
        data: The octets of the document.
        snapshot: What the verdict depends on.
        at: The proof time.
    """
    (verdict,) = run((_job(data, snapshot, at),), snapshot, ())
    if isinstance(verdict, Failed) and verdict.findings[0].code is SchemaCode.INVALID:
        words = explain(data, snapshot.catalogue, max_bytes=EXPLAIN_BYTES, max_findings=EXPLAINED)
        verdict = _explained(verdict, words)
    return conclude(verdict, snapshot.id, at)


async def dry_run(hub: Hub, data: bytes) -> ExaminationReport:
    """Examine a document as if it had been submitted now; nothing is committed.

    Raises:
        RefusedError: Too many documents wait already.
    """
    at = hub.clock()
    examiner = hub.examiner
    try:
        verdict = await examiner.examine(_job(data, examiner.snapshot, at))
    except UndecidedError as error:
        verdict = Failed(
            ending=UndecidedError, findings=error.findings, retry_after=error.retry_after
        )
    if isinstance(verdict, Failed) and verdict.findings[0].code is SchemaCode.INVALID:
        verdict = _explained(verdict, await examiner.explain(data))
    return conclude(verdict, examiner.snapshot.id, at)


def _explained(verdict: Failed, words: tuple[Finding, ...]) -> Failed:
    return Failed(
        ending=verdict.ending,
        findings=(*verdict.findings, *words),
        retry_after=verdict.retry_after,
        learned=verdict.learned,
    )


def _job(data: bytes, snapshot: Snapshot, at: datetime) -> Job:
    return Job(
        snapshot_id=snapshot.id,
        data=data,
        message=None,
        at=at,
        receipt_id=DocumentId(""),
        produced_at=at,
    )


def as_document(report: ExaminationReport) -> dict[str, Any]:
    """Return the report as it stands in JSON, in the interface and on the command line."""
    learned = report.verdict.learned
    document: dict[str, Any] = {
        "conclusion": report.conclusion.value,
        "at": report.at.isoformat(),
        "snapshot_id": report.snapshot_id,
        "gates": [
            {
                "gate": one.gate.value,
                "result": one.result.value,
                "findings": [finding_document(finding) for finding in one.findings],
            }
            for one in report.gates
        ],
    }
    if learned is not None:
        document["kind"] = learned.kind.value
        document["content_digest"] = learned.content_digest.hex()
        if learned.custody is not None:
            document["custody"] = learned.custody.value
            document["legal_basis"] = legal_document(learned.legal)
    return document


def legal_document(legal: LegalBasis | None) -> dict[str, str] | None:
    """Return on what the signatures of a key count, as it stands in JSON; `None` says none."""
    return None if legal is None else {"instrument": legal.instrument, "level": legal.level.value}


def finding_document(finding: Finding) -> dict[str, str]:
    """Return a finding as it stands in JSON."""
    return {
        "code": finding.code.value,
        "severity": finding.severity.value,
        "path": finding.path,
        "message": finding.message,
        "remedy": finding.code.remedy,
    }
