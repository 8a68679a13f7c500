"""Verify the certificates on which another one depends: its parents, and what took their place.

A sub-certificate is asked for alone; its parents are looked up only when it is known to have any.
What is seen of a parent is whether it stands, now and on the day that is asked about.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from exchange.codes.verification import StandingCode
from exchange.core.certificates import KeptCertificate, KeptStatement
from exchange.core.declarations import Declarations
from exchange.core.model import Kind
from exchange.core.verification import Asked, Overall, Question, Verification
from exchange.core.verification_family import under_parents
from exchange.core.verification_kept import Inquiry
from exchange.core.verification_shown import Sight
from exchange.service.hub import Hub
from exchange.service.verify_jobs import Inquired

GENERATIONS: Final = 4
"""Parents of parents that are looked at; beyond them nobody can tell."""


async def with_parents(
    hub: Hub,
    found: Verification,
    declarations: Declarations,
    generations: int = GENERATIONS,
) -> Verification:
    """Return the answer with what stands of the certificates that this one is a part of.

    Raises:
        StoreError: The database did not answer.
        UndecidedError: The examination did not end.
    """
    parents = []
    for digest in found.parents:
        key = await hub.store.certificate_of(digest) if generations else None
        kept = None if key is None else await hub.store.certificate(key)
        if kept is None:
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
        follower = None if kept.successor is None else await hub.store.certificate(kept.successor)
        inquiry = Inquiry(
            certificate=kept,
            declared=declarations.of_scheme(kept.issuer, kept.scheme),
            asked=Asked(on=found.asked.on),
            sight=Sight.NOTHING,
            at=found.at,
            replacing=revisions(follower),
        )
        parent = await hub.examiner.verify(Inquired(snapshot_id=hub.snapshot.id, inquiry=inquiry))
        parents.append(await with_parents(hub, parent, declarations, generations - 1))
    return under_parents(found, parents)


def revisions(kept: KeptCertificate | None) -> tuple[KeptStatement, ...]:
    """Return the revisions of a certificate that count."""
    if kept is None:
        return ()
    return tuple(one for one in kept.statements if one.kind is Kind.ATTESTATION and not one.held)
