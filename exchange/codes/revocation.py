"""Codes of revocation by certification authorities: verdicts, and answers not believed."""

from __future__ import annotations

from exchange.codes import Code


class RevocationCode(Code):
    """What gate 4 says of key certificates that name an authority, and why an answer is none."""

    # Gate 4.
    REVOKED = (
        "revocation.revoked",
        "the key certificate, or one above it, had been revoked before the document was known",
        "sign the document again with a key that is not revoked",
    )
    ON_HOLD = (
        "revocation.on-hold",
        "the key certificate, or one above it, was on hold when the document became known",
        "wait until the authority lifts the hold, or sign again with another granted key",
    )
    OUT_OF_VALIDITY = (
        "revocation.out-of-validity",
        "the document became known when the key certificate, or one above it, was not valid",
        "sign the document again with a key certificate that is valid",
    )
    NOT_KNOWN = (
        "revocation.not-known",
        "nobody has said lately whether the key certificate is revoked; nothing can be decided",
        "send the document again later; the hub asks the authority by itself",
    )
    UNCHECKED = (
        "revocation.unchecked",
        "accepted although nobody has said lately whether the key certificate is revoked",
        "look at the authority's revocation service; the document needs nothing",
    )

    # Why there is no answer: findings beside what gate 4 says, and in the log.
    NO_SOURCE = (
        "revocation.no-source",
        "the key certificate names no place where its revocation can be asked",
        "have the key certificate issued with a distribution point or an OCSP address",
    )
    UNREACHABLE = (
        "revocation.unreachable",
        "the authority's revocation service did not answer as it should",
        "look at the service and at the way to it; the hub asks again by itself",
    )
    ADDRESS = (
        "revocation.address",
        "the address of the revocation service is one that the hub does not call",
        "allow addresses of this network in the settings, if the service really is there",
    )
    TOO_LARGE = (
        "revocation.too-large",
        "the answer of the revocation service is larger than we are willing to read",
        "ask the authority for divided revocation lists, or for OCSP",
    )
    UNREADABLE = (
        "revocation.unreadable",
        "the answer is neither a revocation list nor an OCSP answer that can be read",
        "ask the authority what it publishes at this address",
    )
    NOT_AN_ANSWER = (
        "revocation.not-an-answer",
        "the OCSP service answered with an error, or knows nothing of the key certificate",
        "ask the authority whether its OCSP service knows its key certificates",
    )
    FOR_ANOTHER = (
        "revocation.for-another",
        "the answer is about another key certificate, or another authority's",
        "ask the authority what it publishes at this address",
    )
    SIGNATURE = (
        "revocation.signature",
        "the answer is not signed by the authority, or by a responder that it has named",
        "ask the authority; somebody may stand between it and the hub",
    )
    NONCE = (
        "revocation.nonce",
        "the OCSP answer repeats another number than the one that was asked with",
        "ask the authority; somebody may be sending old answers again",
    )
    ROLLBACK = (
        "revocation.rollback",
        "the answer is older than one that was had before",
        "ask the authority; somebody may be sending old answers again",
    )
    STALE = (
        "revocation.stale",
        "the answer is past its next update, or too old",
        "ask the authority to publish in time; the hub asks again by itself",
    )
    FROM_FUTURE = (
        "revocation.from-future",
        "the answer says that it will be made in the future",
        "check the clocks on both sides",
    )
    PATH = (
        "revocation.path",
        "the path from the key certificate to its anchor is not valid",
        "have the certification authority look at the link that the finding names",
    )
