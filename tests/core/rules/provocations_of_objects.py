"""Broken rules about sites, objects, requirements, assessment, decision, validity and status."""

from __future__ import annotations

from typing import Final

from exchange.codes.rules import RuleCode
from exchange.codes.status_changes import StatusChangeCode
from tests.core.rules.provoking import (
    KETTLE,
    Provocation,
    changed,
    given,
    sector_forty,
)

_STATUS = '<Code listID="MRHUB-STATUS">active</Code>'
_SERVICE = """<Service>
   <ServiceName xml:lang="zh">冷链服务</ServiceName>
   <ServiceClass listID="IAF-ID1">29</ServiceClass>
  </Service>
 </Object>"""
_SECOND_PRODUCT = """</Product>
  <Product>
   <ProductName xml:lang="zh">电热水壶</ProductName>
   <Brand>云鹤 yunhe</Brand>
   <Model>yh-k1702</Model>
   <CommodityCode listID="HS">851679</CommodityCode>
   <OriginEconomy>CN</OriginEconomy>
  </Product>
 </Object>"""


OBJECTS: Final = (
    given(RuleCode.SIT_01, "no main site", {">main<": ">additional<"}),
    given(
        RuleCode.SIT_02,
        "an activity outside the scope",
        {'<Activity listID="IAF-ID1">29<': '<Activity listID="IAF-ID1">31<'},
    ),
    given(RuleCode.SIT_03, "one number twice", {"6971234500021": "6971234500014"}),
    given(RuleCode.SIT_03, "a wrong check digit", {"6971234500021": "6971234500022"}),
    Provocation(
        code=RuleCode.OBJ_01,
        name="a service in a scheme of systems",
        without="ManagementSystem",
        changes={" </Object>": _SERVICE},
    ),
    given(
        RuleCode.OBJ_02,
        "sector 40",
        {'"IAF-ID1">29<': '"IAF-ID1">40<'},
        world=sector_forty,
    ),
    given(RuleCode.OBJ_03, "a wrong GTIN", {"6971234510013": "6971234510014"}, KETTLE),
    given(RuleCode.OBJ_04, "five digits", {'"HS">851679<': '"HS">85167<'}, KETTLE),
    given(
        RuleCode.OBJ_04,
        "a subheading that its chapter does not have",
        {'"HS">851679<': '"HS">85167800<'},
        KETTLE,
    ),
    given(
        RuleCode.OBJ_04,
        "another edition",
        {'listID="HS">851679<': 'listID="HS" listVersionID="1988">851679<'},
        KETTLE,
    ),
    given(RuleCode.OBJ_05, "one model twice", {"</Product>\n </Object>": _SECOND_PRODUCT}, KETTLE),
    given(
        RuleCode.OBJ_05,
        "more brands and models than anyone can compare",
        {
            "</Product>\n </Object>": _SECOND_PRODUCT,
            "<Brand>云鹤 YUNHE</Brand>": "".join(f"<Brand>B{n}</Brand>" for n in range(400)),
            "   <Model>YH-K1701</Model>\n": "".join(f"<Model>M{n}</Model>" for n in range(400)),
        },
        KETTLE,
    ),
    given(
        RuleCode.OBJ_06,
        "no such unit",
        {'<Value unitCode="WTT">': '<Value unitCode="ZZ9">'},
        KETTLE,
    ),
    given(RuleCode.REQ_01, "no edition", {"<Edition>2016</Edition>": ""}),
    given(
        RuleCode.REQ_02,
        "an edition withdrawn long ago",
        {"<Edition>2016</Edition>": "<Edition>2008</Edition>"},
    ),
    given(
        RuleCode.ASM_01,
        "one assessment found no conformity",
        {
            "<Date>2026-02-03</Date>\n  </ReportRef>\n  <Conformance>true<": "<Date>2026-02-03"
            "</Date>\n  </ReportRef>\n  <Conformance>false<"
        },
    ),
    given(
        RuleCode.ASM_02,
        "ended before it began",
        {"<PeriodEnd>2026-02-28<": "<PeriodEnd>2026-02-01<"},
    ),
    given(
        RuleCode.ASM_02,
        "ended after the decision",
        {"<PeriodEnd>2026-02-28<": "<PeriodEnd>2026-03-17<"},
    ),
    given(
        RuleCode.ASM_03,
        "an enclosed report without digest",
        {
            "<ReportRef>\n   <Number>Q-2026-0286-1<": '<ReportRef enclosed="1">'
            "<Number>Q-2026-0286-1<"
        },
    ),
    given(RuleCode.ASM_04, "an unknown laboratory", {"CN-LAB-0701": "CN-LAB-9999"}, KETTLE),
    given(RuleCode.ASM_05, "more than the limit", {">0.21<": ">0.76<"}, KETTLE),
    given(
        RuleCode.DEC_01,
        "issued before the decision",
        {
            "<OriginalIssueDate>2026-03-18<": "<OriginalIssueDate>2026-03-15<",
            "<IssueDate>2026-03-18<": "<IssueDate>2026-03-15<",
        },
    ),
    given(RuleCode.DEC_02, "the auditor decides", {"0103-1004": "0103-2077"}),
    given(
        RuleCode.VAL_01,
        "in effect before the decision",
        {"<EffectiveDate>2026-03-18<": "<EffectiveDate>2026-03-15<"},
    ),
    given(
        RuleCode.VAL_02,
        "first issued after it was issued",
        {
            "<OriginalIssueDate>2026-03-18<": "<OriginalIssueDate>2026-03-19<",
            "<Since>2026-03-18<": "<Since>2026-03-19<",
        },
    ),
    given(RuleCode.VAL_02, "no expiry", {"<ExpiryDate>2029-03-15</ExpiryDate>": ""}),
    given(
        RuleCode.VAL_03, "a day too long", {"<ExpiryDate>2029-03-15<": "<ExpiryDate>2029-03-19<"}
    ),
    given(
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
    given(
        RuleCode.VAL_04,
        "surveillance due yesterday",
        {"<NextSurveillanceDue>2027-03-15<": "<NextSurveillanceDue>2026-11-21<"},
    ),
    given(
        RuleCode.VAL_05,
        "a recertification after a gap",
        {
            "<OriginalIssueDate>2026-03-18<": "<OriginalIssueDate>2023-03-01<",
            ">initial<": ">recertification<",
            "<p:RecertificationCount>0<": "<p:RecertificationCount>1<",
            "<CertificateNumber>10326Q10286R0M<": "<CertificateNumber>10326Q10286R1M<",
        },
    ),
    given(
        RuleCode.VAL_05,
        "a lapse that ends before it begins",
        {
            "<OriginalIssueDate>2026-03-18<": "<OriginalIssueDate>2023-03-01<",
            "</Validity>": "<Lapse><PreviousExpiryDate>2026-03-15</PreviousExpiryDate>"
            "<RecertificationDate>2026-03-01</RecertificationDate></Lapse></Validity>",
        },
    ),
    given(
        RuleCode.STA_01,
        "active after its last day",
        {
            "<ExpiryDate>2029-03-15<": "<ExpiryDate>2026-11-21<",
        },
    ),
    given(
        RuleCode.STA_01,
        "expired before its last day",
        {_STATUS: _STATUS.replace("active", "expired")},
    ),
    given(RuleCode.STA_01, "a status of its own", {_STATUS: _STATUS.replace("active", "superb")}),
    given(RuleCode.STA_01, "a status of tomorrow", {"<Since>2026-03-18<": "<Since>2026-11-23<"}),
    changed(
        StatusChangeCode.STC_03,
        "suspend does not restore",
        "suspend",
        {">suspended<": ">withdrawn<"},
    ),
    changed(StatusChangeCode.STC_03, "a change of its own", "suspend", {">suspend<": ">pause<"}),
    changed(
        StatusChangeCode.STC_04,
        "a reason of its own",
        "suspend",
        {">failedRequirements<": ">mood<"},
    ),
    changed(
        StatusChangeCode.STC_04,
        "withdrawn at request",
        "withdraw",
        {">markMisuse<": ">holderRequest<", ">surveillanceRefused<": ">holderRequest<"},
    ),
    changed(
        StatusChangeCode.STC_04,
        "cancelled at request without its day",
        "cancel",
        {"<RequestDate>2026-11-05</RequestDate>": ""},
    ),
    changed(
        StatusChangeCode.STC_05,
        "in effect before it was decided",
        "suspend",
        {"2026-09-15T00:00:00Z": "2026-09-13T00:00:00Z"},
    ),
    changed(StatusChangeCode.STC_06, "seven months", "suspend", {"2027-03-10": "2027-04-16"}),
    changed(
        StatusChangeCode.STC_06,
        "without end",
        "suspend",
        {"<SuspensionEnd>2027-03-10</SuspensionEnd>": ""},
    ),
    changed(
        StatusChangeCode.STC_07,
        "a reduction that adds",
        "reduce",
        {"<Removed>": "<Added>", "</Removed>": "</Added>"},
    ),
)
