"""Mandatory product certification in China (CCC).

The form of the number (ATT-02), the code of the body in it (ISS-03) and the applicant,
manufacturer and factory (PTY-03) are rules of every product certificate.

Source: `schemas/schemes/ccc/`; Measures for the Administration of Compulsory Product
Certification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

from exchange.codes import Code
from exchange.core.document.cursor import Cursor
from exchange.core.document.particulars import PATH, Particulars
from exchange.core.document.read_parts import party, secure_link
from exchange.core.document.values import Code as CodedValue
from exchange.core.document.values import Identifier, LocalName, Party, SecureLink
from exchange.core.rules.case import AttestationCase, quoted
from exchange.core.rules.entry import Older, built
from exchange.core.rules.scheme_rules import SchemeRules
from exchange.errors import Finding, Severity

ID: Final = "urn:mrhub:scheme:ccc"
CLASSES: Final = "CCC-CLASS"
BATCH: Final = "batch"
"""Of the list CCC-MODE."""
OFD: Final = frozenset({"application/ofd", "application/vnd.ofd"})

_PATH: Final = f"{PATH}/CCCParticulars"
_TEST: Final = frozenset({"typeTest", "sampling"})
_FACTORY: Final = frozenset({"factoryInspection", "inspection"})

MODES: Final[Mapping[str, tuple[frozenset[str], ...]]] = MappingProxyType(
    {
        "type-test": (_TEST,),
        "type-test+follow-up": (_TEST,),
        "type-test+factory": (_TEST, _FACTORY),
        "type-test+factory+follow-up": (_TEST, _FACTORY),
        "design+type-test+factory+follow-up": (frozenset({"documentReview"}), _TEST, _FACTORY),
        BATCH: (_TEST,),
    }
)
"""For each certification mode: one activity out of each group must be present."""


class CCCRuleCode(Code):
    """Gate 5, rules of mandatory product certification in China."""

    SCH_CCC_01 = (
        "rule.SCH-CCC-01",
        "the number is not a CCC number of this body, class and year",
        "write 16 digits: year, body code, product class and serial number",
    )
    SCH_CCC_02 = (
        "rule.SCH-CCC-02",
        "the product class was not in the CCC catalogue on the decision date",
        "name a class of the catalogue that was in force",
    )
    SCH_CCC_03 = (
        "rule.SCH-CCC-03",
        "a CCC certificate lacks something that it must show",
        "give applicant, manufacturer, factory, implementation rule, standard and model",
    )
    SCH_CCC_04 = (
        "rule.SCH-CCC-04",
        "the certification mode is missing or does not match the assessments",
        "give the certification mode and an assessment for each of its parts",
    )
    SCH_CCC_05 = (
        "rule.SCH-CCC-05",
        "the electronic certificate is neither enclosed nor linked",
        "link the OFD file with its digest",
    )
    SCH_CCC_06 = (
        "rule.SCH-CCC-06",
        "a certificate of a batch does not say which batch and how much of it",
        "give the batch identifiers and the quantity of every product, and no follow-up",
    )


class ImplementationRule(NamedTuple):
    """The CCC implementation rule that applied."""

    number: str
    edition: str | None
    titles: tuple[LocalName, ...]


class Factory(NamedTuple):
    """A factory with its code in the certificate."""

    party: Party
    code: str
    last_inspection: date | None


class TestReport(NamedTuple):
    """A type test report behind a CCC certificate."""

    number: str
    laboratory: Identifier
    accreditation_number: str
    day: date
    standards: tuple[str, ...]
    models: tuple[str, ...]


class CriticalComponent(NamedTuple):
    """A component whose change needs a new decision."""

    names: tuple[LocalName, ...]
    model: str
    maker: str
    certificate_number: str | None


@dataclass(frozen=True, slots=True)
class CCCParticulars(Particulars):
    """What a CCC certificate says beyond the attestation."""

    product_class: CodedValue
    implementation_rule: ImplementationRule
    factories: tuple[Factory, ...]
    types_tested: tuple[str, ...]
    test_reports: tuple[TestReport, ...]
    critical_components: tuple[CriticalComponent, ...]
    follow_up_due: date | None
    electronic_certificate: SecureLink | None
    register_qr: str | None

    def parties(self) -> Iterator[tuple[str, Party]]:
        """Yield the factories."""
        for number, factory in enumerate(self.factories, 1):
            yield f"{_PATH}/Factory[{number}]", factory.party

    def names_factory(self) -> bool:
        """Say yes: the schema wants a factory."""
        return True

    def texts(self) -> Iterator[tuple[str, tuple[LocalName, ...]]]:
        """Yield the titles of the rule and the names of the components."""
        yield f"{_PATH}/ImplementationRule/Title", self.implementation_rule.titles
        for number, component in enumerate(self.critical_components, 1):
            yield f"{_PATH}/CriticalComponent[{number}]/ComponentName", component.names

    def codes(self) -> Iterator[tuple[str, CodedValue]]:
        """Yield the product class."""
        yield f"{_PATH}/ProductClass", self.product_class

    def links(self) -> Iterator[tuple[str, SecureLink]]:
        """Yield the electronic certificate."""
        if self.electronic_certificate is not None:
            yield f"{_PATH}/ElectronicCertificate", self.electronic_certificate

    def tests(self) -> Iterator[tuple[str, Identifier, date]]:
        """Yield the type test reports."""
        for number, test in enumerate(self.test_reports, 1):
            yield f"{_PATH}/TestReport[{number}]", test.laboratory, test.day


def _read(cursor: Cursor, tag: str) -> CCCParticulars:
    cursor.enter("CCCParticulars")
    return CCCParticulars(
        tag,
        cursor.code("ProductClass"),
        _implementation_rule(cursor),
        _factories(cursor),
        cursor.words("TypeTested"),
        _test_reports(cursor),
        _components(cursor),
        cursor.optional_day("FollowUpDue"),
        secure_link(cursor, "ElectronicCertificate")
        if cursor.sees("ElectronicCertificate")
        else None,
        cursor.optional_word("RegisterQR"),
    )


def _implementation_rule(cursor: Cursor) -> ImplementationRule:
    cursor.enter("ImplementationRule")
    return ImplementationRule(
        cursor.word("Number"), cursor.optional_word("Edition"), cursor.local_names("Title")
    )


def _factories(cursor: Cursor) -> tuple[Factory, ...]:
    found = []
    while cursor.sees("Factory"):
        found.append(
            Factory(
                party(cursor, "Factory"),
                cursor.word("FactoryCode"),
                cursor.optional_day("LastInspection"),
            )
        )
    return tuple(found)


def _test_reports(cursor: Cursor) -> tuple[TestReport, ...]:
    found = []
    while cursor.sees("TestReport"):
        cursor.enter("TestReport")
        found.append(
            TestReport(
                cursor.word("Number"),
                cursor.identifier("Laboratory"),
                cursor.word("AccreditationNumber"),
                cursor.day("Date"),
                cursor.words("Standard"),
                cursor.words("Model"),
            )
        )
    return tuple(found)


def _components(cursor: Cursor) -> tuple[CriticalComponent, ...]:
    found = []
    while cursor.sees("CriticalComponent"):
        cursor.enter("CriticalComponent")
        found.append(
            CriticalComponent(
                cursor.local_names("ComponentName"),
                cursor.word("Model"),
                cursor.word("Maker"),
                cursor.optional_word("CertificateNumber"),
            )
        )
    return tuple(found)


def number_tells_class_and_year(case: AttestationCase) -> Iterator[Finding]:
    """The number holds the product class of the certificate, and a year not after its issue.

    Source: SCH-CCC-01; the numbering of CCC certificates: digits 7 to 10 and 1 to 4.
    """
    particulars = case.document.particulars
    if case.scheme is None or case.scheme.number_pattern is None:
        return
    number = case.document.certificate_number
    match = re.fullmatch(case.scheme.number_pattern, number)
    if match is None or not isinstance(particulars, CCCParticulars):
        return
    parts = match.groupdict()
    path = "/Attestation/CertificateNumber"
    if parts.get("class") != particulars.product_class.value:
        yield Finding(
            code=CCCRuleCode.SCH_CCC_01,
            path=path,
            message=f"expected class {quoted(particulars.product_class.value)} in digits 7 to 10, "
            f"found {quoted(number)}",
        )
    issued = case.document.validity.issue_date.year
    if int(parts.get("year") or "0") > issued:
        yield Finding(
            code=CCCRuleCode.SCH_CCC_01,
            path=path,
            message=f"expected a year up to {issued} in digits 1 to 4, found {quoted(number)}",
        )


def class_is_in_catalogue(case: AttestationCase) -> Iterator[Finding]:
    """The product class was in the CCC catalogue on the decision date.

    Source: SCH-CCC-02; the CCC catalogue.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, CCCParticulars):
        return
    found = particulars.product_class
    day = case.document.decision.decision_date
    if found.list_id != CLASSES or not case.code_lists.contains(CLASSES, found.value, day):
        yield Finding(
            code=CCCRuleCode.SCH_CCC_02,
            path=f"{_PATH}/ProductClass",
            message=f"expected a class of the catalogue on {day}, "
            f"found {quoted(found.list_id)} {quoted(found.value)}",
        )


