"""Signatures that strangers made: what their authors call bad is refused, under every policy.

What their authors call good is accepted by `foreign`, or refused for a reason that stands in
a closed table here: our policy is narrower than XML Signature on purpose.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from exchange.codes import Code
from exchange.codes.gates import SignatureCode as S
from exchange.codes.gates import XMLCode as X
from exchange.core.foreign import FOREIGN_LIMITS, check
from exchange.core.signature_policy import FOREIGN, STATEMENT, Policy
from exchange.core.xml import FOREIGN_READING, STRICT_READING, parse
from exchange.errors import RejectedError

_NARROWER = frozenset(
    {
        S.MISPLACED,  # enveloping and detached signatures, and SAML's second child
        S.MULTIPLE,  # counter-signatures and parallel signatures
        S.MISSING,  # signatures in containers
        S.STRUCTURE,  # manifests, several objects, other layouts
        S.REFERENCES,  # other than the document and its properties
        S.REFERENCE_URI,  # parts, other files, XPointer
        S.TRANSFORM,  # XPath, Base64, filters
        S.CANONICALIZATION,  # comments, parameters
        S.SIGNATURE_METHOD,  # SHA-1, DSA, HMAC, GOST, SHA-3, EdDSA, ML-DSA
        S.DIGEST_METHOD,  # SHA-1, RIPEMD, GOST
        S.CERTIFICATE_MISSING,  # keys by name or value only
        S.CERTIFICATE_ALGORITHM,
        S.CERTIFICATE_AUTHORITY,
        S.CERTIFICATE_UNREADABLE,
        S.KEY_INFO,
        S.WEAK_KEY,
        S.BASE64,  # Base64 without canonical padding
        S.DATA_OBJECT_FORMAT,
        X.COMMENT,
        X.CDATA,
        X.DOCTYPE,
        X.ENCODING,
        X.PROCESSING_INSTRUCTION,
        X.FOREIGN_ATTRIBUTE,  # xsi:type and xsi:nil, everywhere in SAML
        X.DUPLICATE_ID,
        X.SYNTAX,  # several documents in one file
        X.EMPTY,
    }
)
"""Why a signature that others call good is refused here."""

_ACCEPTED = {
    "dss-xades": {"validation/dss2517/xades-valid-reference.xml"},
    "saml-attacks": set(),
    "w3c-interop": set(),
}
"""What `foreign` accepts of each set, every one of them called good by its authors."""


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a manifest whose file is there."""
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if (folder / row["file"]).is_file():
                yield row


def _code(data: bytes, policy: Policy) -> Code | None:
    """Return the code that refuses a document; None when it is accepted."""
    reading = FOREIGN_READING if policy is FOREIGN else STRICT_READING
    try:
        check(parse(data, FOREIGN_LIMITS, reading=reading), policy=policy)
    except RejectedError as exc:
        return exc.code
    return None


@pytest.mark.parametrize(
    ("name", "column", "bad", "at_least"),
    [
        ("dss-xades", "core_consensus", ("invalid",), 20),
        ("saml-attacks", "expected", ("reject", "profile reject"), 55),
        ("w3c-interop", "expected", ("invalid", "valid (truncated HMAC"), 15),
    ],
)
def test_vectors_bad_is_refused_and_good_is_accepted_or_refused_for_a_listed_reason(
    fixtures: Path, name: str, column: str, bad: tuple[str, ...], at_least: int
) -> None:
    folder = fixtures / "vectors" / name
    accepted, refused, unlisted = set(), set(), set()
    for row in _rows(folder):
        code = _code((folder / row["file"]).read_bytes(), FOREIGN)
        if row[column].startswith(bad):
            refused.add(row["file"] if code else "accepted " + row["file"])
        elif code is None:
            accepted.add(row["file"])
        elif code not in _NARROWER:
            unlisted.add((row["file"], code))

    assert not {file for file in refused if file.startswith("accepted")}
    assert len(refused) >= at_least
    assert accepted == _ACCEPTED[name]
    assert unlisted == set()


def test_vectors_none_is_accepted_as_a_statement(fixtures: Path) -> None:
    """None of the documents of strangers has every property that we demand."""
    files = sorted((fixtures / "vectors").rglob("*.xml"))

    accepted = [file.name for file in files if _code(file.read_bytes(), STATEMENT) is None]

    assert accepted == []
    assert len(files) > 500


