"""Codes of keys that arrive: what keeps a key certificate from ever working here."""

from __future__ import annotations

from exchange.codes import Code


class KeyCode(Code):
    """A key that is refused when it is brought, not when it is used."""

    UNREADABLE = (
        "key.unreadable",
        "the key certificate cannot be read",
        "send a DER or PEM key certificate with a positive serial number of 20 octets at most",
    )
    KIND = (
        "key.kind",
        "keys of this kind are not used for this purpose",
        "make a key on a curve, or of a size, that the requirements of the role name",
    )
    WEAK = (
        "key.weak",
        "the key is too small, or on a curve that is not used here",
        "make a key on a curve, or of a size, that the requirements of the role name",
    )
    ISSUED_WEAKLY = (
        "key.issued-weakly",
        "the key certificate was signed with SHA-1, MD5 or less",
        "have the key certificate issued with SHA-256 or stronger",
    )
    AUTHORITY = (
        "key.authority",
        "the key certificate is that of a certification authority",
        "send the key certificate of the signer; those above it come as its path",
    )
    USAGE = (
        "key.usage",
        "the key usage does not allow signatures",
        "have the key certificate issued with digitalSignature or nonRepudiation",
    )
    PURPOSE = (
        "key.purpose",
        "the extended key usage does not fit what the key is for",
        "have the key certificate issued for this purpose, or without extended key usage",
    )
    EXTENSION = (
        "key.extension",
        "the key certificate has a critical extension that is not understood here",
        "have the key certificate issued without it, or with the extension not critical",
    )
    EXPIRED = (
        "key.expired",
        "the key certificate has expired",
        "send a key certificate that is valid",
    )
    NOT_PLAUSIBLE = (
        "key.not-plausible",
        "the validity of the key certificate begins too far ahead, or ends before it begins",
        "check the clock of whoever issued it, or bring the key nearer to its beginning",
    )
    LONG_LIVED = (
        "key.long-lived",
        "the key certificate is valid for longer than keys of this role are used",
        "make a key certificate for a shorter time, and rotate it",
    )
    ECONOMY = (
        "key.economy",
        "the economy in the key certificate is not one that the body serves",
        "have the key certificate issued for an economy of the body",
    )
    NAME = (
        "key.name",
        "the name in the key certificate is not one of the body's names",
        "have the key certificate issued to the body, or list the name that it carries",
    )
    LISTED_ELSEWHERE = (
        "key.listed-elsewhere",
        "the same public key stands already for another body or for another role",
        "make a key of its own for each body and each role",
    )
    REVOKED = (
        "key.revoked",
        "the same public key was revoked before; a new key certificate does not make it good",
        "make a new key",
    )
    NO_BODY_OF_THE_ROLE = (
        "key.no-body-of-the-role",
        "a body with these roles never uses a key for this purpose",
        "bring the key for a purpose of the body, or list the role that the body has as well",
    )
    PATH_MISSING = (
        "key.path-missing",
        "the key certificate names an authority whose own certificates did not come with it",
        "send the key certificates of the authorities, the issuer first and the anchor last",
    )
    PATH_BROKEN = (
        "key.path-broken",
        "the key certificates above it do not lead from its issuer to an anchor",
        "send the key certificates of the authorities, the issuer first and the anchor last",
    )
    PATH_WEAK = (
        "key.path-weak",
        "a key certificate above it is too weak, or has ended",
        "have the key certificate issued by an authority whose own are strong and valid",
    )
    NO_REVOCATION_SOURCE = (
        "key.no-revocation-source",
        "nobody says where its revocation can be asked, and the role demands to know",
        "have the key certificate issued with a distribution point or an OCSP address",
    )
