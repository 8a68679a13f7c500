"""Rules of mandatory product certification in China (CCC).

The form of the number (ATT-02), the code of the body in it (ISS-03) and the applicant,
manufacturer and factory (PTY-03) are rules of every product certificate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from exchange.codes.scheme_rules import SchemeRuleCode
from exchange.core.document.particulars import CCCParticulars
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

CLASSES: Final = "CCC-CLASS"
OFD: Final = frozenset({"application/ofd", "application/vnd.ofd"})

_PATH: Final = "/Attestation/SchemeParticulars/CCCParticulars"
_TEST: Final = frozenset({"typeTest", "sampling"})
_FACTORY: Final = frozenset({"factoryInspection", "inspection"})

MODES: Final[Mapping[str, tuple[frozenset[str], ...]]] = MappingProxyType(
    {
        "type-test": (_TEST,),
        "type-test+follow-up": (_TEST,),
        "type-test+factory": (_TEST, _FACTORY),
        "type-test+factory+follow-up": (_TEST, _FACTORY),
        "design+type-test+factory+follow-up": (frozenset({"documentReview"}), _TEST, _FACTORY),
        "batch": (_TEST,),
    }
)
"""For each certification mode: one activity out of each group must be present."""


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
            code=SchemeRuleCode.SCH_CCC_01,
            path=path,
            message=f"expected class {quoted(particulars.product_class.value)} in digits 7 to 10, "
            f"found {quoted(number)}",
        )
    issued = case.document.validity.issue_date.year
    if int(parts.get("year") or "0") > issued:
        yield Finding(
            code=SchemeRuleCode.SCH_CCC_01,
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
            code=SchemeRuleCode.SCH_CCC_02,
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
                code=SchemeRuleCode.SCH_CCC_03,
                path=f"/Attestation/Object/Product[{number}]/Model",
                message="expected the models that the certificate covers, found none",
            )
    models = {model for product in products for model in product.models}
    for number, tested in enumerate(particulars.types_tested, 1):
        if models and tested not in models:
            yield Finding(
                code=SchemeRuleCode.SCH_CCC_03,
                path=f"{_PATH}/TypeTested[{number}]",
                message=f"expected a model of the certificate, found {quoted(tested)}",
            )
    scheme = case.scheme
    if scheme is not None and not any(
        scheme.certifies(requirement.number) for requirement in case.document.requirements
    ):
        yield Finding(
            code=SchemeRuleCode.SCH_CCC_03,
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
            code=SchemeRuleCode.SCH_CCC_04,
            path=path,
            message=f"expected one of {', '.join(MODES)}, "
            f"found {'none' if mode is None else quoted(mode)}",
        )
        return
    activities = {assessment.activity for assessment in case.document.assessments}
    for group in needs:
        if activities.isdisjoint(group):
            yield Finding(
                code=SchemeRuleCode.SCH_CCC_04,
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
            code=SchemeRuleCode.SCH_CCC_05,
            path=f"{_PATH}/ElectronicCertificate",
            message="expected a link to the electronic certificate, found none",
        )
