"""Gate 5: does the document say what may be said?

Steps:
 1. a kind that does not travel as a message, such as a receipt, is refused; an action has few
    rules of its own, and none of those below;
 2. every rule for this kind, object and scheme is asked; none stops another;
 3. each finding gets the severity that the register of rules gives its rule, softened where
    the certificate is older than the hub and the rule needs the world of its decision date;
 4. one fatal finding refuses the document with all findings, the worst first and a hundred at
    most; otherwise warnings travel with the document.

What only the register knows is decided afterwards, in `exchange.core.admission`.

Example:
    >>> judge(trusted, snapshot, at).findings
    ()
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from exchange.core.actions.values import Action
from exchange.core.document.attestation import Attestation
from exchange.core.document.cursor import words_of
from exchange.core.document.declaration import RegisterDeclaration
from exchange.core.document.kinds import not_a_message
from exchange.core.document.notice import Notice
from exchange.core.document.read import read
from exchange.core.document.status_change import StatusChange
from exchange.core.receipt_document import Receipt
from exchange.core.rules.action import ACTION
from exchange.core.rules.built import (
    BY_CODE,
    FOR_CHANGE,
    FOR_DECLARATION,
    FOR_NOTICE,
    FOR_OBJECT,
    FOR_SCHEME,
)
from exchange.core.rules.case import make_case
from exchange.core.rules.entry import Older
from exchange.core.snapshot import Snapshot
from exchange.core.trust import Trusted
from exchange.errors import Finding, RuleError, Severity

MAX_FINDINGS: Final = 100
"""Findings reported about one document. Source: documents and rules, section 11."""

_ORDER: Final = {Severity.FATAL: 0, Severity.WARNING: 1, Severity.INFORMATION: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A document that passed all five gates."""

    trusted: Trusted
    document: Attestation | StatusChange | Action | RegisterDeclaration | Notice
    findings: tuple[Finding, ...] = ()
    """Warnings and information; nothing fatal."""


def judge(trusted: Trusted, snapshot: Snapshot, at: datetime) -> Accepted:
    """Return the accepted document with the warnings that travel with it.

    Args:
        trusted: A statement whose key was entitled to make it.
        snapshot: Everything beside the document that the verdict depends on.
        at: The proof time, aware UTC.

    Raises:
        RuleError: At least one rule refuses the document; all findings are named.
        SchemaError: A day or instant lies outside the years that we read.
    """
    document = read(trusted.signed.kind, words_of(trusted.signed.content, trusted.tags))
    if isinstance(document, Receipt):  # 1
        raise not_a_message(trusted.signed.kind)
    if isinstance(document, Action):
        faults = [finding for ask in ACTION for finding in ask(document, snapshot, at)]
        if faults:
            raise RuleError(*faults[:MAX_FINDINGS])
        return Accepted(trusted=trusted, document=document)
    findings = _asked(document, trusted, snapshot, at)  # 2
    older = isinstance(document, Attestation) and document.taken_over is not None
    if not findings:
        return Accepted(trusted=trusted, document=document, findings=trusted.findings)
    weighed = tuple(_weighed(findings, older=older))[:MAX_FINDINGS]
    if weighed[0].severity is Severity.FATAL:  # 4
        raise RuleError(*weighed)
    return Accepted(
        trusted=trusted, document=document, findings=(*trusted.findings, *weighed)[:MAX_FINDINGS]
    )


def _asked(
    document: Attestation | StatusChange | RegisterDeclaration | Notice,
    trusted: Trusted,
    snapshot: Snapshot,
    at: datetime,
) -> list[Finding]:
    """Return what every rule for this kind, object and scheme finds."""
    findings: list[Finding] = []
    if isinstance(document, Attestation):
        attestation = make_case(document, trusted, snapshot, at)
        for rule in FOR_OBJECT[document.object.kind]:
            findings += rule(attestation)
        for rule in FOR_SCHEME.get(document.scheme.scheme_id, ()):
            findings += rule(attestation)
    elif isinstance(document, StatusChange):
        change = make_case(document, trusted, snapshot, at)
        for change_rule in FOR_CHANGE:
            findings += change_rule(change)
    elif isinstance(document, RegisterDeclaration):
        declared = make_case(document, trusted, snapshot, at)
        for declaration_rule in FOR_DECLARATION:
            findings += declaration_rule(declared)
    else:
        noticed = make_case(document, trusted, snapshot, at)
        for notice_rule in FOR_NOTICE:
            findings += notice_rule(noticed)
    return findings


def _weighed(findings: Iterable[Finding], *, older: bool) -> list[Finding]:
    """Return the findings with their severity, the worst first (step 3)."""
    weighed = []
    for finding in findings:
        rule = BY_CODE[finding.code]
        severity = rule.severity
        if older and rule.older is Older.WARNING and severity is Severity.FATAL:
            severity = Severity.WARNING
        weighed.append(replace(finding, severity=severity))
    weighed.sort(key=lambda finding: _ORDER[finding.severity])
    return weighed
