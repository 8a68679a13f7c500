"""What a key must be before it is brought onto a list: policy data, and all findings at once.

- A key that can never work is refused when it arrives, not when the first document signed
  with it does.
- What is demanded stands in `exchange.core.role_requirements`, one row for each role.
- One arrival is answered with everything that is wrong with it, so that its sender mends it
  once.
- A key certificate that names a certification authority comes with those above it, the issuer
  first and the anchor last (`exchange.core.key_path`); their revocation is asked later
  (`exchange.core.revocation`).
- Names are compared by the body's own names, former ones included: letters without regard to
  case, white space as one, and the first 64 characters where the certificate had no more room.
  They stand under organisation, or under common name where there is no organisation.

Deliberately not here: who sent the key and whether its sender holds the private key (evidence
and proof of possession, `exchange.core.actions`).

Example:
    >>> require_usable(certificate, body=body, role=KeyRole.ATTESTATION, at=now, listed={})

Source: RFC 5280, sections 4.1 and 4.2; ETSI TS 119 312; ETSI EN 319 412-2 and -3.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from exchange.codes.keys import KeyCode
from exchange.core.certificate import MACHINE_PURPOSES, KeyCertificate, read_certificate
from exchange.core.key_path import key_finding, path_findings
from exchange.core.model import KeyId, KeyRole
from exchange.core.periods import in_zulu
from exchange.core.role_requirements import REQUIREMENTS, KeyRequirements
from exchange.core.trust_values import Body, KeyEntry, KeyStatus
from exchange.errors import Finding, SignatureError, TrustError

_LONGEST_NAME: Final = 64
"""Characters of an organisation's name. Source: RFC 5280, appendix A.1, ub-organization-name."""
_CONNECTIONS: Final = frozenset(
    {
        ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string,
        ExtendedKeyUsageOID.SERVER_AUTH.dotted_string,
    }
)


def require_usable(
    certificate: KeyCertificate,
    *,
    body: Body,
    role: KeyRole,
    at: datetime,
    listed: Mapping[KeyId, KeyEntry],
    path: Sequence[KeyCertificate] = (),
    requirements: Mapping[KeyRole, KeyRequirements] = REQUIREMENTS,
) -> None:
    """Let a key pass that can work for this body and this role.

    Args:
        certificate: The key certificate that arrives.
        body: Whom it is to speak for.
        role: What it is to be used for.
        at: When it arrives, aware UTC.
        listed: Every public key on the lists, with an entry that has it.
        path: Certification authorities above it, the issuer first and the anchor last.
        requirements: What is demanded.

    Raises:
        TrustError: It can never work; everything that is wrong with it is named.
    """
    demanded = requirements[role]
    findings = (
        *_kind(certificate, role, demanded),
        *_shape(certificate, demanded),
        *_time(certificate, demanded, at),
        *_owner(certificate, body),
        *_purpose(body, role, demanded),
        *_alone(certificate, body, role, listed),
        *path_findings(certificate, path, role=role, at=at, demanded=demanded),
    )
    if findings:
        raise TrustError(*findings)


def read_usable(
    der: bytes,
    *,
    body: Body,
    role: KeyRole,
    at: datetime,
    listed: Mapping[KeyId, KeyEntry],
    path: Sequence[KeyCertificate] = (),
) -> KeyCertificate:
    """Return the key certificate in these octets, if it can work for this body and role.

    Raises:
        TrustError: It cannot be read, or can never work.
    """
    try:
        certificate = read_certificate(der)
    except SignatureError as exc:
        raise TrustError(
            *(key_finding(KeyCode.UNREADABLE, finding.message) for finding in exc.findings)
        ) from exc
    require_usable(certificate, body=body, role=role, at=at, listed=listed, path=path)
    return certificate


def _kind(
    certificate: KeyCertificate, role: KeyRole, demanded: KeyRequirements
) -> Iterator[Finding]:
    key = certificate.public_key
    if isinstance(key, ed25519.Ed25519PublicKey):
        if not demanded.ed25519:
            yield key_finding(
                KeyCode.KIND, f"expected an elliptic or RSA key for {role.value}, found Ed25519"
            )
    elif isinstance(key, rsa.RSAPublicKey):
        if demanded.min_rsa_bits is None:
            yield key_finding(
                KeyCode.KIND, f"expected another kind of key for {role.value}, found RSA"
            )
        elif key.key_size < demanded.min_rsa_bits:
            yield key_finding(
                KeyCode.WEAK,
                f"expected an RSA key of {demanded.min_rsa_bits} bits or more, "
                f"found {key.key_size}",
            )
    elif not demanded.curves:
        yield key_finding(
            KeyCode.KIND, f"expected another kind of key for {role.value}, found an elliptic one"
        )
    elif key.curve.name not in demanded.curves:
        yield key_finding(
            KeyCode.WEAK,
            f"expected a curve of {', '.join(sorted(demanded.curves))}, found {key.curve.name}",
        )


