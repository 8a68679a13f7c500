"""One verification: seven questions about a certificate, each with a verdict of its own.

- The questions stand in the order of the gates. What one gate did not pass, no later one can:
  its questions are *unknown*, never passed.
- A verdict is *passed*, *failed* or *unknown*, with a code, one sentence and the evidence that
  anybody can look up: list, key, accreditation, statement, receipt, declaration, snapshot.
- A failure outweighs an unknown, and an unknown outweighs everything that passed. Recognition
  counts only where an economy was asked for, goods only where goods were.
- *Temporary* and *final* are told apart: a suspension ends, a withdrawal does not.

Nothing here is ever kept: it is computed from the stored octets whenever it is asked for.

Example:
    >>> overall(verdicts, economy=None, goods=None)
    (<Overall.VALID: 'valid'>, ())
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from exchange.codes import Code
from exchange.core.model import BodyId, ContentDigest, Economy, SnapshotId, Status


class Question(StrEnum):
    """What is asked about every certificate, in this order."""

    WELL_FORMED = "well-formed"
    SCHEMA = "schema"
    SIGNATURE = "signature"
    KEY = "key-trusted"
    """Was the key trusted when the document was received; and has nothing stopped it since?"""
    ISSUER = "issuer-entitled"
    """May the body attest this: scope, accreditation and the rules of the scheme?"""
    STANDING = "not-withdrawn"
    """Does the certificate still stand now?"""
    RECOGNITION = "recognised"
    """Is it recognised in the economy that was named?"""


class Result(StrEnum):
    """How a question was answered."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Overall(StrEnum):
    """What it comes to."""

    VALID = "valid"
    NOT_VALID = "not-valid"
    CANNOT_TELL = "cannot-tell"


class Permanence(StrEnum):
    """Whether what is wrong can become right again."""

    TEMPORARY = "temporary"
    FINAL = "final"


PERMANENCE: Final[Mapping[Status, Permanence]] = {
    Status.DRAFT: Permanence.TEMPORARY,
    Status.SUSPENDED: Permanence.TEMPORARY,
    Status.WITHDRAWN: Permanence.FINAL,
    Status.CANCELLED: Permanence.FINAL,
    Status.EXPIRED: Permanence.FINAL,
    Status.SUPERSEDED: Permanence.FINAL,
}
"""Every status beside *active*. A renewal after the expiry is another revision."""


class EvidenceKind(StrEnum):
    """What a verdict rests on."""

    GATE = "gate"
    """The gate of the road, by its name."""
    RULE = "rule"
    LIST = "list"
    """A trust list: territory and sequence number, with its digest."""
    KEY = "key"
    """The fingerprint of a key certificate."""
    BODY = "body"
    """A body and its state."""
    ACCREDITATION = "accreditation"
    """Authority and number, and the state on the day."""
    STATEMENT = "statement"
    """The attestation, by its content digest."""
    STATUS_STATEMENT = "status-statement"
    """A status change or revision, by its content digest."""
    RECEIPT = "receipt"
    """The hub's receipt of a statement, by its content digest."""
    SNAPSHOT = "snapshot"
    DECLARATION = "declaration"
    """What the body said last of its register, by its content digest."""
    REMOVAL = "removal"
    """The order by which octets were removed, with the content digest of the signed notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that can be looked up."""

    kind: EvidenceKind
    value: str
    digest: str = ""
    """Hexadecimal SHA-256, where the thing has octets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to one question."""

    question: Question
    result: Result
    code: Code
    message: str
    """One sentence in English, as a finding words it."""
    since: datetime | None = None
    """From when on it is so, where that is known."""
    permanence: Permanence | None = None
    """Whether a failure can pass again."""
    evidence: tuple[Evidence, ...] = ()


