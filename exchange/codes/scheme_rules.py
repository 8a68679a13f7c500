"""Codes of the rules of single schemes: the content breaks a rule of its certification scheme.

As in `exchange.codes.rules`, a code is the rule's own identifier behind `rule.`.
"""

from __future__ import annotations

from exchange.codes import Code


class SchemeRuleCode(Code):
    """Gate 5, rules of single schemes."""

    SCH_QMS_01 = (
        "rule.SCH-QMS-01",
        "the standard is not a management system standard of the scheme, with its edition",
        "name the standard, or its identical national adoption, with the edition",
    )
    SCH_QMS_02 = (
        "rule.SCH-QMS-02",
        "the cycle is not three years, or two surveillances are not planned",
        "give the start and the end of the cycle and at least two planned surveillances",
    )
    SCH_QMS_03 = (
        "rule.SCH-QMS-03",
        "several sites are certified without a statement on how they were audited",
        "say whether the sites were sampled or all visited",
    )
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
