"""Particulars of organic production as values, and their reader.

Source: `schemas/schemes/organic/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from exchange.core.document.cursor import Cursor
from exchange.core.document.particulars import PATH, Particulars
from exchange.core.document.read_parts import address
from exchange.core.document.values import Address, Code, LocalName, Measure
from exchange.core.model import Economy

ORGANIC: Final = f"{PATH}/OrganicParticulars"
"""Where these particulars stand."""


class Plot(NamedTuple):
    """A piece of land, or of water, with how it is farmed."""

    plot_id: str
    area: Measure
    production_method: Code
    conversion_start: date


class Base(NamedTuple):
    """A production base with its plots."""

    base_id: str
    names: tuple[LocalName, ...]
    address: Address
    plots: tuple[Plot, ...]


class Production(NamedTuple):
    """What is produced of one product, in a season or as batches."""

    product_ref: int
    scientific_names: tuple[str, ...]
    season: tuple[date, date] | None
    batch_ids: tuple[str, ...]
    plot_refs: tuple[str, ...]
    crop: tuple[Measure, str] | None
    """The yield, and the unit of area that it is for."""
    output: Measure


class Inspection(NamedTuple):
    """A visit of the control body."""

    day: date
    kind: Code
    report_number: str


class OrganicCodes(NamedTuple):
    """The codes that were given out for the marks of one product."""

    product_ref: int
    mark: Code
    first: str
    last: str
    number_of_codes: int


class Part(NamedTuple):
    """A sub-certificate, or a lot of a consignment: some of one product."""

    number: str
    product_ref: int
    quantity: Measure


class Consignment(NamedTuple):
    """What the certificate was issued for, where it was issued for one shipment."""

    consignment_id: str
    destination: Economy
    departure: date
    lots: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class OrganicParticulars(Particulars):
    """What an organic certificate says beyond the attestation."""

    control_body_code: str
    operator_types: tuple[Code, ...]
    bases: tuple[Base, ...]
    productions: tuple[Production, ...]
    inspections: tuple[Inspection, ...]
    organic_codes: tuple[OrganicCodes, ...]
    sub_certificates: tuple[Part, ...]
    parent_number: str | None
    """The number of the certificate that this is a sub-certificate of."""
    consignment: Consignment | None

    def texts(self) -> Iterator[tuple[str, tuple[LocalName, ...]]]:
        """Yield the names and addresses of the bases."""
        for number, base in enumerate(self.bases, 1):
            path = f"{ORGANIC}/Base[{number}]"
            yield f"{path}/BaseName", base.names
            if base.address.full:
                yield f"{path}/Address/Full", base.address.full

    def plots(self) -> dict[str, Plot]:
        """Return every plot by its key."""
        return {plot.plot_id: plot for base in self.bases for plot in base.plots}


def read(cursor: Cursor, tag: str) -> OrganicParticulars:
    """Take the particulars of organic production."""
    cursor.enter("OrganicParticulars")
    return OrganicParticulars(
        tag,
        cursor.word("ControlBodyCode"),
        cursor.codes("OperatorType"),
        tuple(_bases(cursor)),
        tuple(_productions(cursor)),
        tuple(_inspections(cursor)),
        tuple(_organic_codes(cursor)),
        tuple(_sub_certificates(cursor)),
        _parent(cursor) if cursor.sees("SubCertificateOf") else None,
        _consignment(cursor) if cursor.sees("Consignment") else None,
    )


def _bases(cursor: Cursor) -> Iterator[Base]:
    while cursor.sees("Base"):
        cursor.enter("Base")
        yield Base(
            cursor.word("BaseID"),
            cursor.local_names("BaseName"),
            address(cursor),
            tuple(_plots(cursor)),
        )


def _plots(cursor: Cursor) -> Iterator[Plot]:
    while cursor.sees("Plot"):
        cursor.enter("Plot")
        yield Plot(
            cursor.word("PlotID"),
            cursor.measure("Area"),
            cursor.code("ProductionMethod"),
            cursor.day("ConversionStart"),
        )


def _productions(cursor: Cursor) -> Iterator[Production]:
    while cursor.sees("Production"):
        cursor.enter("Production")
        yield Production(
            cursor.count("ProductRef"),
            cursor.words("ScientificName"),
            _season(cursor) if cursor.sees("Season") else None,
            cursor.words("BatchID"),
            cursor.words("PlotRef"),
            _crop(cursor) if cursor.sees("Yield") else None,
            cursor.measure("Output"),
        )


def _season(cursor: Cursor) -> tuple[date, date]:
    cursor.enter("Season")
    return cursor.day("From"), cursor.day("To")


def _crop(cursor: Cursor) -> tuple[Measure, str]:
    area = cursor.attribute("perUnitCode")
    return cursor.measure("Yield"), area


def _inspections(cursor: Cursor) -> Iterator[Inspection]:
    while cursor.sees("Inspection"):
        cursor.enter("Inspection")
        yield Inspection(cursor.day("Date"), cursor.code("Kind"), cursor.word("ReportNumber"))


def _organic_codes(cursor: Cursor) -> Iterator[OrganicCodes]:
    while cursor.sees("OrganicCodes"):
        cursor.enter("OrganicCodes")
        yield OrganicCodes(
            cursor.count("ProductRef"),
            cursor.code("Mark"),
            cursor.word("First"),
            cursor.word("Last"),
            cursor.count("NumberOfCodes"),
        )


def _sub_certificates(cursor: Cursor) -> Iterator[Part]:
    while cursor.sees("SubCertificate"):
        cursor.enter("SubCertificate")
        yield Part(cursor.word("Number"), cursor.count("ProductRef"), cursor.measure("Quantity"))


def _parent(cursor: Cursor) -> str:
    cursor.enter("SubCertificateOf")
    number = cursor.word("Number")
    cursor.skip("AttestationID")
    return number


def _consignment(cursor: Cursor) -> Consignment:
    cursor.enter("Consignment")
    consignment_id = cursor.word("ConsignmentID")
    destination = Economy(cursor.word("Destination"))
    departure = cursor.day("Departure")
    cursor.skip("TransportDocument")
    return Consignment(consignment_id, destination, departure, tuple(_lots(cursor)))


def _lots(cursor: Cursor) -> Iterator[Part]:
    while cursor.sees("Lot"):
        cursor.enter("Lot")
        product_ref = cursor.count("ProductRef")
        yield Part(cursor.word("BatchID"), product_ref, cursor.measure("Quantity"))
