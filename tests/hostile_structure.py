"""The table of hostile signatures whose shape is wrong, and of documents changed later."""

from __future__ import annotations

from functools import partial

from exchange.codes import Code
from exchange.codes.gates import SignatureCode as S
from exchange.core.signature_policy import DS, EXCLUSIVE, INCLUSIVE_1_0
from tests.hostile_edits import (
    add_attribute,
    add_child,
    add_tail,
    add_to_x509_data,
    add_unknown,
    change_content,
    change_text,
    content_attribute,
    copy_signature,
    first_child,
    flip_bit,
    forged_object_first,
    inner_text,
    into_child,
    key_info,
    loose_bits,
    more_content,
    no_object,
    no_transforms,
    prefix_list,
    properties_elsewhere,
    reference_type,
    remove_signature,
    set_algorithm,
    set_target,
    set_transforms,
    set_uri,
    third_reference,
    twice,
    without_reference,
)
from tests.hostile_material import ENVELOPED, MORE, SHA1, D, Edit, P

WRAPPED: dict[int, Code] = {
    1: S.MISPLACED,
    2: S.DIGEST_MISMATCH,
    3: S.DIGEST_MISMATCH,
    4: S.DIGEST_MISMATCH,
    5: S.MISPLACED,
    6: S.STRUCTURE,
    7: S.DIGEST_MISMATCH,
    8: S.STRUCTURE,
}


