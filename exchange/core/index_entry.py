"""What an attestation says to the search: its words, and facets that filters are made of.

- One entry is one text: tokens between blanks, each once, in order. Words come from
  `exchange.core.words`; a facet is a letter, a colon and a value (`o:kz`), and no word has a colon.
- Words: names of holder, applicant, manufacturers and sites in every language, trading names,
  scope statements, products with brands, models and goods codes, services, processes, standards,
  and the names that the particulars of the scheme give.
- Facets: see `Facet`. Identifiers and numbers are facets without their separators, so whoever
  types a number with other dashes finds it.
- What an earlier revision said in words and numbers stays behind what the latest one says, so that
  a former number, name or identifier leads to the certificate; facets are those of the latest one.
- The titles of standards and the names of bodies are left out: they stand in every certificate
  of their kind and would tell none of them apart; there are filters for both.

Example:
    >>> index_entry(attestation, BodyId("CN-CB-0107"))
    'i:cncb0107 k:01072026000001 n:iso9001 o:cn … 海尔 尔集 集团'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final

from exchange.core.document.attestation import Attestation
from exchange.core.document.cursor import words_of as document_words
from exchange.core.document.particulars import Particulars
from exchange.core.document.read import read
from exchange.core.document.values import Address, Digest, Identifier, LocalName, Party, SecureLink
from exchange.core.limits import Limits
from exchange.core.model import BodyId, Kind
from exchange.core.signature_structure import find_signatures
from exchange.core.words import squeezed, words_of
from exchange.core.xml import canonical, parse
from exchange.errors import ExchangeError

EDITION: Final = 2
"""Of tokens and facets together: an index made by another one is made again."""
MAX_TOKENS: Final = 1_000
"""Of one entry; what comes first counts, and facets and names come first."""
MAX_YEARS: Final = 12
"""Years of validity that are noted singly; a longer one is open."""
OPEN: Final = "open"


class Facet(StrEnum):
    """What the value of a facet is."""

    SCHEME = "s"
    ISSUER = "i"
    ECONOMY = "o"
    """Of the holder."""
    STANDARD = "n"
    """Number: `n:iso9001`."""
    EDITION = "e"
    """Alone and behind its standard: `e:2015`, `e:iso9001.2015`."""
    NUMBER = "k"
    """Identifiers, certificate numbers, GTIN, numbers of reports."""
    STATUS = "t"
    """As the register keeps it; added by the store, since it changes."""
    YEAR = "v"
    """A year in which the certificate is valid on some day, or `v:open`."""
    EXPIRY = "x"
    """Year, and month, of the last valid day: `x:2026`, `x:202611`."""
    ISSUER_SCHEME = "d"
    """Both in one, for what issuers disclose: `d:cncb0107.urnmrhubschemeccc`."""


def facet(kind: Facet, *values: str) -> str:
    """Return the token of a facet."""
    return f"{kind.value}:{'.'.join(map(squeezed, values))}"


_common: Final = lru_cache(maxsize=4096)(facet)
"""Of bodies, schemes, economies and standards, which stand in thousands of attestations."""


def index_entry(attestation: Attestation, issuer: BodyId) -> str:
    """Return the tokens of an attestation, between blanks.

    Args:
        attestation: As it was signed.
        issuer: The body that signed, as the trust lists name it.
    """
    found = dict.fromkeys(_facets(attestation, issuer))
    found.update(dict.fromkeys(words_of(_texts(attestation))))
    return " ".join(list(found)[:MAX_TOKENS])


def with_former(entry: str, former: Iterable[str]) -> str:
    """Return the tokens of the latest revision, and behind them what earlier ones said.

    Args:
        entry: Of the latest revision; empty when its octets were removed.
        former: Entries of earlier revisions.
    """
    if not entry:
        return ""
    found = dict.fromkeys(entry.split())
    for one in former:
        found.update(dict.fromkeys(filter(_is_said, one.split())))
    return " ".join(list(found)[:MAX_TOKENS])


def _is_said(token: str) -> bool:
    """Tell a word or a number from what a filter is made of."""
    return token.startswith(f"{Facet.NUMBER.value}:") or ":" not in token


def _facets(attestation: Attestation, issuer: BodyId) -> Iterator[str]:
    scheme = attestation.scheme.scheme_id
    yield _common(Facet.ISSUER_SCHEME, issuer, scheme)
    yield _common(Facet.SCHEME, scheme)
    yield _common(Facet.ISSUER, issuer)
    yield _common(Facet.ECONOMY, attestation.holder.address.economy)
    for value in _numbers(attestation):
        number = squeezed(value)
        if number:
            yield f"{Facet.NUMBER.value}:{number}"
    for requirement in attestation.requirements:
        yield _common(Facet.STANDARD, requirement.number)
        if requirement.edition is not None:
            yield _common(Facet.EDITION, requirement.edition)
            yield _common(Facet.EDITION, requirement.number, requirement.edition)
    yield from _days(attestation.validity.effective_date, attestation.validity.expiry_date)


def _numbers(attestation: Attestation) -> Iterator[str]:
    yield attestation.certificate_number
    for party in _parties(attestation):
        yield from (one.value for one in party.ids)
    for product in attestation.object.products:
        yield from (one.value for one in product.ids)
    for assessment in attestation.assessments:
        yield from (report.number for report in assessment.reports)
    for site in attestation.sites:
        if site.gln is not None:
            yield site.gln


def _days(first: date, last: date | None) -> Iterator[str]:
    if last is None or last.year - first.year >= MAX_YEARS:
        yield f"{Facet.YEAR.value}:{OPEN}"
    else:
        yield from (f"{Facet.YEAR.value}:{year}" for year in range(first.year, last.year + 1))
    if last is not None:
        yield f"{Facet.EXPIRY.value}:{last.year}"
        yield f"{Facet.EXPIRY.value}:{last.year}{last.month:02}"


def _parties(attestation: Attestation) -> Iterator[Party]:
    yield attestation.holder
    if attestation.applicant is not None:
        yield attestation.applicant
    yield from attestation.manufacturers


def _texts(attestation: Attestation) -> Iterator[str]:
    """Yield what words are taken from; what is looked for first comes first."""
    for party in _parties(attestation):
        yield from _said(party.names)
        yield from _said(party.trading_names)
        if party.address.city is not None:
            yield party.address.city
    # Parts of a number that are typed with its dashes are words, like those of a standard.
    yield attestation.certificate_number
    for requirement in attestation.requirements:
        yield f"{requirement.number} {requirement.edition or ''}"
    yield from _object(attestation)
    for site in attestation.sites:
        yield from _said(site.names)
        yield from _said(site.scope_statements)
    yield from _named(attestation.particulars)


def _object(attestation: Attestation) -> Iterator[str]:
    found = attestation.object
    for product in found.products:
        yield from _said(product.names)
        yield from product.brands
        yield from product.models
        yield from (code.value for code in product.commodity_codes)
        yield from product.specifications
        yield from product.batch_ids
    for service in found.services:
        yield from _said(service.names)
        yield service.service_class.value
    for process in found.processes:
        yield from _said(process.names)
        yield from _said(process.descriptions)
    if found.management_system is not None:
        yield from _said(found.management_system.scope_statements)
    if found.organisation is not None:
        yield from _said(found.organisation.scope_statements)


def _said(names: Iterable[LocalName]) -> Iterator[str]:
    return (name.text for name in names)


def _named(value: Particulars | object) -> Iterator[str]:
    """Yield the names that particulars of whichever scheme hold, however deep."""
    match value:
        case LocalName():
            yield value.text
        case Identifier() | Digest() | SecureLink() | Address():
            return
        case tuple():
            for one in value:
                yield from _named(one)
        case _:
            return


def attestation_of(data: bytes) -> Attestation | None:
    """Return an attestation from the octets that the register keeps.

    They went through the gates when they arrived; nothing is decided here. What reads no more,
    under a reader that is newer than the document, is nothing.

    Args:
        data: The octets of an accepted attestation.
    """
    try:
        root = parse(data, Limits()).root
        for signature in find_signatures(root):
            root.remove(signature)
        document = read(Kind.ATTESTATION, document_words(canonical(root)))
    except ExchangeError:
        return None
    return document if isinstance(document, Attestation) else None


def entry_of(data: bytes, issuer: BodyId) -> str:
    """Return the tokens of an attestation from the octets that the register keeps.

    Args:
        data: The octets of an accepted attestation.
        issuer: The body that signed.
    """
    document = attestation_of(data)
    return "" if document is None else index_entry(document, issuer)
