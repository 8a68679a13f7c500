"""Certificates: every statement about one, found by its number, its token or its digest.

- What is found is a `CertificateKey`; what is answered rests on the octets, which `certificate`
  gives with their proof times, never on the columns that helped to find them.
- The number that a correction replaced still leads to the certificate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import Connection, bindparam, select, union

from exchange.core.certificates import CertificateKey, KeptCertificate, KeptStatement
from exchange.core.entry import Sequence as Number
from exchange.core.model import BodyId, ContentDigest, Fingerprint, Kind
from exchange.store.engine import Record
from exchange.store.reader import Reader
from exchange.store.statements import Unpack
from exchange.store.tables import (
    FORMER_NUMBERS,
    HOLDS,
    MESSAGES,
    REGISTER,
    SIGNERS,
    STATEMENTS,
    HoldState,
)

# One row for each former number, or a single one: a question less for every verification.
_CERTIFICATE: Final = (
    select(
        REGISTER.c.first,
        REGISTER.c.issuer,
        REGISTER.c.attestation_id,
        REGISTER.c.certificate_number,
        REGISTER.c.scheme,
        REGISTER.c.token,
        REGISTER.c.successor,
        FORMER_NUMBERS.c.certificate_number.label("former"),
    )
    .outerjoin(FORMER_NUMBERS, FORMER_NUMBERS.c.certificate == REGISTER.c.first)
    .where(REGISTER.c.first == bindparam("key"))
    .order_by(FORMER_NUMBERS.c.certificate_number)
)
_ABOUT: Final = (
    select(
        STATEMENTS.c.sequence,
        STATEMENTS.c.kind,
        STATEMENTS.c.issuer,
        STATEMENTS.c.content_digest,
        STATEMENTS.c.body,
        MESSAGES.c.received_at,
        HOLDS.c.state,
    )
    .join(MESSAGES, MESSAGES.c.sequence == STATEMENTS.c.sequence)
    .outerjoin(HOLDS, HOLDS.c.message == STATEMENTS.c.sequence)
    .where(
        STATEMENTS.c.sequence.in_(
            # Two questions, since each has an index of its own.
            union(
                select(STATEMENTS.c.sequence).where(STATEMENTS.c.sequence == bindparam("key")),
                select(STATEMENTS.c.sequence).where(
                    STATEMENTS.c.subject == bindparam("key"),
                    STATEMENTS.c.subject != STATEMENTS.c.sequence,
                ),
            )
        ),
    )
    .order_by(STATEMENTS.c.sequence)
)


class Certificates(Reader):
    """The part of the store that is about certificates."""

    async def certificate(self, key: CertificateKey) -> KeptCertificate | None:
        """Return a certificate with every statement about it, byte-exact.

        What was refused when its turn came, or waited in vain, is not among them.
        """
        return await self._read(lambda c, u: find(c, key, u))

    async def certificates_by_number(
        self, number: str, issuer: BodyId | None = None
    ) -> tuple[CertificateKey, ...]:
        """Return the certificates that have, or had, this number, in the order of their entry.

        Args:
            number: As it stands on the certificate.
            issuer: Only those of this body.
        """
        return await self._database.read(lambda c: by_number(c, number, issuer))

    async def certificate_by_token(self, token: bytes) -> CertificateKey | None:
        """Return the certificate whose QR address has this token."""
        return await self._database.read(lambda c: _key(c, token))

    async def certificate_of(self, content_digest: ContentDigest) -> CertificateKey | None:
        """Return the certificate that a statement is about."""
        return await self._database.read(lambda c: _of(c, content_digest))

    async def tokens_of(self, digests: Collection[ContentDigest]) -> Mapping[ContentDigest, bytes]:
        """Return the token of the certificate that each of these statements is about."""
        return await self._database.read(lambda c: _tokens(c, digests))

    async def certificates_signed_by(
        self,
        fingerprints: Collection[Fingerprint],
        *,
        after: CertificateKey | None = None,
        limit: int = 1000,
    ) -> tuple[CertificateKey, ...]:
        """Return certificates with a statement that one of these key certificates signed.

        Args:
            fingerprints: Of the key certificates.
            after: The last one of the page before.
            limit: How many at most.
        """
        return await self._database.read(lambda c: _signed_by(c, fingerprints, after, limit))


def find(connection: Connection, key: CertificateKey, unpack: Unpack) -> KeptCertificate | None:
    """Return a certificate with every statement about it."""
    rows = connection.execute(_CERTIFICATE, {"key": key}).all()
    if not rows:
        return None
    row = rows[0]
    return KeptCertificate(
        key=CertificateKey(row.first),
        issuer=BodyId(row.issuer),
        attestation_id=row.attestation_id,
        certificate_number=row.certificate_number,
        scheme=row.scheme,
        token=row.token,
        former_numbers=tuple(one.former for one in rows if one.former is not None),
        successor=None if row.successor is None else CertificateKey(row.successor),
        statements=tuple(
            _statement(one, unpack)
            for one in connection.execute(_ABOUT, {"key": key})
            if one.state != HoldState.REFUSED
        ),
    )


def _statement(row: Record, unpack: Unpack) -> KeptStatement:
    return KeptStatement(
        sequence=Number(row.sequence),
        kind=Kind(row.kind),
        issuer=BodyId(row.issuer),
        content_digest=ContentDigest(row.content_digest),
        received_at=row.received_at,
        data=None if row.body is None else unpack(row.body),
        held=row.state == HoldState.WAITING,
    )


def by_number(
    connection: Connection, number: str, issuer: BodyId | None = None
) -> tuple[CertificateKey, ...]:
    """Return the certificates that have, or had, this number."""
    present = select(REGISTER.c.first).where(REGISTER.c.certificate_number == number)
    former = (
        select(REGISTER.c.first)
        .join(FORMER_NUMBERS, FORMER_NUMBERS.c.certificate == REGISTER.c.first)
        .where(FORMER_NUMBERS.c.certificate_number == number)
    )
    if issuer is not None:
        present = present.where(REGISTER.c.issuer == issuer)
        former = former.where(REGISTER.c.issuer == issuer)
    # Two questions to two indexes: a condition with *or* makes PostgreSQL read the whole table.
    found = connection.execute(union(present, former)).scalars()
    return tuple(map(CertificateKey, sorted(found)))


def _key(connection: Connection, token: bytes) -> CertificateKey | None:
    found = connection.execute(
        select(REGISTER.c.first).where(REGISTER.c.token == token)
    ).scalar_one_or_none()
    return None if found is None else CertificateKey(found)


def _of(connection: Connection, digest: ContentDigest) -> CertificateKey | None:
    found = connection.execute(
        select(STATEMENTS.c.subject).where(STATEMENTS.c.content_digest == digest)
    ).scalar_one_or_none()
    return None if found is None else CertificateKey(found)


def _tokens(
    connection: Connection, digests: Collection[ContentDigest]
) -> Mapping[ContentDigest, bytes]:
    rows = connection.execute(
        select(STATEMENTS.c.content_digest, REGISTER.c.token)
        .join(REGISTER, REGISTER.c.first == STATEMENTS.c.subject)
        .where(STATEMENTS.c.content_digest.in_(list(digests)))
    )
    return {ContentDigest(row.content_digest): row.token for row in rows}


def _signed_by(
    connection: Connection,
    fingerprints: Collection[Fingerprint],
    after: CertificateKey | None,
    limit: int,
) -> tuple[CertificateKey, ...]:
    signers = select(SIGNERS.c.id).where(SIGNERS.c.fingerprint.in_(list(fingerprints)))
    found = connection.execute(
        select(STATEMENTS.c.subject)
        .where(
            STATEMENTS.c.signer.in_(signers),
            STATEMENTS.c.subject > (-1 if after is None else after),
        )
        .distinct()
        .order_by(STATEMENTS.c.subject)
        .limit(limit)
    ).scalars()
    return tuple(map(CertificateKey, found))
