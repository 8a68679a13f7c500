"""Broken rules about header, attestation, scheme, issuer, accreditation and parties."""

from __future__ import annotations

from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.competence import AccreditationState
from tests.core.rules.provoking import (
    KETTLE,
    TAKEN_OVER,
    Provocation,
    accreditation,
    authority_listed_later,
    authority_suspended_then,
    given,
    product_accreditation_with_sectors,
    sector_under_another_accreditation,
    without,
)

_FACTORY_AS_SITE = """</Manufacturer>
 <Site>
  <SiteID>S1</SiteID>
  <Role listID="MRHUB-SITE-ROLE">main</Role>
  <Name xml:lang="zh">第二工厂</Name>
  <Address><c:City>佛山</c:City><c:Economy>CN</c:Economy></Address>
 </Site>"""
_OTHER_PARTICULARS = """<SchemeParticulars>
  <q:ManagementSystemParticulars xmlns:q="urn:mrhub:scheme:management-systems:1">
   <q:AuditType listID="MRHUB-AUDIT-TYPE">initial</q:AuditType>
   <q:RecertificationCount>0</q:RecertificationCount>
   <q:PlannedSurveillance>
    <q:Sequence>1</q:Sequence>
    <q:DueBy>2027-03-15</q:DueBy>
   </q:PlannedSurveillance>
  </q:ManagementSystemParticulars>"""


_IS: Final = "<CertificateNumber>"

