"""Declarations on arrival: what the register counts is held against what the body counts (DCL-05).

It is a warning: the body may be ahead of what it has sent, or behind. The counts are those of the
moment before the commit; whoever sends certificates and a declaration at the same time may be
warned of its own certificates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from exchange.codes.declarations import DeclarationCode
from exchange.core.entry import Statement
from exchange.core.receipt_document import Outcome, report
from exchange.errors import Finding, Severity
from exchange.service.examination import DraftedReceipt, draft
from exchange.service.hub import Hub


async def counted(
    hub: Hub, statement: Statement, drafted: DraftedReceipt, at: datetime
) -> DraftedReceipt:
    """Return the receipt of a declaration with what the register counts otherwise.

    Args:
        hub: Whose register.
        statement: The declaration.
        drafted: Its receipt so far.
        at: When it arrived.

    Raises:
        StoreError: The register cannot be asked.
    """
    schemes = [one.scheme for one in statement.declared if one.certificates is not None]
    if not schemes:
        return drafted
    found = await hub.store.count_active(statement.issuer, schemes, at=at)
    warnings = tuple(_differences(statement, found))
    if not warnings:
        return drafted
    receipt = drafted.receipt
    return draft(
        replace(
            receipt,
            outcome=Outcome.ACCEPTED_WITH_WARNINGS,
            findings=(*receipt.findings, *report(warnings)),
        ),
        hub.certificates,
    )


def _differences(statement: Statement, found: dict[str, int]) -> Iterator[Finding]:
    for number, one in enumerate(statement.declared, 1):
        if one.certificates is not None and found[one.scheme] != one.certificates:
            yield Finding(
                code=DeclarationCode.DCL_05,
                severity=Severity.WARNING,
                path=f"/RegisterDeclaration/Scheme[{number}]/CertificateCount",
                message=f"{one.scheme}: expected {found[one.scheme]} active certificates, as the "
                f"register here counts, found {one.certificates}",
            )
