"""Broken rules about texts, rule documents, marks, linked files and sub-certificates."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Final

from exchange.codes.rules import RuleCode
from tests.core.rules.provoking import KETTLE, Provocation, changed, given, without

DATA_CENTRE: Final = "sg-isms-data-centre"
_NUMBER: Final = "<CertificateNumber>10326Q10286R0M<"
_NAME: Final = "Shandong Haijia Foods Co., Ltd."
_PDF: Final = "https://cn-cb-0103.example/certificates/cn-qms-food-multi-site.pdf"
_SIZE: Final = "<c:Size>186842<"
_DIGEST: Final = "DLy1GOYWhuKdE2LYr0bWHk7hLr23aN/cyC6qm2/gZwo="
_LINK_END: Final = "  </Link>\n  <Language>zh<"
_INSIDE: Final = b"no certificate"


def _described(text: str) -> dict[str, str]:
    return {_LINK_END: f'   <c:Description xml:lang="zh">{text}</c:Description>\n{_LINK_END}'}


def _related(*parents: str) -> dict[str, str]:
    """Return the change that names parents of a certificate."""
    blocks = "".join(
        f"""<RelatedAttestation>
  <Document>
   <c:DocumentID>{one}</c:DocumentID>
   <c:Digest algorithm="http://www.w3.org/2001/04/xmlenc#sha256">{_DIGEST}</c:Digest>
  </Document>
  <Relation listID="MRHUB-RELATION">parent</Relation>
 </RelatedAttestation>
 """
        for one in parents
    )
    return {"<SchemeParticulars>": f"{blocks}<SchemeParticulars>"}


_PARENT: Final = "urn:uuid:6a40b1fb-4d2e-5a6f-9c3b-1f0e5d7c2b11"
_OTHER: Final = "urn:uuid:6a40b1fb-4d2e-5a6f-9c3b-1f0e5d7c2b12"
_ITSELF: Final = "urn:uuid:b17ecdb1-3a25-508f-85e0-5e6218bc8be2"
_SUB: Final = {_NUMBER: "<CertificateNumber>10326Q10286R0M-2<"}

_RULE: Final = "<Number>CNCA-C07-01</Number>\n   <Version>2017<"

LINKS: Final = (
    given(RuleCode.TXT_01, "a name turned round", {_NAME: "Shandong \u202esdooF Co., Ltd."}),
    given(RuleCode.TXT_01, "a mark of direction", {_NAME: "Shandong Haijia\u200f Foods"}),
    given(RuleCode.TXT_01, "an isolate", {_NAME: "Shandong \u2066Haijia\u2069 Foods"}),
    given(
        RuleCode.TXT_01,
        "a number with a gap of no width",
        {"<CertificateNumber>SA-Q-2026-": "<CertificateNumber>SA-Q-2026\u200b-"},
        "sa-qms-construction",
    ),
    given(RuleCode.TXT_01, "a joiner between Latin letters", {_NAME: "Hai\u200djia Foods"}),
    given(RuleCode.TXT_01, "a byte order mark inside", {"食品股份": "食品\ufeff股份"}),
    given(RuleCode.TXT_01, "a letter without a shape", {"食品股份": "食品\u3164股份"}),
    given(RuleCode.TXT_01, "a tag", {_NAME: "Haijia\U000e0041 Foods"}),
    given(RuleCode.TXT_02, "a Cyrillic letter in a Latin name", {"Haijia Foods": "Hаijia Foods"}),
    given(RuleCode.TXT_02, "a Greek letter in a Latin name", {"Haijia Foods": "Haijia Fοods"}),
    changed(
        RuleCode.TXT_01,
        "a reason turned round",
        "suspend",
        {'<Text xml:lang="en">': '<Text xml:lang="en">\u202e'},
    ),
    given(RuleCode.SCM_02, "a rule of before", {"<Version>2017<": "<Version>2014<"}, KETTLE),
    given(RuleCode.ATT_06, "another number", _described("10326Q10287R0M 山东海岬食品股份有限公司")),
    given(RuleCode.ATT_06, "another holder", _described("10326Q10286R0M 山东海角食品股份有限公司")),
    given(RuleCode.MRK_01, "the CCC mark of a system", {">accreditation-symbol<": ">CCC<"}),
    given(
        RuleCode.EVD_01,
        "a digest of another length",
        {f'xmlenc#sha256">{_DIGEST}': f'xmlenc#sha512">{_DIGEST}'},
    ),
    given(
        RuleCode.EVD_01,
        "a file in the link with another digest",
        {
            _PDF: f"data:application/pdf;base64,{b64encode(_INSIDE).decode()}",
            _SIZE: f"<c:Size>{len(_INSIDE)}<",
        },
    ),
    given(
        RuleCode.EVD_01,
        "a file in the link of another size",
        {
            _PDF: "data:application/pdf,no%20certificate",
            _DIGEST: b64encode(sha256(_INSIDE).digest()).decode(),
        },
    ),
    given(RuleCode.EVD_01, "no file in the link", {_PDF: "data:application/pdf;base64,????"}),
    given(
        RuleCode.EVD_01,
        "two digests for one address",
        {
            " <SchemeParticulars>": f""" <Evidence>
  <Link>
   <c:Uri>{_PDF}</c:Uri>
   <c:MediaType>application/pdf</c:MediaType>
   <c:Size>186842</c:Size>
   <c:Digest algorithm="http://www.w3.org/2001/04/xmlenc#sha256">{b64encode(bytes(32)).decode()}</c:Digest>
  </Link>
  <Kind listID="MRHUB-EVIDENCE-KIND">auditReport</Kind>
  <Confidentiality listID="MRHUB-CONFIDENTIALITY">public</Confidentiality>
 </Evidence>
 <SchemeParticulars>"""
        },
    ),
    without(RuleCode.EVD_02, "an open file for authorities", "c:Encryption", DATA_CENTRE),
    given(RuleCode.REL_01, "a parent and a number of its own", _related(_PARENT)),
    given(
        RuleCode.REL_01,
        "a place that does not count",
        {**_related(_PARENT), _NUMBER: "<CertificateNumber>10326Q10286R0M-0<"},
    ),
    given(RuleCode.REL_01, "two parents", {**_related(_PARENT, _OTHER), **_SUB}),
    given(RuleCode.REL_01, "its own parent", {**_related(_ITSELF), **_SUB}),
)

HARMLESS: Final = (
    Provocation(
        code=RuleCode.REL_01, name="a sub-certificate", changes={**_related(_PARENT), **_SUB}
    ),
    Provocation(
        code=RuleCode.ATT_06,
        name="a description that fits",
        changes=_described("10326Q10286R0M 山东海岬食品股份有限公司 证书"),
    ),
    Provocation(
        code=RuleCode.EVD_01,
        name="a file in the link",
        changes={
            _PDF: "data:application/pdf,no%20certificate",
            _SIZE: f"<c:Size>{len(_INSIDE)}<",
            _DIGEST: b64encode(sha256(_INSIDE).digest()).decode(),
        },
    ),
    Provocation(
        code=RuleCode.EVD_02,
        name="evidence that is withheld",
        sample=DATA_CENTRE,
        without="c:Encryption",
        changes={
            "https://sg-cb-0601.example/evidence/SA-2026-0033.pdf": "urn:sg-cb-0601:SA-2026-0033"
        },
    ),
    Provocation(
        code=RuleCode.SCM_02,
        name="a rule that the register does not know",
        sample=KETTLE,
        changes={_RULE: _RULE.replace("CNCA-C07-01", "CNCA-X01")},
    ),
    *(
        Provocation(code=RuleCode.TXT_01, name=name, changes={_NAME: text})
        for name, text in (
            ("a Persian name", "شرکت خانه\u200cهای ایران Iran"),
            ("a Sinhala name", "ශ්\u200dරී Sri"),
            ("a Hindi name", "क्\u200dष Ksha"),
        )
    ),
    *(
        Provocation(code=RuleCode.TXT_02, name=name, changes={_NAME: text})
        for name, text in (
            ("a brand that deceives nobody", "Яndex Foods"),
            ("a Latin word beside Russian ones", "IT-компания Foods ООО"),
            ("an Arabic name with a model", "مضخة مياه XZ-200 Foods"),
            ("units", "5 μm, 10 kΩ Foods"),
            ("a number of a register", "RA.RU.13АБ21 Foods"),
            ("Chinese and Latin in one word", "海岬Haijia食品 Foods"),
            ("a whole word that looks Latin", "АСМЕ Foods"),
        )
    ),
)
"""What comes close to breaking the rule named and does not."""
