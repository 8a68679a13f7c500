"""From the XML of an action to its values, read from what was signed.

- It reads the canonical octets that the signature covers, and nothing else.
- Whatever cannot be a value is refused here: a key certificate that does not parse, an entry
  that contradicts itself.
- A word is written in one way only. Whoever reads it writes it again and compares, so that the
  digest that a person signed covers the values and nothing beside them.

Source: `schemas/action/action-1.xsd`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from lxml import etree

from exchange.codes.actions import ActionCode
from exchange.core.actions.values import (
    Action,
    Activate,
    Activation,
    Administrator,
    AdministratorChange,
    AdministratorRole,
    Approve,
    Arrival,
    BodyChange,
    Change,
    Channel,
    EntryDigest,
    Evidence,
    Found,
    ListChange,
    PersonId,
    ProofOfPossession,
    Propose,
    Reject,
    SealedAction,
    SubjectKind,
    Suspend,
    Word,
)
from exchange.core.actions.writing import NAMESPACE, word_element
from exchange.core.certificate import read_certificate
from exchange.core.lexical import collapsed, octets
from exchange.core.model import BodyId, ContentDigest, DocumentId, Economy, Fingerprint
from exchange.core.periods import from_zulu
from exchange.core.signature import Signed
from exchange.core.trust_reading import read_entry
from exchange.core.trust_values import Operator, Place
from exchange.core.xml import canonical, read_canonical
from exchange.errors import ExchangeError, Finding, RuleError

_A: Final = f"{{{NAMESPACE}}}"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def read_action(signed: Signed) -> Action:
    """Return the action of a statement whose signature was verified.

    Raises:
        RuleError: A word is not written in the one way, or a part of it cannot be a value
            (`action.spelling`, `action.unreadable`).
    """
    return action_of(signed.content)[0]


def sealed_action(signed: Signed) -> SealedAction:
    """Return a sealed action as the fold takes it.

    Raises:
        RuleError: As `read_action`.
    """
    action, word_digest = action_of(signed.content)
    return SealedAction(
        action=action,
        digest=signed.content_digest,
        word_digest=word_digest,
        sealed_by=signed.certificate.fingerprint,
        at=signed.signed_at,
    )


def action_of(content: bytes) -> tuple[Action, bytes]:
    """Return an action and the digest of its word.

    Args:
        content: Canonical octets, without signature, of a document that is valid under its
            schema.

    Raises:
        RuleError: As `read_action`.
    """
    root = read_canonical(content)
    try:
        return _action(root)
    except RuleError:
        raise
    except ExchangeError as exc:
        raise RuleError(
            *(replace(one, path=f"/Action/Word//{one.path}") for one in exc.findings)
        ) from exc
    except ValueError as exc:
        raise _refused(ActionCode.UNREADABLE, "/Action/Word", str(exc)) from exc


def _action(root: etree._Element) -> tuple[Action, bytes]:
    element = _one(root, "Word")
    word = _word(element[0])
    written = canonical(word_element(word))
    if canonical(element) != written:
        raise _refused(
            ActionCode.SPELLING,
            "/Action/Word",
            "expected the one way in which this word is written, found another",
        )
    person = root.find(f"{_A}Person")
    action = Action(
        action_id=DocumentId(_text(root, "ActionID")),
        hub=BodyId(_text(root, "Hub")),
        made_at=_instant(root, "MadeAt"),
        word=word,
        person=None if person is None else PersonId(_text(person, "PersonID")),
        key=None if person is None else Fingerprint(_octets(person, "Key")),
        signature=None if person is None else _octets(person, "Signature"),
    )
    return action, sha256(written).digest()


def _word(element: etree._Element) -> Word:
    match _name(element):
        case "Found":
            return Found(
                hub=read_entry(_one(element, "Entry")),
                lists=tuple(map(_list, element.iterfind(f"{_A}List"))),
                officers=tuple(map(_administrator, element.iterfind(f"{_A}Officer"))),
            )
        case "Propose":
            *changes, activation, _ = element
            return Propose(
                changes=tuple(map(_change, changes)),
                activation=Activation(
                    at=_instant(activation, "At"), when_fetched=_flag(activation, "WhenFetched")
                ),
                reason=_said(element, "Reason"),
            )
        case "Approve":
            return Approve(
                proposal=ContentDigest(_octets(element, "Proposal")),
                shown=_octets(element, "Shown"),
                evidence=tuple(map(_evidence, element.iterfind(f"{_A}Evidence"))),
                confirms_shrinking=_flag(element, "ConfirmsShrinking"),
            )
        case "Reject":
            return Reject(
                proposal=ContentDigest(_octets(element, "Proposal")),
                reason=_said(element, "Reason"),
            )
        case "Suspend":
            has_key = element.find(f"{_A}Key") is not None
            return Suspend(
                kind=SubjectKind.KEY if has_key else SubjectKind.BODY,
                body=BodyId(_text(element, "Body")),
                key=Fingerprint(_octets(element, "Key")) if has_key else None,
                reason=_said(element, "Reason"),
            )
        case "Activate":
            return Activate(proposal=ContentDigest(_octets(element, "Proposal")))
        case other:
            raise LookupError(f"{other} passed the schema and is no word")


def _change(element: etree._Element) -> Change:
    match _name(element):
        case "BodyChange":
            base = element.find(f"{_A}Base")
            return BodyChange(
                body=read_entry(_one(element, "Entry")),
                base=None if base is None else EntryDigest(octets(base.text or "")),
                arrivals=tuple(map(_arrival, element.iterfind(f"{_A}Arrival"))),
            )
        case "AdministratorChange":
            replaces = element.find(f"{_A}Replaces")
            return AdministratorChange(
                administrator=_administrator(_one(element, "Administrator")),
                removed=_flag(element, "Removed"),
                replaces=None if replaces is None else PersonId(collapsed(replaces.text)),
            )
        case "ListChange":
            return _list(element)
        case other:
            raise LookupError(f"{other} passed the schema and is no change")


def _arrival(element: etree._Element) -> Arrival:
    proof = _one(element, "Proof")
    evidence = element.find(f"{_A}Evidence")
    return Arrival(
        fingerprint=Fingerprint(_octets(element, "Key")),
        proof=ProofOfPossession(
            made_at=_instant(proof, "MadeAt"),
            algorithm=_text(proof, "Algorithm"),
            value=_octets(proof, "Value"),
        ),
        evidence=None if evidence is None else _evidence(evidence)[1],
    )


def _evidence(element: etree._Element) -> tuple[Fingerprint, Evidence]:
    return (
        Fingerprint(_octets(element, "Key")),
        Evidence(
            document=_octets(element, "Document"),
            title=_text(element, "Title"),
            sent_by=_text(element, "SentBy"),
            confirmed_by=PersonId(_text(element, "ConfirmedBy")),
            confirmed_with=_text(element, "ConfirmedWith"),
            confirmed_at=_instant(element, "ConfirmedAt"),
            channel=Channel(_text(element, "Channel")),
        ),
    )


def _administrator(element: etree._Element) -> Administrator:
    return Administrator(
        person=PersonId(_text(element, "PersonID")),
        body=BodyId(_text(element, "Body")),
        role=AdministratorRole(_text(element, "Role")),
        name=_text(element, "Name"),
        certificate=read_certificate(_octets(element, "Certificate")),
        identity=_octets(element, "Identity"),
    )


def _list(element: etree._Element) -> ListChange:
    return ListChange(
        territory=Economy(_text(element, "Territory")),
        operator=Operator(
            names=_names(element, "OperatorName"),
            scheme_names=_names(element, "ListName"),
            place=Place(
                street=_text(element, "Street"),
                locality=_text(element, "Locality"),
                economy=Economy(_text(element, "Economy")),
                contact=_text(element, "Contact"),
                information=_text(element, "Information"),
            ),
        ),
    )


def _names(element: etree._Element, tag: str) -> Mapping[str, str]:
    return MappingProxyType(
        {one.get(_LANG, ""): collapsed(one.text) for one in element.iterfind(_A + tag)}
    )


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _one(element: etree._Element, tag: str) -> etree._Element:
    found = element.find(_A + tag)
    if found is None:
        # The schema requires the element, so this is our own fault and not the document's.
        raise LookupError(f"{tag} is missing from an action that is valid under its schema")
    return found


def _text(element: etree._Element, tag: str) -> str:
    return collapsed(_one(element, tag).text)


def _said(element: etree._Element, tag: str) -> str:
    """Prose keeps its lines."""
    return _one(element, tag).text or ""


def _flag(element: etree._Element, tag: str) -> bool:
    return _text(element, tag) in ("true", "1")


def _instant(element: etree._Element, tag: str) -> datetime:
    return from_zulu(_text(element, tag))


def _octets(element: etree._Element, tag: str) -> bytes:
    return octets(_one(element, tag).text or "")


def _refused(code: ActionCode, path: str, message: str) -> RuleError:
    return RuleError(Finding(code=code, path=path, message=message))