_LISTS: tuple[tuple[str, Code | None], ...] = (
    ("samples-tl/AT.xml", None),
    ("samples-tl/BE.xml", S.CERTIFICATE_ALGORITHM),  # issued with SHA-1
    ("samples-tl/CY.xml", S.DIGEST_METHOD),  # SHA-1 of the key certificate
    ("samples-tl/CZ_broken-sig.xml", S.DIGEST_MISMATCH),
    ("samples-tl/CZ_two-sigs.xml", S.MULTIPLE),
    ("samples-tl/DK.xml", S.CERTIFICATE_UNREADABLE),  # VisibleString with other characters
    ("samples-tl/FI.xml", None),
    ("samples-tl/IE.xml", S.DIGEST_METHOD),
    ("samples-tl/LU.xml", S.DIGEST_METHOD),
    ("samples-tl/MT.xml", S.DIGEST_METHOD),
    ("samples-tl/UK.xml", S.DIGEST_METHOD),
    ("samples-tl/eu-lotl-broken-sig.xml", S.DIGEST_MISMATCH),
    ("samples-tl/mra-zz-tl.xml", S.CERTIFICATE_AUTHORITY),  # DSS demo: a CA signs
    ("samples-tl/peru-lotl.xml", None),
    ("samples-tl/tl-ecdsa-brainpool.xml", S.WEAK_KEY),
    ("samples-tl/tl-empty.xml", S.MISSING),
    ("samples-mra/mra-lotl.xml", S.CERTIFICATE_AUTHORITY),
    ("samples-mra/mra-zz-tl.xml", S.CERTIFICATE_AUTHORITY),
    ("samples-mra/john-doe-lta.xml", S.MISPLACED),
)


@pytest.mark.parametrize(("file", "code"), _LISTS)
def test_vectors_real_trusted_list_has_the_verdict_of_the_table(
    fixtures: Path, file: str, code: Code | None
) -> None:
    assert _code((fixtures / "etsi" / file).read_bytes(), FOREIGN) == code


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("samples-3.3.0/valid_signature.xml", None),
        ("samples-3.3.0/invalid_signature.xml", S.DIGEST_MISMATCH),
        ("samples-pydcc/dcc_gp_temperature_typical_v12_v3.2.0_signed.xml", X.COMMENT),
        ("samples-pydcc/dcc_gp_temperature_typical_v12_v3.2.0_signed_lt.xml", X.COMMENT),
    ],
)
def test_vectors_calibration_certificate_has_the_verdict_of_the_table(
    fixtures: Path, file: str, code: Code | None
) -> None:
    assert _code((fixtures / "ptb-dcc" / file).read_bytes(), FOREIGN) == code


def test_vectors_a_list_with_one_changed_character_is_refused(fixtures: Path) -> None:
    data = (fixtures / "etsi" / "samples-tl" / "FI.xml").read_bytes()

    assert _code(data.replace(b">FI<", b">SE<", 1), FOREIGN) is S.DIGEST_MISMATCH


def test_vectors_every_parser_attack_is_refused(fixtures: Path) -> None:
    files = sorted((fixtures / "vectors" / "xml-attacks").rglob("*.xml"))
    harmless = {"retrievalmethod-findkey.xml"}

    codes = {file: _code(file.read_bytes(), FOREIGN) for file in files}

    assert len(files) >= 25
    assert None not in codes.values()
    assert {file.name for file, code in codes.items() if not isinstance(code, X)} == harmless, (
        "a key reference is refused by gate 3, everything else by gate 1"
    )


def test_vectors_canonical_forms_are_those_of_the_reference(fixtures: Path) -> None:
    folder = fixtures / "vectors" / "c14n"
    parser = etree.XMLParser(load_dtd=True, attribute_defaults=True, resolve_entities=True)
    compared = 0
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if not row["xpath"]]
    for row in rows:
        root = etree.parse(str(folder / row["input"]), parser)
        with_comments = "with-comments" in row["method"]
        found = etree.tostring(
            root, method="c14n", exclusive="exc" in row["method"], with_comments=with_comments
        )
        assert found == (folder / row["output"]).read_bytes(), row
        compared += 1

    assert compared == 18
