"""All seven questions about certificates that the register keeps, from their octets.

Steps:
 1. every statement about every certificate goes through the five gates at its proof time, all of
    them together (`examine_together`);
 2. the newest revision is judged, with today's snapshot laid over it (`verification_gates`);
 3. what was accepted is folded to the standing at the instant, and on the day that was asked
    about (`exchange.core.life`);
 4. goods, holder and corrections are compared, as far as the caller may see.

The columns of the register have only helped to find the certificate: an answer rests on octets.
A list of inquiries is answered together, each as it would be alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from exchange.codes import Code
from exchange.codes.verification import PassedCode, StandingCode
from exchange.core.certificates import KeptCertificate, KeptStatement
from exchange.core.declarations import Declared
from exchange.core.differences import BY_NUMBER, COMMERCIAL, differences
from exchange.core.document.attestation import Attestation
from exchange.core.entry import NewAttestation
from exchange.core.examine import examine_together
from exchange.core.life import Life, Told
from exchange.core.life import Standing as Stands
from exchange.core.model import ContentDigest, Kind
from exchange.core.notices import Removal
from exchange.core.parts import parts_of
from exchange.core.periods import day_in, last_of_day
from exchange.core.projection import project
from exchange.core.rules.judge import Accepted
from exchange.core.snapshot import Snapshot
from exchange.core.verification import (
    PERMANENCE,
    Asked,
    Difference,
    Evidence,
    EvidenceKind,
    GoodsAnswer,
    Match,
    Overall,
    Permanence,
    Question,
    Result,
    Standing,
    Verdict,
    Verification,
    overall,
)
from exchange.core.verification_family import replacement, superseded
from exchange.core.verification_gates import GATES, gate_verdicts
from exchange.core.verification_goods import answer_goods
from exchange.core.verification_names import compare
from exchange.core.verification_shown import Sight, holder_names, shown
from exchange.core.verification_standing import (
    BY_STATUS,
    Grounds,
    known,
    recognition,
    removal_words,
    standing_verdict,
)
from exchange.core.verification_transfer import leads_to, taken_from
from exchange.errors import ExchangeError

_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What somebody wants to know about one certificate; travels to a worker."""

    certificate: KeptCertificate
    declared: Declared | None
    """What the body has declared last about the scheme."""
    asked: Asked
    sight: Sight
    at: datetime
    """Now, aware UTC."""
    successor: str | None = None
    """The number of the certificate that took its place, where the caller may know it."""
    document: ContentDigest | None = None
    """Of the octets that somebody uploaded; the newest revision counts all the same."""
    notes: tuple[Code, ...] = ()
    removals: tuple[Removal, ...] = ()
    """By which orders statements were removed."""
    replacing: tuple[KeptStatement, ...] = ()
    """Revisions of the certificate that took its place, where one did."""


def verify_together(inquiries: Sequence[Inquiry], snapshot: Snapshot) -> list[Verification]:
    """Return the answer to each inquiry.

    Args:
        inquiries: Any number, about any certificates.
        snapshot: By which all of them are judged.
    """
    octets: list[bytes] = []
    instants: list[datetime] = []
    for inquiry in inquiries:
        for statement in (*inquiry.certificate.statements, *inquiry.replacing):
            if statement.data is not None:
                octets.append(statement.data)
                instants.append(statement.received_at)
    endings = iter(examine_together(octets, snapshot, instants))  # 1

    def examined(statements: Sequence[KeptStatement]) -> list[_Examined]:
        return [_Examined(one, None if one.data is None else next(endings)) for one in statements]

    return [
        _answered(
            inquiry,
            examined(inquiry.certificate.statements),
            examined(inquiry.replacing),
            snapshot,
        )
        for inquiry in inquiries
    ]


@dataclass(frozen=True, slots=True)
class _Examined:
    """One statement and what the gates gave; `None` where its octets were removed."""

    kept: KeptStatement
    ending: Accepted | ExchangeError | None

    @property
    def document(self) -> Attestation | None:
        """The attestation, if it is one that passed."""
        if isinstance(self.ending, Accepted) and isinstance(self.ending.document, Attestation):
            return self.ending.document
        return None


