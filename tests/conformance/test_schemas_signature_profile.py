"""Our profile of signatures against the published schemas.

Whatever is valid under the profile is valid under the schemas that W3C and ETSI published:
those that signxml ships, and newer ones from the fixtures. The reverse is not so, on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from exchange.core.limits import Limits
from exchange.core.schema import conform
from exchange.core.xml import parse
from exchange.errors import SchemaError
from exchange.service.materials import good_sample, load_catalogue, schemas_folder
from tests.core.schema_samples import SIGNATURE, good_samples, kind_of, label, with_signature
from tests.pki import make_signer

DS = "http://www.w3.org/2000/09/xmldsig#"
SCHEMAS = schemas_folder()
DRAFT = good_sample("attestation", "pt-qms-taken-over").read_bytes()


@cache
def profile() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "signature/xmldsig-profile.xsd"))


@cache
def shipped() -> etree.XMLSchema:
    """Return the published schemas that signxml ships (XMLDSIG, XAdES 1.3.2 and 1.4.1)."""
    folder = Path(str(files("signxml")))
    return etree.XMLSchema(etree.parse(folder / "xades/schemas/XAdES01903v141-201601.xsd"))


class _Fixtures(etree.Resolver):
    """Maps the locations in the newer schemas to the files of the fixtures."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def resolve(self, system_url: str | None, _public_id: str | None, context: object, /) -> Any:
        url = system_url or ""
        if "xmldsig-core-schema" in url:
            found = self._folder / "specs-xmldsig/xmldsig-core-schema.xsd"
        elif "XAdES01903v132" in url:
            found = self._folder / "specs-xades/XAdES01903v132-202407.xsd"
        else:
            return self.resolve_empty(context)
        return self.resolve_string(found.read_bytes(), context, base_url=url)


@pytest.fixture(scope="session")
def newer(fixtures: Path) -> etree.XMLSchema:
    """Return the schemas that ETSI published in 2024."""
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Fixtures(fixtures / "etsi"))
    return etree.XMLSchema(
        etree.parse(fixtures / "etsi/specs-xades/XAdES01903v141-202407.xsd", parser)
    )


# Shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What may differ between two allowed signatures."""

    identifiers: bool = False
    certificates: int = 1
    described: bool = False
    serial: bool = False
    unsigned: tuple[str, ...] = ()
    wrapped: bool = False


UNSIGNED = {
    "time-stamp": "<xades:SignatureTimeStamp Id='t{n}'><ds:CanonicalizationMethod "
    "Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'/><xades:EncapsulatedTimeStamp "
    "Encoding='http://uri.etsi.org/01903/v1.2.2#DER'>AAAA</xades:EncapsulatedTimeStamp>"
    "</xades:SignatureTimeStamp>",
    "certificates": "<xades:CertificateValues><xades:EncapsulatedX509Certificate>AAAA"
    "</xades:EncapsulatedX509Certificate></xades:CertificateValues>",
    "revocation": "<xades:RevocationValues><xades:CRLValues><xades:EncapsulatedCRLValue>AAAA"
    "</xades:EncapsulatedCRLValue></xades:CRLValues><xades:OCSPValues>"
    "<xades:EncapsulatedOCSPValue>AAAA</xades:EncapsulatedOCSPValue></xades:OCSPValues>"
    "</xades:RevocationValues>",
    "validation": "<x141:TimeStampValidationData xmlns:x141='http://uri.etsi.org/01903/v1.4.1#' "
    "URI='#t0'><xades:CertificateValues><xades:EncapsulatedX509Certificate>AAAA"
    "</xades:EncapsulatedX509Certificate></xades:CertificateValues>"
    "</x141:TimeStampValidationData>",
    "archive": "<x141:ArchiveTimeStamp xmlns:x141='http://uri.etsi.org/01903/v1.4.1#'>"
    "<xades:EncapsulatedTimeStamp>AAAA</xades:EncapsulatedTimeStamp></x141:ArchiveTimeStamp>",
}


