"""The rules that gate 5 decides, in the order in which they are asked.

Order: header, attestation, scheme, issuer, authorisations, parties, sites, object,
requirements, assessments, decision, validity, status, files, relations, then the rules of the
scheme. Every rule
is asked, whatever the others found.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from exchange.codes import Code
from exchange.codes.declarations import DeclarationCode
from exchange.codes.notices import NoticeCode
from exchange.codes.rules import RuleCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.core.document.attestation import ObjectKind
from exchange.core.rules import (
    assessment,
    attestation,
    authorisation,
    decision,
    declaration,
    header,
    issuing,
    link,
    notice,
    party,
    relation,
    requirement,
    scheme,
    site,
    status,
    status_change,
    taken_over,
    text,
    validity,
)
from exchange.core.rules import (
    object as attested_object,
)
from exchange.core.rules.case import AttestationRule, ChangeRule, DeclarationRule, NoticeRule
from exchange.core.rules.entry import Older, Rule, built
from exchange.core.rules.scheme_files import ALL_SCHEMES
from exchange.errors import Severity

_W: Final = Severity.WARNING
_OLD: Final = Older.WARNING
_SYSTEM: Final = (ObjectKind.MANAGEMENT_SYSTEM,)
_PRODUCT: Final = (ObjectKind.PRODUCT,)

BOTH: Final = (
    built(RuleCode.HDR_02, header.issue_time_is_plausible),
    built(RuleCode.HDR_03, header.languages_are_declared, severity=_W),
    built(RuleCode.HDR_04, header.authoritative_text_is_present),
    built(RuleCode.HDR_05, header.test_stays_out_of_production),
    built(RuleCode.TXT_01, text.texts_show_what_they_say),
    built(RuleCode.TXT_02, text.words_are_of_one_script),
)
"""Asked of every statement of a body, and of notices."""

ATTESTATION: Final = (
    built(RuleCode.TKO_01, taken_over.mark_fits_dates),
    built(RuleCode.ATT_02, attestation.number_has_format_of_scheme, older=_OLD),
    built(RuleCode.ATT_04, attestation.type_fits_assessor),
    built(RuleCode.ATT_05, attestation.level_is_supported, older=_OLD),
    built(RuleCode.ATT_06, link.file_for_people_is_of_this_certificate, severity=_W),
    built(RuleCode.SCM_01, scheme.scheme_is_registered, older=_OLD),
    built(RuleCode.SCM_02, scheme.rule_document_was_the_latest, severity=_W),
    built(RuleCode.SCM_03, scheme.assessments_fit_scheme_type),
    built(RuleCode.SCM_04, scheme.particulars_are_those_of_scheme),
    built(RuleCode.ISS_01, issuing.issuer_is_issuing_body),
    built(RuleCode.ISS_02, issuing.approval_number_is_well_formed),
    built(RuleCode.ISS_03, issuing.number_contains_code_of_body, older=_OLD),
    built(RuleCode.ISS_04, issuing.number_contains_no_code_of_another, older=_OLD),
    built(RuleCode.AUT_01, authorisation.authority_is_listed, older=_OLD),
    built(RuleCode.AUT_02, authorisation.number_is_published, older=_OLD),
    built(RuleCode.AUT_03, authorisation.standard_fits_object),
    built(RuleCode.AUT_04, authorisation.codes_are_in_accredited_scope, older=_OLD),
    built(RuleCode.AUT_05, authorisation.authorisation_was_in_force, older=_OLD),
    built(RuleCode.AUT_06, authorisation.arrangement_was_signed, severity=_W),
    built(RuleCode.AUT_07, authorisation.accreditation_still_holds, severity=_W),
    built(RuleCode.PTY_01, party.identifiers_pass_their_check),
    built(RuleCode.PTY_02, party.legal_persons_are_registered),
    built(RuleCode.PTY_03, party.product_names_its_makers, objects=_PRODUCT),
    built(RuleCode.PTY_04, party.addresses_say_where),
    built(RuleCode.PTY_05, party.economies_are_current),
    built(RuleCode.PTY_06, party.latin_name_stands_beside, severity=_W),
    built(RuleCode.SIT_01, site.one_site_is_main),
    built(RuleCode.SIT_02, site.sites_stay_inside_scope, objects=_SYSTEM),
    built(RuleCode.SIT_03, site.location_numbers_hold, severity=_W),
    built(RuleCode.OBJ_01, attested_object.scheme_certifies_kind),
    built(RuleCode.OBJ_02, attested_object.system_has_sectors, objects=_SYSTEM),
    built(RuleCode.OBJ_03, attested_object.products_are_identified, objects=_PRODUCT),
    built(
        RuleCode.OBJ_04,
        attested_object.commodities_are_in_the_tariff,
        severity=_W,
        objects=_PRODUCT,
    ),
    built(RuleCode.OBJ_05, attested_object.product_lines_do_not_overlap, objects=_PRODUCT),
    built(RuleCode.OBJ_06, attested_object.units_are_known),
    built(RuleCode.REQ_01, requirement.requirements_are_dated),
    built(RuleCode.REQ_02, requirement.editions_were_usable, severity=_W),
    built(RuleCode.ASM_01, assessment.every_requirement_was_met),
    built(RuleCode.ASM_02, assessment.assessed_before_decision),
    built(RuleCode.ASM_03, assessment.enclosed_reports_have_digests),
    built(RuleCode.ASM_04, assessment.laboratories_were_accredited, severity=_W),
    built(RuleCode.ASM_05, assessment.values_meet_thresholds, severity=_W),
    built(RuleCode.DEC_01, decision.decided_before_issue),
    built(RuleCode.DEC_02, decision.decider_did_not_assess),
    built(RuleCode.VAL_01, validity.effective_after_decision),
    built(RuleCode.VAL_02, validity.dates_are_in_order),
    built(RuleCode.VAL_03, validity.validity_is_not_too_long, older=_OLD),
    built(RuleCode.VAL_04, validity.surveillance_is_not_overdue, severity=_W),
    built(RuleCode.VAL_05, validity.lapse_is_shown, severity=_W),
    built(RuleCode.STA_01, status.status_agrees_with_dates),
    built(RuleCode.MRK_01, link.marks_are_of_the_scheme, severity=_W),
    built(RuleCode.EVD_01, link.links_can_hold),
    built(RuleCode.EVD_02, link.confidential_evidence_is_closed, severity=_W),
    built(RuleCode.REL_01, relation.sub_certificate_has_number_of_parent),
)
"""Asked of every attestation whose object they are about."""

SCHEMES: Final = tuple(rule for one in ALL_SCHEMES for rule in one.rules)
"""Asked of attestations of one scheme."""

STATUS_CHANGE: Final = (
    built(StatusChangeCode.STC_03, status_change.move_is_possible),
    built(StatusChangeCode.STC_04, status_change.restriction_has_reason),
    built(StatusChangeCode.STC_05, status_change.effective_after_decision),
    built(StatusChangeCode.STC_06, status_change.suspension_ends, severity=_W),
    built(StatusChangeCode.STC_07, status_change.scope_change_is_given),
)
"""Asked of every status change."""

DECLARATION: Final = (
    built(DeclarationCode.DCL_01, declaration.schemes_are_its_own),
    built(DeclarationCode.DCL_02, declaration.instant_is_plausible),
    built(DeclarationCode.DCL_03, declaration.scheme_stands_once),
    built(DeclarationCode.DCL_06, declaration.nothing_is_replaced),
)
"""Asked of every declaration."""

NOTICE: Final = (
    built(NoticeCode.NTC_01, notice.standing_fits_cause),
    built(NoticeCode.NTC_02, notice.duration_fits_standing),
    built(NoticeCode.NTC_03, notice.part_is_one_of_the_parts),
    built(NoticeCode.NTC_04, notice.recipient_and_certificates_are_named),
    built(NoticeCode.NTC_05, notice.tells_what_has_happened),
    built(NoticeCode.NTC_06, notice.certificate_stands_once),
)
"""Asked of every notice."""

BUILT: Final = (*BOTH, *ATTESTATION, *SCHEMES, *STATUS_CHANGE, *DECLARATION, *NOTICE)

BY_CODE: Final[Mapping[Code, Rule]] = MappingProxyType(
    {code: rule for rule in BUILT for code in rule.codes}
)
"""The rule behind the code of a finding."""


def _checks(*rules: Rule) -> tuple[AttestationRule, ...]:
    return tuple(rule.check for rule in rules if rule.check is not None)


FOR_OBJECT: Final[Mapping[ObjectKind, tuple[AttestationRule, ...]]] = MappingProxyType(
    {
        kind: _checks(*BOTH, *(rule for rule in ATTESTATION if kind in rule.objects))
        for kind in ObjectKind
    }
)
"""The functions to ask of an attestation, by the kind of its object."""

FOR_SCHEME: Final[Mapping[str, tuple[AttestationRule, ...]]] = MappingProxyType(
    {one.scheme: _checks(*one.rules) for one in ALL_SCHEMES}
)
"""The functions to ask of an attestation, by its scheme."""

FOR_CHANGE: Final[tuple[ChangeRule, ...]] = tuple(
    rule.check for rule in (*BOTH, *STATUS_CHANGE) if rule.check is not None
)
"""The functions to ask of a status change."""

FOR_DECLARATION: Final[tuple[DeclarationRule, ...]] = tuple(
    rule.check for rule in (*BOTH, *DECLARATION) if rule.check is not None
)
"""The functions to ask of a declaration."""

FOR_NOTICE: Final[tuple[NoticeRule, ...]] = tuple(
    rule.check for rule in (*BOTH, *NOTICE) if rule.check is not None
)
"""The functions to ask of a notice."""
