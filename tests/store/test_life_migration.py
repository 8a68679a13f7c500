"""What was registered before certificates had a number and a token gets both, on both engines."""

from __future__ import annotations

from alembic import command
from sqlalchemy import Connection, select

from exchange.core.certificates import TOKEN_BYTES, CertificateKey
from exchange.core.entry import NewAttestation
from exchange.core.model import ContentDigest
from exchange.store.schema import configuration, migrate
from exchange.store.store import Store
from exchange.store.tables import STATEMENTS
from tests.store.samples import Samples


async def test_old_rows_are_filled(store: Store, samples: Samples) -> None:
    entries = [samples.attestation() for _ in range(3)]
    keys = [CertificateKey((await store.commit(entry)).sequence) for entry in entries]

    def down(connection: Connection) -> None:
        command.downgrade(configuration(connection), "0003")

    await store._database.write(down)
    await store._database.write(migrate)

    tokens = set()
    for entry, key in zip(entries, keys, strict=True):
        assert entry.statement is not None
        claim = entry.statement.claim
        assert isinstance(claim, NewAttestation)
        assert await store.certificates_by_number(claim.certificate_number) == (key,)
        kept = await store.certificate(key)
        assert kept is not None
        assert len(kept.token) == TOKEN_BYTES
        assert await store.certificate_by_token(kept.token) == key
        tokens.add(kept.token)
        digest = ContentDigest(entry.statement.content_digest)
        assert await store.certificate_of(digest) == key
    assert len(tokens) == len(entries)
    subjects = await store._database.read(
        lambda c: c.execute(select(STATEMENTS.c.sequence, STATEMENTS.c.subject)).all()
    )
    assert all(row.sequence == row.subject for row in subjects)
