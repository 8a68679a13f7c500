"""Verify: one answer with seven verdicts, by number, by QR address, by the document itself.

- What counts is recomputed from the kept octets in the processes that examine; nothing of an
  answer is kept, and no column decides.
- Whoever may not see a certificate gets the answer of one that is not there, computed without
  looking into the register, and after the same time (`EVEN`).
- What leads to nothing is counted (`service.verify_guesses`); beyond the limit nobody is answered
  before the time in the refusal.

Example:
    >>> found = await verify_number(hub, "0103-2026-000001", BodyId("CN-CB-0103"))
    >>> found.overall, found.code
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from exchange.codes import Code
from exchange.codes.verification import NotFoundCode, UploadCode
from exchange.core.certificates import KeptCertificate
from exchange.core.declarations import Declarations, Declared
from exchange.core.model import BodyId, ContentDigest, Kind
from exchange.core.number_spelling import spellings
from exchange.core.qr_address import address_of, digest_of, token_of
from exchange.core.verification import (
    Asked,
    Choice,
    Covered,
    Match,
    Verification,
)
from exchange.core.verification_absent import absent, nothing_found
from exchange.core.verification_kept import Inquiry
from exchange.core.verification_shown import By, Sight, sight
from exchange.service.find import nothing
from exchange.service.hub import Hub
from exchange.service.uploads import open_upload
from exchange.service.verify_family import revisions, with_family
from exchange.service.verify_jobs import Inquired, JudgedUpload, Upload
from exchange.service.verify_unregistered import LONGEST_NUMBER, passed_the_gates, unregistered
from exchange.store.certificates import Found, Sought

EVEN: Final = 0.015
"""Seconds that an answer without a certificate takes at least, whatever was found behind it."""
_CHOICES: Final = 20
"""Certificates of one number that an answer names."""
_TRIES: Final = 2
"""How often a certificate that depends on others is judged when the lists are renewed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who asks."""

    body: BodyId | None = None
    """A partner that is known by its transport key."""
    network: str = "unknown"
    """What misses are counted under."""

    @property
    def counted_as(self) -> str:
        """The name of its counter."""
        return self.body or self.network


ANYONE: Final = Viewer()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A certificate that the caller may see something of."""

    kept: KeptCertificate
    how: Sight
    by: By
    document: ContentDigest | None = None
    """Of the octets that were uploaded."""


async def verify_number(
    hub: Hub,
    number: str,
    issuer: BodyId | None = None,
    *,
    asked: Asked | None = None,
    viewer: Viewer = ANYONE,
) -> Verification:
    """Return the answer about the certificate of a number.

    Args:
        hub: Open.
        number: As it stands on the certificate; a former one leads to the present one.
        issuer: The body that issued it, where the caller knows.
        asked: A scheme, a day, goods, an economy, the holder's name.
        viewer: Who asks.

    Raises:
        StoreError: The database did not answer.
        UndecidedError: Too many numbers were guessed, or the examination did not end.
    """
    number = number.strip()[:LONGEST_NUMBER]
    asked = replace(asked or Asked(), number=number, issuer=issuer)
    at, started = hub.clock(), _now()
    hub.guesses.require(viewer.counted_as, at)
    declarations = await hub.store.declarations()
    written = spellings(number)

    def seen_as(one: Found) -> Sight:
        declared = declarations.disclosure(one.kept.issuer, one.kept.scheme)
        return sight(declared, by=By.NUMBER, is_addressed=one.is_addressed)

    sought = Sought(
        numbers=written,
        issuer=issuer,
        scheme=asked.scheme,
        asking=viewer.body,
        may_see=lambda one: seen_as(one) is not Sight.NOTHING,
    )
    found_here = await hub.store.seek(sought)
    seen = [_Seen(kept=one.kept, how=seen_as(one), by=By.NUMBER) for one in found_here]
    if len(seen) > 1:
        present = [one for one in seen if one.kept.certificate_number in written]
        seen = present if len(present) == 1 else seen
    if len(seen) == 1:
        found = await _inquire(hub, seen[0], asked, viewer)
        _count_mismatch(hub, seen[0], found, viewer)
        return found
    choices = tuple(
        dict.fromkeys(Choice(issuer=one.kept.issuer, scheme=one.kept.scheme) for one in seen)
    )
    one_body = len({one.issuer for one in choices}) == 1
    code: Code = NotFoundCode.SEVERAL_SCHEMES if one_body else NotFoundCode.SEVERAL_BODIES
    declared: tuple[Declared, ...] = ()
    if not seen:
        hub.guesses.miss(viewer.counted_as, at)
        code, declared = absent(number, issuer, declarations, hub.snapshot, at)
        for spelling in written:
            if code is NotFoundCode.NUMBER_FORMAT:
                code, declared = absent(spelling, issuer, declarations, hub.snapshot, at)
        if asked.scheme and code in {NotFoundCode.NOT_ISSUED, NotFoundCode.NUMBER_FORMAT}:
            # It may be there under another scheme.
            code, declared = NotFoundCode.NUMBER_UNKNOWN, ()
    answer = nothing_found(
        code,
        snapshot=hub.snapshot,
        at=at,
        asked=asked,
        declared=declared,
        choices=choices[:_CHOICES],
    )
    await asyncio.sleep(max(0.0, started + EVEN - _now()))
    return answer


