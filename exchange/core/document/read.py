"""The one reader of signed documents: from the signed content to typed values.

- It reads `Signed.root` and nothing else: that tree was made from the canonical octets which
  the signature covers, never from the octets that arrived.
- What it returns holds no element of the tree.
- A kind that does not travel as a message (a receipt, a trust list) is refused here, since there
  is no value of it that the rules could judge.

Example:
    >>> document = read(signed)
    >>> document.header.document_id
    'urn:uuid:…'
"""

from __future__ import annotations

from exchange.codes.rules import RuleCode
from exchange.core.document.attestation import Attestation
from exchange.core.document.elements import (
    Element,
    children,
    code,
    day,
    digest,
    header,
    identifiers,
    instant,
    optional_day,
    texts,
    word,
)
from exchange.core.document.read_attestation import attestation
from exchange.core.document.status_change import (
    AttestationRef,
    Reason,
    ScopeChange,
    StatusChange,
)
from exchange.core.model import Kind
from exchange.core.signature import Signed
from exchange.errors import Finding, RuleError


def read(signed: Signed) -> Attestation | StatusChange:
    """Return the document that was signed, as values.

    Args:
        signed: A statement whose signature was verified.

    Raises:
        RuleError: The statement is of a kind that does not travel as a message.
        SchemaError: A day or instant is valid under the schema and exists in no calendar.
    """
    match signed.kind:
        case Kind.ATTESTATION:
            return attestation(signed.root)
        case Kind.STATUS_CHANGE:
            return status_change(signed.root)
        case Kind.RECEIPT | Kind.TRUST_LIST:
            raise RuleError(
                Finding(
                    code=RuleCode.SCH_00,
                    path="/",
                    message="expected an attestation or a status change, "
                    f"found a statement of kind {signed.kind.value}",
                )
            )


def status_change(root: Element) -> StatusChange:
    """Return the values of a status change that is valid under its schema."""
    groups = children(root)
    reference = children(groups["AttestationRef"][0])
    return StatusChange(
        header(groups["Header"][0]),
        AttestationRef(
            word(reference["AttestationID"][0]),
            word(reference["CertificateNumber"][0]),
            word(reference["SchemeID"][0]),
            digest(reference["Digest"][0]),
        ),
        int(groups["Sequence"][0].text or "0"),
        word(groups["PreviousStatus"][0]),
        word(groups["NewStatus"][0]),
        word(groups["ChangeType"][0]),
        tuple([_reason(one) for one in groups["Reason"]]),
        optional_day(groups, "RequestDate"),
        day(groups["DecisionDate"][0]),
        instant(groups["EffectiveDateTime"][0]),
        optional_day(groups, "SuspensionEnd"),
        tuple([_scope_change(one) for one in groups.get("ScopeChange", ())]),
        identifiers(groups.get("NotifyParties", ())),
        optional_day(groups, "AppealUntil"),
    )


def _reason(element: Element) -> Reason:
    groups = children(element)
    return Reason(word(groups["Code"][0]), texts(groups["Text"]))


def _scope_change(element: Element) -> ScopeChange:
    groups = children(element)
    (part,) = groups.get("Added") or groups["Removed"]
    parts = children(part)
    return ScopeChange(
        "Added" in groups,
        word(parts["Product"][0]) if "Product" in parts else None,
        word(parts["Site"][0]) if "Site" in parts else None,
        code(parts["Sector"][0]) if "Sector" in parts else None,
    )
