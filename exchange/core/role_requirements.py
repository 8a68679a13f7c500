"""What is demanded of the key certificates of each role: policy data and nothing else.

Source: ETSI TS 119 312 (sizes and curves); the periods are the house's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from exchange.core.model import BodyRole, KeyRole

_YEAR: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequirements:
    """What is demanded of the key certificates of one role."""

    curves: frozenset[str] = frozenset({"secp256r1", "secp384r1"})
    """Curves of elliptic keys; those of the algorithm table."""
    min_rsa_bits: int | None = 3072
    """Shortest RSA modulus, in bits; `None` takes no RSA (ETSI TS 119 312)."""
    ed25519: bool = False
    """Whether Ed25519 is taken. Default: no; XML signatures here have no row for it."""
    longest_validity: timedelta = 5 * _YEAR
    """From the beginning to the end of the key certificate."""
    earliest: timedelta = timedelta(days=400)
    """How long before its validity begins a key may be brought."""
    vouched_within: timedelta = timedelta(days=90)
    """How old a proof of possession, or the confirmation of a fingerprint, may be when it is
    brought: what somebody held last year says little about who holds it today."""
    bodies: frozenset[BodyRole] = frozenset(BodyRole)
    """Whose keys have this role; everybody else's could never be used."""
    for_connections: bool = False
    """Whether it opens connections: both ends of TLS have to be among its purposes, if it
    names any. Otherwise its purposes must not be those of machines alone."""


REQUIREMENTS: Final[Mapping[KeyRole, KeyRequirements]] = MappingProxyType(
    {
        KeyRole.ATTESTATION: KeyRequirements(
            bodies=frozenset({BodyRole.CERTIFICATION_BODY, BodyRole.LABORATORY})
        ),
        # An accreditation body or an authority changes a status by legal act (rule STC-09).
        KeyRole.STATUS: KeyRequirements(bodies=frozenset(BodyRole) - {BodyRole.HUB_OPERATOR}),
        KeyRole.RECOGNITION: KeyRequirements(bodies=frozenset({BodyRole.RECOGNITION_AUTHORITY})),
        KeyRole.RECEIPT: KeyRequirements(),
        KeyRole.LIST: KeyRequirements(
            bodies=frozenset({BodyRole.HUB_OPERATOR, BodyRole.ACCREDITATION_BODY})
        ),
        # A checkpoint is a C2SP signed note, for which there is one algorithm.
        KeyRole.CHECKPOINT: KeyRequirements(
            curves=frozenset(),
            min_rsa_bits=None,
            ed25519=True,
            bodies=frozenset({BodyRole.HUB_OPERATOR}),
        ),
        # Four years: what opens connections stands on machines that are replaced as often.
        KeyRole.TRANSPORT: KeyRequirements(longest_validity=4 * _YEAR, for_connections=True),
    }
)
"""The requirements in force, by role."""
