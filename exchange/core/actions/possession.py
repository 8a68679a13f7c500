"""Proof of possession: the arriving key itself says who brings it to whom.

- The text names hub, body, role, key certificate and time, so that a proof cannot be used for
  another body, another purpose or another hub.
- The first line is of this purpose alone, so that no signature made for something else counts.
- Keys that sign documents, and transport keys, sign as the algorithm table says; Ed25519 keys of
  checkpoints sign as RFC 8032 says, under the identifier of RFC 9231.

```
urn:mrhub:action:1 possession
hub XX-HUB-01
body CN-CB-0103
role attestation
key <SHA-256 of the key certificate, 64 hexadecimal digits>
made-at 2026-11-22T10:00:00Z
```

Example:
    >>> octets = possession_octets(hub=hub, body=body, role=role, fingerprint=..., made_at=at)
    >>> verify_possession(proof, certificate, hub=hub, body=body, role=role, at=at)
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from exchange.codes.actions import ActionCode
from exchange.core.actions.values import ProofOfPossession
from exchange.core.algorithms import ALGORITHMS
from exchange.core.certificate import KeyCertificate
from exchange.core.model import BodyId, Fingerprint, KeyRole
from exchange.core.periods import in_zulu
from exchange.core.trust_values import POLICY
from exchange.errors import Finding, RuleError

PURPOSE: Final = "urn:mrhub:action:1 possession"
"""The first line of what an arriving key signs."""
ED25519_URI: Final = "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"
"""Identifier of Ed25519. Source: RFC 9231, section 2.3.12."""


def possession_octets(
    *, hub: BodyId, body: BodyId, role: KeyRole, fingerprint: Fingerprint, made_at: datetime
) -> bytes:
    """Return what an arriving key signs."""
    return (
        f"{PURPOSE}\nhub {hub}\nbody {body}\nrole {role.value}\n"
        f"key {fingerprint.hex()}\nmade-at {in_zulu(made_at)}\n"
    ).encode()


def verify_possession(
    proof: ProofOfPossession,
    certificate: KeyCertificate,
    *,
    hub: BodyId,
    body: BodyId,
    role: KeyRole,
    at: datetime,
) -> None:
    """Check that whoever sent a key certificate holds its private key.

    Args:
        proof: What came with the key certificate.
        certificate: The key certificate.
        hub: To which hub it is brought.
        body: For which body.
        role: For which purpose.
        at: When it is brought; a proof from the future proves nothing.

    Raises:
        RuleError: The signature does not hold, is over something else, or was made in the
            future (`action.possession`).
    """
    if proof.made_at > at + POLICY.clock_tolerance:
        raise _refused(
            certificate, f"expected a proof made by {in_zulu(at)}, found {in_zulu(proof.made_at)}"
        )
    octets = possession_octets(
        hub=hub,
        body=body,
        role=role,
        fingerprint=certificate.fingerprint,
        made_at=proof.made_at,
    )
    # Any kind of key may arrive, also one that signs no documents.
    key = x509.load_der_x509_certificate(certificate.der).public_key()
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            if proof.algorithm != ED25519_URI:
                raise _refused(certificate, f"expected {ED25519_URI}, found {proof.algorithm}")
            key.verify(proof.value, octets)
            return
        row = ALGORITHMS.signatures.get(proof.algorithm)
        if (
            row is None
            or not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
            or not row.fits(key)
        ):
            raise _refused(
                certificate, f"expected an algorithm of the key's kind, found {proof.algorithm}"
            )
        row.verify(key, proof.value, octets)
    except InvalidSignature as exc:
        raise _refused(
            certificate,
            f"expected a signature by the key itself, for {role.value} of {body} at {hub}",
        ) from exc


def _refused(certificate: KeyCertificate, message: str) -> RuleError:
    return RuleError(
        Finding(
            code=ActionCode.POSSESSION,
            path=f"/Action/Word//Arrival[{certificate.fingerprint.hex()[:16]}…]",
            message=message,
        )
    )