async def verify_token(
    hub: Hub, address: str, *, asked: Asked | None = None, viewer: Viewer = ANYONE
) -> Verification:
    """Return the answer about the certificate with a QR address.

    Raises:
        RefusedError: It is no QR address.
        StoreError: The database did not answer.
        UndecidedError: Too many were guessed, or the examination did not end.
    """
    token, at = token_of(address), hub.clock()
    asked = replace(asked or Asked(), address_digest=digest_of(token))
    key = await hub.store.certificate_by_token(token)
    kept = None if key is None else await hub.store.certificate(key)
    if kept is None:
        hub.guesses.require(viewer.counted_as, at)
        hub.guesses.miss(viewer.counted_as, at)
        code = NotFoundCode.ADDRESS_UNKNOWN
        return nothing_found(code, snapshot=hub.snapshot, at=at, asked=asked)
    how = await _sight(hub, kept, await hub.store.declarations(), By.TOKEN, viewer)
    return await _inquire(hub, _Seen(kept=kept, how=how, by=By.TOKEN), asked, viewer)


async def verify_document(
    hub: Hub, octets: bytes, *, asked: Asked | None = None, viewer: Viewer = ANYONE
) -> Verification:
    """Return the answer about an uploaded file: XML, or a PDF with XML in it.

    Raises:
        StoreError: The database did not answer.
        UndecidedError: Too much was guessed, or the examination did not end.
    """
    asked, at = replace(asked or Asked(), upload_digest=sha256(octets).digest()), hub.clock()
    hub.guesses.require(viewer.counted_as, at)
    opened = await open_upload(octets)
    notes: tuple[Code, ...] = (UploadCode.PAGES_PROVE_NOTHING,) if opened.from_pdf else ()
    if opened.xml is None:
        code = opened.code or UploadCode.UNKNOWN_FORMAT
        return nothing_found(code, snapshot=hub.snapshot, at=at, asked=asked, notes=notes)
    snapshot = hub.snapshot
    judged = await hub.examiner.judge_upload(
        Upload(snapshot_id=snapshot.id, data=opened.xml, asked=asked, at=at)
    )
    if judged.content_digest is not None and judged.kind is not Kind.ATTESTATION:
        return nothing_found(
            UploadCode.NO_ATTESTATION, snapshot=snapshot, at=at, asked=asked, notes=notes
        )
    # Only octets with a genuine signature are compared with the register.
    kept = None
    if judged.content_digest is not None:
        kept = await _registered(hub, judged.content_digest)
    if kept is None:
        now = hub.clock()
        if judged.number and await _another(hub, judged, viewer):
            notes = (*notes, UploadCode.ALTERED)
        if not passed_the_gates(judged):
            hub.guesses.miss(viewer.counted_as, now)
        return unregistered(judged, asked, snapshot=snapshot, hub=hub.id, at=now, notes=notes)
    how = await _sight(hub, kept, await hub.store.declarations(), By.DOCUMENT, viewer)
    seen = _Seen(kept=kept, how=how, by=By.DOCUMENT, document=judged.content_digest)
    return await _inquire(hub, seen, asked, viewer, notes)