def _answered(
    inquiry: Inquiry,
    examined: list[_Examined],
    replacing: list[_Examined],
    snapshot: Snapshot,
) -> Verification:
    at, kept = inquiry.at, inquiry.certificate
    life = _life(examined, snapshot)
    waiting = {one.content_digest for one in life.waiting}
    revisions = [
        one
        for one in examined
        if one.kept.kind is Kind.ATTESTATION and one.kept.content_digest not in waiting
    ]
    judged = revisions[-1]
    replaced = replacement(life, ((one.kept, one.ending) for one in replacing), snapshot)
    now = superseded(life.at(at) if life.ordered else None, replaced, at)
    changes = [one.ending for one in examined if one.kept.kind is Kind.STATUS_CHANGE]
    if replaced is None:
        # What took the place cannot be read any more: whether it did is not known.
        changes += [one.ending for one in replacing if not isinstance(one.ending, Accepted)]
    grounds = Grounds(
        life=life,
        changes=changes,
        heard=[one.kept.received_at for one in examined],
        declared=inquiry.declared,
        removals=inquiry.removals,
        is_older=inquiry.document not in (None, judged.kept.content_digest),
    )
    verdicts = (
        *_of_gates(judged, inquiry.removals, snapshot, at),
        standing_verdict(now, grounds, snapshot, at),
        recognition(inquiry.asked.economy),
    )
    asked, notes = inquiry.asked, list(inquiry.notes)
    then = None
    on = None
    zone = _zone(kept, snapshot)
    if asked.on is not None:
        instant = last_of_day(zone, asked.on)
        on = superseded(life.at(instant) if life.ordered else None, replaced, instant)
        then = _told(known(on, changes), instant, examined, zone)
        if on is None:
            notes.append(StandingCode.NOT_YET)
    goods = _goods(asked, on or now, examined)
    stood = asked.on is None or (on is not None and on.is_valid)
    ending, because = overall(verdicts, economy=asked.economy, goods=goods, stood=stood)
    document = judged.document
    return Verification(
        hub=snapshot.hub,
        at=at,
        snapshot_id=snapshot.id,
        overall=ending,
        because=because,
        code=_reason(ending, because, verdicts, goods, then),
        verdicts=verdicts,
        asked=asked,
        content_digest=judged.kept.content_digest,
        certificate=None if document is None else shown(document, inquiry.sight),
        now=_told(known(now, changes), at, examined, zone),
        then=then,
        goods=goods,
        holder=_holder(inquiry, document),
        differences=_differences(revisions, inquiry.sight),
        leads_to=_leads_to(inquiry),
        removed=tuple(one.kept.content_digest for one in examined if one.kept.data is None),
        held=tuple(
            dict.fromkeys(
                [
                    *(one.kept.content_digest for one in examined if one.kept.held),
                    *(one.content_digest for one in life.waiting),
                ]
            )
        ),
        notes=tuple(notes),
        parents=_parents(judged, life),
        predecessor=taken_from(life),
        successor=leads_to(
            life, now, ((one.kept.content_digest, one.ending) for one in examined), snapshot, at
        ),
        zone=zone,
    )


def _parents(judged: _Examined, life: Life) -> tuple[ContentDigest, ...]:
    """Return the certificates that the newest revision names as its parents."""
    for one in life.told:
        if one.content_digest == judged.kept.content_digest:
            return one.claim.parents if isinstance(one.claim, NewAttestation) else ()
    return ()


def _life(examined: list[_Examined], snapshot: Snapshot) -> Life:
    told = []
    for one in examined:
        if isinstance(one.ending, Accepted):
            claim = project(one.ending, snapshot.trust, searched=False).claim
            if claim is not None:
                told.append(
                    Told(
                        content_digest=one.kept.content_digest,
                        received_at=one.kept.received_at,
                        claim=claim,
                    )
                )
    return Life.of(told)


