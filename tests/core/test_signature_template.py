"""Signatures as nearly every signer writes them: the octets say what the tree says, or nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.core.algorithms import ALGORITHMS
from exchange.core.signature_policy import STATEMENT
from exchange.core.signature_references import content_reference, properties_reference
from exchange.core.signature_structure import outline
from exchange.core.signature_template import read_signed_info, read_signing_time
from exchange.core.xades import read_properties
from exchange.core.xml import canonical, parse
from tests.world import World


def test_signed_info_is_read_as_by_the_walk(world: World) -> None:
    root = parse(world.sign(world.draft()), world.limits).root
    outlined = outline(root, STATEMENT, ALGORITHMS)
    properties = outlined.signed_properties
    info = outlined.signed_info
    assert properties is not None

    found = read_signed_info(canonical(info), ALGORITHMS)

    assert found is not None
    assert found.octets == outlined.signed_octets == canonical(info)
    assert found.algorithm == ALGORITHMS.signatures[info[1].get("Algorithm", "")]
    assert found.content == content_reference(info[2], root, STATEMENT, ALGORITHMS)
    assert found.properties == properties_reference(info[3], properties, STATEMENT, ALGORITHMS)
    assert found.properties_id == properties.get("Id")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<ds:SignedInfo ", '<ds:SignedInfo xmlns="urn:x" '),
        ("><ds:SignatureMethod", ">\n<ds:SignatureMethod"),
        ("xml-exc-c14n#", "xml-exc-c14n#WithComments"),
        ("#ecdsa-sha256", "#ecdsa-sha1"),
        ("#ecdsa-sha256", "#hmac-sha256"),
        ("xmlenc#sha256", "xmlenc#sha1"),
        ('URI=""', 'URI="#x"'),
        ('URI=""', 'Type="x" URI=""'),
        ("#enveloped-signature", "#base64"),
        ("</ds:Transform><ds:Transform", "x</ds:Transform><ds:Transform"),
        ("#SignedProperties", "#CountersignedSignature"),
        ("=</ds:DigestValue>", "</ds:DigestValue>"),
        ("<ds:DigestValue>", "<ds:DigestValue>A"),
        ("</ds:SignedInfo>", "<ds:Reference></ds:Reference></ds:SignedInfo>"),
    ],
)
def test_signed_info_that_is_written_otherwise_is_left_to_the_walk(
    world: World, old: str, new: str
) -> None:
    root = parse(world.sign(world.draft()), world.limits).root
    octets = canonical(outline(root, STATEMENT, ALGORITHMS).signed_info).decode()
    assert old in octets

    assert read_signed_info(octets.replace(old, new, 1).encode(), ALGORITHMS) is None


def test_signing_time_is_read_as_by_the_walk(world: World) -> None:
    data = world.sign(world.draft())
    outlined = outline(parse(data, world.limits).root, STATEMENT, ALGORITHMS)
    certificate = world.signed(data).certificate
    walked = read_properties(outlined, certificate, STATEMENT, ALGORITHMS)
    assert walked is not None
    assert outlined.signed_properties is not None

    found = read_signing_time(canonical(outlined.signed_properties), outlined.content, certificate)

    assert found == walked.signed_at


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"T\d\d:", "T24:"),
        ("Z</xades:SigningTime>", "</xades:SigningTime>"),
        ("Z</xades:SigningTime>", "+25:00</xades:SigningTime>"),
        ("<ds:DigestValue([^>]*)>", r"<ds:DigestValue\1>A"),
        ("<xades:IssuerSerialV2>", "<xades:IssuerSerialV2>A"),
        ('ObjectReference="#', 'ObjectReference="#x'),
        ("xmlenc#sha256", "xmlenc#sha1"),
        ("<xades:MimeType>.*</xades:MimeType>", ""),
        ("<xades:SigningCertificateV2>.*</xades:SigningCertificateV2>", ""),
        (
            "</xades:SignedSignatureProperties>",
            "<xades:X></xades:X></xades:SignedSignatureProperties>",
        ),
        ("</xades:SignedProperties>", " </xades:SignedProperties>"),
    ],
)
def test_properties_that_are_wrong_or_written_otherwise_are_left_to_the_walk(
    world: World, old: str, new: str
) -> None:
    data = world.sign(world.draft())
    outlined = outline(parse(data, world.limits).root, STATEMENT, ALGORITHMS)
    assert outlined.signed_properties is not None
    octets = canonical(outlined.signed_properties).decode()
    changed = re.sub(old, new, octets, count=1)
    assert changed != octets

    found = read_signing_time(changed.encode(), outlined.content, world.signed(data).certificate)

    assert found is None


def test_signing_time_outside_the_validity_of_the_certificate_is_left_to_the_walk(
    world: World,
) -> None:
    data = world.sign(world.draft())
    outlined = outline(parse(data, world.limits).root, STATEMENT, ALGORITHMS)
    signed = world.signed(data)
    assert outlined.signed_properties is not None
    octets = canonical(outlined.signed_properties)
    second = timedelta(seconds=1)

    for certificate in (
        replace(signed.certificate, not_before=signed.signed_at + second),
        replace(signed.certificate, not_after=signed.signed_at - second),
    ):
        assert read_signing_time(octets, outlined.content, certificate) is None