PERSONS: Final = (
    given(
        RuleCode.HDR_02,
        "issued ten minutes ahead of now",
        {"2026-03-18T02:15:00Z": "2026-11-22T09:10:00Z"},
    ),
    given(
        RuleCode.HDR_02,
        "issued before the key certificate began",
        {"2026-03-18T02:15:00Z": "2019-03-18T02:15:00Z"},
    ),
    given(
        RuleCode.HDR_03,
        "a language that is not declared",
        {"<c:Language>en</c:Language>": "<c:Language>ru</c:Language>"},
    ),
    given(
        RuleCode.HDR_03,
        "two trading names in one language",
        {'<c:TradingName xml:lang="en">': '<c:TradingName xml:lang="zh">'},
    ),
    given(
        RuleCode.HDR_03,
        "two trading names in one language written differently",
        {
            "<c:Language>en</c:Language>": "<c:Language>en</c:Language><c:Language>EN</c:Language>",
            '<c:TradingName xml:lang="zh">': '<c:TradingName xml:lang="EN">海岬</c:TradingName>'
            '<c:TradingName xml:lang="zh">',
        },
    ),
    given(
        RuleCode.HDR_04,
        "no trading name in the authoritative language",
        {'<c:TradingName xml:lang="zh">海岬</c:TradingName>': ""},
    ),
    given(
        RuleCode.HDR_05,
        "a test indicator in production",
        {
            '<c:Issuer schemeID="CAB">CN-CB-0103</c:Issuer>': '<c:Issuer schemeID="CAB">'
            "CN-CB-0103</c:Issuer><c:TestIndicator>true</c:TestIndicator>"
        },
    ),
    given(RuleCode.HDR_05, "the test function", {'"UNCL1225">9<': '"UNCL1225">53<'}),
    given(
        RuleCode.TKO_01,
        "a mark on a certificate of today",
        {
            "<AttestationType ": "<TakenOver><OriginalDate>2026-03-18</OriginalDate>"
            "<OriginalRevision>0</OriginalRevision>"
            '<OriginalStatus listID="MRHUB-STATUS">active</OriginalStatus>'
            "<TakenOverOn>2026-03-18</TakenOverOn></TakenOver><AttestationType "
        },
    ),
    given(
        RuleCode.TKO_01,
        "taken over before it began",
        {"<OriginalDate>2015-05-11<": "<OriginalDate>2026-03-03<"},
        TAKEN_OVER,
    ),
    given(RuleCode.ATT_02, "17 digits", {"2026010718000123": "20260107180001234"}, KETTLE),
    given(RuleCode.ATT_04, "an own certification", {">3rdParty<": ">Self<"}),
    given(RuleCode.ATT_04, "a type of its own", {">certification<": ">blessing<"}),
    given(
        RuleCode.ATT_05, "approval by a government without one", {">GlobalMRA<": ">GovtApproval<"}
    ),
    given(RuleCode.ATT_05, "a level of its own", {">GlobalMRA<": ">Galactic<"}),
    given(
        RuleCode.SCM_01,
        "decided before the scheme began",
        {"<DecisionDate>2026-03-16<": "<DecisionDate>2025-12-31<"}
        | {"<PeriodStart>2026-02-": "<PeriodStart>2025-02-"}
        | {"<PeriodEnd>2026-02-": "<PeriodEnd>2025-02-"}
        | {
            '<ArrangementID listID="MRHUB-ARRANGEMENT">GAC-MRA<': "<ArrangementID "
            'listID="MRHUB-ARRANGEMENT">IAF-MLA<'
        },
    ),
    given(
        RuleCode.SCM_03,
        "an activity that the scheme does not know",
        {">documentReview<": ">astrology<"},
    ),
    given(
        RuleCode.SCM_03,
        "type 5 without a planned surveillance",
        {"<NextSurveillanceDue>2027-04-30</NextSurveillanceDue>": ""},
        KETTLE,
    ),
    given(
        RuleCode.SCM_03, "a type of its own", {'"ISO17067-TYPE">5<': '"ISO17067-TYPE">9<'}, KETTLE
    ),
    Provocation(
        code=RuleCode.SCM_04,
        name="particulars of another scheme",
        sample=KETTLE,
        changes={
            "</Manufacturer>": _FACTORY_AS_SITE,
            "<SchemeParticulars>": _OTHER_PARTICULARS,
        },
        without="p:CCCParticulars",
    ),
    given(
        RuleCode.ISS_01,
        "another body issues",
        {'<c:PartyID schemeID="CAB">CN-CB-0103<': '<c:PartyID schemeID="CAB">CN-CB-0104<'},
    ),
    given(RuleCode.ISS_01, "another code than on the list", {"<CABCode>01<": "<CABCode>02<"}),
    given(RuleCode.ISS_02, "no approval", {"<ApprovalNumber>CNCA-R-2002-103</ApprovalNumber>": ""}),
    given(
        RuleCode.ISS_03,
        "no code of the body",
        {"<CABCode>01</CABCode>": ""},
        KETTLE,
    ),
    given(RuleCode.ISS_03, "a number of another body", {"2026010718": "2026020718"}, KETTLE),
    given(RuleCode.ISS_04, "a number of another body", {f"{_IS}103": f"{_IS}107"}),
    *(
        given(
            RuleCode.ATT_02, f"of next year, {sample}", {f"{part}-2026-": f"{part}-2027-"}, sample
        )
        for sample, part in (
            ("cn-tst-toy", f"{_IS}L0110"),
            ("cn-grn-tile", f"{_IS}CGP0107"),
            ("cn-rgb-silk", f"{_IS}JSP-0107"),
            ("cn-rlw-rail", f"{_IS}CRCC-0107"),
            ("cn-srv-property", f"{_IS}0107-SC"),
        )
    ),
    given(RuleCode.ISS_04, "a number of nobody", {f"{_IS}103": f"{_IS}999"}),
    given(
        RuleCode.ISS_04,
        "a number of a body abroad",
        {f"{_IS}SA-Q-2026-0188": f"{_IS}10326Q10286R0M"},
        "sa-qms-construction",
    ),
    *(
        given(RuleCode.ISS_04, f"another code, {sample}", {old: new}, sample)
        for sample, old, new in (
            ("cn-tst-kettle", f"{_IS}L0110-", f"{_IS}L0111-"),
            ("cn-grf-tea", f"{_IS}LB-0107-", f"{_IS}LB-0103-"),
            ("cn-grn-tile", f"{_IS}CGP0107-", f"{_IS}CGP0103-"),
            ("cn-rgb-silk", "-0107-2026-", "-1107-2026-"),
            ("cn-rlw-rail", f"{_IS}CRCC-0107-", f"{_IS}CRCC-0103-"),
            ("cn-srv-property", f"{_IS}0107-", f"{_IS}0103-"),
        )
    ),
    given(RuleCode.AUT_01, "an authority listed later", {}, world=authority_listed_later),
    given(RuleCode.AUT_01, "an authority suspended then", {}, world=authority_suspended_then),
    given(RuleCode.AUT_02, "a number of its own", {"CNAS C103-M": "CNAS C104-M"}),
    given(
        RuleCode.AUT_03,
        "a system under product accreditation",
        {"CNAS C103-M": "CNAS C103-P", ">ISO/IEC 17021-1<": ">ISO/IEC 17065<"},
        world=product_accreditation_with_sectors,
    ),
    given(
        RuleCode.AUT_04,
        "a sector under another accreditation than the one named",
        {},
        world=sector_under_another_accreditation,
    ),
    given(
        RuleCode.AUT_05,
        "ended before the decision",
        {"<ValidTo>2028-05-31<": "<ValidTo>2026-03-15<"},
    ),
    given(
        RuleCode.AUT_05,
        "suspended on the day of the decision",
        {},
        world=accreditation(AccreditationState.SUSPENDED, "2026-06-01", "2026-03-16"),
    ),
    given(
        RuleCode.AUT_06,
        "an arrangement that nobody signed",
        {">GAC-MRA<": ">MOON-MRA<", ">GlobalMRA<": ">Accredited<"},
    ),
    given(
        RuleCode.AUT_07,
        "suspended a week ago",
        {},
        world=accreditation(AccreditationState.SUSPENDED, "2026-11-15"),
    ),
    given(
        RuleCode.AUT_07,
        "withdrawn two months ago",
        {},
        world=accreditation(AccreditationState.WITHDRAWN, "2026-09-20"),
    ),
    given(
        RuleCode.AUT_07,
        "withdrawn half a year ago",
        {},
        world=accreditation(AccreditationState.WITHDRAWN, "2026-05-20"),
    ),
    given(RuleCode.PTY_01, "a wrong check digit", {"91370683MA3CA2B323": "91370683MA3CA2B324"}),
    given(
        RuleCode.PTY_02,
        "no USCC in China",
        {'<c:PartyID schemeID="USCC">91370683MA3CA2B323</c:PartyID>': ""},
    ),
    without(RuleCode.PTY_03, "no applicant", "Applicant", KETTLE),
    without(RuleCode.PTY_03, "no manufacturer", "Manufacturer", KETTLE),
    given(
        RuleCode.PTY_04,
        "neither street nor city",
        {"<c:Street>1 Fusionopolis Way</c:Street>": "", "<c:City>Singapore</c:City>": ""},
    ),
    given(RuleCode.PTY_05, "an economy that is none", {"<c:Economy>SG<": "<c:Economy>ZQ<"}),
    given(
        RuleCode.PTY_06,
        "a Chinese name alone",
        {'<c:Name xml:lang="en">Mutual Recognition Scheme Committee (demonstration)</c:Name>': ""},
    ),
)
