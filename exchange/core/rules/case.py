"""What a rule may look at: one document with the world that it is judged in.

- A rule is a function of a case and nothing else; it yields findings and never raises.
- It names code, path and message. The severity stands in the register of rules, once.
- Its docstring says the rule and, behind `Source:`, where it comes from; the register and the
  table of the README are made from these.

Example:
    def decided_before_issued(case: AttestationCase) -> Iterator[Finding]:
        '''The decision is taken before the certificate is issued.

        Source: DEC-01; ISO/IEC 17065.
        '''
        ...
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Generic, TypeVar

from exchange.core.code_lists import CodeLists
from exchange.core.competence import Accreditation
from exchange.core.document.attestation import Attestation, Authorisation
from exchange.core.document.declaration import RegisterDeclaration
from exchange.core.document.notice import Notice
from exchange.core.document.status_change import StatusChange
from exchange.core.document.values import Address, Party
from exchange.core.periods import day_in
from exchange.core.registers import SchemeEntry
from exchange.core.snapshot import Snapshot
from exchange.core.trust import Trusted
from exchange.core.trust_values import Body
from exchange.errors import Finding

Document = TypeVar("Document", Attestation, StatusChange, RegisterDeclaration, Notice)

ECHO: Final = 60
"""Characters of one value of the document that a message repeats."""

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Generic[Document]):
    """One document and everything that the verdict about it depends on."""

    document: Document
    trusted: Trusted
    snapshot: Snapshot
    at: datetime
    """The proof time, aware UTC."""
    today: date
    """The calendar day of the proof time where the issuer lives."""
    body: Body
    """The issuer, as its trust list describes it."""
    code_lists: CodeLists
    """The code lists and the registers of the snapshot."""
    scheme: SchemeEntry | None
    """The scheme version that an attestation names, if the register has it."""
    parties: tuple[tuple[str, Party], ...]
    """Every party of an attestation with its path."""
    addresses: tuple[tuple[str, Address], ...]
    """Every address of an attestation with the path of the party or site that it belongs to."""
    accreditations: tuple[Accreditation | None, ...]
    """For each authorisation of an attestation the entry of the trust list that it points at."""
    spoken: str
    """All texts that are not ASCII, a line between two; mostly a few hundred characters.
    Attributes are not among them: they hold identifiers of registers and lists, and languages."""


AttestationCase = Case[Attestation]
ChangeCase = Case[StatusChange]
DeclarationCase = Case[RegisterDeclaration]
NoticeCase = Case[Notice]

AnyCase = Case[Attestation] | Case[StatusChange] | Case[RegisterDeclaration] | Case[Notice]

AttestationRule = Callable[[AttestationCase], Iterable[Finding]]
ChangeRule = Callable[[ChangeCase], Iterable[Finding]]
DeclarationRule = Callable[[DeclarationCase], Iterable[Finding]]
NoticeRule = Callable[[NoticeCase], Iterable[Finding]]


def make_case(
    document: Document, trusted: Trusted, snapshot: Snapshot, at: datetime
) -> Case[Document]:
    """Return the case of one document; what many rules ask for is computed once.

    Args:
        document: What was read from the signed content.
        trusted: The statement that the document was read from.
        snapshot: Everything beside the document that the verdict depends on.
        at: The proof time, aware UTC.
    """
    scheme = None
    parties: tuple[tuple[str, Party], ...] = ()
    addresses: tuple[tuple[str, Address], ...] = ()
    accreditations: tuple[Accreditation | None, ...] = ()
    if isinstance(document, Attestation):
        parties = tuple(document.parties())
        addresses = tuple(_addresses(document, parties))
        accreditations = tuple([_listed(trusted.body, one) for one in document.authorisations])
        named = document.scheme
        scheme = snapshot.code_lists.scheme(named.scheme_id, named.version)
    return Case(
        document=document,
        trusted=trusted,
        snapshot=snapshot,
        at=at,
        today=day_in(trusted.body.time_zone, at),
        body=trusted.body,
        code_lists=snapshot.code_lists,
        scheme=scheme,
        parties=parties,
        addresses=addresses,
        accreditations=accreditations,
        spoken="\n".join([text for text in trusted.tags.texts if not text.isascii()]),
    )


def _addresses(
    document: Attestation, parties: tuple[tuple[str, Party], ...]
) -> list[tuple[str, Address]]:
    return [(path, party.address) for path, party in parties] + [
        (f"/Attestation/Site[{number}]", site.address)
        for number, site in enumerate(document.sites, 1)
    ]


def _listed(body: Body, authorisation: Authorisation) -> Accreditation | None:
    other = None
    for accreditation in body.accreditations:
        if (
            accreditation.authority == authorisation.authority
            and accreditation.standard == authorisation.standard
        ):
            if accreditation.number == authorisation.number:
                return accreditation
            other = other or accreditation
    return other


def quoted(value: str) -> str:
    """Return a value of the document as a message may repeat it: short and harmless.

    Control characters and those that turn the direction of writing are replaced, so that a
    message cannot show something else than it says.
    """
    shown = _UNPRINTABLE.sub("\ufffd", value)
    return f"“{shown}”" if len(shown) <= ECHO else f"“{shown[:ECHO]}…”"
