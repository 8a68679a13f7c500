"""Every way it can end badly, on one screen.

The first question is always whose fault it is:

    ExchangeError                     code, findings
    ├── RejectedError                 the document is at fault: negative receipt
    │   ├── MalformedError  SchemaError  SignatureError  TrustError  RuleError
    ├── UndecidedError                nobody is at fault yet: come back later
    ├── RefusedError                  the caller is at fault
    ├── PeerError                     the other side is at fault: back off, then give up aloud
    ├── StoreError, VaultError        our machinery: details only in our log
    └── SettingsError                 the operator: exit code 2 before a socket opens
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from exchange.codes import Code


class Severity(StrEnum):
    """How much a finding weighs."""

    FATAL = "fatal"
    """The document is refused."""
    WARNING = "warning"
    """The document is accepted and the finding travels with it."""
    INFORMATION = "information"
    """Worth knowing; nothing follows from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault: what, where, and in which words."""

    code: Code
    path: str = ""
    """Where in the document: a readable path such as `/Attestation/Validity/ExpiryDate`."""
    message: str
    """Lower case, no full stop, *expected … found …*; never a secret, never a whole document."""
    severity: Severity = Severity.FATAL


class ExchangeError(Exception):
    """The root of the family."""

    def __init__(self, *findings: Finding) -> None:
        """Keep the findings, worst first as the raiser ordered them; at least one."""
        if not findings:
            msg = "an error needs at least one finding"
            raise ValueError(msg)
        super().__init__(
            "; ".join(f"{f.code}: {f.message}" for f in findings[:3])
            + (f"; and {len(findings) - 3} more" if len(findings) > 3 else "")  # noqa: PLR2004
        )
        self.findings = findings

    @property
    def code(self) -> Code:
        """The code of the first finding."""
        return self.findings[0].code


class RejectedError(ExchangeError):
    """The document is at fault; the same octets will never be accepted."""


class MalformedError(RejectedError):
    """Gate 1: the octets are not a document that we read."""


class SchemaError(RejectedError):
    """Gate 2: the document is not one of the shared documents."""


class SignatureError(RejectedError):
    """Gate 3: the signature does not prove who signed what."""


class TrustError(RejectedError):
    """Gate 4: the key is not entitled to say this."""


class RuleError(RejectedError):
    """Gate 5: the content breaks rules; all of them are listed."""


class UndecidedError(ExchangeError):
    """Nobody is at fault yet; nothing was committed."""

    def __init__(self, *findings: Finding, retry_after: timedelta) -> None:
        """Keep when it is worth coming back."""
        super().__init__(*findings)
        self.retry_after = retry_after


class RefusedError(ExchangeError):
    """The caller is at fault: not entitled, or the request makes no sense."""


class PeerError(ExchangeError):
    """The other side is at fault; try again later, then give up aloud."""


class StoreError(ExchangeError):
    """Our database failed; the details stand in our log."""


class VaultError(ExchangeError):
    """Our key store failed; the details stand in our log."""


class SettingsError(ExchangeError):
    """The operator has to mend something before we start."""
