"""For every rule of gate 5 a document that breaks it and nothing else.

Each starts from a good sample and puts texts in place of others, or lives in a world whose trust
lists say something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.model import KeyRole
from exchange.core.trust_values import (
    AccreditationPeriod,
    AccreditationState,
    BodyPeriod,
    BodyState,
    ScopeCode,
)
from exchange.service.trust_description import DescribedBody
from tests.world import ISSUER, World

SYSTEM: Final = "cn-qms-food-multi-site"
KETTLE: Final = "cn-ccc-kettle"
TAKEN_OVER: Final = "pt-qms-taken-over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provocation:
    """One way to break one rule."""

    code: RuleCode
    name: str
    sample: str = SYSTEM
    kind: str = "attestation"
    changes: Mapping[str, str] = field(default_factory=dict)
    without: str | None = None
    """An element that is cut out, as it is written."""
    world: Callable[[World], World] | None = None

    def text(self, draft: str) -> str:
        """Return the draft with the changes made."""
        for old, new in self.changes.items():
            if old not in draft:
                raise AssertionError(f"{self.sample} does not contain {old!r}")
            draft = draft.replace(old, new)
        if self.without is not None:
            draft, cuts = re.subn(
                f"<{self.without}[ >].*?</{self.without}>", "", draft, flags=re.DOTALL
            )
            if not cuts:
                raise AssertionError(f"{self.sample} has no {self.without}")
        return draft


def _authority_listed_later(world: World) -> World:
    later = BodyPeriod(state=BodyState.ACTIVE, since=datetime(2026, 6, 1, tzinfo=UTC))
    return world.with_body("CN-AB-CNAS", history=(later,))


def _authority_suspended_then(world: World) -> World:
    history = (
        BodyPeriod(state=BodyState.ACTIVE, since=datetime(2026, 6, 1, tzinfo=UTC)),
        BodyPeriod(state=BodyState.SUSPENDED, since=datetime(2026, 3, 16, tzinfo=UTC)),
        BodyPeriod(state=BodyState.ACTIVE, since=datetime(2020, 1, 1, tzinfo=UTC)),
    )
    return world.with_body("CN-AB-CNAS", history=history)


def _issuer(world: World) -> DescribedBody:
    return next(body for body in world.description.bodies if body.id == ISSUER)


def _product_accreditation_with_sectors(world: World) -> World:
    sectors = (ScopeCode(list_id="IAF-ID1", code="3"), ScopeCode(list_id="IAF-ID1", code="29"))
    accreditations = tuple(
        replace(one, scope_codes=(*one.scope_codes, *sectors)) if one.number.endswith("P") else one
        for one in _issuer(world).accreditations
    )
    return world.with_body(ISSUER, accreditations=accreditations)


def _sector_under_another_accreditation(world: World) -> World:
    sector = ScopeCode(list_id="IAF-ID1", code="29")
    accreditations = tuple(
        replace(
            one,
            scope_codes=(*one.scope_codes, sector)
            if one.number.endswith("P")
            else tuple(code for code in one.scope_codes if code != sector),
        )
        for one in _issuer(world).accreditations
    )
    return world.with_body(ISSUER, accreditations=accreditations)


def _sector_forty(world: World) -> World:
    forty = ScopeCode(list_id="IAF-ID1", code="40")
    issuer = _issuer(world)
    accreditations = tuple(
        replace(one, scope_codes=(*one.scope_codes, forty)) for one in issuer.accreditations
    )
    scope = next(key.scope for key in issuer.keys if key.role is KeyRole.ATTESTATION)
    wider = replace(scope, product_groups=(*scope.product_groups, forty))
    return world.with_body(ISSUER, accreditations=accreditations).with_key(
        ISSUER, KeyRole.ATTESTATION, scope=wider
    )


def _accreditation(state: AccreditationState, *since: str) -> Callable[[World], World]:
    """Return a change of the world: the accreditation for systems had this state since a day."""

    def change(world: World) -> World:
        accreditations = tuple(
            replace(
                one,
                history=(
                    *(
                        AccreditationPeriod(state=step, since=date.fromisoformat(day))
                        for step, day in zip(
                            (AccreditationState.ACTIVE, state)[-len(since) :], since, strict=True
                        )
                    ),
                    AccreditationPeriod(state=AccreditationState.ACTIVE, since=date(2022, 6, 1)),
                ),
            )
            if one.number.endswith("M")
            else one
            for one in _issuer(world).accreditations
        )
        return world.with_body(ISSUER, accreditations=accreditations)

    return change


def _given(
    code: RuleCode,
    name: str,
    changes: Mapping[str, str],
    sample: str = SYSTEM,
    world: Callable[[World], World] | None = None,
) -> Provocation:
    return Provocation(code=code, name=name, sample=sample, changes=changes, world=world)


def _without(code: RuleCode, name: str, element: str, sample: str = SYSTEM) -> Provocation:
    return Provocation(code=code, name=name, sample=sample, without=element)


def _changed(code: RuleCode, name: str, sample: str, changes: Mapping[str, str]) -> Provocation:
    return Provocation(code=code, name=name, sample=sample, kind="status-change", changes=changes)


_STATUS = '<Code listID="MRHUB-STATUS">active</Code>'
_SECOND_SURVEILLANCE = """
   <p:PlannedSurveillance>
    <p:Sequence>2</p:Sequence>
    <p:DueBy>2028-03-15</p:DueBy>
   </p:PlannedSurveillance>"""
_SERVICE = """<Service>
   <ServiceName xml:lang="zh">冷链服务</ServiceName>
   <ServiceClass listID="IAF-ID1">29</ServiceClass>
  </Service>
 </Object>"""
_MODELS = "   <Model>YH-K1701</Model>\n   <Model>YH-K1702</Model>\n   <Model>YH-K1705S</Model>\n"
_SECOND_PRODUCT = """</Product>
  <Product>
   <ProductName xml:lang="zh">电热水壶</ProductName>
   <Brand>云鹤 yunhe</Brand>
   <Model>yh-k1702</Model>
   <CommodityCode listID="HS">851679</CommodityCode>
   <OriginEconomy>CN</OriginEconomy>
  </Product>
 </Object>"""

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

PROVOCATIONS: Final = (
    _given(
        RuleCode.HDR_02,
        "issued ten minutes ahead of now",
        {"2026-03-18T02:15:00Z": "2026-11-22T09:10:00Z"},
    ),
    _given(
        RuleCode.HDR_02,
        "issued before the key certificate began",
        {"2026-03-18T02:15:00Z": "2019-03-18T02:15:00Z"},
    ),
    _given(
        RuleCode.HDR_03,
        "a language that is not declared",
        {"<c:Language>en</c:Language>": "<c:Language>ru</c:Language>"},
    ),
    _given(
        RuleCode.HDR_03,
        "two trading names in one language",
        {'<c:TradingName xml:lang="en">': '<c:TradingName xml:lang="zh">'},
    ),
    _given(
        RuleCode.HDR_03,
        "two trading names in one language written differently",
        {
            "<c:Language>en</c:Language>": "<c:Language>en</c:Language><c:Language>EN</c:Language>",
            '<c:TradingName xml:lang="zh">': '<c:TradingName xml:lang="EN">海岬</c:TradingName>'
            '<c:TradingName xml:lang="zh">',
        },
    ),
    _given(
        RuleCode.HDR_04,
        "no trading name in the authoritative language",
        {'<c:TradingName xml:lang="zh">海岬</c:TradingName>': ""},
    ),
    _given(
        RuleCode.HDR_05,
        "a test indicator in production",
        {
            '<c:Issuer schemeID="CAB">CN-CB-0103</c:Issuer>': '<c:Issuer schemeID="CAB">'
            "CN-CB-0103</c:Issuer><c:TestIndicator>true</c:TestIndicator>"
        },
    ),
    _given(RuleCode.HDR_05, "the test function", {'"UNCL1225">9<': '"UNCL1225">53<'}),
    _given(
        RuleCode.TKO_01,
        "a mark on a certificate of today",
        {
            "<AttestationType ": "<TakenOver><OriginalDate>2026-03-18</OriginalDate>"
            "<OriginalRevision>0</OriginalRevision>"
            '<OriginalStatus listID="MRHUB-STATUS">active</OriginalStatus>'
            "<TakenOverOn>2026-03-18</TakenOverOn></TakenOver><AttestationType "
        },
    ),
    _given(
        RuleCode.TKO_01,
        "taken over before it began",
        {"<OriginalDate>2015-05-11<": "<OriginalDate>2026-03-03<"},
        TAKEN_OVER,
    ),
    _given(RuleCode.ATT_02, "17 digits", {"2026010718000123": "20260107180001234"}, KETTLE),
    _given(RuleCode.ATT_04, "an own certification", {">3rdParty<": ">Self<"}),
    _given(RuleCode.ATT_04, "a type of its own", {">certification<": ">blessing<"}),
    _given(
        RuleCode.ATT_05, "approval by a government without one", {">GlobalMRA<": ">GovtApproval<"}
    ),
    _given(RuleCode.ATT_05, "a level of its own", {">GlobalMRA<": ">Galactic<"}),
    _given(
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
    _given(
        RuleCode.SCM_03,
        "an activity that the scheme does not know",
        {">documentReview<": ">astrology<"},
    ),
    _given(
        RuleCode.SCM_03,
        "type 5 without a planned surveillance",
        {"<NextSurveillanceDue>2027-04-30</NextSurveillanceDue>": ""},
        KETTLE,
    ),
    _given(
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
    _given(
        RuleCode.ISS_01,
        "another body issues",
        {'<c:PartyID schemeID="CAB">CN-CB-0103<': '<c:PartyID schemeID="CAB">CN-CB-0104<'},
    ),
    _given(RuleCode.ISS_01, "another code than on the list", {"<CABCode>01<": "<CABCode>02<"}),
    _given(
        RuleCode.ISS_02, "no approval", {"<ApprovalNumber>CNCA-R-2002-103</ApprovalNumber>": ""}
    ),
    _given(
        RuleCode.ISS_03,
        "no code of the body",
        {"<CABCode>01</CABCode>": ""},
        KETTLE,
    ),
    _given(RuleCode.ISS_03, "a number of another body", {"2026010718": "2026020718"}, KETTLE),
    _given(RuleCode.AUT_01, "an authority listed later", {}, world=_authority_listed_later),
    _given(RuleCode.AUT_01, "an authority suspended then", {}, world=_authority_suspended_then),
    _given(RuleCode.AUT_02, "a number of its own", {"CNAS C103-M": "CNAS C104-M"}),
    _given(
        RuleCode.AUT_03,
        "a system under product accreditation",
        {"CNAS C103-M": "CNAS C103-P", ">ISO/IEC 17021-1<": ">ISO/IEC 17065<"},
        world=_product_accreditation_with_sectors,
    ),
    _given(
        RuleCode.AUT_04,
        "a sector under another accreditation than the one named",
        {},
        world=_sector_under_another_accreditation,
    ),
    _given(
        RuleCode.AUT_05,
        "ended before the decision",
        {"<ValidTo>2028-05-31<": "<ValidTo>2026-03-15<"},
    ),
    _given(
        RuleCode.AUT_05,
        "suspended on the day of the decision",
        {},
        world=_accreditation(AccreditationState.SUSPENDED, "2026-06-01", "2026-03-16"),
    ),
    _given(
        RuleCode.AUT_06,
        "an arrangement that nobody signed",
        {">GAC-MRA<": ">MOON-MRA<", ">GlobalMRA<": ">Accredited<"},
    ),
    _given(
        RuleCode.AUT_07,
        "withdrawn two months ago",
        {},
        world=_accreditation(AccreditationState.WITHDRAWN, "2026-09-20"),
    ),
    _given(
        RuleCode.AUT_07,
        "withdrawn half a year ago",
        {},
        world=_accreditation(AccreditationState.WITHDRAWN, "2026-05-20"),
    ),
    _given(RuleCode.PTY_01, "a wrong check digit", {"91370683MA3CA2B323": "91370683MA3CA2B324"}),
    _given(
        RuleCode.PTY_02,
        "no USCC in China",
        {'<c:PartyID schemeID="USCC">91370683MA3CA2B323</c:PartyID>': ""},
    ),
    _without(RuleCode.PTY_03, "no applicant", "Applicant", KETTLE),
    _without(RuleCode.PTY_03, "no manufacturer", "Manufacturer", KETTLE),
    _given(
        RuleCode.PTY_04,
        "neither street nor city",
        {"<c:Street>1 Fusionopolis Way</c:Street>": "", "<c:City>Singapore</c:City>": ""},
    ),
    _given(RuleCode.PTY_05, "an economy that is none", {"<c:Economy>SG<": "<c:Economy>ZQ<"}),
    _given(
        RuleCode.PTY_06,
        "a Chinese name alone",
        {'<c:Name xml:lang="en">Mutual Recognition Scheme Committee (demonstration)</c:Name>': ""},
    ),
    _given(RuleCode.SIT_01, "no main site", {">main<": ">additional<"}),
    _given(
        RuleCode.SIT_02,
        "an activity outside the scope",
        {'<Activity listID="IAF-ID1">29<': '<Activity listID="IAF-ID1">31<'},
    ),
    _given(RuleCode.SIT_03, "one number twice", {"6971234500021": "6971234500014"}),
    _given(RuleCode.SIT_03, "a wrong check digit", {"6971234500021": "6971234500022"}),
    Provocation(
        code=RuleCode.OBJ_01,
        name="a service in a scheme of systems",
        without="ManagementSystem",
        changes={" </Object>": _SERVICE},
    ),
    _given(
        RuleCode.OBJ_02,
        "sector 40",
        {'"IAF-ID1">29<': '"IAF-ID1">40<'},
        world=_sector_forty,
    ),
    _given(RuleCode.OBJ_03, "a wrong GTIN", {"6971234510013": "6971234510014"}, KETTLE),
    _given(RuleCode.OBJ_04, "five digits", {'"HS">851679<': '"HS">85167<'}, KETTLE),
    _given(
        RuleCode.OBJ_04,
        "a subheading that its chapter does not have",
        {'"HS">851679<': '"HS">85167800<'},
        KETTLE,
    ),
    _given(
        RuleCode.OBJ_04,
        "another edition",
        {'listID="HS">851679<': 'listID="HS" listVersionID="1988">851679<'},
        KETTLE,
    ),
    _given(RuleCode.OBJ_05, "one model twice", {"</Product>\n </Object>": _SECOND_PRODUCT}, KETTLE),
    _given(
        RuleCode.OBJ_05,
        "more brands and models than anyone can compare",
        {
            "</Product>\n </Object>": _SECOND_PRODUCT,
            "<Brand>云鹤 YUNHE</Brand>": "".join(f"<Brand>B{n}</Brand>" for n in range(400)),
            "   <Model>YH-K1701</Model>\n": "".join(f"<Model>M{n}</Model>" for n in range(400)),
        },
        KETTLE,
    ),
    _given(
        RuleCode.OBJ_06,
        "no such unit",
        {'<Value unitCode="WTT">': '<Value unitCode="ZZ9">'},
        KETTLE,
    ),
    _given(RuleCode.REQ_01, "no edition", {"<Edition>2016</Edition>": ""}),
    _given(
        RuleCode.REQ_02,
        "an edition withdrawn long ago",
        {"<Edition>2016</Edition>": "<Edition>2008</Edition>"},
    ),
    _given(
        RuleCode.ASM_01,
        "one assessment found no conformity",
        {
            "<Date>2026-02-03</Date>\n  </ReportRef>\n  <Conformance>true<": "<Date>2026-02-03"
            "</Date>\n  </ReportRef>\n  <Conformance>false<"
        },
    ),
    _given(
        RuleCode.ASM_02,
        "ended before it began",
        {"<PeriodEnd>2026-02-28<": "<PeriodEnd>2026-02-01<"},
    ),
    _given(
        RuleCode.ASM_02,
        "ended after the decision",
        {"<PeriodEnd>2026-02-28<": "<PeriodEnd>2026-03-17<"},
    ),
    _given(
        RuleCode.ASM_03,
        "an enclosed report without digest",
        {
            "<ReportRef>\n   <Number>Q-2026-0286-1<": '<ReportRef enclosed="1">'
            "<Number>Q-2026-0286-1<"
        },
    ),
    _given(RuleCode.ASM_04, "an unknown laboratory", {"CN-LAB-0701": "CN-LAB-9999"}, KETTLE),
    _given(RuleCode.ASM_05, "more than the limit", {">0.21<": ">0.76<"}, KETTLE),
    _given(
        RuleCode.DEC_01,
        "issued before the decision",
        {
            "<OriginalIssueDate>2026-03-18<": "<OriginalIssueDate>2026-03-15<",
            "<IssueDate>2026-03-18<": "<IssueDate>2026-03-15<",
        },
    ),
    _given(RuleCode.DEC_02, "the auditor decides", {"0103-1004": "0103-2077"}),
    _given(
        RuleCode.VAL_01,
        "in effect before the decision",
        {"<EffectiveDate>2026-03-18<": "<EffectiveDate>2026-03-15<"},
    ),
    _given(
        RuleCode.VAL_02,
        "first issued after it was issued",
        {
            "<OriginalIssueDate>2026-03-18<": "<OriginalIssueDate>2026-03-19<",
            "<Since>2026-03-18<": "<Since>2026-03-19<",
        },
    ),
    _given(RuleCode.VAL_02, "no expiry", {"<ExpiryDate>2029-03-15</ExpiryDate>": ""}),
    _given(
        RuleCode.VAL_03, "a day too long", {"<ExpiryDate>2029-03-15<": "<ExpiryDate>2029-03-19<"}
    ),
    _given(
        RuleCode.VAL_03,
        "a cycle of another decade",
        {
            "<ExpiryDate>2029-03-15<": "<ExpiryDate>2043-03-15<",
            "<CycleStart>2026-03-16<": "<CycleStart>2040-03-16<",
            "<CycleEnd>2029-03-15<": "<CycleEnd>2043-03-15<",
            "<p:DueBy>2027-": "<p:DueBy>2041-",
            "<p:DueBy>2028-": "<p:DueBy>2042-",
        },
    ),
    _given(
        RuleCode.VAL_04,
        "surveillance due yesterday",
        {"<NextSurveillanceDue>2027-03-15<": "<NextSurveillanceDue>2026-11-21<"},
    ),
    _given(
        RuleCode.VAL_05,
        "a recertification after a gap",
        {
            "<OriginalIssueDate>2026-03-18<": "<OriginalIssueDate>2023-03-01<",
            ">initial<": ">recertification<",
            "<p:RecertificationCount>0<": "<p:RecertificationCount>1<",
        },
    ),
    _given(
        RuleCode.VAL_05,
        "a lapse that ends before it begins",
        {
            "<OriginalIssueDate>2026-03-18<": "<OriginalIssueDate>2023-03-01<",
            "</Validity>": "<Lapse><PreviousExpiryDate>2026-03-15</PreviousExpiryDate>"
            "<RecertificationDate>2026-03-01</RecertificationDate></Lapse></Validity>",
        },
    ),
    _given(
        RuleCode.STA_01,
        "active after its last day",
        {
            "<ExpiryDate>2029-03-15<": "<ExpiryDate>2026-11-21<",
        },
    ),
    _given(
        RuleCode.STA_01,
        "expired before its last day",
        {_STATUS: _STATUS.replace("active", "expired")},
    ),
    _given(RuleCode.STA_01, "a status of its own", {_STATUS: _STATUS.replace("active", "superb")}),
    _given(RuleCode.STA_01, "a status of tomorrow", {"<Since>2026-03-18<": "<Since>2026-11-23<"}),
    _given(
        RuleCode.SCH_QMS_01,
        "an unknown edition",
        {"<Edition>2016</Edition>": "<Edition>2017</Edition>"},
    ),
    _given(
        RuleCode.SCH_QMS_01,
        "regulations only",
        {
            '<Kind listID="MRHUB-REQUIREMENT-KIND">standard<': (
                '<Kind listID="MRHUB-REQUIREMENT-KIND">technicalRegulation<'
            )
        },
    ),
    _given(RuleCode.SCH_QMS_02, "one surveillance", {_SECOND_SURVEILLANCE: ""}),
    _given(RuleCode.SCH_QMS_02, "four years", {"<CycleEnd>2029-": "<CycleEnd>2030-"}),
    _given(
        RuleCode.SCH_QMS_02,
        "no cycle",
        {"<CycleStart>2026-03-16</CycleStart>": "", "<CycleEnd>2029-03-15</CycleEnd>": ""},
    ),
    _without(RuleCode.SCH_QMS_03, "three sites and no word on them", "p:MultiSite"),
    _given(RuleCode.SCH_CCC_01, "a year to come", {"2026010718000123": "2027010718000123"}, KETTLE),
    _given(RuleCode.SCH_CCC_01, "another class", {"2026010718000123": "2026010719000123"}, KETTLE),
    _given(RuleCode.SCH_CCC_02, "no such class", {"0718": "0799"}, KETTLE),
    _given(RuleCode.SCH_CCC_03, "no model", {_MODELS: ""}, KETTLE),
    _given(
        RuleCode.SCH_CCC_03,
        "a type that is not covered",
        {"<p:TypeTested>YH-K1705S<": "<p:TypeTested>YH-K9999<"},
        KETTLE,
    ),
    _without(RuleCode.SCH_CCC_04, "no certification mode", "CertificationMode", KETTLE),
    _given(
        RuleCode.SCH_CCC_04,
        "a mode with a design review that was not done",
        {">type-test+factory+follow-up<": ">design+type-test+factory+follow-up<"},
        KETTLE,
    ),
    _without(RuleCode.SCH_CCC_05, "no link", "p:ElectronicCertificate", KETTLE),
    _changed(
        RuleCode.STC_03, "suspend does not restore", "suspend", {">suspended<": ">withdrawn<"}
    ),
    _changed(RuleCode.STC_03, "a change of its own", "suspend", {">suspend<": ">pause<"}),
    _changed(RuleCode.STC_04, "a reason of its own", "suspend", {">failedRequirements<": ">mood<"}),
    _changed(
        RuleCode.STC_04,
        "withdrawn at request",
        "withdraw",
        {">markMisuse<": ">holderRequest<", ">surveillanceRefused<": ">holderRequest<"},
    ),
    _changed(
        RuleCode.STC_04,
        "cancelled at request without its day",
        "cancel",
        {"<RequestDate>2026-11-05</RequestDate>": ""},
    ),
    _changed(
        RuleCode.STC_05,
        "in effect before it was decided",
        "suspend",
        {"2026-09-15T00:00:00Z": "2026-09-13T00:00:00Z"},
    ),
    _changed(RuleCode.STC_06, "seven months", "suspend", {"2027-03-10": "2027-04-16"}),
    _changed(
        RuleCode.STC_06, "without end", "suspend", {"<SuspensionEnd>2027-03-10</SuspensionEnd>": ""}
    ),
    _changed(
        RuleCode.STC_07,
        "a reduction that adds",
        "reduce",
        {"<Removed>": "<Added>", "</Removed>": "</Added>"},
    ),
)