def _identifiers(text: str, _shape: Shape) -> str:
    for number, name in enumerate(("SignedInfo", "SignatureValue", "KeyInfo", "Object")):
        text = text.replace(f"<ds:{name}>", f'<ds:{name} Id="i{number}">')
    return text.replace(
        "<xades:SignedSignatureProperties>", '<xades:SignedSignatureProperties Id="i9">'
    )


def _unsigned(text: str, shape: Shape) -> str:
    inner = "".join(UNSIGNED[name].replace("{n}", str(n)) for n, name in enumerate(shape.unsigned))
    return text.replace(
        "</xades:QualifyingProperties>",
        f"<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{inner}"
        "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
        "</xades:QualifyingProperties>",
    )


STEPS: tuple[tuple[Callable[[Shape], bool], Callable[[str, Shape], str]], ...] = (
    (lambda shape: shape.identifiers, _identifiers),
    (lambda shape: bool(shape.unsigned), _unsigned),
    (
        lambda shape: shape.certificates > 1,
        lambda text, shape: re.sub(
            "(<ds:X509Certificate>.*?</ds:X509Certificate>)",
            lambda found: found[1] * shape.certificates,
            text,
        ),
    ),
    (
        lambda shape: shape.described,
        lambda text, _: text.replace(
            "<xades:MimeType>", "<xades:Description>证书</xades:Description><xades:MimeType>"
        ),
    ),
    (
        lambda shape: shape.serial,
        lambda text, _: text.replace(
            "</xades:Cert>", "<xades:IssuerSerialV2>AAAA</xades:IssuerSerialV2></xades:Cert>"
        ),
    ),
    (lambda shape: shape.wrapped, lambda text, _: text.replace("AAAA", "AA\nAA ")),
)


def written(shape: Shape) -> etree._Element:
    """Return a signature of this shape."""
    text = SIGNATURE
    for wanted, step in STEPS:
        if wanted(shape):
            text = step(text, shape)
    return etree.fromstring(text)


