"""Gate 2: what conforms, what does not, and what a catalogue must be."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import pytest

from exchange.codes.gates import SchemaCode
from exchange.core.limits import Limits
from exchange.core.model import Kind
from exchange.core.schema import MAX_FINDINGS, Catalogue, conform
from exchange.core.xml import parse
from exchange.errors import SchemaError
from exchange.service.materials import load_catalogue, schemas_folder
from tests.core.schema_samples import (
    LIMITS,
    SIGNATURE,
    BadSample,
    bad_samples,
    examine,
    good_samples,
    kind_of,
    label,
    with_signature,
)

FOLDER = schemas_folder()
ATTESTATION = (
    FOLDER / "schemes/management-systems/samples/good/sa-qms-construction.xml"
).read_bytes()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.mark.parametrize("sample", bad_samples(), ids=str)
def test_bad_sample_is_refused_with_the_code_and_place_of_its_cause(
    sample: BadSample, catalogue: Catalogue
) -> None:
    with pytest.raises(SchemaError) as caught:
        examine(sample.path.read_bytes(), catalogue)

    first = caught.value.findings[0]
    assert (first.code, first.path) == (sample.code, sample.place)
    assert "expected" in first.message
    assert "{" not in first.message.replace("[0-9a-f]{", "").split("pattern")[0]
    assert not first.message.endswith(".")


def test_every_bad_sample_has_an_expectation_and_there_are_enough() -> None:
    named = {sample.path for sample in bad_samples()}

    assert named == {
        *FOLDER.glob("*/samples/bad/*.xml"),
        *FOLDER.glob("schemes/*/samples/bad/*.xml"),
    }
    assert len(named) >= 25


@pytest.mark.parametrize("sample", good_samples(), ids=label)
def test_good_sample_conforms_to_the_kind_of_its_folder(sample: Path, catalogue: Catalogue) -> None:
    found = examine(sample.read_bytes(), catalogue)

    assert found.kind == kind_of(sample)
    assert found.version == "1.0" or found.kind == Kind.TRUST_LIST


def test_conform_keeps_the_tree_that_was_validated(catalogue: Catalogue) -> None:
    parsed = parse(ATTESTATION, LIMITS)

    assert conform(parsed, catalogue, LIMITS).parsed is parsed


def test_document_above_the_limit_of_its_kind_is_refused(catalogue: Catalogue) -> None:
    small = MappingProxyType(dict.fromkeys(Kind, len(ATTESTATION) - 1))

    with pytest.raises(SchemaError) as caught:
        examine(ATTESTATION, catalogue, Limits(max_bytes_per_kind=small))

    assert caught.value.code == SchemaCode.TOO_LARGE
    assert str(len(ATTESTATION)) in caught.value.findings[0].message


def test_very_long_value_is_cut_in_the_message(catalogue: Catalogue) -> None:
    data = ATTESTATION.replace(b"SA-Q-2026-0188</Cert", b"<" + b"x" * 40_000 + b"/></Cert", 1)
    data = data.replace(b"<Revision>0", b"<Revision>" + "值".encode() * 50_000)

    with pytest.raises(SchemaError) as caught:
        examine(data, catalogue)

    assert all(len(one.message) < 700 for one in caught.value.findings)
    assert all(len(one.path) < 700 for one in caught.value.findings)


@pytest.mark.parametrize(
    ("old", "place"),
    [
        (b"<RegisterUri>https://", "/Attestation/Status/RegisterUri"),
        (b"<Revision>", "/Attestation/Revision"),
        (b"<p:AuditDays>", "/Attestation/SchemeParticulars/ManagementSystemParticulars/AuditDays"),
        (b"<CertificateNumber>", "/Attestation/CertificateNumber"),
    ],
)
@pytest.mark.parametrize("length", [2_100, 900_000])
def test_message_echoes_two_hundred_characters_at_most(
    old: bytes, place: str, length: int, catalogue: Catalogue
) -> None:
    with pytest.raises(SchemaError) as caught:
        examine(ATTESTATION.replace(old, old + b"9" * length, 1), catalogue)

    assert caught.value.findings[0].path == place
    assert all("9" * 201 not in one.message for one in caught.value.findings)


def test_many_faults_are_reported_up_to_the_limit(catalogue: Catalogue) -> None:
    data = ATTESTATION.replace(b"listID=", b"list=")

    with pytest.raises(SchemaError) as caught:
        examine(data, catalogue)

    assert len(caught.value.findings) == MAX_FINDINGS
    assert caught.value.findings[0].path == "/Attestation/Header/DocumentType/@list"


@pytest.mark.parametrize(
    ("prefix", "place"),
    [
        ("", "/Receipt/Issuer"),
        ("r:", "/Receipt/Issuer"),
    ],
)
def test_place_is_readable_with_and_without_prefixes(
    prefix: str, place: str, catalogue: Catalogue
) -> None:
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    data = (
        f'<{prefix}Receipt {name}="urn:mrhub:receipt:1" Id="a" schemaVersion="1.0">'
        f"<{prefix}ReceiptID>urn:uuid:4f8a6a0e-52f0-4d0e-8b1e-6f2f0d3c9a11</{prefix}ReceiptID>"
        f"<{prefix}Stage>accepted</{prefix}Stage><{prefix}Outcome>accepted</{prefix}Outcome>"
        f"<{prefix}Issuer>CN-CB-0103</{prefix}Issuer></{prefix}Receipt>"
    ).encode()

    with pytest.raises(SchemaError) as caught:
        examine(data, catalogue)

    assert caught.value.findings[0].path == f"{place}/@schemeID"


@pytest.mark.parametrize(
    ("new", "found"),
    [
        (b"<c:AttestationID>x</c:AttestationID>", "AttestationID of urn:mrhub:common:1"),
        (b'<AttestationID xmlns="">x</AttestationID>', "AttestationID of no namespace"),
    ],
)
def test_element_of_another_namespace_is_named_with_it(
    new: bytes, found: str, catalogue: Catalogue
) -> None:
    with pytest.raises(SchemaError) as caught:
        examine(ATTESTATION.replace(b"<AttestationID>", new + b"<AttestationID>"), catalogue)

    assert caught.value.findings[0].path == "/Attestation/AttestationID"
    assert caught.value.findings[0].message.startswith(f"expected AttestationID, found {found}")


def test_signed_shape_conforms(catalogue: Catalogue) -> None:
    assert examine(with_signature(ATTESTATION, SIGNATURE), catalogue).kind == Kind.ATTESTATION


def test_signature_hidden_in_the_particulars_is_left_to_the_signature_gate(
    catalogue: Catalogue,
) -> None:
    draft = ATTESTATION.decode()
    before = draft[: draft.index("<p:ManagementSystemParticulars>")]
    _, end, after = draft.partition("</p:ManagementSystemParticulars>")
    assert end
    hidden = before + SIGNATURE + after

    assert examine(hidden.encode(), catalogue).kind == Kind.ATTESTATION


def test_faults_of_documents_examined_at_once_are_not_mixed(catalogue: Catalogue) -> None:
    samples = bad_samples() * 8

    def first(sample: BadSample) -> tuple[str, str]:
        try:
            examine(sample.path.read_bytes(), catalogue)
        except SchemaError as error:
            return error.findings[0].code, error.findings[0].path
        return "", ""

    usual = sys.getswitchinterval()
    # Threads that take turns often meet while they compile, where imports were lost.
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(max_workers=4) as pool:
            found = list(pool.map(first, samples))
    finally:
        sys.setswitchinterval(usual)

    assert found == [(sample.code, sample.place) for sample in samples]
