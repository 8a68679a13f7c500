"""The sentences of a verification in English; see `exchange.core.sentences`."""
# ruff: noqa: E501 - one text, one line

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ENGLISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "months": (
            "January February March April May June July August September October November December"
        ),
        "date": "{day} {month} {year}",
        "valid": "Valid: {reason}",
        "not-valid": "Not valid: {reason}",
        "cannot-tell": "Cannot tell: {reason}",
        "is-valid": "Valid: certificate {number} of {issuer} is in force today, {day}.",
        "only-now": "certificate {number} of {issuer} is in force today, {day}, but was not on the day that was asked about.",
        "temporary": "This is temporary and can change again.",
        "final": "This is final.",
        "then-valid": "On {day} it was valid.",
        "then-not-valid": "On {day} it was not valid: it was {status}.",
        "then-not-yet": "On {day} it had not begun yet.",
        "leads-to": "Use {other} instead.",
        "holder-match": "The name of the holder matches.",
        "holder-close": "The name of the holder is close; compare it letter by letter.",
        "holder-mismatch": "The name of the holder does not match.",
        "status-draft": "not in force yet",
        "status-suspended": "suspended",
        "status-withdrawn": "withdrawn",
        "status-cancelled": "cancelled",
        "status-expired": "expired",
        "status-superseded": "replaced",
        "verification.draft": "certificate {number} is not in force yet.",
        "verification.suspended": "certificate {number} has been suspended since {since}.",
        "verification.withdrawn": "certificate {number} was withdrawn on {since}.",
        "verification.cancelled": "certificate {number} was cancelled on {since}.",
        "verification.expired": "certificate {number} has been expired since {since}.",
        "verification.superseded": "certificate {number} was replaced by another one on {since}.",
        "verification.unconfirmed": (
            "certificate {number} is genuine, but since {since} its issuer has not confirmed "
            "that it still stands."
        ),
        "verification.removed": "a statement about this certificate was removed by order.",
        "verification.statement-unsound": "a later statement about this certificate can no longer be trusted.",
        "verification.not-registered": (
            "the document is genuine, but it is not in this register, so nobody here knows "
            "whether it still stands."
        ),
        "verification.older-revision": "this document is an older revision; only the newest one counts.",
        "verification.transfer-unconfirmed": (
            "certificate {number} takes over one of another body, which has not confirmed the "
            "transfer; ask that body, or check again later."
        ),
        "verification.transferred-elsewhere": (
            "the certificate that {number} takes over leads to another one; verify the old "
            "certificate and use the one that it leads to."
        ),
        "verification.key-suspended-since": "the key that signed it has been suspended since {since}.",
        "verification.key-revoked-since": "the key that signed it was revoked on {since}.",
        "verification.body-suspended-since": "the issuing body has been suspended since {since}.",
        "verification.body-ended-since": "the issuing body ended on {since}.",
        "verification.accreditation-suspended-since": "the accreditation of the issuing body is suspended.",
        "verification.accreditation-withdrawn-since": "the accreditation of the issuing body was withdrawn.",
        "verification.accreditation-ended-since": "the accreditation of the issuing body has run out.",
        "verification.recognition-not-kept": (
            "the certificate stands, but this hub does not know whether it is recognised in "
            "{economy}."
        ),
        "verification.not-issued": "{issuer} keeps its whole register here, and certificate {number} is not in it.",
        "verification.does-not-publish": "{issuer} does not publish its certificates here; ask it.",
        "verification.publishes-some": (
            "certificate {number} is not here, but {issuer} publishes only some of its "
            "certificates here; ask it."
        ),
        "verification.last-confirmed": (
            "certificate {number} is not here, and {issuer} has not confirmed its register "
            "since {since}."
        ),
        "verification.last-confirmed-undated": "certificate {number} is not here, and {issuer} has not confirmed its register.",
        "verification.only-by-address": "{issuer} shows its certificates only by the QR code printed on them.",
        "verification.number-format": "no certificate of {issuer} can have the number {number}.",
        "verification.number-unknown": (
            "no certificate with the number {number} is shown here; name the issuing body or "
            "read the QR code."
        ),
        "verification.several-bodies": "several bodies have issued a certificate {number}; name the issuing body.",
        "verification.several-schemes": "{issuer} has certificates {number} under several schemes; name the scheme.",
        "verification.unknown-body": "no body named {issuer} is on the trust lists.",
        "verification.address-unknown": "no certificate has this QR address here.",
        "upload.empty": "nothing was uploaded.",
        "upload.unknown-format": "the file is neither XML nor PDF.",
        "upload.archive": "the file is an archive; unpack it first.",
        "upload.executable": "the file is a program and no certificate; do not open it.",
        "upload.pdf-encrypted": "the PDF is encrypted; nothing in it can be checked.",
        "upload.pdf-damaged": "the PDF is damaged.",
        "upload.pdf-limits": "the PDF is too large or too complicated to be checked safely.",
        "upload.pdf-without-xml": "this PDF holds no certificate that can be checked; look at the QR address.",
        "upload.pdf-several-xml": "this PDF holds several certificates; upload the one that is meant.",
        "upload.pages-prove-nothing": "The pages of the PDF prove nothing; only what is shown here counts.",
        "upload.no-attestation": "the document is genuine, but it is no certificate.",
        "upload.altered": "this document differs from the registered certificate with its number.",
        "question-well-formed-failed": "the document is damaged.",
        "question-schema-failed": "the document has not the form of a certificate.",
        "question-signature-failed": "the signature does not hold: the document was altered or was never signed.",
        "question-key-trusted-failed": "the key that signed it was not entitled to sign.",
        "question-key-trusted-unknown": "it cannot be known now whether its key may still be trusted.",
        "question-issuer-entitled-failed": "its issuer was not entitled to certify this.",
        "question-issuer-entitled-unknown": "it cannot be known now whether its issuer is still entitled.",
        "question-not-withdrawn-failed": "it does not stand any more.",
        "question-not-withdrawn-unknown": "nobody here knows whether it still stands.",
        "question-recognised-unknown": "it is not known whether it is recognised in {economy}.",
        "goods-not-covered": "the certificate does not cover these goods.",
        "goods-unknown": "the certificate does not say whether it covers these goods.",
    }
)
