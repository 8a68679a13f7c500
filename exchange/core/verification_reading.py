"""A signed verification, checked off line: gates 1 to 4, then what it says.

A signed answer is believed as long as the reader likes: it says what the hub found at its
instant, and nothing about any later one.

Example:
    >>> read_verification(data, snapshot, at).overall
    <Overall.VALID: 'valid'>
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from exchange.codes.rules import RuleCode
from exchange.core.document.cursor import Cursor, words_of
from exchange.core.document.read_parts import header
from exchange.core.document.values import Header, LocalName
from exchange.core.model import ContentDigest, Kind, SnapshotId
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.snapshot import Snapshot
from exchange.core.trust import Trusted, establish
from exchange.core.verification import Overall, Question, Result
from exchange.core.xml import parse
from exchange.errors import Finding, RuleError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVerdict:
    """One verdict as another hub wrote it: its code may be newer than this software."""

    question: Question
    result: Result
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedVerification:
    """A signed answer whose signature and key were checked."""

    trusted: Trusted
    header: Header
    at: datetime
    snapshot_id: SnapshotId
    sentences: tuple[LocalName, ...]
    overall: Overall
    code: str
    because: tuple[str, ...]
    asked: Mapping[str, str]
    """What was asked, in the words of `asked_words`."""
    number: str
    """The certificate number: of the certificate where it is shown, else as it was asked for."""
    content_digest: ContentDigest | None
    verdicts: tuple[ReadVerdict, ...]


def read_verification(data: bytes, snapshot: Snapshot, at: datetime) -> SignedVerification:
    """Check a signed verification and return what it says.

    Args:
        data: Its octets, exactly as they arrived.
        snapshot: What the reader trusts.
        at: The instant at which it is known to have existed, aware UTC.

    Raises:
        RejectedError: It is not a genuine verification.
        UndecidedError: The trust lists are too old to say.
    """
    conforming = conform(parse(data, snapshot.limits), snapshot.catalogue, snapshot.limits)
    if conforming.kind is not Kind.VERIFICATION:
        raise RuleError(
            Finding(
                code=RuleCode.SCH_00,
                path="/",
                message=f"expected a verification, found a statement of kind {conforming.kind}",
            )
        )
    trusted = establish(verify(conforming, snapshot.algorithms), snapshot, at)
    cursor = Cursor(words_of(trusted.signed.content, trusted.tags))
    cursor.enter("Verification")
    head = header(cursor)
    verified_at = cursor.instant("VerifiedDateTime")
    snapshot_id = SnapshotId(cursor.word("SnapshotID"))
    sentences = cursor.local_names("Sentence")
    overall = cursor.choice("Overall", Overall)
    code = cursor.word("ReasonCode")
    because = cursor.words("Because")
    asked = _asked(cursor)
    number = asked.get("Number", "")
    digest = cursor.optional_octets("ContentDigest")
    if cursor.sees("Certificate"):
        cursor.enter("Certificate")
        cursor.identifier("Issuer")
        number = cursor.word("CertificateNumber")
        while not cursor.sees("Verdict"):
            cursor.word(cursor.name())
    return SignedVerification(
        trusted=trusted,
        header=head,
        at=verified_at,
        snapshot_id=snapshot_id,
        sentences=sentences,
        overall=overall,
        code=code,
        because=because,
        asked=asked,
        number=number,
        content_digest=None if digest is None else ContentDigest(digest),
        verdicts=tuple(_verdicts(cursor)),
    )


def _asked(cursor: Cursor) -> Mapping[str, str]:
    cursor.enter("Asked")
    said: dict[str, str] = {}
    while not (
        cursor.sees("ContentDigest") or cursor.sees("Certificate") or cursor.sees("Verdict")
    ):
        name = cursor.name()
        said[name] = cursor.word(name)
    return said


def _verdicts(cursor: Cursor) -> list[ReadVerdict]:
    found = []
    while cursor.sees("Verdict"):
        given = {name: cursor.attribute(name) for name in ("question", "result", "code")}
        cursor.enter("Verdict")
        found.append(
            ReadVerdict(
                question=Question(given["question"]),
                result=Result(given["result"]),
                code=given["code"],
                message=cursor.word("Message"),
            )
        )
        cursor.optional_word("Since")
        cursor.words("Evidence")
    return found