SHAPES = st.builds(
    Shape,
    identifiers=st.booleans(),
    certificates=st.integers(min_value=1, max_value=8),
    described=st.booleans(),
    serial=st.booleans(),
    unsigned=st.lists(st.sampled_from(sorted(UNSIGNED)), max_size=4).map(tuple),
    wrapped=st.booleans(),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(shape=SHAPES)
def test_allowed_shape_is_valid_under_the_shipped_schemas(shape: Shape) -> None:
    signature = written(shape)

    profile().assertValid(signature)
    shipped().assertValid(signature)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(shape=SHAPES)
def test_allowed_shape_is_valid_under_the_newer_schemas(
    newer: etree.XMLSchema, shape: Shape
) -> None:
    newer.assertValid(written(shape))


@settings(max_examples=600, deadline=None, derandomize=True)
@given(
    shape=SHAPES,
    where=st.integers(min_value=0, max_value=500),
    name=st.sampled_from(("Id", "URI", "Type", "Algorithm", "Target", "Encoding", "text")),
    value=st.sampled_from(
        (
            "",
            "#a",
            "a",
            "#",
            "#1",
            "http://https://x",
            "http://[",
            "http://a/%zz",
            "http://a/b#c",
            "http://a#b#c",
            "urn:oid:1.2.3",
            "urn::",
            "2026-11-22T10:00:00+08:00",
            "2026-11-22",
            "AAAA",
            "A",
            "证",
        )
    ),
)
def test_what_the_profile_lets_through_is_valid_under_the_shipped_schemas(
    shape: Shape, where: int, name: str, value: str
) -> None:
    signature = written(shape)
    elements = list(signature.iter("*"))
    element = elements[where % len(elements)]
    if name == "text":
        element.text = value
    else:
        element.set(name, value)

    if profile().validate(signature):
        shipped().assertValid(signature)


@pytest.mark.parametrize(
    "sample",
    # Lists are signed where they are written; their signatures have the same shape.
    [sample for sample in good_samples() if kind_of(sample) != "trust-list"],
    ids=label,
)
def test_signed_sample_is_valid_under_profile_and_published_schemas(
    sample: Path, newer: etree.XMLSchema
) -> None:
    signed = parse(make_signer().sign(sample.read_bytes()), Limits())

    conform(signed, load_catalogue(), Limits())
    signature = signed.root[-1]
    assert signature.tag == f"{{{DS}}}Signature"
    for schema in (profile(), shipped(), newer):
        schema.assertValid(etree.fromstring(etree.tostring(signature)))


# What the published schemas allow and the profile does not


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(' Id="sig"', "", id="no identifier"),
        pytest.param(
            "</xades:SignedSignatureProperties>",
            "<xades:SignerRoleV2><xades:ClaimedRoles><xades:ClaimedRole>认证机构"
            "</xades:ClaimedRole></xades:ClaimedRoles></xades:SignerRoleV2>"
            "</xades:SignedSignatureProperties>",
            id="role of the signer",
        ),
        pytest.param(
            "</xades:SignedDataObjectProperties>",
            "<xades:CommitmentTypeIndication><xades:CommitmentTypeId><xades:Identifier>"
            "http://uri.etsi.org/01903/v1.2.2#ProofOfOrigin</xades:Identifier>"
            "</xades:CommitmentTypeId><xades:AllSignedDataObjects/>"
            "</xades:CommitmentTypeIndication></xades:SignedDataObjectProperties>",
            id="commitment",
        ),
        pytest.param("<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyName>k</ds:KeyName>", id="key name"),
        pytest.param(
            "</ds:X509Data>",
            "<ds:X509SubjectName>CN=x</ds:X509SubjectName></ds:X509Data>",
            id="subject name",
        ),
        pytest.param(
            "</ds:X509Data>",
            "</ds:X509Data><ds:X509Data><ds:X509SKI>AAAA</ds:X509SKI></ds:X509Data>",
            id="second data",
        ),
        pytest.param(
            "</ds:X509Data>",
            "</ds:X509Data><ds:RetrievalMethod URI='http://a/b'/>",
            id="retrieval method",
        ),
        pytest.param("<ds:Object>", "<ds:Object/><ds:Object>", id="second object"),
        pytest.param("<ds:Object>", "<ds:Object>text", id="text in object"),
        pytest.param("<ds:Object>", "<ds:Object MimeType='text/xml'>", id="typed object"),
        pytest.param('URI=""', "", id="reference without URI"),
        pytest.param('URI=""', 'URI="http://a/b"', id="reference outside"),
        pytest.param('URI=""', "URI=\"#xpointer(id('a'))\"", id="xpointer"),
        pytest.param(
            "</ds:SignatureMethod>",
            "<ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>",
            id="HMAC length",
        ),
        pytest.param(
            'xml-exc-c14n#"></ds:Transform>',
            'xml-exc-c14n#"><ds:XPath>//a</ds:XPath></ds:Transform>',
            id="XPath",
        ),
        pytest.param(
            "<xades:SigningTime>2026-06-09T09:00:00Z</xades:SigningTime>", "", id="no signing time"
        ),
        pytest.param(
            "</xades:SigningCertificateV2>",
            "</xades:SigningCertificateV2><xades:SignaturePolicyIdentifier>"
            "<xades:SignaturePolicyImplied/></xades:SignaturePolicyIdentifier>",
            id="policy",
        ),
        pytest.param(
            "<xades:MimeType>text/xml</xades:MimeType>",
            "<xades:Description>x</xades:Description>",
            id="no media type",
        ),
        pytest.param(
            "</xades:SignedProperties>",
            "</xades:SignedProperties><xades:UnsignedProperties/>",
            id="empty unsigned properties",
        ),
    ],
)
def test_shape_that_the_published_schemas_allow_is_refused(old: str, new: str) -> None:
    assert old in SIGNATURE
    text = SIGNATURE.replace(old, new, 1)
    shipped().assertValid(etree.fromstring(text))

    with pytest.raises(SchemaError) as caught:
        conform(parse(with_signature(DRAFT, text), Limits()), load_catalogue(), Limits())

    assert caught.value.code == "schema.signature-shape"
