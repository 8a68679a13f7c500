"""Rules about the places that a certificate covers.

That site identifiers are unique (SIT-01) is a key of the schema as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.identifiers import identifier_fault
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

MAIN: Final = "main"


def one_site_is_main(case: AttestationCase) -> Iterator[Finding]:
    """Where sites are listed, exactly one of them is the main site.

    Source: SIT-01; ISO/IEC 17021-1, 8.2.2 a.
    """
    sites = case.document.sites
    if not sites:
        return
    mains = [site.role for site in sites].count(MAIN)
    if mains != 1:
        yield Finding(
            code=RuleCode.SIT_01,
            path="/Attestation/Site/Role",
            message=f"expected one main site, found {mains}",
        )


def sites_stay_inside_scope(case: AttestationCase) -> Iterator[Finding]:
    """The activities of each site lie inside the scope of the certificate.

    Activities are compared where they come from the code list of the certificate's sectors;
    that a statement in prose says no more than another is for a reader to judge.

    Source: SIT-02; ISO/IEC 17021-1, 8.2.2 f.
    """
    system = case.document.object.management_system
    if system is None:
        return
    lists = {code.list_id for code in system.sector_codes}
    sectors = {(code.list_id, code.value) for code in system.sector_codes}
    for number, site in enumerate(case.document.sites, 1):
        for activity_number, activity in enumerate(site.activities, 1):
            inside = (activity.list_id, activity.value) in sectors
            if activity.list_id in lists and not inside:
                yield Finding(
                    code=RuleCode.SIT_02,
                    path=f"/Attestation/Site[{number}]/Activity[{activity_number}]",
                    message=f"expected a sector of the certificate, found {quoted(activity.value)}",
                )


def location_numbers_hold(case: AttestationCase) -> Iterator[Finding]:
    """The GLN of a site passes its check digit and is not shared by two sites.

    Source: SIT-03; GS1 General Specifications.
    """
    seen: set[str] = set()
    for number, site in enumerate(case.document.sites, 1):
        if site.gln is None:
            continue
        fault = identifier_fault("GLN", site.gln)
        if fault is None and site.gln in seen:
            fault = "expected a number for each site, found the same twice"
        seen.add(site.gln)
        if fault is not None:
            yield Finding(
                code=RuleCode.SIT_03,
                path=f"/Attestation/Site[{number}]/GLN",
                message=f"{quoted(site.gln)}: {fault}",
            )
