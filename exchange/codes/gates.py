"""Codes of gates 1 to 3: what a document itself can have wrong with it."""

from __future__ import annotations

from exchange.codes import Code


class XMLCode(Code):
    """Gate 1, parse: the octets are not a document that we read."""

    EMPTY = "xml.empty", "the document is empty", "send the signed XML document as the body"
    TOO_LARGE = (
        "xml.too-large",
        "the document is larger than the limit for its kind",
        "send large evidence as a link with a digest instead of inside the document",
    )
    COMPRESSED = (
        "xml.compressed",
        "the document is compressed",
        "send the octets exactly as they were signed, uncompressed",
    )
    ENCODING = (
        "xml.encoding",
        "the document is not UTF-8",
        "write the document in UTF-8 without a byte order mark and sign it again",
    )
    VERSION = (
        "xml.version",
        "the XML declaration is not that of XML 1.0",
        'write <?xml version="1.0" encoding="UTF-8"?> or leave the declaration out',
    )
    SYNTAX = (
        "xml.syntax",
        "the document is not well-formed XML",
        "correct the document at the line named and sign it again",
    )
    DOCTYPE = (
        "xml.doctype",
        "the document contains a document type or another markup declaration",
        "remove the declaration, entities included, and sign the document again",
    )
    COMMENT = (
        "xml.comment",
        "the document contains a comment",
        "remove all comments and sign the document again",
    )
    CDATA = (
        "xml.cdata",
        "the document contains a CDATA section",
        "write the text with character references and sign the document again",
    )
    PROCESSING_INSTRUCTION = (
        "xml.processing-instruction",
        "the document contains a processing instruction",
        "remove all processing instructions and sign the document again",
    )
    TOO_MANY_ELEMENTS = (
        "xml.too-many-elements",
        "the document has more elements than the limit",
        "split the document, or link large parts with a digest",
    )
    TOO_DEEP = (
        "xml.too-deep",
        "the elements are nested more deeply than the limit",
        "send a document that follows the published schema",
    )
    TOO_MANY_ATTRIBUTES = (
        "xml.too-many-attributes",
        "an element has more attributes than the limit",
        "send a document that follows the published schema",
    )
    TOO_MANY_NAMESPACES = (
        "xml.too-many-namespaces",
        "the document declares more namespaces than the limit",
        "declare each namespace once, on the root element",
    )
    FOREIGN_ATTRIBUTE = (
        "xml.foreign-attribute",
        "an attribute of the xml or xsi namespace other than xml:lang is present",
        "remove the attribute and sign the document again",
    )
    DUPLICATE_ID = (
        "xml.duplicate-id",
        "two elements have the same identifier",
        "give each Id attribute a value of its own and sign the document again",
    )


class SchemaCode(Code):
    """Gate 2, schema: the document is not one of the shared documents."""

    UNKNOWN_DOCUMENT = (
        "schema.unknown-document",
        "no registered schema has this root element and version",
        "use the root element, namespace and schemaVersion of a published schema",
    )
    TOO_LARGE = (
        "schema.too-large",
        "the document is larger than the limit for its kind",
        "send large evidence as a link with a digest instead of inside the document",
    )
    INVALID = (
        "schema.invalid",
        "the document is not valid under its schema",
        "correct the element named in the finding and sign the document again",
    )
    SIGNATURE_SHAPE = (
        "schema.signature-shape",
        "the signature is not of the only shape that is allowed",
        "sign with the settings of the signing recipe in the README",
    )


