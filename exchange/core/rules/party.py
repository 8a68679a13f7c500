"""Rules about parties: identifiers, names, addresses, economies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.code_lists import ECONOMIES
from exchange.core.document.attestation import ObjectKind
from exchange.core.document.values import Party
from exchange.core.identifiers import REGISTRY_SCHEMES, identifier_fault
from exchange.core.model import Economy
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

REPORTS: Final = frozenset({"testing", "calibration"})
"""Types of attestation that are about samples."""

_LATIN: Final = 0x250
"""First code point behind Latin Extended-B."""


def identifiers_pass_their_check(case: AttestationCase) -> Iterator[Finding]:
    """The identifiers of all parties have the format and check digit of their scheme.

    Source: PTY-01; documents and rules, section 12.
    """
    for path, party in case.parties:
        for number, identifier in enumerate(party.ids, 1):
            fault = identifier_fault(identifier.scheme, identifier.value)
            if fault is not None:
                yield Finding(
                    code=RuleCode.PTY_01,
                    path=f"{path}/PartyID[{number}]",
                    message=f"{quoted(identifier.scheme)} {quoted(identifier.value)}: {fault}",
                )


def _certified(case: AttestationCase) -> Iterator[tuple[str, Party]]:
    """Yield the legal persons behind the object: holder, applicant, manufacturers."""
    document = case.document
    yield "/Attestation/Holder", document.holder
    if document.applicant is not None:
        yield "/Attestation/Applicant", document.applicant
    for number, party in enumerate(document.manufacturers, 1):
        yield f"/Attestation/Manufacturer[{number}]", party


def legal_persons_are_registered(case: AttestationCase) -> Iterator[Finding]:
    """Holder, applicant and manufacturers have a registry identifier, in China the USCC.

    Source: PTY-02; IAF MD 28.
    """
    for path, party in _certified(case):
        schemes = {identifier.scheme for identifier in party.ids}
        if party.address.economy == "CN":
            if "USCC" not in schemes:
                yield Finding(
                    code=RuleCode.PTY_02,
                    path=f"{path}/PartyID",
                    message="expected a USCC for a party in CN, found "
                    + ", ".join(map(quoted, sorted(schemes)[:5])),
                )
        elif schemes.isdisjoint(REGISTRY_SCHEMES):
            yield Finding(
                code=RuleCode.PTY_02,
                path=f"{path}/PartyID",
                message=f"expected one of {', '.join(sorted(REGISTRY_SCHEMES))}, found "
                + ", ".join(map(quoted, sorted(schemes)[:5])),
            )


def product_names_its_makers(case: AttestationCase) -> Iterator[Finding]:
    """A product certificate names applicant, manufacturer and factory.

    The factory stands in the particulars of the scheme, otherwise it is a site; names and
    addresses are required by the schema. A laboratory reports on samples, whose maker it may
    not know.

    Source: PTY-03; Measures for the Administration of Compulsory Product Certification, art. 7.
    """
    document = case.document
    if document.object.kind is not ObjectKind.PRODUCT or document.attestation_type in REPORTS:
        return
    has_factory = document.particulars.names_factory() or bool(document.sites)
    for name, present in (
        ("Applicant", document.applicant is not None),
        ("Manufacturer", bool(document.manufacturers)),
        ("Site", has_factory),
    ):
        if not present:
            yield Finding(
                code=RuleCode.PTY_03,
                path=f"/Attestation/{name}",
                message="expected applicant, manufacturer and factory of the product, "
                f"found no {'factory' if name == 'Site' else name.lower()}",
            )


def addresses_say_where(case: AttestationCase) -> Iterator[Finding]:
    """Every address is whole, or has a street or a city.

    Source: PTY-04; IAF CertSearch.
    """
    for path, address in case.addresses:
        if not address.full and address.street is None and address.city is None:
            yield Finding(
                code=RuleCode.PTY_04,
                path=f"{path}/Address",
                message="expected the full address, a street or a city, found none of them",
            )


def _economies(case: AttestationCase) -> Iterator[tuple[str, Economy]]:
    for path, address in case.addresses:
        yield f"{path}/Address/Economy", address.economy
    for number, product in enumerate(case.document.object.products, 1):
        yield f"/Attestation/Object/Product[{number}]/OriginEconomy", product.origin


def economies_are_current(case: AttestationCase) -> Iterator[Finding]:
    """Every economy is a code of ISO 3166-1, or of a multi-economy body, on the issue date.

    Source: PTY-05.
    """
    document = case.document
    day = document.validity.issue_date
    # A document names few economies many times, so each is looked up once.
    named = {address.economy for _, address in case.addresses}
    named.update([product.origin for product in document.object.products])
    unknown = [one for one in named if not case.code_lists.contains(ECONOMIES, one, day)]
    for path, economy in _economies(case) if unknown else ():
        if economy in unknown:
            yield Finding(
                code=RuleCode.PTY_05,
                path=path,
                message=f"expected an economy of {day}, found {quoted(economy)}",
            )


def _is_latin(text: str) -> bool:
    return text.isascii() or all(ord(letter) < _LATIN for letter in text if letter.isalpha())


def latin_name_stands_beside(case: AttestationCase) -> Iterator[Finding]:
    """A party with a name in another script has one in Latin script too.

    Source: PTY-06; the English name of IAF CertSearch.
    """
    for path, party in case.parties:
        if party.names[-1].text.isascii():
            continue  # English stands last where it is a translation.
        if not any(_is_latin(name.text) for name in (*party.names, *party.trading_names)):
            yield Finding(
                code=RuleCode.PTY_06,
                path=f"{path}/Name",
                message="expected a name in Latin script beside the others, found none",
            )
