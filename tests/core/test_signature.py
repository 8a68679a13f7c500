"""Gate 3: the whole checklist, each point with its code and its hostile document."""

from __future__ import annotations

import base64
import hashlib

import pytest
from lxml import etree

from exchange.codes.gates import SignatureCode
from exchange.core.algorithms import ALGORITHMS, SignatureAlgorithm
from exchange.core.foreign import check
from exchange.core.signature_policy import FOREIGN, STATEMENT, XADES
from exchange.core.xml import FOREIGN_READING, canonical, parse
from exchange.errors import RejectedError, SignatureError
from tests.hostile import CASES, Case
from tests.hostile_material import (
    DRAFT,
    LIMITS,
    edited,
    material,
    one,
    resign,
    signature,
    write,
)
from tests.pki import SIGNED_AT, make_signer
from tests.world import World

_MATERIAL = material()
_POINTS_ELSEWHERE = {
    3: "parser options; nothing to attack beside points 2 and 4",
    8: "one parse for all gates: test_layers and the types",
    17: "order of the steps: test_check_wrong_key_is_named_before_wrong_digest",
    25: "gate 4: trust lists",
    27: "revocation: a later issue; the command with --crl: tests/service/test_check.py",
    31: "gate 2: schemas",
    32: "test_check_returns_what_was_signed_and_nothing_else",
    33: "errors are one family; tests of the service",
    34: "gate 5 and the store",
    35: "test_signing.py",
}
"""Points of the checklist without a hostile document of their own here, and why."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_check_hostile_document_is_refused_with_its_code(case: Case) -> None:
    with pytest.raises(RejectedError) as refused:
        check(parse(case.build(_MATERIAL), LIMITS), policy=STATEMENT)

    assert refused.value.code is case.code


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_check_hostile_document_never_gets_past_the_foreign_policy_unnoticed(case: Case) -> None:
    """What `foreign` accepts is signed, and the list of what it accepts is closed."""
    try:
        parsed = parse(case.build(_MATERIAL), LIMITS, reading=FOREIGN_READING)
        checked = check(parsed, policy=FOREIGN)
    except RejectedError:
        return
    assert case.name in {
        "byte order mark",
        "xsi:schemaLocation",
        "no XAdES at all",
        "inclusive canonicalisation",
        "SigningCertificate of old",
        "no DataObjectFormat",
        "empty object properties",
        "signature policy",
        "key of a TLS client",
        "RSA of 2048 bits",
        "X509IssuerSerial in X509Data",
        "X509SubjectName in X509Data",
        "X509SKI in X509Data",
    }
    assert b"999" not in checked.content


def test_checklist_every_point_has_a_hostile_document_or_a_reason() -> None:
    attacked = {case.point for case in CASES}

    assert attacked | set(_POINTS_ELSEWHERE) == set(range(1, 36))


def test_codes_every_signature_code_is_reached_by_a_hostile_document() -> None:
    assert {case.code for case in CASES if isinstance(case.code, SignatureCode)} == set(
        SignatureCode
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS.signatures.values(), ids=lambda row: row.name)
def test_check_every_algorithm_of_the_table_is_accepted(algorithm: SignatureAlgorithm) -> None:
    kind = {"secp256r1": "p256", "secp384r1": "p384"}.get(algorithm.curve or "", "rsa3072")
    signer = make_signer(kind)

    checked = check(parse(signer.sign(DRAFT, algorithm=algorithm.uri), LIMITS), policy=STATEMENT)

    assert checked.signature_algorithm == algorithm.uri
    assert checked.certificate.der == signer.der
    assert checked.signed_at == SIGNED_AT


def test_check_returns_what_was_signed_and_nothing_else() -> None:
    root = etree.fromstring(_MATERIAL.signed)
    root.remove(signature(root))

    checked = check(parse(_MATERIAL.signed, LIMITS), policy=STATEMENT)

    assert checked.content == canonical(root)
    assert checked.content_digest == hashlib.sha256(checked.content).digest()
    assert canonical(checked.root) == checked.content
    assert b"Signature" not in checked.content


def test_check_leaves_the_parsed_document_as_it_was() -> None:
    parsed = parse(_MATERIAL.signed, LIMITS)
    before = etree.tostring(parsed.root)

    check(parsed, policy=STATEMENT)
    check(parsed, policy=STATEMENT)

    assert etree.tostring(parsed.root) == before


@pytest.mark.parametrize("digest", ["xmldsig-more#sha384", "xmlenc#sha512"])
def test_check_content_digest_is_sha256_whatever_the_reference_uses(digest: str) -> None:
    def edit(_: etree._Element, sig: etree._Element) -> None:
        for method in sig.iter("{http://www.w3.org/2000/09/xmldsig#}DigestMethod"):
            if "CertDigest" not in str(method.getparent().tag):  # type: ignore[union-attr]
                method.set("Algorithm", f"http://www.w3.org/2001/04/{digest}")

    checked = check(parse(edited(edit, _MATERIAL, again=True), LIMITS), policy=STATEMENT)

    assert checked.content_digest == hashlib.sha256(checked.content).digest()
    assert checked.digest_algorithm.endswith(digest)


def test_check_same_content_signed_twice_has_one_content_digest() -> None:
    first = _MATERIAL.signer.sign(DRAFT)
    second = make_signer("p384", number=3).sign(DRAFT)

    digests = {
        check(parse(data, LIMITS), policy=STATEMENT).content_digest for data in (first, second)
    }

    assert first != second
    assert len(digests) == 1


def test_check_reference_by_identifier_of_the_root_is_accepted() -> None:
    def edit(_: etree._Element, sig: etree._Element) -> None:
        sig[0][2].set("URI", "#doc")

    checked = check(parse(edited(edit, _MATERIAL, again=True), LIMITS), policy=STATEMENT)

    assert checked.root.get("Id") == "doc"


def test_check_blanks_and_line_breaks_around_the_signature_are_accepted() -> None:
    """Other signers break Base64 into lines and indent; the content stays as signed."""

    def edit(root: etree._Element, sig: etree._Element) -> None:
        root[-2].tail = "\n  "
        sig.tail = "\n"
        for element in sig.iter():
            if len(element):
                element.text = "\n "
                for child in element:
                    child.tail = "\r\n"

    signed = edited(edit, _MATERIAL, again=True)
    value = one(etree.fromstring(signed), "{http://www.w3.org/2000/09/xmldsig#}SignatureValue")
    text = value.text or ""
    broken = signed.replace(text.encode(), f"{text[:76]}&#13;\n{text[76:]}".encode())

    assert check(parse(broken, LIMITS), policy=STATEMENT).content.endswith(
        b"\n  \n</m:Attestation>"
    )


def test_check_unsigned_properties_are_there_and_never_looked_at() -> None:
    def edit(_: etree._Element, sig: etree._Element) -> None:
        qualifying = one(sig, f"{{{XADES}}}QualifyingProperties")
        unsigned = etree.SubElement(qualifying, f"{{{XADES}}}UnsignedProperties")
        etree.SubElement(unsigned, f"{{{XADES}}}SigningTime").text = "1999-01-01T00:00:00Z"

    checked = check(parse(edited(edit, _MATERIAL), LIMITS), policy=STATEMENT)

    assert checked.signed_at == SIGNED_AT


def test_check_wrong_key_is_named_before_wrong_digest() -> None:
    """Nothing that the document says is evaluated before the signature value holds."""
    data = _MATERIAL.signed.replace(b">100<", b">999<")
    root = etree.fromstring(data)
    value = signature(root)[1]
    octets = bytearray(base64.b64decode(value.text or ""))
    octets[-1] ^= 1
    value.text = base64.b64encode(octets).decode()

    with pytest.raises(SignatureError) as refused:
        check(parse(write(root), LIMITS), policy=STATEMENT)

    assert refused.value.code is SignatureCode.SIGNATURE_VALUE


def test_check_prefixes_are_free() -> None:
    data = _MATERIAL.signed.decode()
    for prefix in ("ds", "xades"):
        data = data.replace(f"<{prefix}:", f"<x{prefix}:").replace(f"</{prefix}:", f"</x{prefix}:")
        data = data.replace(f"xmlns:{prefix}=", f"xmlns:x{prefix}=")
    root = etree.fromstring(data.encode())
    resign(root, _MATERIAL.signer)

    assert check(parse(write(root), LIMITS), policy=STATEMENT).signed_at == SIGNED_AT


def test_verify_attestation_of_the_world_gives_signed(world: World) -> None:
    data = world.attestation()

    signed = world.signed(data)

    assert signed.data == data
    assert signed.content_digest == hashlib.sha256(signed.content).digest()
    assert signed.certificate.not_before <= signed.signed_at <= signed.certificate.not_after