def _of_gates(
    judged: _Examined, removals: Sequence[Removal], snapshot: Snapshot, at: datetime
) -> tuple[Verdict, ...]:
    """Return the answers to the first five questions (step 2)."""
    if judged.ending is not None:
        kept = judged.kept
        receipt = Evidence(kind=EvidenceKind.RECEIPT, value=f"ledger leaf {kept.sequence}")
        return tuple(
            replace(one, evidence=(*one.evidence, receipt)) if one.question is Question.KEY else one
            for one in gate_verdicts(judged.ending, snapshot, at, kept.received_at)
        )
    its = [one for one in removals if one.content_digest == judged.kept.content_digest]
    message, evidence = removal_words(its)
    return tuple(
        Verdict(
            question=question,
            result=Result.UNKNOWN,
            code=StandingCode.REMOVED,
            message=message,
            since=its[0].removed_at if its else None,
            permanence=Permanence.FINAL,
            evidence=evidence,
        )
        for question in GATES
    )


def _reason(
    ending: Overall,
    because: tuple[str, ...],
    verdicts: tuple[Verdict, ...],
    goods: tuple[GoodsAnswer, ...],
    then: Standing | None,
) -> Code:
    """Return the reason that decides: the first question that was not passed."""
    if ending is Overall.VALID:
        return PassedCode.IN_FORCE
    if because == ("then",):
        return StandingCode.NOT_YET if then is None else BY_STATUS[then.status]
    deciding = next((one.code for one in verdicts if one.question.value == because[0]), None)
    return deciding if deciding is not None else goods[0].code


def _zone(kept: KeptCertificate, snapshot: Snapshot) -> str:
    body = snapshot.trust.body(kept.issuer)
    return "UTC" if body is None else body.time_zone


def _told(
    stands: Stands | None, at: datetime, examined: list[_Examined], zone: str
) -> Standing | None:
    """Return the standing as the answer tells it."""
    if stands is None:
        return None
    document = _document_of(stands, examined)
    end = stands.suspension_end
    return Standing(
        status=stands.status,
        at=at,
        since=stands.since,
        until=None if end is None else day_in(zone, end - _INSTANT),
        permanence=PERMANENCE.get(stands.status),
        reasons=stands.reasons,
        is_reduced=document is not None and bool(parts_of(document) - stands.parts),
    )


def _document_of(stands: Stands, examined: list[_Examined]) -> Attestation | None:
    return next(
        (one.document for one in examined if one.kept.content_digest == stands.latest), None
    )


def _goods(
    asked: Asked, stands: Stands | None, examined: list[_Examined]
) -> tuple[GoodsAnswer, ...]:
    """Return whether the goods are covered by what stands on the day, or now."""
    if not asked.goods or stands is None:
        return ()
    document = _document_of(stands, examined)
    return () if document is None else answer_goods(document, asked.goods, stands.parts or None)


def _holder(inquiry: Inquiry, document: Attestation | None) -> Match | None:
    if inquiry.asked.holder is None or document is None:
        return None
    return compare(inquiry.asked.holder, holder_names(document))


def _differences(revisions: list[_Examined], sight: Sight) -> tuple[Difference, ...]:
    """Return what the newest revision changed, as far as the caller may see."""
    if len(revisions) < 2 or sight is Sight.NOTHING:  # noqa: PLR2004
        return ()
    before, after = revisions[-2].ending, revisions[-1].ending
    if not isinstance(before, Accepted) or not isinstance(after, Accepted):
        return ()
    return differences(
        before.trusted.signed.content,
        after.trusted.signed.content,
        hidden=() if sight is Sight.COMMERCIAL else COMMERCIAL,
        only=BY_NUMBER if sight is Sight.VERDICT else None,
    )


def _leads_to(inquiry: Inquiry) -> str | None:
    if inquiry.successor is not None:
        return inquiry.successor
    if inquiry.asked.number in inquiry.certificate.former_numbers:
        return inquiry.certificate.certificate_number
    return None
