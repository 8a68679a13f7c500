"""Verify the certificates on which another one depends: its parents, what it takes over.

A certificate is asked for alone; others are looked up only when it is known to depend on any.
What is seen of a parent is whether it stands, now and on the day that is asked about; of one that
was taken over, to which certificate it leads, and whether it had been handed over itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from exchange.codes.verification import StandingCode
from exchange.core.certificates import KeptCertificate, KeptStatement
from exchange.core.declarations import Declarations
from exchange.core.model import ContentDigest, Kind
from exchange.core.verification import Asked, Overall, Question, Verification
from exchange.core.verification_family import under_parents
from exchange.core.verification_kept import Inquiry
from exchange.core.verification_shown import Sight
from exchange.core.verification_transfer import not_handed_over
from exchange.service.hub import Hub
from exchange.service.verify_jobs import Inquired

GENERATIONS: Final = 4
"""Parents of parents that are looked at; beyond them nobody can tell."""
TRANSFERS: Final = 8
"""How often a certificate may have gone from body to body; beyond that nobody can tell."""


async def with_family(
    hub: Hub,
    found: Verification,
    kept: KeptCertificate,
    declarations: Declarations,
    generations: int = GENERATIONS,
) -> Verification:
    """Return the answer with what stands of the certificates that this one depends on.

    Raises:
        StoreError: The database did not answer.
        UndecidedError: The examination did not end.
    """
    found = await _handed_over(hub, found, kept, declarations)
    parents = []
    for digest in found.parents:
        parent = await _of(hub, digest) if generations else None
        if parent is None:
            # It was there when the part was admitted; without it nobody can tell.
            parents.append(
                replace(
                    found,
                    overall=Overall.CANNOT_TELL,
                    because=(Question.STANDING.value,),
                    code=StandingCode.PARENT,
                )
            )
            continue
        alone = await _alone(hub, parent, declarations, found)
        parents.append(await with_family(hub, alone, parent, declarations, generations - 1))
    return under_parents(found, parents)


async def _handed_over(
    hub: Hub, found: Verification, kept: KeptCertificate, declarations: Declarations
) -> Verification:
    """Return the answer with whether what was taken over leads here, from body to body."""
    later, taker = found, kept
    for _ in range(TRANSFERS):
        if later.predecessor is None:
            return found
        old = await _of(hub, later.predecessor)
        if old is None:
            return not_handed_over(found, None)
        before = await _alone(hub, old, declarations, found)
        if before.successor not in {one.content_digest for one in revisions(taker)}:
            return not_handed_over(found, before)
        later, taker = before, old
    return not_handed_over(found, None)


async def _of(hub: Hub, digest: ContentDigest) -> KeptCertificate | None:
    key = await hub.store.certificate_of(digest)
    return None if key is None else await hub.store.certificate(key)


async def _alone(
    hub: Hub, kept: KeptCertificate, declarations: Declarations, found: Verification
) -> Verification:
    """Return the answer about another certificate, asked for the same day, shown to nobody."""
    follower = None if kept.successor is None else await hub.store.certificate(kept.successor)
    inquiry = Inquiry(
        certificate=kept,
        declared=declarations.of_scheme(kept.issuer, kept.scheme),
        asked=Asked(on=found.asked.on),
        sight=Sight.NOTHING,
        at=found.at,
        replacing=revisions(follower),
    )
    return await hub.examiner.verify(Inquired(snapshot_id=hub.snapshot.id, inquiry=inquiry))


def revisions(kept: KeptCertificate | None) -> tuple[KeptStatement, ...]:
    """Return the revisions of a certificate that count."""
    if kept is None:
        return ()
    return tuple(one for one in kept.statements if one.kind is Kind.ATTESTATION and not one.held)
