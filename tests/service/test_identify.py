"""Who calls: a key or a body that is stopped stands for nobody, on the next request already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from exchange.codes.service import RefusedCode
from exchange.core.interruptions import Interruption, Interruptions, Stopped
from exchange.core.model import BodyId, KeyRole
from exchange.core.revocation_facts import RevocationFact, RevocationFacts, RevocationStatus
from exchange.core.snapshot import Snapshot
from exchange.core.trust_values import KeyEntry
from exchange.errors import RefusedError
from exchange.service.identify import identify, transport_keys
from tests.certified import certified_world, key_of
from tests.pki_certomancer import make_pki
from tests.world import ISSUER, START, World, make_world


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a world in which an authority certified a transport key."""
    pki = make_pki(tmp_path_factory.mktemp("keys"))
    return certified_world(make_world(), pki, role=KeyRole.TRANSPORT)


def stop(key: KeyEntry, *, body: bool = False, later: bool = False) -> Interruptions:
    since = START + timedelta(seconds=1) if later else START
    one = Interruption(what=Stopped.SUSPENDED, since=since)
    return (
        Interruptions.of(bodies={key.body: one})
        if body
        else Interruptions.of(keys={key.fingerprint: one})
    )


def revoked(key: KeyEntry) -> RevocationFacts:
    fact = RevocationFact(
        certificate=key.fingerprint, status=RevocationStatus.REVOKED, revoked_at=START
    )
    return RevocationFacts.of([fact])


CASES: dict[str, tuple[Callable[[Snapshot, KeyEntry], Snapshot], bool]] = {
    "nothing is stopped, and no authority answers": (lambda plain, _: plain, True),
    "the key is stopped": (lambda plain, key: plain.with_interruptions(stop(key)), False),
    "the body is stopped": (
        lambda plain, key: plain.with_interruptions(stop(key, body=True)),
        False,
    ),
    "the key is stopped in a second": (
        lambda plain, key: plain.with_interruptions(stop(key, later=True)),
        True,
    ),
    "the authority has revoked it": (lambda plain, key: plain.with_revocation(revoked(key)), False),
}


@pytest.mark.parametrize(("laid_over", "stands"), CASES.values(), ids=CASES)
def test_a_caller_is_who_the_key_stands_for_now(
    certified: World, *, laid_over: Callable[[Snapshot, KeyEntry], Snapshot], stands: bool
) -> None:
    key = key_of(certified, role=KeyRole.TRANSPORT)
    snapshot = laid_over(certified.snapshot, key)

    listed = [one.fingerprint for one in transport_keys(snapshot, START, ISSUER)]
    assert listed == ([key.fingerprint] if stands else [])
    if stands:
        assert identify(snapshot, key.certificate.der, START).id == ISSUER
        return
    with pytest.raises(RefusedError) as caught:
        identify(snapshot, key.certificate.der, START)
    assert caught.value.code is RefusedCode.KEY_NOT_ACTIVE


def test_others_go_on_while_one_is_stopped(certified: World) -> None:
    key = key_of(certified, role=KeyRole.TRANSPORT)
    snapshot = certified.snapshot.with_interruptions(stop(key))
    other = key_of(certified, "SG-CB-0601", KeyRole.TRANSPORT)

    assert identify(snapshot, other.certificate.der, START).id == BodyId("SG-CB-0601")
    assert other in transport_keys(snapshot, START)