async def qr_address(hub: Hub, body: BodyId, number: str) -> str:
    """Return the QR address of a certificate, for the body that issued it.

    Raises:
        RefusedError: The body has no certificate of this number.
    """
    for key in await hub.store.certificates_by_number(number, body):
        kept = await hub.store.certificate(key)
        if kept is not None:
            return address_of(kept.token)
    raise nothing(f"no certificate {number[:60]} of {body}")


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _registered(hub: Hub, digest: ContentDigest) -> KeptCertificate | None:
    key = await hub.store.certificate_of(digest)
    return None if key is None else await hub.store.certificate(key)


async def _sight(
    hub: Hub, kept: KeptCertificate, declarations: Declarations, by: By, viewer: Viewer
) -> Sight:
    return sight(
        declarations.disclosure(kept.issuer, kept.scheme),
        by=by,
        is_addressed=await _is_addressed(hub, kept, viewer),
    )


async def _is_addressed(hub: Hub, kept: KeptCertificate, viewer: Viewer) -> bool:
    """Tell whether a partner submitted, issued or received the newest revision."""
    if viewer.body is None:
        return False
    if viewer.body == kept.issuer:
        return True
    newest = [one for one in kept.statements if one.kind is Kind.ATTESTATION][-1]
    return await hub.store.visible_to(newest.content_digest, viewer.body)


async def _inquire(
    hub: Hub, seen: _Seen, asked: Asked, viewer: Viewer, notes: tuple[Code, ...] = ()
) -> Verification:
    kept = seen.kept
    declarations = await hub.store.declarations()
    removals = [
        await hub.store.removal(one.content_digest) for one in kept.statements if one.data is None
    ]
    follower = None if kept.successor is None else await hub.store.certificate(kept.successor)
    inquiry = Inquiry(
        certificate=kept,
        declared=declarations.of_scheme(kept.issuer, kept.scheme),
        asked=asked,
        sight=seen.how,
        at=hub.clock(),
        successor=await _successor(hub, follower, declarations, seen.by, viewer),
        document=seen.document,
        notes=notes,
        removals=tuple(replace(one, notice=b"") for one in removals if one is not None),
        replacing=revisions(follower),
    )
    for _ in range(_TRIES):
        # Read with nothing awaited in between: lists may be renewed at every wait.
        inquired = Inquired(snapshot_id=hub.snapshot.id, inquiry=inquiry)
        found = await hub.examiner.verify(inquired)
        whole = await with_family(hub, found, kept, declarations)
        alone = not found.parents and found.predecessor is None
        if alone or hub.snapshot.id == inquired.snapshot_id:
            break
    return whole


async def _successor(
    hub: Hub, kept: KeptCertificate | None, declarations: Declarations, by: By, viewer: Viewer
) -> str | None:
    """Return the number of the certificate that took the place, where it may be known."""
    if kept is None or await _sight(hub, kept, declarations, by, viewer) is Sight.NOTHING:
        return None
    return f"{kept.certificate_number} ({kept.issuer})"


def _count_mismatch(hub: Hub, seen: _Seen, found: Verification, viewer: Viewer) -> None:
    """Count names that do not match, and goods of a certificate that is not shown, as guesses."""
    wrong = found.holder in {Match.CLOSE, Match.MISMATCH}
    covered = {one.covered for one in found.goods}
    if wrong or (seen.how is Sight.VERDICT and Covered.NOT_COVERED in covered):
        hub.guesses.miss(viewer.counted_as, hub.clock())


async def _another(hub: Hub, judged: JudgedUpload, viewer: Viewer) -> bool:
    """Tell whether another document is registered under this number, where that may be known."""
    if judged.issuer is None:
        return False
    declarations = await hub.store.declarations()
    for key in await hub.store.certificates_by_number(judged.number, judged.issuer):
        kept = await hub.store.certificate(key)
        if kept is not None:
            how = await _sight(hub, kept, declarations, By.NUMBER, viewer)
            if how is not Sight.NOTHING:
                return True
    return False