def _shape(certificate: KeyCertificate, demanded: KeyRequirements) -> Iterator[Finding]:
    if certificate.is_authority:
        yield key_finding(KeyCode.AUTHORITY, "expected the key of a signer, found an authority's")
    if not certificate.may_sign:
        yield key_finding(KeyCode.USAGE, "expected key usage digitalSignature or nonRepudiation")
    if certificate.weakly_issued:
        yield key_finding(KeyCode.ISSUED_WEAKLY, "expected a signature with SHA-256 or stronger")
    if certificate.unknown_critical:
        yield key_finding(
            KeyCode.EXTENSION, "expected no critical extension beyond those understood here"
        )
    purposes = certificate.purposes
    if purposes is None:
        return
    if demanded.for_connections:
        if not purposes >= _CONNECTIONS:
            yield key_finding(
                KeyCode.PURPOSE, "expected both clientAuth and serverAuth among the purposes"
            )
    elif purposes <= MACHINE_PURPOSES:
        yield key_finding(
            KeyCode.PURPOSE, "expected a purpose that allows documents, found those of machines"
        )


def _time(
    certificate: KeyCertificate, demanded: KeyRequirements, at: datetime
) -> Iterator[Finding]:
    begins, ends = certificate.not_before, certificate.not_after
    if not at < ends:
        yield key_finding(
            KeyCode.EXPIRED, f"expected an end after {in_zulu(at)}, found {in_zulu(ends)}"
        )
    if begins > at + demanded.earliest or not begins < ends:
        yield key_finding(
            KeyCode.NOT_PLAUSIBLE,
            f"expected a beginning up to {in_zulu(at + demanded.earliest)} and before the end, "
            f"found {in_zulu(begins)} to {in_zulu(ends)}",
        )
    elif ends - begins > demanded.longest_validity:
        yield key_finding(
            KeyCode.LONG_LIVED,
            f"expected at most {demanded.longest_validity.days} days, found {(ends - begins).days}",
        )


def _owner(certificate: KeyCertificate, body: Body) -> Iterator[Finding]:
    subject = x509.load_der_x509_certificate(certificate.der).subject
    economies = _texts(subject, NameOID.COUNTRY_NAME)
    served = {str(economy) for economy in (body.economy, *body.economies)}
    if not economies or not set(economies) <= served:
        yield key_finding(
            KeyCode.ECONOMY,
            f"expected {', '.join(sorted(served))[:80]}, "
            f"found {', '.join(economies)[:80] or 'none'}",
        )
    names = [
        name
        for named in (body.names, *(former.names for former in body.former_names))
        for name in named.values()
    ]
    # A body without a name in the certificate's script is known by its id.
    known = {_folded(name) for name in (*names, *(name[:_LONGEST_NAME] for name in names), body.id)}
    found = _texts(subject, NameOID.ORGANIZATION_NAME) or _texts(subject, NameOID.COMMON_NAME)
    if not found or not {_folded(name) for name in found} <= known:
        yield key_finding(
            KeyCode.NAME,
            f"expected the organisation {next(iter(body.names.values()))[:80]}, "
            f"found {', '.join(found)[:80] or 'none'}",
        )


def _purpose(body: Body, role: KeyRole, demanded: KeyRequirements) -> Iterator[Finding]:
    """Gate 4 refuses all that such a key would ever sign (`exchange.core.trust.ISSUERS_OF`)."""
    if not body.roles & demanded.bodies:
        yield key_finding(
            KeyCode.NO_BODY_OF_THE_ROLE,
            f"expected a body that is {' or '.join(sorted(demanded.bodies))} for {role.value}, "
            f"found {', '.join(sorted(body.roles)) or 'none'}",
        )


def _alone(
    certificate: KeyCertificate, body: Body, role: KeyRole, listed: Mapping[KeyId, KeyEntry]
) -> Iterator[Finding]:
    other = listed.get(certificate.key_id)
    if other is not None and (other.body != body.id or other.role is not role):
        yield key_finding(
            KeyCode.LISTED_ELSEWHERE,
            f"expected a key of its own for {body.id} ({role.value}), "
            f"found that of {other.body} ({other.role.value})",
        )
    elif other is not None and other.status is KeyStatus.REVOKED:
        yield key_finding(
            KeyCode.REVOKED,
            f"expected a key that was never revoked, found one that was at "
            f"{in_zulu(other.periods[0].not_before)}",
        )


def _texts(subject: x509.Name, kind: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in subject.get_attributes_for_oid(kind)]


def _folded(name: str) -> str:
    """Return a name as names are compared."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