def rule_standard_and_models_are_given(case: AttestationCase) -> Iterator[Finding]:
    """Every product has a model, the types tested are among them, the standard is of the scheme.

    Factory and implementation rule are required by the schema, applicant and manufacturer by
    rule PTY-03.

    Source: SCH-CCC-03; Measures for the Administration of Compulsory Product Certification,
    art. 7.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, CCCParticulars):
        return
    products = case.document.object.products
    for number, product in enumerate(products, 1):
        if not product.models:
            yield Finding(
                code=CCCRuleCode.SCH_CCC_03,
                path=f"/Attestation/Object/Product[{number}]/Model",
                message="expected the models that the certificate covers, found none",
            )
    models = {model for product in products for model in product.models}
    for number, tested in enumerate(particulars.types_tested, 1):
        if models and tested not in models:
            yield Finding(
                code=CCCRuleCode.SCH_CCC_03,
                path=f"{_PATH}/TypeTested[{number}]",
                message=f"expected a model of the certificate, found {quoted(tested)}",
            )
    scheme = case.scheme
    if scheme is not None and not any(
        scheme.certifies(requirement.number) for requirement in case.document.requirements
    ):
        yield Finding(
            code=CCCRuleCode.SCH_CCC_03,
            path="/Attestation/Requirement/Number",
            message="expected a standard of the scheme, found "
            + ", ".join(quoted(one.number) for one in case.document.requirements[:3]),
        )


def mode_matches_assessments(case: AttestationCase) -> Iterator[Finding]:
    """The certification mode is given, and each of its parts has an assessment.

    Source: SCH-CCC-04; Measures for the Administration of Compulsory Product Certification,
    art. 7 (6).
    """
    if not isinstance(case.document.particulars, CCCParticulars):
        return
    mode = case.document.scheme.certification_mode
    needs = None if mode is None else MODES.get(mode)
    path = "/Attestation/Scheme/CertificationMode"
    if needs is None:
        yield Finding(
            code=CCCRuleCode.SCH_CCC_04,
            path=path,
            message=f"expected one of {', '.join(MODES)}, "
            f"found {'none' if mode is None else quoted(mode)}",
        )
        return
    activities = {assessment.activity for assessment in case.document.assessments}
    for group in needs:
        if activities.isdisjoint(group):
            yield Finding(
                code=CCCRuleCode.SCH_CCC_04,
                path=path,
                message=f"expected an assessment by {' or '.join(sorted(group))} for {mode}, "
                "found none",
            )


def electronic_certificate_is_linked(case: AttestationCase) -> Iterator[Finding]:
    """The electronic certificate (an OFD file) is linked with its digest.

    Source: SCH-CCC-05; GB/T 33190.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, CCCParticulars):
        return
    if particulars.electronic_certificate is None and not any(
        readable.link.media_type in OFD for readable in case.document.human_readable
    ):
        yield Finding(
            code=CCCRuleCode.SCH_CCC_05,
            path=f"{_PATH}/ElectronicCertificate",
            message="expected a link to the electronic certificate, found none",
        )