class SignatureCode(Code):
    """Gate 3, signature: it does not prove who signed what."""

    MISSING = (
        "signature.missing",
        "the document has no signature",
        "sign the document with the key that is on the trust list",
    )
    MULTIPLE = (
        "signature.multiple",
        "the document has more than one signature",
        "send the document with exactly one enveloped signature",
    )
    MISPLACED = (
        "signature.misplaced",
        "the signature is not the last child of the root element",
        "sign with the settings of the signing recipe in the README",
    )
    STRUCTURE = (
        "signature.structure",
        "the signature has an element, attribute or text that does not belong there",
        "sign with the settings of the signing recipe in the README",
    )
    REFERENCES = (
        "signature.references",
        "the signature does not have exactly the references that it must have",
        "sign the whole document and the signed properties, and nothing else",
    )
    REFERENCE_URI = (
        "signature.reference-uri",
        "the first reference does not denote the root element",
        "refer to the document with an empty URI or with # and the root element's Id",
    )
    PROPERTIES_REFERENCE = (
        "signature.properties-reference",
        "the second reference does not denote the signed properties of this signature",
        "refer to SignedProperties with # and its Id, and with the Type of ETSI EN 319 132-1",
    )
    CANONICALIZATION = (
        "signature.canonicalization",
        "the canonicalisation method is not one that is allowed",
        "use exclusive canonicalisation 1.0 without comments and without parameters",
    )
    TRANSFORM = (
        "signature.transform",
        "the transforms of a reference are not the ones that are allowed, in their order",
        "use the enveloped-signature transform and then exclusive canonicalisation",
    )
    SIGNATURE_METHOD = (
        "signature.signature-method",
        "the signature algorithm is not one that is allowed",
        "sign with an algorithm of the table in the README",
    )
    DIGEST_METHOD = (
        "signature.digest-method",
        "a digest algorithm is not one that is allowed",
        "use SHA-256, SHA-384 or SHA-512",
    )
    BASE64 = (
        "signature.base64",
        "a value in the signature is not plain Base64",
        "write the value as canonical Base64 of the standard alphabet",
    )
    KEY_INFO = (
        "signature.key-info",
        "KeyInfo has something else than the signer's key certificates",
        "put one X509Data with the signer's key certificate first into KeyInfo",
    )
    CERTIFICATE_MISSING = (
        "signature.certificate-missing",
        "the signature does not carry the signer's key certificate",
        "put the signer's key certificate into KeyInfo",
    )
    CERTIFICATE_UNREADABLE = (
        "signature.certificate-unreadable",
        "the signer's key certificate cannot be read",
        "sign with a key certificate that follows RFC 5280",
    )
    CERTIFICATE_SERIAL = (
        "signature.certificate-serial",
        "the serial number of the signer's key certificate is not positive",
        "sign with a key certificate that follows RFC 5280",
    )
    CERTIFICATE_AUTHORITY = (
        "signature.certificate-authority",
        "the signer's key certificate is that of a certification authority",
        "sign with an end-entity key certificate",
    )
    CERTIFICATE_KEY_USAGE = (
        "signature.certificate-key-usage",
        "the signer's key certificate is not meant for signatures",
        "sign with a key certificate whose key usage is digitalSignature or nonRepudiation",
    )
    CERTIFICATE_PURPOSE = (
        "signature.certificate-purpose",
        "the signer's key certificate is meant for machines, not for documents",
        "sign with a key certificate without, or with another, extended key usage",
    )
    CERTIFICATE_EXTENSION = (
        "signature.certificate-extension",
        "the signer's key certificate has a critical extension that is not understood",
        "sign with a key certificate whose critical extensions are those of RFC 5280",
    )
    CERTIFICATE_ALGORITHM = (
        "signature.certificate-algorithm",
        "the signer's key certificate was issued with a weak algorithm",
        "have a key certificate issued with SHA-256 or stronger",
    )
    KEY_MISMATCH = (
        "signature.key-mismatch",
        "the signature algorithm does not fit the kind of key in the key certificate",
        "sign with the algorithm that the table in the README binds to the key",
    )
    WEAK_KEY = (
        "signature.weak-key",
        "the signer's key is too short or on a curve that is not allowed",
        "sign with P-256, P-384, or RSA of 3072 bits and more",
    )
    SIGNATURE_VALUE = (
        "signature.signature-value",
        "the signature value does not verify with the signer's key",
        "sign the document again; it, or its signature, was changed",
    )
    DIGEST_MISMATCH = (
        "signature.digest-mismatch",
        "the document is not the one that was signed",
        "send the document exactly as it was signed",
    )
    PROPERTIES_DIGEST_MISMATCH = (
        "signature.properties-digest-mismatch",
        "the signed properties are not the ones that were signed",
        "send the document exactly as it was signed",
    )
    PROPERTIES_MISSING = (
        "signature.properties-missing",
        "the signature has no XAdES signed properties",
        "sign as XAdES baseline B-B",
    )
    PROPERTIES_SHAPE = (
        "signature.properties-shape",
        "the signed properties are not exactly the ones that are allowed",
        "sign as XAdES baseline B-B with the settings of the signing recipe in the README",
    )
    PROPERTIES_TARGET = (
        "signature.properties-target",
        "the properties are said to belong to another signature",
        "write # and the Id of the signature into Target",
    )
    SIGNING_TIME = (
        "signature.signing-time",
        "the signing time is not a date and time with a zone",
        "write the signing time in UTC, such as 2026-11-22T10:00:00Z",
    )
    SIGNED_BEFORE_VALIDITY = (
        "signature.signed-before-validity",
        "the signing time is before the validity of the signer's key certificate",
        "correct the signer's clock and sign the document again",
    )
    SIGNED_AFTER_VALIDITY = (
        "signature.signed-after-validity",
        "the signing time is after the validity of the signer's key certificate",
        "renew the key certificate and sign the document again",
    )
    SIGNING_CERTIFICATE_MISSING = (
        "signature.signing-certificate-missing",
        "the signed properties do not name the signer's key certificate",
        "sign as XAdES baseline B-B with SigningCertificateV2",
    )
    SIGNING_CERTIFICATE_MISMATCH = (
        "signature.signing-certificate-mismatch",
        "the signed properties name another key certificate than KeyInfo",
        "put the key certificate that signed first into KeyInfo",
    )
    DATA_OBJECT_FORMAT = (
        "signature.data-object-format",
        "the signed properties do not say the format of the document",
        "add a DataObjectFormat that refers to the Id of the first reference",
    )
    CONTENT = (
        "signature.content",
        "the signed content has no canonical form",
        "use absolute namespace names and sign the document again",
    )


class PathCode(Code):
    """Key certificate paths of `exchange signature verify`; no gate of the road uses them."""

    NOT_FOUND = (
        "path.not-found",
        "no path leads from the signer's key certificate to an anchor",
        "give the anchor of the signer's certification authority, or pin the key certificate",
    )
    INVALID = (
        "path.invalid",
        "the path from the signer's key certificate to the anchor is not valid",
        "have the certification authority look at the link that the finding names",
    )
    EXPIRED = (
        "path.expired",
        "a key certificate of the path had expired",
        "judge at an instant when it was valid, or have the document signed again",
    )
    NOT_YET_VALID = (
        "path.not-yet-valid",
        "a key certificate of the path was not yet valid",
        "judge at an instant when it was valid",
    )
    REVOKED = (
        "path.revoked",
        "a key certificate of the path was revoked",
        "ask the signer for a document signed with another key",
    )
    REVOCATION_UNKNOWN = (
        "path.revocation-unknown",
        "the revocation lists given do not tell whether the path was revoked",
        "give a fresh revocation list of every authority in the path",
    )
    SIGNED_IN_FUTURE = (
        "path.signed-in-future",
        "the signing time is after the instant of judgement",
        "correct the clock of whoever signed, or judge at a later instant",
    )
