"""A key that can never work is refused when it arrives, with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID

from exchange.codes.keys import KeyCode
from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.key_requirements import read_usable, require_usable
from exchange.core.model import BodyId, BodyRole, Economy, KeyRole
from exchange.core.role_requirements import REQUIREMENTS
from exchange.core.trust import ISSUERS_OF, KEY_ROLE_OF
from exchange.core.trust_values import Body, FormerName, KeyEntry, KeyPeriod, KeyStatus
from exchange.errors import TrustError
from tests.pki import private_key
from tests.pki_certomancer import CertomancerPki, make_pki
from tests.world import START, make_world

YEAR = timedelta(days=365)
NAME = "Certification Body 0103"


@pytest.fixture(scope="module")
def body() -> Body:
    found = make_world().snapshot.trust.body(BodyId("CN-CB-0103"))
    assert found is not None
    # Of every role, so that a row meets what it is about and nothing else.
    names = MappingProxyType({"zh": "认证机构 0103", "en": NAME})
    return replace(found, names=names, roles=frozenset(BodyRole))


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> CertomancerPki:
    return make_pki(tmp_path_factory.mktemp("keys"))


def certificate(
    kind: str = "p256",
    *,
    country: str | None = "CN",
    organisation: str | None = NAME,
    common: str = "CN-CB-0103 attestation",
    begins: datetime = START - timedelta(days=1),
    lasts: timedelta = 2 * YEAR,
    authority: bool = False,
    signs: bool = True,
    purposes: tuple[x509.ObjectIdentifier, ...] = (),
    unknown: bool = False,
    serial: int = 5,
) -> bytes:
    """Return a self-issued key certificate, DER."""
    key = private_key(kind)
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if country is not None:
        attributes.append(x509.NameAttribute(NameOID.COUNTRY_NAME, country))
    if organisation is not None:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    name = x509.Name(attributes)
    usage = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), serial)
        .not_valid_before(begins)
        .not_valid_after(begins + lasts)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=signs,
                content_commitment=False,
                key_cert_sign=authority,
                crl_sign=not signs,
                **usage,
            ),
            critical=True,
        )
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if unknown:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        builder = builder.add_extension(extension, critical=True)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(Encoding.DER)


def negative_serial() -> bytes:
    """Return a key certificate whose serial number has the sign bit set."""
    made = certificate(serial=0x7FFF)
    assert made.count(b"\x02\x02\x7f\xff") == 1
    return made.replace(b"\x02\x02\x7f\xff", b"\x02\x02\xff\xff")


def with_sha1() -> KeyCertificate:
    """Return a key certificate that says it was issued with SHA-1."""
    return replace(read_certificate(certificate()), weakly_issued=True)


GOOD: Mapping[str, tuple[dict[str, Any], KeyRole]] = {
    "on P-256": ({}, KeyRole.ATTESTATION),
    "on P-384": ({"kind": "p384"}, KeyRole.STATUS),
    "RSA of 3072 bits": ({"kind": "rsa3072"}, KeyRole.RECEIPT),
    "Ed25519 for checkpoints": ({"kind": "ed25519"}, KeyRole.CHECKPOINT),
    "for connections, both ends": (
        {"purposes": (Purpose.CLIENT_AUTH, Purpose.SERVER_AUTH)},
        KeyRole.TRANSPORT,
    ),
    "for mail, which is a document": ({"purposes": (Purpose.EMAIL_PROTECTION,)}, KeyRole.STATUS),
    "named in another script": ({"organisation": "认证机构 0103"}, KeyRole.LIST),
    "named in other letters": ({"organisation": "certification  BODY 0103"}, KeyRole.LIST),
    "named by id": ({"organisation": "CN-CB-0103"}, KeyRole.LIST),
    "named without organisation": ({"organisation": None, "common": NAME}, KeyRole.LIST),
    "beginning in half a year": ({"begins": START + YEAR / 2}, KeyRole.ATTESTATION),
}


@pytest.mark.parametrize(("changes", "role"), GOOD.values(), ids=GOOD)
def test_a_key_that_can_work_is_let_in(body: Body, changes: dict[str, Any], role: KeyRole) -> None:
    der = certificate(**changes)

    assert read_usable(der, body=body, role=role, at=START, listed={}).der == der


BAD: Mapping[str, tuple[Callable[[], bytes], KeyRole, set[KeyCode]]] = {
    "octets that do not parse": (lambda: b"\x30\x03\x02\x01", KeyRole.STATUS, {KeyCode.UNREADABLE}),
    "no octets": (lambda: b"", KeyRole.STATUS, {KeyCode.UNREADABLE}),
    "a megabyte": (lambda: b"\x30" * 2**20, KeyRole.STATUS, {KeyCode.UNREADABLE}),
    "a negative serial number": (negative_serial, KeyRole.STATUS, {KeyCode.UNREADABLE}),
    "P-521": (lambda: certificate("p521"), KeyRole.STATUS, {KeyCode.WEAK}),
    "secp256k1": (lambda: certificate("secp256k1"), KeyRole.STATUS, {KeyCode.WEAK}),
    "brainpool": (lambda: certificate("brainpool"), KeyRole.TRANSPORT, {KeyCode.WEAK}),
    "RSA of 2048 bits": (lambda: certificate("rsa2048"), KeyRole.STATUS, {KeyCode.WEAK}),
    "Ed25519 for documents": (
        lambda: certificate("ed25519"),
        KeyRole.ATTESTATION,
        {KeyCode.KIND},
    ),
    "P-256 for checkpoints": (certificate, KeyRole.CHECKPOINT, {KeyCode.KIND}),
    "RSA for checkpoints": (lambda: certificate("rsa3072"), KeyRole.CHECKPOINT, {KeyCode.KIND}),
    "an authority as signer": (
        lambda: certificate(authority=True),
        KeyRole.STATUS,
        {KeyCode.AUTHORITY},
    ),
    "no usage for signatures": (
        lambda: certificate(signs=False),
        KeyRole.STATUS,
        {KeyCode.USAGE},
    ),
    "for machines only": (
        lambda: certificate(purposes=(Purpose.SERVER_AUTH, Purpose.CODE_SIGNING)),
        KeyRole.STATUS,
        {KeyCode.PURPOSE},
    ),
    "for one end of connections": (
        lambda: certificate(purposes=(Purpose.CLIENT_AUTH,)),
        KeyRole.TRANSPORT,
        {KeyCode.PURPOSE},
    ),
    "an unknown critical extension": (
        lambda: certificate(unknown=True),
        KeyRole.STATUS,
        {KeyCode.EXTENSION},
    ),
    "expired a second ago": (
        lambda: certificate(begins=START - YEAR, lasts=YEAR),
        KeyRole.STATUS,
        {KeyCode.EXPIRED},
    ),
    "beginning in two years": (
        lambda: certificate(begins=START + 2 * YEAR),
        KeyRole.STATUS,
        {KeyCode.NOT_PLAUSIBLE},
    ),
    "valid for ninety years": (
        lambda: certificate(lasts=90 * YEAR),
        KeyRole.STATUS,
        {KeyCode.LONG_LIVED},
    ),
    "another economy": (lambda: certificate(country="NO"), KeyRole.STATUS, {KeyCode.ECONOMY}),
    "no economy": (lambda: certificate(country=None), KeyRole.STATUS, {KeyCode.ECONOMY}),
    "another name": (
        lambda: certificate(organisation="Certification Body 0104"),
        KeyRole.STATUS,
        {KeyCode.NAME},
    ),
    "a name that only begins like it": (
        lambda: certificate(organisation="Certification"),
        KeyRole.STATUS,
        {KeyCode.NAME},
    ),
    "everything at once": (
        lambda: certificate(
            "p521",
            country="NO",
            organisation="Somebody",
            begins=START - 50 * YEAR,
            lasts=49 * YEAR,
            authority=True,
            signs=False,
            purposes=(Purpose.TIME_STAMPING,),
            unknown=True,
        ),
        KeyRole.ATTESTATION,
        {
            KeyCode.WEAK,
            KeyCode.AUTHORITY,
            KeyCode.USAGE,
            KeyCode.PURPOSE,
            KeyCode.EXTENSION,
            KeyCode.EXPIRED,
            KeyCode.LONG_LIVED,
            KeyCode.ECONOMY,
            KeyCode.NAME,
        },
    ),
}


@pytest.mark.parametrize(("make", "role", "codes"), BAD.values(), ids=BAD)
def test_a_key_that_can_never_work_is_refused_on_arrival_with_all_its_faults(
    body: Body, make: Callable[[], bytes], role: KeyRole, codes: set[KeyCode]
) -> None:
    with pytest.raises(TrustError) as caught:
        read_usable(make(), body=body, role=role, at=START, listed={})
    assert {finding.code for finding in caught.value.findings} == codes


def test_a_key_certificate_issued_with_sha_1_is_refused(body: Body) -> None:
    with pytest.raises(TrustError) as caught:
        require_usable(with_sha1(), body=body, role=KeyRole.STATUS, at=START, listed={})
    assert [finding.code for finding in caught.value.findings] == [KeyCode.ISSUED_WEAKLY]


def test_no_rsa_where_the_requirements_take_none(body: Body) -> None:
    strict = {
        **REQUIREMENTS,
        KeyRole.STATUS: replace(REQUIREMENTS[KeyRole.STATUS], min_rsa_bits=None),
    }
    rsa_key = read_certificate(certificate("rsa3072"))
    assert isinstance(rsa_key.public_key, rsa.RSAPublicKey)

    with pytest.raises(TrustError) as caught:
        require_usable(
            rsa_key, body=body, role=KeyRole.STATUS, at=START, listed={}, requirements=strict
        )
    assert [finding.code for finding in caught.value.findings] == [KeyCode.KIND]


def test_the_same_key_for_another_body_or_role_or_revoked_before_is_refused(body: Body) -> None:
    entry = body.keys[0]
    named = replace(
        body, names=MappingProxyType({"en": f"Throw-away CN-CB-0103/{entry.role.value}"})
    )
    long = {
        **REQUIREMENTS,
        **dict.fromkeys(KeyRole, replace(REQUIREMENTS[entry.role], longest_validity=20 * YEAR)),
    }

    def arrive(whose: Body, role: KeyRole, owner: KeyEntry = entry) -> None:
        require_usable(
            entry.certificate,
            body=whose,
            role=role,
            at=START,
            listed={entry.key_id: owner},
            requirements=long,
        )

    arrive(named, entry.role)
    revoked = KeyPeriod(status=KeyStatus.REVOKED, not_before=START, not_after=None)
    for whose, role, owner, code in (
        (replace(named, id=BodyId("CN-CB-0104")), entry.role, entry, KeyCode.LISTED_ELSEWHERE),
        (named, KeyRole.RECOGNITION, entry, KeyCode.LISTED_ELSEWHERE),
        (named, entry.role, replace(entry, periods=(revoked,)), KeyCode.REVOKED),
    ):
        with pytest.raises(TrustError) as caught:
            arrive(whose, role, owner)
        assert [finding.code for finding in caught.value.findings] == [code]


def test_a_former_name_and_an_economy_that_is_served_are_the_bodys_own(body: Body) -> None:
    before = FormerName(
        names=MappingProxyType({"en": NAME}), until=datetime(2026, 1, 1, tzinfo=UTC)
    )
    renamed = replace(
        body,
        names=MappingProxyType({"en": "New Name"}),
        former_names=(before,),
        economy=Economy("CN"),
        economies=frozenset({Economy("CN"), Economy("MO")}),
    )
    read_usable(certificate(country="MO"), body=renamed, role=KeyRole.STATUS, at=START, listed={})


def test_a_name_that_the_certificate_had_no_room_for_is_known(body: Body) -> None:
    long = "Certification Body of the Province with the Very Long Name 0103 and More"
    named = replace(body, names=MappingProxyType({"en": long}))

    read_usable(
        certificate(organisation=long[:64]), body=named, role=KeyRole.STATUS, at=START, listed={}
    )


PATHS: Mapping[
    str, tuple[Callable[[CertomancerPki], tuple[str, tuple[KeyCertificate, ...]]], set[KeyCode]]
] = {
    "whole": (lambda pki: ("good", pki.path("good")), set()),
    "missing": (lambda _: ("good", ()), {KeyCode.PATH_MISSING}),
    "of another authority": (
        lambda pki: ("good", (pki.certificate("second"), pki.certificate("root"))),
        {KeyCode.PATH_BROKEN},
    ),
    "in the wrong order": (
        lambda pki: ("good", tuple(reversed(pki.path("good")))),
        {KeyCode.PATH_BROKEN, KeyCode.NO_REVOCATION_SOURCE},
    ),
    "through a signer": (
        lambda pki: ("good", (pki.certificate("revoked"), *pki.path("good"))),
        {KeyCode.PATH_BROKEN},
    ),
    "without end": (
        lambda pki: ("good", pki.path("good") * 20),
        {KeyCode.PATH_BROKEN},
    ),
    "of an authority that has ended": (
        lambda pki: (
            "good",
            (replace(pki.path("good")[0], not_after=START), pki.certificate("root")),
        ),
        {KeyCode.PATH_WEAK},
    ),
    "of an authority that was issued with SHA-1": (
        lambda pki: (
            "good",
            (replace(pki.path("good")[0], weakly_issued=True), pki.certificate("root")),
        ),
        {KeyCode.PATH_WEAK},
    ),
    "of an authority on a small curve": (
        lambda pki: (
            "good",
            (
                pki.path("good")[0],
                replace(
                    pki.certificate("root"),
                    public_key=ec.generate_private_key(ec.SECP192R1()).public_key(),
                ),
            ),
        ),
        {KeyCode.PATH_WEAK},
    ),
    "that nobody can be asked about": (
        lambda pki: ("unlisted", pki.path("unlisted")),
        {KeyCode.NO_REVOCATION_SOURCE},
    ),
}


@pytest.mark.parametrize(("made", "codes"), PATHS.values(), ids=PATHS)
def test_the_certificates_above_a_key_hold_together(
    body: Body,
    pki: CertomancerPki,
    made: Callable[[CertomancerPki], tuple[str, tuple[KeyCertificate, ...]]],
    codes: set[KeyCode],
) -> None:
    label, path = made(pki)
    found: set[object] = set()
    try:
        require_usable(
            pki.certificate(label),
            body=body,
            role=KeyRole.ATTESTATION,
            at=START,
            listed={},
            path=path,
        )
    except TrustError as error:
        found = {finding.code for finding in error.findings}
    assert found == codes


def test_where_the_policy_is_soft_nobody_needs_to_be_asked(body: Body, pki: CertomancerPki) -> None:
    require_usable(
        pki.certificate("unlisted"),
        body=body,
        role=KeyRole.STATUS,
        at=START,
        listed={},
        path=pki.path("unlisted"),
    )


def test_an_anchor_may_have_signed_itself_with_sha_1(body: Body, pki: CertomancerPki) -> None:
    issuer, root = pki.path("good")
    require_usable(
        pki.certificate("good"),
        body=body,
        role=KeyRole.ATTESTATION,
        at=START,
        listed={},
        path=(issuer, replace(root, weakly_issued=True)),
    )


def test_every_code_of_keys_is_provoked_here() -> None:
    provoked = {code for _, _, codes in BAD.values() for code in codes}
    provoked |= {code for _, codes in PATHS.values() for code in codes}
    elsewhere = {
        KeyCode.ISSUED_WEAKLY,
        KeyCode.LISTED_ELSEWHERE,
        KeyCode.REVOKED,
        KeyCode.NO_BODY_OF_THE_ROLE,
    }
    assert set(KeyCode) - provoked == elsewhere


CB, LAB, AB, RA, HUB = (
    BodyRole.CERTIFICATION_BODY,
    BodyRole.LABORATORY,
    BodyRole.ACCREDITATION_BODY,
    BodyRole.RECOGNITION_AUTHORITY,
    BodyRole.HUB_OPERATOR,
)
USED_BY: Mapping[KeyRole, set[BodyRole]] = {
    KeyRole.ATTESTATION: {CB, LAB},
    KeyRole.STATUS: {CB, LAB, AB, RA},
    KeyRole.RECOGNITION: {RA},
    KeyRole.RECEIPT: set(BodyRole),
    KeyRole.CHECKPOINT: {HUB},
    KeyRole.LIST: {HUB, AB},
    KeyRole.TRANSPORT: set(BodyRole),
}


@pytest.mark.parametrize("role", KeyRole)
@pytest.mark.parametrize("of_body", BodyRole)
def test_a_key_arrives_for_a_body_that_can_use_it_and_for_no_other(
    body: Body, role: KeyRole, of_body: BodyRole
) -> None:
    der = certificate("ed25519" if role is KeyRole.CHECKPOINT else "p256")
    whose = replace(body, roles=frozenset({of_body}))

    if of_body in USED_BY[role]:
        read_usable(der, body=whose, role=role, at=START, listed={})
        return
    with pytest.raises(TrustError) as caught:
        read_usable(der, body=whose, role=role, at=START, listed={})
    assert [one.code for one in caught.value.findings] == [KeyCode.NO_BODY_OF_THE_ROLE]


def test_whoever_issues_a_kind_of_statement_may_bring_the_key_for_it() -> None:
    for kind, bodies in ISSUERS_OF.items():
        assert bodies <= REQUIREMENTS[KEY_ROLE_OF[kind]].bodies
