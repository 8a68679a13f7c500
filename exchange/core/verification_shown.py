"""What of a certificate may be shown, by whom it is asked and by what the body has declared.

| declared | by number | by QR address | to whom it was addressed |
|---|---|---|---|
| public | holder, products, scope | the same | and commercial details |
| number | the verdict, no holder | holder, products, scope | and commercial details |
| token, or nothing | as if it were not there | holder, products, scope | and commercial details |

- What is not in `Shown` was never put there: nothing is taken out again on the way.
- Commercial details are measured values, links to evidence and quantities.

Example:
    >>> sight(Disclosure.NUMBER, by=By.NUMBER, is_addressed=False)
    <Sight.VERDICT: 1>
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum, StrEnum
from typing import Final

from exchange.core.declarations import Disclosure
from exchange.core.document.attestation import Attestation
from exchange.core.document.values import LocalName, Measure
from exchange.core.verification import Shown

_MOST: Final = 200
"""Entries of one kind that are shown; the certificate itself has all of them."""


class By(StrEnum):
    """What the caller has in hand."""

    NUMBER = "number"
    TOKEN = "token"  # noqa: S105
    DOCUMENT = "document"
    """The octets themselves, genuine."""


class Sight(IntEnum):
    """How much is shown; each more than the one before."""

    NOTHING = 0
    VERDICT = 1
    CONTENT = 2
    COMMERCIAL = 3


_BY_NUMBER: Final = {
    Disclosure.PUBLIC: Sight.CONTENT,
    Disclosure.NUMBER: Sight.VERDICT,
    Disclosure.TOKEN: Sight.NOTHING,
}


def sight(disclosure: Disclosure, *, by: By, is_addressed: bool) -> Sight:
    """Return how much is shown.

    Args:
        disclosure: What the body has declared for the scheme.
        by: What the caller has in hand.
        is_addressed: Whether it submitted, issued or received the certificate.
    """
    if is_addressed:
        return Sight.COMMERCIAL
    if by is By.NUMBER:
        return _BY_NUMBER[disclosure]
    # Whoever has the QR address or the octets has the certificate in hand.
    return Sight.CONTENT


def shown(document: Attestation, seen: Sight) -> Shown | None:
    """Return what may be shown; `None` where nothing may."""
    if seen is Sight.NOTHING:
        return None
    brief = Shown(
        issuer=document.header.issuer,
        certificate_number=document.certificate_number,
        scheme=document.scheme.scheme_id,
        revision=document.revision,
        issue_date=document.validity.issue_date,
        expiry_date=document.validity.expiry_date,
    )
    if seen is Sight.VERDICT:
        return brief
    return Shown(
        issuer=brief.issuer,
        certificate_number=brief.certificate_number,
        scheme=brief.scheme,
        revision=brief.revision,
        issue_date=brief.issue_date,
        expiry_date=brief.expiry_date,
        holder=_texts(document.holder.names),
        holder_economy=document.holder.address.economy,
        products=tuple(_products(document))[:_MOST],
        scope=tuple(_scope(document))[:_MOST],
        standards=tuple(
            f"{one.number}:{one.edition}" if one.edition else one.number
            for one in document.requirements[:_MOST]
        ),
        sites=tuple(" / ".join(_texts(site.names)) for site in document.sites[:_MOST]),
        commercial=tuple(_commercial(document))[:_MOST] if seen is Sight.COMMERCIAL else (),
    )


def holder_names(document: Attestation) -> tuple[str, ...]:
    """Return every name of the holder; only for comparing, never for showing."""
    return (*_texts(document.holder.names), *_texts(document.holder.trading_names))


def _texts(names: tuple[LocalName, ...]) -> tuple[str, ...]:
    return tuple(one.text for one in names)


def _products(document: Attestation) -> Iterator[str]:
    for product in document.object.products:
        models = ", ".join(product.models or product.specifications)
        names = " / ".join(_texts(product.names))
        yield f"{names}: {models}" if models else names
    for service in document.object.services:
        yield " / ".join(_texts(service.names))
    for process in document.object.processes:
        yield " / ".join(_texts(process.names))


def _scope(document: Attestation) -> Iterator[str]:
    for part in (document.object.management_system, document.object.organisation):
        if part is not None:
            yield from _texts(part.scope_statements)
    for product in document.object.products:
        yield from (f"{one.list_id} {one.value}" for one in product.commodity_codes)
        yield from (f"batch {one}" for one in product.batch_ids)
    system = document.object.management_system
    if system is not None:
        yield from (f"{one.list_id} {one.value}" for one in system.sector_codes)


def _commercial(document: Attestation) -> Iterator[str]:
    for product in document.object.products:
        if product.quantity is not None:
            yield f"quantity {_amount(product.quantity)}"
    for assessment in document.assessments:
        for metric in assessment.metrics:
            name = " / ".join(_texts(metric.names))
            if metric.declared is not None:
                yield f"{name}: declared {_amount(metric.declared)}"
            if metric.measured is not None:
                yield f"{name}: measured {_amount(metric.measured)}"
    for one in document.evidence:
        yield f"{one.kind}: {one.link.uri}"


def _amount(measure: Measure) -> str:
    return f"{measure.amount} {measure.unit}"
