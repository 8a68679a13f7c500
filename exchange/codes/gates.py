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
        "no registered schema has this root element",
        "use a root element and namespace of a published schema version",
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
