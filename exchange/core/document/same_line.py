"""Particulars of "same line, same standard, same quality" as values, and their reader.

Source: `schemas/schemes/same-line/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from exchange.core.document.cursor import Cursor
from exchange.core.document.particulars import PATH, Particulars
from exchange.core.document.values import Code, Identifier, LocalName, Measure
from exchange.core.model import Economy

SAME_LINE: Final = f"{PATH}/SameLineParticulars"
"""Where these particulars stand."""
MINIMUM: Final = "minimum"
"""The bound of a limit that must be reached; the other is `maximum`."""


class ExportRegistration(NamedTuple):
    """The entry in the register of those who may export food."""

    number: str
    authorities: tuple[LocalName, ...]
    enterprise: Identifier
    valid_from: date
    valid_to: date
    """Last valid day, inclusive."""


class ProductionLine(NamedTuple):
    """A line that produces for home and abroad."""

    line_id: str
    site_ref: str
    names: tuple[LocalName, ...]


class Limit(NamedTuple):
    """One characteristic: what is demanded at home and abroad, and what was measured."""

    bound: str
    characteristics: tuple[LocalName, ...]
    domestic: Measure | None
    destinations: tuple[tuple[Economy, Measure], ...]
    measured: Measure
    report_number: str

    def demanded(self) -> tuple[Measure, ...]:
        """Return every limit there is, the one at home first."""
        abroad = tuple(measure for _, measure in self.destinations)
        return abroad if self.domestic is None else (self.domestic, *abroad)


class ProductOnLine(NamedTuple):
    """One product of the attestation with its lines, standards and limits."""

    product_ref: int
    domestic_names: tuple[LocalName, ...]
    export_names: tuple[LocalName, ...]
    line_refs: tuple[str, ...]
    domestic_standards: tuple[tuple[str, str], ...]
    """Number and edition."""
    destination_standards: tuple[tuple[Economy, str, str], ...]
    """Economy, number and edition."""
    limits: tuple[Limit, ...]
    traceability_codes: tuple[Identifier, ...]


class FoodSafetySystem(NamedTuple):
    """A certificate of HACCP or of a food safety management system."""

    kind: Code
    certificate_number: str
    body: Identifier
    standard: tuple[str, str]
    valid_to: date
    attestation_id: str | None


class OfficialInspection(NamedTuple):
    """What the authority found when it last came."""

    day: date
    authorities: tuple[LocalName, ...]
    report_number: str
    result: Code


@dataclass(frozen=True, slots=True)
class SameLineParticulars(Particulars):
    """What a certificate of same line, standard and quality says beyond the attestation."""

    registration: ExportRegistration
    lines: tuple[ProductionLine, ...]
    products: tuple[ProductOnLine, ...]
    systems: tuple[FoodSafetySystem, ...]
    inspection: OfficialInspection

    def texts(self) -> Iterator[tuple[str, tuple[LocalName, ...]]]:
        """Yield the names of authorities, lines, products and characteristics."""
        yield f"{SAME_LINE}/ExportRegistration/Authority", self.registration.authorities
        for number, line in enumerate(self.lines, 1):
            yield f"{SAME_LINE}/ProductionLine[{number}]/LineName", line.names
        for number, product in enumerate(self.products, 1):
            path = f"{SAME_LINE}/ProductOnLine[{number}]"
            yield f"{path}/DomesticName", product.domestic_names
            yield f"{path}/ExportName", product.export_names
            for place, limit in enumerate(product.limits, 1):
                yield f"{path}/Limit[{place}]/Characteristic", limit.characteristics
        yield f"{SAME_LINE}/LastOfficialInspection/Authority", self.inspection.authorities


def read(cursor: Cursor, tag: str) -> SameLineParticulars:
    """Take the particulars of same line, same standard, same quality."""
    cursor.enter("SameLineParticulars")
    found = SameLineParticulars(
        tag,
        _registration(cursor),
        tuple(_lines(cursor)),
        tuple(_products(cursor)),
        tuple(_systems(cursor)),
        _inspection(cursor),
    )
    cursor.skip("TraceabilityPage")
    return found


def _registration(cursor: Cursor) -> ExportRegistration:
    cursor.enter("ExportRegistration")
    return ExportRegistration(
        cursor.word("Number"),
        cursor.local_names("Authority"),
        cursor.identifier("Enterprise"),
        cursor.day("ValidFrom"),
        cursor.day("ValidTo"),
    )


def _lines(cursor: Cursor) -> Iterator[ProductionLine]:
    while cursor.sees("ProductionLine"):
        cursor.enter("ProductionLine")
        yield ProductionLine(
            cursor.word("LineID"), cursor.word("SiteRef"), cursor.local_names("LineName")
        )


def _products(cursor: Cursor) -> Iterator[ProductOnLine]:
    while cursor.sees("ProductOnLine"):
        cursor.enter("ProductOnLine")
        yield ProductOnLine(
            cursor.count("ProductRef"),
            cursor.local_names("DomesticName"),
            cursor.local_names("ExportName"),
            cursor.words("LineRef"),
            tuple(_standards(cursor, "DomesticStandard")),
            tuple(_destination_standards(cursor)),
            tuple(_limits(cursor)),
            cursor.identifiers("TraceabilityCode"),
        )


def _standards(cursor: Cursor, name: str) -> Iterator[tuple[str, str]]:
    while cursor.sees(name):
        cursor.enter(name)
        yield cursor.word("Number"), cursor.word("Edition")


def _destination_standards(cursor: Cursor) -> Iterator[tuple[Economy, str, str]]:
    while cursor.sees("DestinationStandard"):
        economy = Economy(cursor.attribute("economy"))
        cursor.enter("DestinationStandard")
        yield economy, cursor.word("Number"), cursor.word("Edition")


def _limits(cursor: Cursor) -> Iterator[Limit]:
    while cursor.sees("Limit"):
        bound = cursor.attribute("bound")
        cursor.enter("Limit")
        yield Limit(
            bound,
            cursor.local_names("Characteristic"),
            cursor.optional_measure("Domestic"),
            tuple(_destinations(cursor)),
            cursor.measure("Measured"),
            cursor.word("ReportNumber"),
        )


def _destinations(cursor: Cursor) -> Iterator[tuple[Economy, Measure]]:
    while cursor.sees("Destination"):
        economy = Economy(cursor.attribute("economy"))
        yield economy, cursor.measure("Destination")


def _systems(cursor: Cursor) -> Iterator[FoodSafetySystem]:
    while cursor.sees("FoodSafetySystem"):
        cursor.enter("FoodSafetySystem")
        kind = cursor.code("Kind")
        number = cursor.word("CertificateNumber")
        body = cursor.identifier("Body")
        cursor.enter("Standard")
        standard = cursor.word("Number"), cursor.word("Edition")
        valid_to = cursor.day("ValidTo")
        attestation_id = cursor.optional_word("AttestationID")
        yield FoodSafetySystem(kind, number, body, standard, valid_to, attestation_id)


def _inspection(cursor: Cursor) -> OfficialInspection:
    cursor.enter("LastOfficialInspection")
    return OfficialInspection(
        cursor.day("Date"),
        cursor.local_names("Authority"),
        cursor.word("ReportNumber"),
        cursor.code("Result"),
    )
