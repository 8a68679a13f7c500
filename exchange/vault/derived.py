"""Demonstration keys that follow from a seed: whoever has the seed has the keys.

They are for made registers only: the same seed gives the same keys, certificates and signatures
(RFC 6979), so that a made register is the same wherever it is made. Nothing else may use them.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha512
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from exchange.core.algorithms import SignatureAlgorithm
from exchange.core.model import KeyRole
from exchange.vault.key_certificates import self_issued
from exchange.vault.vault import Brought, KeyKind, KeyName, NewKey, PrivateKey, split_name

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256. Source: NIST SP 800-186, section 3.2.1.3."""


class DerivedKeys:
    """Keys by their names, each made when it is asked for first."""

    def __init__(self, seed: int, *, not_before: datetime, not_after: datetime) -> None:
        """Begin without keys.

        Args:
            seed: What the keys follow from.
            not_before: Start of the validity of every key certificate.
            not_after: End of it.
        """
        self._seed = seed
        self._validity = (not_before, not_after)
        self._keys: dict[KeyName, Brought] = {}

    def key(self, name: KeyName, *, hosts: tuple[str, ...] = ()) -> Brought:
        """Return a key with its certificate, for a vault that shall keep it."""
        if name not in self._keys:
            is_note = split_name(name)[1] is KeyRole.CHECKPOINT
            drawn = sha512(f"made register {self._seed} {name}".encode()).digest()
            private: PrivateKey
            if is_note:
                private = ed25519.Ed25519PrivateKey.from_private_bytes(drawn[:32])
            else:
                scalar = int.from_bytes(drawn) % (_ORDER - 1) + 1
                private = ec.derive_private_key(scalar, ec.SECP256R1())
            new = NewKey(
                kind=KeyKind.ED25519 if is_note else KeyKind.EC_P256,
                organisation=f"Made register {name.partition('/')[0]}",
                economy=name[:2],
                not_before=self._validity[0],
                not_after=self._validity[1],
                hosts=hosts,
            )
            serial = int.from_bytes(drawn[-8:]) + 1
            leaf = self_issued(private, name, new, serial)
            self._keys[name] = Brought(private=private, certificates=(leaf,))
        return self._keys[name]

    def certificates(self, name: KeyName) -> tuple[bytes, ...]:
        """Return the key certificates, leaf first, DER."""
        return self.key(name).certificates

    def sign(self, name: KeyName, octets: bytes, algorithm: SignatureAlgorithm) -> bytes:
        """Return the signature value over the octets, the same in every run."""
        private = self.key(name).private
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError("expected an elliptic curve key")
        made = private.sign(octets, ec.ECDSA(algorithm.hash, deterministic_signing=True))
        return algorithm.from_der(made)
