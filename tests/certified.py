"""The small world, with a key of one body certified by an authority that can revoke it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from exchange.core.algorithms import ALGORITHMS
from exchange.core.model import BodyId, KeyRole
from exchange.core.revocation_facts import (
    CERTIFICATE_HOLD,
    RevocationFact,
    RevocationFacts,
    RevocationStatus,
)
from exchange.core.snapshot import Snapshot
from exchange.core.trust_index import Trust
from exchange.core.trust_values import KeyEntry
from exchange.service.build_lists import build_lists
from exchange.service.revocation_questions import chain_of
from exchange.vault.vault import key_name
from tests.memory_vault import MemoryVault
from tests.pki_certomancer import CertomancerPki, make_pki
from tests.world import HUB, ISSUER, START, World, run_now


def certified_world(
    world: World,
    pki: CertomancerPki,
    label: str = "good",
    *,
    body: str = ISSUER,
    role: KeyRole = KeyRole.ATTESTATION,
) -> World:
    """Return the world with one key in the place of a body's own for a role.

    Args:
        world: The world as it is.
        pki: Who certified the key.
        label: Which key.
        body: Whose key it becomes.
        role: Which of its keys.
    """
    above = pki.path(label)
    name = key_name(BodyId(body), role)
    files = {f"{label}.pem": pki.der(label), "issuer.pem": above[0].der, "root.pem": above[1].der}
    bodies = tuple(
        replace(
            one,
            keys=tuple(
                replace(key, certificate=f"{label}.pem", issuers=("issuer.pem", "root.pem"))
                if one.id == body and key.role is role
                else key
                for key in one.keys
            ),
        )
        for one in world.description.bodies
    )
    vault = MemoryVault()
    vault._keys = {**world.vault._keys, name: (pki.private_key(label), (pki.der(label),))}
    description = replace(world.description, bodies=bodies)
    built = run_now(
        build_lists(
            description,
            vault,
            at=START - timedelta(days=1),
            release=world.release,
            certificates=files,
        )
    )
    snapshot = Snapshot.build(
        catalogue=world.catalogue,
        limits=world.limits,
        algorithms=ALGORITHMS,
        trust=Trust.build(built.lists),
        code_lists=world.code_lists,
        hub=HUB,
        production=True,
    )
    return replace(
        world,
        description=description,
        vault=vault,
        files=built.files,
        lists=built.lists,
        root=built.root,
        snapshot=snapshot,
    )


def key_of(world: World, body: str = ISSUER, role: KeyRole = KeyRole.ATTESTATION) -> KeyEntry:
    """Return a body's key for a role."""
    return world.snapshot.trust.keys(BodyId(body), role)[0]


def judged_by_authorities(world: World) -> Iterator[tuple[str, World, bytes]]:
    """Yield worlds in which an authority has said something of a key, with its documents."""
    said: tuple[tuple[str, str, RevocationStatus | None, str | None], ...] = (
        ("an authority has said nothing", "good", None, None),
        ("an authority has revoked the key", "good", RevocationStatus.REVOKED, None),
        ("an authority holds the key", "good", RevocationStatus.REVOKED, CERTIFICATE_HOLD),
        ("a key certificate has ended", "ended", RevocationStatus.GOOD, None),
    )
    with TemporaryDirectory() as folder:
        pki = make_pki(Path(folder))
        for name, label, status, reason in said:
            there = certified_world(world, pki, label)
            facts = [
                RevocationFact(
                    certificate=asked.certificate.fingerprint,
                    status=status,
                    this_update=START,
                    revoked_at=START if status is RevocationStatus.REVOKED else None,
                    reason=reason,
                )
                for asked in chain_of(key_of(there))
                if status is not None
            ]
            snapshot = there.snapshot.with_revocation(RevocationFacts.of(facts))
            document = there.attestation(at=START - timedelta(hours=2))
            yield name, replace(there, snapshot=snapshot), document
