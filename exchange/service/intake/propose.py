"""Proposing a mapping: what the names of columns, in Chinese, English or Russian, seem to mean.

A proposal is a text for a person: every field stands in it with its type, its list and whether
it is needed; what no column is named for stands there as a comment, to be filled or left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from exchange.service.intake.declared import Extra
from exchange.service.intake.fields import SchemeFields

_NAMES: Final[Mapping[str, str]] = {
    "CertificateNumber": "证书编号|证书号|证书号码|certificate number|certificate no|cert no|"
    "certificate_number|номер сертификата|сертификат №",
    "Revision": "版本|修订|revision|версия|ревизия",
    "Holder/PartyID@USCC": "统一社会信用代码|社会信用代码|uscc|unified social credit code",
    "Holder/PartyID@NATIONAL": "инн|tax number|registration number|certified_entity_unique_id",
    "Holder/PartyID@LEI": "lei",
    "Holder/Name@zh": "企业名称|获证组织|获证组织名称|组织名称|公司名称|持证人",
    "Holder/Name@en": "英文名称|企业英文名称|organisation|organization|company|company name|holder|"
    "certificate holder|certified_entity_name|certified_entity_english_name",
    "Holder/Name@ru": "организация|наименование организации|держатель сертификата|наименование",
    "Holder/TradingName@zh": "商号|商业名称",
    "Holder/TradingName@en": "trading name|trading_name|certified_entity_trading_name",
    "Holder/TradingName@ru": "торговое наименование",
    "Holder/Address/Full@zh": "地址|注册地址|企业地址",
    "Holder/Address/Street": "business_registered_street|business_registered_address/street",
    "Holder/Address/City": "business_registered_city|business_registered_address/city",
    "Holder/Address/Full@en": "business_registered_address|address|registered address|英文地址",
    "Holder/Address/Full@ru": "адрес|юридический адрес",
    "Holder/Address/Economy": "国家|国别|country|country code|страна|business_registered_country|"
    "business_registered_address/country",
    "Object/ManagementSystem/ScopeStatement@zh": "认证范围|范围",
    "Object/ManagementSystem/ScopeStatement@en": "scope|certification scope|英文范围|"
    "certification_scope",
    "Object/ManagementSystem/ScopeStatement@ru": "область сертификации|область",
    "Object/ManagementSystem/SectorCode": "行业代码|专业代码|iaf code|sector|iaf sector|"
    "код отрасли|certification_sectors/certification_sector/sector_code",
    "Object/ManagementSystem/EffectivePersonnel": "有效人数|体系人数|人数|employees|personnel|"
    "численность",
    "Object/Product/ProductName@zh": "产品名称",
    "Object/Product/ProductName@en": "product|product name|产品英文名称",
    "Object/Product/ProductName@ru": "продукция|наименование продукции",
    "Object/Product/Brand": "品牌|商标|brand|trademark|марка",
    "Object/Product/Model": "型号|产品型号|规格型号|model|models|модель",
    "Object/Product/CommodityCode": "hs编码|海关编码|hs code|hs|тн вэд|код тн вэд",
    "Object/Product/OriginEconomy": "原产国|origin|country of origin|страна происхождения",
    "Requirement/Number": "certification_standard_and_scheme/standard|"
    "标准|认证标准|认证依据|标准号|standard|стандарт",
    "Requirement/Edition": "标准年份|版本年号|edition|standard edition|редакция",
    "Assessment/PeriodStart": "审核开始|审核开始日期|audit start|audit from|начало аудита",
    "Assessment/PeriodEnd": "审核结束|审核结束日期|audit end|audit to|окончание аудита",
    "Decision/DecisionDate": "决定日期|认证决定日期|decision date|дата решения",
    "Validity/OriginalIssueDate": "首次发证日期|初次发证日期|original issue date|first issue date|"
    "initial certification date|дата первичной выдачи|original_issue_date",
    "Validity/IssueDate": "发证日期|颁证日期|issue date|date of issue|дата выдачи|issue_date",
    "Validity/ExpiryDate": "有效期至|到期日期|有效期|expiry date|valid until|expiry|"
    "действителен до|срок действия|expiry_date",
    "Validity/NextSurveillanceDue": "下次监督|下次监督日期|next surveillance|next audit|"
    "следующий надзор",
    "Status/Code": "状态|证书状态|status|certificate status|статус|certification_status",
    "Site/Name@zh": "场所名称|分场所|现场名称",
    "Site/Name@en": "site|site name",
    "Site/Address/Full@zh": "场所地址|现场地址",
    "Site/Address/Full@en": "site address",
    "SchemeParticulars/AuditType": "审核类型|audit type|тип аудита",
    "SchemeParticulars/RecertificationCount": "再认证次数|recertification count",
    "SchemeParticulars/ProductClass": "产品类别|产品类别代码|product class|класс продукции",
    "SchemeParticulars/TypeTested": "检测型号|type tested|испытанный тип",
}
"""Names of columns by field, in lower case."""
_ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "Validity/IssueDate": ("Validity/EffectiveDate", "Status/Since"),
    "Validity/NextSurveillanceDue": ("SchemeParticulars/PlannedSurveillance/DueBy",),
}
"""Fields that the same column mostly fills as well; a person looks at it."""
_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "Status/Code": {
        "有效": "active",
        "暂停": "suspended",
        "撤销": "withdrawn",
        "注销": "cancelled",
        "过期": "expired",
        "Active": "active",
        "Suspended": "suspended",
        "Withdrawn": "withdrawn",
        "Cancelled": "cancelled",
        "Expired": "expired",
        "действует": "active",
        "приостановлен": "suspended",
        "отозван": "withdrawn",
        "аннулирован": "cancelled",
    },
}
"""Source: documents and rules, section 8.1."""
_LEFT: Final[Mapping[str, str]] = {
    "accreditation": "not taken: accreditation and its state come from the signed trust lists",
    "certification_type": "not taken: it follows from the scheme",
    "certification_identity_number": "not taken: AttestationID is made from body and number",
    "scheme": "not taken: the scheme stands above, once for the whole sheet",
    "sector_name": "not taken: the name of a sector follows from its code",
    "main_site": "not proposed: a site needs its role; give it Site/Name, Site/Address/…, and "
    "Site/Role as a constant",
    "additional_site": "not proposed: give each site its number, Site#2/Name, Site#2/Address/…, "
    "and Site#2/Role as a constant; a main site must stand beside them",
}
"""Columns of CertSearch that no field is proposed for, by a part of their names, and why.

