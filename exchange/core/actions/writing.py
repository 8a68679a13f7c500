"""From an action to its XML, unsealed: what a client sends and the hub seals.

- The same action gives the same octets; the person's signature names the digest of the Word
  element as it is written here, and a word that is written otherwise is refused when it is read.
- The entry of a body stands inside as `exchange.core.trust_writing` writes it for the list.

Source: `schemas/action/action-1.xsd`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final, assert_never

from lxml import etree

from exchange.core.actions.values import (
    Action,
    Activate,
    Administrator,
    AdministratorChange,
    Approve,
    Arrival,
    BodyChange,
    Change,
    Evidence,
    Found,
    ListChange,
    Propose,
    Reject,
    Suspend,
    Word,
)
from exchange.core.model import Fingerprint
from exchange.core.periods import in_zulu
from exchange.core.trust_values import TRUST, TSL, Body
from exchange.core.trust_writing import write_entry

NAMESPACE: Final = "urn:mrhub:action:1"
VERSION: Final = "1.0"
_A: Final = f"{{{NAMESPACE}}}"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_PREFIXES: Final[dict[str | None, str]] = {None: NAMESPACE, "tsl": TSL, "mrt": TRUST}


def write_action(action: Action) -> bytes:
    """Return the unsealed XML of an action, UTF-8; `exchange.core.signing` seals it."""
    root = etree.Element(
        f"{_A}Action", attrib={"Id": "action", "schemaVersion": VERSION}, nsmap=_PREFIXES
    )
    _add(root, "ActionID", action.action_id)
    _add(root, "Hub", action.hub)
    _add(root, "MadeAt", in_zulu(action.made_at))
    _word(_add(root, "Word"), action.word)
    if action.person is not None and action.key is not None and action.signature is not None:
        person = _add(root, "Person")
        _add(person, "PersonID", action.person)
        _octets(person, "Key", action.key)
        _octets(person, "Signature", action.signature)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def word_element(word: Word) -> etree._Element:
    """Return the Word element alone, as it stands in the document."""
    element = etree.Element(f"{_A}Word", nsmap=_PREFIXES)
    _word(element, word)
    return element


def _word(parent: etree._Element, word: Word) -> None:
    element = _add(parent, type(word).__name__)
    match word:
        case Found():
            _found(element, word)
        case Propose():
            _propose(element, word)
        case Approve():
            _octets(element, "Proposal", word.proposal)
            _octets(element, "Shown", word.shown)
            for key, evidence in word.evidence:
                _evidence(element, key, evidence)
            _flag(element, "ConfirmsShrinking", word.confirms_shrinking)
        case Reject():
            _octets(element, "Proposal", word.proposal)
            _add(element, "Reason", word.reason)
        case Suspend():
            _add(element, "Body", word.body)
            if word.key is not None:
                _octets(element, "Key", word.key)
            _add(element, "Reason", word.reason)
        case Activate():
            _octets(element, "Proposal", word.proposal)
        case _:
            assert_never(word)


def _found(element: etree._Element, word: Found) -> None:
    _entry(element, word.hub)
    for one in word.lists:
        _list(_add(element, "List"), one)
    for officer in word.officers:
        _administrator(_add(element, "Officer"), officer)


def _propose(element: etree._Element, word: Propose) -> None:
    for change in word.changes:
        _change(element, change)
    activation = _add(element, "Activation")
    _add(activation, "At", in_zulu(word.activation.at))
    _flag(activation, "WhenFetched", word.activation.when_fetched)
    _add(element, "Reason", word.reason)


def _change(parent: etree._Element, change: Change) -> None:
    element = _add(parent, type(change).__name__)
    match change:
        case BodyChange():
            if change.base is not None:
                _octets(element, "Base", change.base)
            _entry(element, change.body)
            for arrival in change.arrivals:
                _arrival(element, arrival)
        case AdministratorChange():
            _administrator(_add(element, "Administrator"), change.administrator)
            _flag(element, "Removed", change.removed)
            if change.replaces is not None:
                _add(element, "Replaces", change.replaces)
        case ListChange():
            _list(element, change)
        case _:
            assert_never(change)


def _entry(parent: etree._Element, body: Body) -> None:
    element = _add(parent, "Entry")
    for child in tuple(write_entry(body)):
        element.append(child)


def _arrival(parent: etree._Element, arrival: Arrival) -> None:
    element = _add(parent, "Arrival")
    _octets(element, "Key", arrival.fingerprint)
    proof = _add(element, "Proof")
    _add(proof, "MadeAt", in_zulu(arrival.proof.made_at))
    _add(proof, "Algorithm", arrival.proof.algorithm)
    _octets(proof, "Value", arrival.proof.value)
    if arrival.evidence is not None:
        _evidence(element, arrival.fingerprint, arrival.evidence)


def _evidence(parent: etree._Element, key: Fingerprint, evidence: Evidence) -> None:
    element = _add(parent, "Evidence")
    _octets(element, "Key", key)
    _octets(element, "Document", evidence.document)
    _add(element, "Title", evidence.title)
    _add(element, "SentBy", evidence.sent_by)
    _add(element, "ConfirmedBy", evidence.confirmed_by)
    _add(element, "ConfirmedWith", evidence.confirmed_with)
    _add(element, "ConfirmedAt", in_zulu(evidence.confirmed_at))
    _add(element, "Channel", evidence.channel.value)


def _administrator(element: etree._Element, one: Administrator) -> None:
    _add(element, "PersonID", one.person)
    _add(element, "Body", one.body)
    _add(element, "Role", one.role.value)
    _add(element, "Name", one.name)
    _octets(element, "Certificate", one.certificate.der)
    _octets(element, "Identity", one.identity)


def _list(element: etree._Element, one: ListChange) -> None:
    place = one.operator.place
    _add(element, "Territory", one.territory)
    _names(element, "OperatorName", one.operator.names)
    _names(element, "ListName", one.operator.scheme_names)
    _add(element, "Street", place.street)
    _add(element, "Locality", place.locality)
    _add(element, "Economy", place.economy)
    _add(element, "Contact", place.contact)
    _add(element, "Information", place.information)


def _names(parent: etree._Element, tag: str, names: Mapping[str, str]) -> None:
    for language, text in names.items():
        _add(parent, tag, text).set(_LANG, language)


def _flag(parent: etree._Element, tag: str, value: bool) -> None:  # noqa: FBT001
    _add(parent, tag, "true" if value else "false")


def _octets(parent: etree._Element, tag: str, value: bytes) -> None:
    _add(parent, tag, base64.b64encode(value).decode("ascii"))


def _add(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _A + tag)
    element.text = text
    return element