STRUCTURE: tuple[tuple[str, int, Code, Edit, bool], ...] = (
    ("no signature", 9, S.MISSING, remove_signature, False),
    ("two signatures", 9, S.MULTIPLE, copy_signature, False),
    ("signature as first child", 9, S.MISPLACED, first_child, True),
    ("signature inside a child", 9, S.MISPLACED, into_child, True),
    ("text behind the signature", 9, S.MISPLACED, add_tail, True),
    ("two SignedInfo", 11, S.STRUCTURE, partial(twice, 0), False),
    ("two SignatureValue", 11, S.STRUCTURE, partial(twice, 1), False),
    ("two KeyInfo", 11, S.STRUCTURE, partial(twice, 2), False),
    ("forged Object behind", 11, S.STRUCTURE, partial(twice, 3), False),
    ("forged Object in front", 11, S.STRUCTURE, forged_object_first, False),
    ("text in SignedInfo", 11, S.STRUCTURE, partial(inner_text, f"{D}SignedInfo"), True),
    ("text in KeyInfo", 11, S.STRUCTURE, partial(inner_text, f"{D}KeyInfo"), True),
    ("unknown attribute", 11, S.STRUCTURE, partial(add_attribute, f"{D}SignatureValue"), True),
    ("unknown child of the signature", 11, S.STRUCTURE, lambda _, s: add_unknown(s), False),
    ("unknown child of a reference", 11, S.STRUCTURE, partial(add_child, f"{D}Reference"), False),
    ("one reference", 12, S.REFERENCES, without_reference, True),
    ("three references", 12, S.REFERENCES, third_reference, True),
    ("no XAdES at all", 12, S.PROPERTIES_MISSING, no_object, True),
    (
        "inclusive canonicalisation of SignedInfo",
        13,
        S.CANONICALIZATION,
        partial(set_algorithm, f"{D}CanonicalizationMethod", INCLUSIVE_1_0),
        False,
    ),
    (
        "canonicalisation with comments",
        13,
        S.CANONICALIZATION,
        partial(set_algorithm, f"{D}CanonicalizationMethod", EXCLUSIVE + "WithComments"),
        True,
    ),
    (
        "canonicalisation with a prefix list",
        13,
        S.CANONICALIZATION,
        partial(prefix_list, f"{D}CanonicalizationMethod", 0),
        False,
    ),
    *(
        (
            f"signature method {uri.rpartition('#')[2]}",
            14,
            S.SIGNATURE_METHOD,
            partial(set_algorithm, f"{D}SignatureMethod", uri),
            False,
        )
        for uri in (
            f"{DS}hmac-sha1",
            f"{MORE}hmac-sha256",
            f"{DS}rsa-sha1",
            f"{DS}dsa-sha1",
            f"{MORE}rsa-md5",
            f"{MORE}ecdsa-sha1",
            f"{MORE}ecdsa-sha512",
            "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
            "",
        )
    ),
    (
        "truncated signature value asked for",
        14,
        S.SIGNATURE_METHOD,
        partial(add_child, f"{D}SignatureMethod"),
        False,
    ),
    (
        "RSA with an EC key",
        14,
        S.KEY_MISMATCH,
        partial(set_algorithm, f"{D}SignatureMethod", f"{MORE}rsa-sha256"),
        False,
    ),
    (
        "SHA-384 with a P-256 key",
        14,
        S.KEY_MISMATCH,
        partial(set_algorithm, f"{D}SignatureMethod", f"{MORE}ecdsa-sha384"),
        False,
    ),
    *(
        (
            f"digest method {uri.rpartition('#')[2]}",
            15,
            S.DIGEST_METHOD,
            partial(set_algorithm, f"{D}DigestMethod", uri),
            True,
        )
        for uri in (SHA1, f"{MORE}md5", f"{MORE}sha224")
    ),
    ("no enveloped-signature", 16, S.TRANSFORM, partial(set_transforms, 2, (EXCLUSIVE,)), False),
    ("no canonicalisation", 16, S.TRANSFORM, partial(set_transforms, 2, (ENVELOPED,)), False),
    (
        "transforms in the other order",
        16,
        S.TRANSFORM,
        partial(set_transforms, 2, (EXCLUSIVE, ENVELOPED)),
        False,
    ),
    (
        "enveloped-signature twice",
        16,
        S.TRANSFORM,
        partial(set_transforms, 2, (ENVELOPED, ENVELOPED, EXCLUSIVE)),
        True,
    ),
    (
        "canonicalisation twice",
        16,
        S.TRANSFORM,
        partial(set_transforms, 2, (ENVELOPED, EXCLUSIVE, EXCLUSIVE)),
        True,
    ),
    (
        "inclusive canonicalisation",
        16,
        S.TRANSFORM,
        partial(set_transforms, 2, (ENVELOPED, INCLUSIVE_1_0)),
        True,
    ),
    *(
        (
            f"transform {uri.rpartition('/')[2]}",
            16,
            S.TRANSFORM,
            partial(set_transforms, 2, (ENVELOPED, uri, EXCLUSIVE)),
            False,
        )
        for uri in (
            "http://www.w3.org/TR/1999/REC-xpath-19991116",
            "http://www.w3.org/2002/06/xmldsig-filter2",
            "http://www.w3.org/TR/1999/REC-xslt-19991116",
            f"{DS}base64",
            "urn:example:unknown",
        )
    ),
    (
        "300 transforms",
        16,
        S.TRANSFORM,
        partial(set_transforms, 2, (ENVELOPED, *([EXCLUSIVE] * 300))),
        True,
    ),
    (
        "transform with a prefix list",
        16,
        S.TRANSFORM,
        partial(prefix_list, f"{D}Transform", 1),
        False,
    ),
    ("no transforms", 16, S.TRANSFORM, partial(no_transforms, 2), False),
    ("no transforms of the properties", 16, S.TRANSFORM, partial(no_transforms, 3), False),
    (
        "enveloped-signature of the properties",
        16,
        S.TRANSFORM,
        partial(set_transforms, 3, (ENVELOPED, EXCLUSIVE)),
        False,
    ),
    ("a part of the document", 18, S.REFERENCE_URI, partial(set_uri, "#holder"), False),
    ("a Type at the document", 18, S.REFERENCES, partial(reference_type, 2, f"{DS}Object"), False),
    *(
        (f"reference URI {uri or 'absent'}", 19, S.REFERENCE_URI, partial(set_uri, uri), False)
        for uri in (
            None,
            "#",
            "#xpointer(/)",
            "#xpointer(id('doc'))",
            "http://example.invalid/doc.xml",
            "file:///etc/passwd",
            "other.xml",
            " ",
            "##doc",
            "#doc ",
        )
    ),
    (
        "no Type at the properties",
        20,
        S.PROPERTIES_REFERENCE,
        partial(reference_type, 3, None),
        False,
    ),
    (
        "another Type at the properties",
        20,
        S.PROPERTIES_REFERENCE,
        partial(reference_type, 3, f"{DS}Manifest"),
        True,
    ),
    ("signed properties elsewhere", 20, S.PROPERTIES_REFERENCE, properties_elsewhere, False),
    ("no Target", 21, S.PROPERTIES_TARGET, partial(set_target, None), True),
    ("another Target", 21, S.PROPERTIES_TARGET, partial(set_target, "#other"), True),
    (
        "junk in Base64",
        22,
        S.BASE64,
        partial(change_text, f"{D}SignatureValue", lambda t: t[:9] + "*" + t[9:]),
        False,
    ),
    (
        "Base64 without padding",
        22,
        S.BASE64,
        partial(change_text, f"{D}DigestValue", lambda t: t.rstrip("=")),
        False,
    ),
    (
        "Base64 with loose bits",
        22,
        S.BASE64,
        partial(change_text, f"{D}SignatureValue", loose_bits),
        False,
    ),
    (
        "Base64 in Unicode digits",
        22,
        S.BASE64,
        partial(change_text, f"{D}SignatureValue", lambda t: t + "１"),
        False,
    ),
    ("no digest value", 22, S.BASE64, partial(change_text, f"{D}DigestValue", lambda _: ""), False),
    ("element in a signature value", 22, S.BASE64, partial(add_child, f"{D}SignatureValue"), False),
    *(
        (f"{name} in KeyInfo", 23, S.KEY_INFO, partial(key_info, name), False)
        for name in (
            "KeyValue",
            "KeyName",
            "RetrievalMethod",
            "DEREncodedKeyValue",
            "MgmtData",
            "X509Data",
        )
    ),
    *(
        (f"{name} in X509Data", 23, S.KEY_INFO, partial(add_to_x509_data, name), False)
        for name in ("X509IssuerSerial", "X509SubjectName", "X509SKI", "X509CRL")
    ),
)


TAMPERED: tuple[tuple[str, Code, Edit], ...] = (
    ("another amount", S.DIGEST_MISMATCH, partial(change_content, "1000")),
    ("an attribute changed", S.DIGEST_MISMATCH, content_attribute),
    ("an element added", S.DIGEST_MISMATCH, more_content),
    (
        "another signing time",
        S.PROPERTIES_DIGEST_MISMATCH,
        partial(change_text, f"{P}SigningTime", lambda _: "2026-11-23T10:00:00Z"),
    ),
    ("another digest", S.SIGNATURE_VALUE, partial(change_text, f"{D}DigestValue", flip_bit)),
)