Source: documents and rules, sections 2.11 and 8.3.
"""
_DATES: Final = ("%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d", "%d.%m.%Y", "%Y%m%d")
_SPLIT: Final = frozenset({"SectorCode", "Model", "Brand", "TypeTested", "CommodityCode"})
_AGAIN: Final = re.compile(r"/([1-9][0-9]{0,2})(?=/)")
_ASKED: Final = frozenset({"Header", "Scheme", "IssuingBody", "Authorisation", "TakenOver"})
_FOUND_OUT: Final = frozenset(
    {
        "AttestationID",
        "Revision",
        "AttestationType",
        "AssessorLevel",
        "AssessmentLevel",
        "Requirement/RequirementID",
        "Requirement/Kind",
        "Assessment/AssessmentID",
        "Assessment/RequirementRef",
        "Holder/Role",
        "Scheme/SchemeOwner/Role",
    }
)
"""Fields that follow from structure or from the signed lists where a mapping leaves them out."""


def guesses(columns: Sequence[str], fields: SchemeFields) -> Mapping[str, tuple[str, ...]]:
    """Return the fields that each column seems to be for; most have none."""
    meant = {_plain(name): field for field, names in _NAMES.items() for name in names.split("|")}
    found: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for column in columns:
        # An upload for CertSearch numbers what it repeats: `…/certification_sector/2/sector_code`.
        again = _AGAIN.search(column)
        field = meant.get(_plain(_AGAIN.sub("", column)))
        if field is None:
            continue
        if again is not None:
            found[column] = (f"{field}#{again[1]}",) if _exists(fields, field) else ()
            continue
        wanted = [one for one in (field, *_ALSO.get(field, ())) if one not in taken]
        known = tuple(one for one in wanted if _exists(fields, one))
        taken.update(known)
        if known:
            found[column] = known
    return found


def proposal(
    columns: Sequence[str], fields: SchemeFields, languages: Sequence[str]
) -> Iterator[str]:
    """Yield the lines of a mapping, with an explanation of every field."""
    found = guesses(columns, fields)
    short = fields.scheme.id.rpartition(":")[2]
    yield f"# A mapping for {short}, proposed from the names of the columns. Look at every line:"
    yield "# what stands here is signed in the name of your body."
    yield f"scheme = {json.dumps(short)}"
    yield f"languages = {json.dumps(list(languages))}    # the first is the authoritative one"
    yield ""
    yield "# Certificates decided before this day are marked as older than the hub:"
    yield "# [taken-over]"
    yield "# before = 2026-11-22"
    yield ""
    yield "[constants]    # the same in every row; {CertificateNumber} stands for the number"
    filled = {field.partition("@")[0] for each in found.values() for field in each}
    for path, element, is_needed in fields.each():
        if is_needed and path not in filled and not is_found_out(path):
            yield f"# needed: {_constant(path, element.extras, fields)}    # {element.type_name}"
    yield ""
    for column in columns:
        for field in found.get(column, ()):
            yield "[[columns]]"
            yield f"column = {_quoted(column)}"
            yield f"field = {json.dumps(field)}"
            yield from _options(field, fields)
            yield ""
        if column and column not in found:
            yield f"# {column}: {_why_left(column)}"
            yield ""
    yield "# Every field of the scheme; * is needed:"
    yield from explained(fields)


def _why_left(column: str) -> str:
    name = _plain(column).replace(" ", "_")
    said = (why for part, why in _LEFT.items() if part in name)
    return next(said, "no field is named like this; give it one, or leave it out")


def explained(fields: SchemeFields) -> Iterator[str]:
    """Yield a line for each field."""
    for path, element, is_needed in fields.each():
        mark = "*" if is_needed and not is_found_out(path) else " "
        extra = element.extras[0] if element.extras else None
        at = "" if extra is None else f"@<{extra.value}>"
        named = ",".join(f"{one}=<{one}>" for one in element.needed)
        at += "" if not named else f",{named}" if at else f"@{named}"
        listed = fields.lists.get(path)
        said = f", a code of {listed}" if listed else ""
        many = ", may be repeated" if element.most > 1 else ""
        known = ", found out unless given" if is_needed and is_found_out(path) else ""
        yield f"# {mark} {path}{at}    {element.type_name or 'text'}{said}{many}{known}"


def is_found_out(path: str) -> bool:
    """Tell whether a needed field is filled from the signed lists, or is mere structure."""
    return path in _FOUND_OUT or (
        path.partition("/")[0] in _ASKED and not path.startswith("Scheme/SchemeOwner")
    )


def _options(field: str, fields: SchemeFields) -> Iterator[str]:
    path = fields.path(field)
    codes = _CODES.get(field)
    if codes is not None:
        pairs = ", ".join(f"{_quoted(key)} = {json.dumps(value)}" for key, value in codes.items())
        yield f"codes = {{ {pairs} }}"
    if path.element.type_name == "Day":
        yield f"dates = {json.dumps([*_DATES[:3], '%Y%m%d'], ensure_ascii=False)}"
    if path.steps[-1].name in _SPLIT:
        yield 'split = ";"'


def _constant(path: str, extras: Sequence[Extra], fields: SchemeFields) -> str:
    extra = ""
    if extras and path not in fields.lists:
        extra = {Extra.LANGUAGE: "", Extra.SCHEME: "@LEI", Extra.UNIT: "@KGM"}.get(extras[0], "")
    return f'"{path}{extra}" = ""'


def _exists(fields: SchemeFields, field: str) -> bool:
    element = fields.root
    for name in field.partition("@")[0].split("/"):
        below = element.child(name)
        if below is None:
            return False
        element = below
    return True


def _plain(name: str) -> str:
    return re.sub(r"[\s:：()（）*]+", " ", name).strip().lower()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
