"""What was registered before certificates had a number and a token gets both, on both engines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, inspect, select, text

from exchange.core.certificates import TOKEN_BYTES, CertificateKey
from exchange.core.entry import Entry, NewAttestation
from exchange.core.model import ContentDigest, Kind
from exchange.core.projection import project
from exchange.store.schema import configuration, migrate
from exchange.store.search_tables import PLACES
from exchange.store.store import Store
from exchange.store.tables import STATEMENTS
from tests.living import begun
from tests.store.samples import Samples
from tests.world import World, make_world


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


def signed_entries(samples: Samples) -> tuple[World, list[Entry]]:
    """Return what bodies have signed: certificates with revisions and changes, in their order."""
    world = make_world()
    begins, other = begun(world, 301), begun(world, 302)
    corrected = begins.revised()
    signed = (
        (begins.data, Kind.ATTESTATION),
        (other.data, Kind.ATTESTATION),
        (world.attestation("ru-qms-machinery"), Kind.ATTESTATION),
        (begins.change("suspend", 1), Kind.STATUS_CHANGE),
        (other.change("maintain", 1), Kind.STATUS_CHANGE),
        (begins.change("restore", 2), Kind.STATUS_CHANGE),
        (corrected.data, Kind.ATTESTATION),
        (corrected.change("reduce", 3, removed=["S3"]), Kind.STATUS_CHANGE),
    )
    entries = []
    for data, kind in signed:
        statement = project(world.examine(data), world.snapshot.trust)
        assert statement.kind is kind
        entries.append(replace(samples.attestation(), statement=statement, data=data))
    return world, entries


def _kept(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the steps from 0004 on have filled."""
    lite = connection.dialect.name == "sqlite"
    matches = "search_words MATCH :word" if lite else "words @@ to_tsquery('simple', :word)"
    place = "rowid" if lite else "place"
    asked = {
        "statements": "SELECT sequence, subject, fingerprint, signers.issuer FROM statements "
        "JOIN signers ON id = signer ORDER BY sequence",
        "register": "SELECT first, issuer, certificate_number, revision, statement, status, "
        "changes, parts, successor, predecessor, gap FROM register ORDER BY first",
    }
    found = {
        name: [tuple(row) for row in connection.execute(text(question))]
        for name, question in asked.items()
    }
    for word in ("haijia", "seasoning", "nobody"):
        rows = connection.execute(
            text(f"SELECT {place} FROM search_words WHERE {matches} ORDER BY {place}"),  # noqa: S608
            {"word": word},
        )
        found[word] = [tuple(row) for row in rows]
    return found


async def test_what_bodies_have_signed_is_read_again(store: Store, samples: Samples) -> None:
    world, entries = signed_entries(samples)
    for entry in entries:
        await store.commit(entry)
    before = await store._database.read(_kept)

    def down(connection: Connection) -> None:
        command.downgrade(configuration(connection), "0003")

    await store._database.write(down)
    columns = await store._database.read(
        lambda c: {one["name"] for one in inspect(c).get_columns("statements")}
    )
    await store._database.write(migrate)
    while not (await store.index_more(3)).is_complete:
        pass

    after = await store._database.read(_kept)
    assert not columns & {"subject", "signer"}
    assert [row[1] for row in after["statements"]] == [0, 1, 2, 0, 1, 0, 0, 0]
    for name in ("statements", "register", "nobody"):
        assert after[name] == before[name], name
    # The latest revisions, both in force; a status that is over is not looked for any more.
    for word in ("haijia", "seasoning"):
        assert after[word] == [(1 * PLACES + 1,), (6 * PLACES + 1,)]
        assert set(after[word]) <= set(before[word])
    signers = {(row[2], row[3]) for row in after["statements"]}
    assert signers == {
        (world.signed(entry.data).certificate.fingerprint, entry.statement.issuer)
        for entry in entries
        if entry.statement is not None
    }


async def test_step_back_is_refused_where_it_would_forget_a_number(
    store: Store, samples: Samples
) -> None:
    world = make_world()
    first = begun(world, 303)
    # The same body, year and type, another serial.
    renumbered = f"{first.number[:6]}77777{first.number[11:]}"
    for data in (first.data, first.revised(number=renumbered).data):
        statement = project(world.examine(data), world.snapshot.trust)
        await store.commit(replace(samples.attestation(), statement=statement, data=data))

    def down(connection: Connection) -> None:
        command.downgrade(configuration(connection), "0003")

    with pytest.raises(RuntimeError, match="without former numbers"):
        await store._database.write(down)
    assert await store.certificates_by_number(first.number) == (CertificateKey(0),)