class Occasion(StrEnum):
    """What happened on the day that is asked about."""

    MANUFACTURE = "manufacture"
    SHIPMENT = "shipment"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """The goods that somebody has before them; what is `None` was not named."""

    model: str | None = None
    gtin: str | None = None
    hs: str | None = None
    batch: str | None = None
    factory: str | None = None
    """Name or identifier of the place of manufacture."""

    def __bool__(self) -> bool:
        """Tell whether anything was named."""
        return any((self.model, self.gtin, self.hs, self.batch, self.factory))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants to know, and of which certificate."""

    number: str = ""
    """As it was asked for; it may be a former one."""
    issuer: BodyId | None = None
    scheme: str = ""
    """Only certificates under this one; a body may give a number once in each."""
    on: date | None = None
    """A calendar day, in the zone of the issuing body."""
    occasion: Occasion | None = None
    goods: Goods = Goods()
    economy: Economy | None = None
    holder: str | None = None
    """The name of the holder, as typed from the paper."""
    address_digest: bytes | None = None
    """SHA-256 of the QR address that was asked for, in capitals: it tells nobody the address."""
    upload_digest: bytes | None = None
    """SHA-256 of the octets that were held up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the certificate stands at an instant."""

    status: Status
    at: datetime
    since: datetime | None = None
    until: date | None = None
    """The last day of a suspension, as far as it is set."""
    permanence: Permanence | None = None
    reasons: tuple[str, ...] = ()
    """Codes of the reasons that the status change gives."""
    is_reduced: bool = False
    """Whether something was taken out of the scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several certificates with the number that was asked for."""

    issuer: BodyId
    scheme: str


class Covered(StrEnum):
    """Whether goods are covered."""

    COVERED = "covered"
    NOT_COVERED = "not-covered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsAnswer:
    """Whether one thing that was named about the goods is covered."""

    about: str
    """model, gtin, hs, batch or factory; `goods` for all together."""
    covered: Covered
    code: Code
    message: str


class Match(StrEnum):
    """How a name that was typed compares with the holder's."""

    MATCH = "match"
    CLOSE = "close"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that a correction has changed."""

    path: str
    before: str | None
    """`None`: it was not there."""
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What may be shown of the certificate to whoever asks; empty where it may not."""

    issuer: BodyId
    certificate_number: str
    scheme: str
    revision: int
    issue_date: date | None = None
    expiry_date: date | None = None
    holder: tuple[str, ...] = ()
    holder_economy: str = ""
    products: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    commercial: tuple[str, ...] = ()
    """Measured values, evidence, quantities: only for those to whom it was addressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The whole answer."""

    hub: BodyId
    at: datetime
    snapshot_id: SnapshotId
    overall: Overall
    because: tuple[str, ...]
    """The questions that count, worst first; `goods` where the goods decide, `then` where
    only the day does that was asked about. None when valid."""
    code: Code
    """The reason in one word; that of the verdict that decides."""
    verdicts: tuple[Verdict, ...]
    """Seven, in the order of `Question`."""
    asked: Asked = Asked()
    content_digest: ContentDigest | None = None
    """Of the attestation that was judged."""
    certificate: Shown | None = None
    now: Standing | None = None
    then: Standing | None = None
    """On the day that was asked about."""
    goods: tuple[GoodsAnswer, ...] = ()
    holder: Match | None = None
    differences: tuple[Difference, ...] = ()
    """What the last correction changed."""
    leads_to: str | None = None
    """The present number, or that of the certificate that took its place."""
    removed: tuple[ContentDigest, ...] = ()
    """Statements whose octets were removed by order."""
    held: tuple[ContentDigest, ...] = ()
    """Changes that wait for the one before them."""
    notes: tuple[Code, ...] = ()
    """What else the reader has to know, such as that pages prove nothing."""
    parents: tuple[ContentDigest, ...] = ()
    """Of a sub-certificate: the certificates without which it does not stand."""
    predecessor: ContentDigest | None = None
    """The attestation of another body that it takes over."""
    successor: ContentDigest | None = None
    """The attestation that took its place, as signed statements say."""
    choices: tuple[Choice, ...] = ()
    """Where several certificates have the number: what to name to ask for one of them."""
    zone: str = "UTC"
    """Where the issuing body lives: calendar days are told as they are there."""


def overall(
    verdicts: Iterable[Verdict],
    *,
    economy: Economy | None = None,
    goods: Iterable[GoodsAnswer] = (),
    stood: bool = True,
) -> tuple[Overall, tuple[str, ...]]:
    """Return what the verdicts come to, and which of them decide.

    Args:
        verdicts: The answers to the seven questions.
        economy: The economy that was asked for; recognition counts only then.
        goods: The answers about goods, if any were named.
        stood: Whether it was in force on the day that was asked about, if one was.
    """
    counted = [
        verdict
        for verdict in verdicts
        if verdict.question is not Question.RECOGNITION or economy is not None
    ]
    failed = [one.question.value for one in counted if one.result is Result.FAILED]
    unknown = [one.question.value for one in counted if one.result is Result.UNKNOWN]
    said = {one.covered for one in goods}
    if Covered.NOT_COVERED in said:
        failed.append("goods")
    elif Covered.UNKNOWN in said:
        unknown.append("goods")
    if failed:
        return Overall.NOT_VALID, tuple(failed)
    if unknown:
        return Overall.CANNOT_TELL, tuple(unknown)
    if not stood:
        return Overall.NOT_VALID, ("then",)
    return Overall.VALID, ()
