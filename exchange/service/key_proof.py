"""Proof of possession: a key of the vault says itself who brings it to which hub."""

from __future__ import annotations

from datetime import datetime

from exchange.core.actions.possession import ED25519_URI, possession_octets
from exchange.core.actions.values import ProofOfPossession
from exchange.core.algorithms import ALGORITHMS
from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.model import BodyId, KeyRole
from exchange.vault.vault import KeyName, Vault, split_name


async def prove_possession(
    vault: Vault, key: KeyName, *, hub: BodyId, at: datetime
) -> tuple[KeyCertificate, ProofOfPossession]:
    """Return a proof by a key of the vault, for the body and role that it is named for.

    Args:
        vault: Keeps the key.
        key: Its name.
        hub: To which hub it is brought; a proof for one hub proves nothing to another.
        at: Now, aware UTC.

    Raises:
        VaultError: There is no such key.
    """
    body, role = split_name(key)
    certificate = read_certificate((await vault.certificates(key))[0])
    made_at = at.replace(microsecond=0)
    octets = possession_octets(
        hub=hub, body=body, role=role, fingerprint=certificate.fingerprint, made_at=made_at
    )
    if role is KeyRole.CHECKPOINT:
        uri, value = ED25519_URI, await vault.sign_note(key, octets)
    else:
        row = next(
            one for one in ALGORITHMS.signatures.values() if one.fits(certificate.public_key)
        )
        uri, value = row.uri, await vault.sign(key, octets, row)
    return certificate, ProofOfPossession(made_at=made_at, algorithm=uri, value=value)