def batch_is_named(case: AttestationCase) -> Iterator[Finding]:
    """A certificate of a batch or consignment names batches and quantity, and has no follow-up.

    Source: SCH-CCC-06, this project's own reading of the mode for batches; ISO/IEC 17067, type 1b.
    """
    particulars = case.document.particulars
    if case.document.scheme.certification_mode != BATCH:
        return
    for number, product in enumerate(case.document.object.products, 1):
        for name, given in (("BatchID", product.batch_ids), ("Quantity", product.quantity)):
            if not given:
                yield Finding(
                    code=CCCRuleCode.SCH_CCC_06,
                    path=f"/Attestation/Object/Product[{number}]/{name}",
                    message=f"expected {name} of what was sampled, found none",
                )
    if isinstance(particulars, CCCParticulars) and particulars.follow_up_due is not None:
        yield Finding(
            code=CCCRuleCode.SCH_CCC_06,
            path=f"{_PATH}/FollowUpDue",
            message=f"expected no follow-up of a batch, found {particulars.follow_up_due}",
        )


SCHEME: Final = SchemeRules(
    scheme=ID,
    particulars="{urn:mrhub:scheme:ccc:1}CCCParticulars",
    read=_read,
    rules=(
        built(CCCRuleCode.SCH_CCC_01, number_tells_class_and_year, older=Older.WARNING, scheme=ID),
        built(CCCRuleCode.SCH_CCC_02, class_is_in_catalogue, older=Older.WARNING, scheme=ID),
        built(CCCRuleCode.SCH_CCC_03, rule_standard_and_models_are_given, scheme=ID),
        built(CCCRuleCode.SCH_CCC_04, mode_matches_assessments, scheme=ID),
        built(
            CCCRuleCode.SCH_CCC_05,
            electronic_certificate_is_linked,
            severity=Severity.WARNING,
            scheme=ID,
        ),
        built(CCCRuleCode.SCH_CCC_06, batch_is_named, scheme=ID),
    ),
)
