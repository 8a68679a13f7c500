"""Codes of proofs of existence: why a time-stamp or a receipt does not prove since when."""

from __future__ import annotations

from exchange.codes import Code


class ExistenceCode(Code):
    """A proof that is offered and proves nothing about this document."""

    UNREADABLE = (
        "existence.unreadable",
        "the time-stamp cannot be read, or has not the form of RFC 3161",
        "ask the time-stamping authority for a token, and give it as it came",
    )
    ANOTHER_DOCUMENT = (
        "existence.another-document",
        "the time-stamp is about other octets",
        "give the document exactly as it was stamped, octet by octet",
    )
    WEAK = (
        "existence.weak",
        "the time-stamp rests on SHA-1, MD5 or less",
        "have the document stamped with SHA-256 or stronger",
    )
    SIGNATURE = (
        "existence.signature",
        "the time-stamp is not signed by the key certificate that it shows",
        "ask the time-stamping authority for another token",
    )
    AUTHORITY = (
        "existence.authority",
        "who signed the time-stamp is no time-stamping authority that is believed here",
        "give the anchor of the time-stamping authority, or use another authority",
    )
    FROM_FUTURE = (
        "existence.from-future",
        "the time-stamp, or the receipt, says that it was made in the future",
        "check the clocks on both sides",
    )
    KEY_LOST = (
        "existence.key-lost",
        "the key of the receipt or time-stamp was revoked; whoever has it can write any date",
        "give another proof: a receipt in the ledger before the revocation, or another stamp",
    )
