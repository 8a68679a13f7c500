"""The table of hostile signatures whose key information or qualifying properties are wrong."""

from __future__ import annotations

import base64
from functools import partial

from exchange.codes import Code
from exchange.codes.gates import SignatureCode as S
from tests.hostile_edits import (
    add_property,
    change_text,
    counter_signature,
    drop,
    flip_bit,
    foreign_certificate,
    foreign_serial,
    former_certificate,
    set_algorithm,
    set_text,
    wrong_certificate_digest,
)
from tests.hostile_material import SHA1, D, Edit, P, one

PROPERTIES: tuple[tuple[str, int, Code, Edit, bool], ...] = (
    ("no KeyInfo", 23, S.CERTIFICATE_MISSING, partial(drop, f"{D}KeyInfo"), False),
    ("no X509Data", 23, S.CERTIFICATE_MISSING, partial(drop, f"{D}X509Data"), False),
    ("no X509Certificate", 23, S.CERTIFICATE_MISSING, partial(drop, f"{D}X509Certificate"), False),
    (
        "key certificate of somebody else",
        23,
        S.SIGNATURE_VALUE,
        lambda _, s: foreign_certificate(s),
        False,
    ),
    (
        "garbage for a key certificate",
        26,
        S.CERTIFICATE_UNREADABLE,
        partial(change_text, f"{D}X509Certificate", lambda _: "AAAA"),
        False,
    ),
    (
        "17 KB for a key certificate",
        26,
        S.CERTIFICATE_UNREADABLE,
        partial(change_text, f"{D}X509Certificate", lambda _: "AAAA" * 6000),
        False,
    ),
    (
        "no SigningCertificateV2",
        24,
        S.SIGNING_CERTIFICATE_MISSING,
        partial(drop, f"{P}SigningCertificateV2"),
        True,
    ),
    ("SigningCertificate of old", 24, S.PROPERTIES_SHAPE, former_certificate, True),
    (
        "no named key certificate",
        24,
        S.SIGNING_CERTIFICATE_MISMATCH,
        partial(drop, f"{P}Cert"),
        True,
    ),
    (
        "digest of another key certificate",
        24,
        S.SIGNING_CERTIFICATE_MISMATCH,
        lambda _, s: wrong_certificate_digest(s),
        True,
    ),
    (
        "SHA-1 of the key certificate",
        24,
        S.DIGEST_METHOD,
        partial(set_algorithm, f"{D}DigestMethod", SHA1, nth=2),
        True,
    ),
    ("serial number of another", 24, S.SIGNING_CERTIFICATE_MISMATCH, foreign_serial, True),
    (
        "signature value of zeros",
        28,
        S.SIGNATURE_VALUE,
        partial(change_text, f"{D}SignatureValue", lambda _: base64.b64encode(bytes(64)).decode()),
        False,
    ),
    (
        "signature value with a changed bit",
        28,
        S.SIGNATURE_VALUE,
        partial(change_text, f"{D}SignatureValue", flip_bit),
        False,
    ),
    (
        "signature value one octet longer",
        28,
        S.SIGNATURE_VALUE,
        partial(
            change_text,
            f"{D}SignatureValue",
            lambda t: base64.b64encode(b"\0" + base64.b64decode(t)).decode(),
        ),
        False,
    ),
    ("no SigningTime", 29, S.SIGNING_TIME, partial(drop, f"{P}SigningTime"), True),
    *(
        (
            f"signing time {text or 'empty'}",
            29,
            S.SIGNING_TIME,
            partial(set_text, f"{P}SigningTime", text),
            True,
        )
        for text in (
            "",
            "2026-11-22T10:00:00",
            "2026-11-22",
            "20261122T100000Z",
            "2026-13-01T00:00:00Z",
            "now",
        )
    ),
    (
        "signed before the key",
        29,
        S.SIGNED_BEFORE_VALIDITY,
        partial(change_text, f"{P}SigningTime", lambda _: "2025-12-31T23:59:59Z"),
        True,
    ),
    (
        "signed after the key",
        29,
        S.SIGNED_AFTER_VALIDITY,
        partial(change_text, f"{P}SigningTime", lambda _: "2028-01-01T00:00:01Z"),
        True,
    ),
    (
        "no DataObjectFormat",
        29,
        S.DATA_OBJECT_FORMAT,
        partial(drop, f"{P}SignedDataObjectProperties"),
        True,
    ),
    (
        "empty object properties",
        29,
        S.DATA_OBJECT_FORMAT,
        partial(drop, f"{P}DataObjectFormat"),
        True,
    ),
    ("no MimeType", 29, S.DATA_OBJECT_FORMAT, partial(drop, f"{P}MimeType"), True),
    (
        "format of something else",
        29,
        S.DATA_OBJECT_FORMAT,
        lambda _, s: one(s, f"{P}DataObjectFormat").set("ObjectReference", "#else"),
        True,
    ),
    (
        "unknown signed property",
        29,
        S.PROPERTIES_SHAPE,
        partial(add_property, "{urn:example:x}Meaning"),
        True,
    ),
    (
        "signature policy",
        29,
        S.PROPERTIES_SHAPE,
        partial(add_property, f"{P}SignaturePolicyIdentifier"),
        True,
    ),
    ("SigningTime twice", 29, S.PROPERTIES_SHAPE, partial(add_property, f"{P}SigningTime"), True),
    ("counter-signature in unsigned properties", 30, S.MULTIPLE, counter_signature, False),
)
