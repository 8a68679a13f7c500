"""Certificates: every statement about one, found by its number, its token or its digest.

- What is found is a `CertificateKey`; what is answered rests on the octets, which `certificate`
  gives with their proof times, never on the columns that helped to find them.
- The number that a correction replaced still leads to the certificate.
- Whoever asks by number is answered in one visit (`seek`): what leads to the certificate, whether
  the asker is a party to it, and its statements; of what it may not see no octet is unpacked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, bindparam, select, union

from exchange.core.certificates import CertificateKey, KeptCertificate, KeptStatement
from exchange.core.entry import Sequence as Number
from exchange.core.model import BodyId, ContentDigest, Fingerprint, Kind
from exchange.store.dictionaries import unpacker
from exchange.store.engine import Record
from exchange.store.gathered import Gathered
from exchange.store.reader import Reader
from exchange.store.statements import Unpack, visible_to
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
_PRESENT: Final = select(REGISTER.c.first).where(
    REGISTER.c.certificate_number == bindparam("number")
)
_FORMER: Final = (
    select(REGISTER.c.first)
    .join(FORMER_NUMBERS, FORMER_NUMBERS.c.certificate == REGISTER.c.first)
    .where(FORMER_NUMBERS.c.certificate_number == bindparam("number"))
)
# Two questions to two indexes: a condition with *or* makes PostgreSQL read the whole table.
_BY_NUMBER: Final = union(_PRESENT, _FORMER)
_BY_NUMBER_OF: Final = union(
    _PRESENT.where(REGISTER.c.issuer == bindparam("issuer")),
    _FORMER.where(REGISTER.c.issuer == bindparam("issuer")),
)
_CANDIDATES: Final = 50
"""Certificates of one number that are looked at."""
_READING: Final = {"sqlite": 2, "postgresql": 8}
"""How many read at once what was gathered, by engine; on PostgreSQL they wait for a network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A certificate that somebody looks for by its number."""

    numbers: tuple[str, ...]
    """Its spellings; the next one is tried only where nothing has the one before."""
    issuer: BodyId | None
    """Only certificates of this body."""
    scheme: str = ""
    """Only certificates under this one; all where it is empty."""
    asking: BodyId | None
    """The partner who asks."""
    may_see: Callable[[Found], bool]
    """Whether what was found, as yet without its statements, may be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A certificate that may be seen."""

    kept: KeptCertificate
    is_addressed: bool
    """Whether whoever asked has submitted, issued or received its newest revision."""


class Certificates(Reader):
    """The part of the store that is about certificates."""

    _seeking: Gathered[Sought, tuple[Found, ...]] | None = None

    async def seek(self, sought: Sought) -> tuple[Found, ...]:
        """Return the certificates of a number that may be seen, in the order of their entry.

        Questions that wait at the same moment are read in one transaction.
        """
        if self._seeking is None:
            self._seeking = Gathered(self._seek, at_once=_READING[self._database.name])
        return await self._seeking.ask(sought)

    async def _seek(self, sought: Sequence[Sought]) -> list[tuple[Found, ...]]:
        return await self._database.read(
            lambda c: [tuple(_sought(c, one, unpacker(c, self._codec))) for one in sought]
        )

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
    heading = _heading(connection, key)
    if heading is None:
        return None
    return _with_statements(heading, _about(connection, key), unpack)


def _heading(connection: Connection, key: CertificateKey) -> KeptCertificate | None:
    """Return a certificate without its statements."""
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
    )


def _about(connection: Connection, key: CertificateKey) -> list[Record]:
    """Return the rows of the statements about a certificate, packed as they are kept."""
    rows = connection.execute(_ABOUT, {"key": key})
    return [row for row in rows if row.state != HoldState.REFUSED]


def _with_statements(
    heading: KeptCertificate, rows: Sequence[Record], unpack: Unpack
) -> KeptCertificate:
    return replace(heading, statements=tuple(_statement(row, unpack) for row in rows))


def _sought(connection: Connection, sought: Sought, unpack: Unpack) -> Iterator[Found]:
    """Yield the certificates of a number that may be seen."""
    keys: tuple[CertificateKey, ...] = ()
    for number in sought.numbers:
        keys = keys or by_number(connection, number, sought.issuer)
    for key in keys[:_CANDIDATES]:
        heading = _heading(connection, key)
        if heading is None or sought.scheme not in {"", heading.scheme}:
            continue
        rows: list[Record] | None = None
        is_addressed = sought.asking == heading.issuer
        if sought.asking is not None and not is_addressed:
            rows = _about(connection, key)
            newest = [row for row in rows if row.kind == Kind.ATTESTATION][-1]
            digest = ContentDigest(newest.content_digest)
            is_addressed = visible_to(connection, digest, sought.asking)
        found = Found(kept=heading, is_addressed=is_addressed)
        if sought.may_see(found):
            rows = _about(connection, key) if rows is None else rows
            yield replace(found, kept=_with_statements(heading, rows, unpack))


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
    if issuer is None:
        found = connection.execute(_BY_NUMBER, {"number": number})
    else:
        found = connection.execute(_BY_NUMBER_OF, {"number": number, "issuer": issuer})
    return tuple(map(CertificateKey, sorted(found.scalars())))


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
