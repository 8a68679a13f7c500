"""Gate 2: what conforms, what does not, and what a catalogue must be."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import pytest

from exchange.codes.gates import SchemaCode
from exchange.codes.service import SettingsCode
from exchange.core.limits import Limits
from exchange.core.model import Kind
from exchange.core.schema import MAX_FINDINGS, Catalogue, Conforming, conform
from exchange.core.xml import parse
from exchange.errors import SchemaError, SettingsError
from exchange.service.materials import load_catalogue, schemas_folder, write_digests
from tests.core.schema_samples import (
    SIGNATURE,
    BadSample,
    bad_samples,
    good_samples,
    label,
    with_signature,
)

LIMITS = Limits()
FOLDER = schemas_folder()
ATTESTATION = (FOLDER / "attestation/samples/good/sa-qms-construction.xml").read_bytes()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def examine(data: bytes, catalogue: Catalogue, limits: Limits = LIMITS) -> Conforming:
    return conform(parse(data, limits), catalogue, limits)


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

    assert named == set(FOLDER.glob("*/samples/bad/*.xml"))
    assert len(named) >= 25


@pytest.mark.parametrize("sample", good_samples(), ids=label)
def test_good_sample_conforms_to_the_kind_of_its_folder(sample: Path, catalogue: Catalogue) -> None:
    found = examine(sample.read_bytes(), catalogue)

    assert found.kind == sample.parts[-4]
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


# The catalogue


def materials() -> tuple[dict[str, bytes], dict[str, object]]:
    files = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*.xsd")
    }
    manifest = json.loads((FOLDER / "catalogue.json").read_bytes())
    return files, manifest


def rebuilt(files: dict[str, bytes], manifest: dict[str, object]) -> Catalogue:
    schemas = manifest["schemas"]
    assert isinstance(schemas, list)
    for one in schemas:
        if one["file"] in files:
            one["sha256"] = sha256(files[one["file"]]).hexdigest()
    return Catalogue.build(files, json.dumps(manifest).encode())


RECEIPT = "receipt/receipt-1.xsd"
Change = Callable[[dict[str, bytes], dict[str, object]], None]


def replaced(old: bytes, new: bytes, name: str = RECEIPT) -> Change:
    def change(files: dict[str, bytes], _manifest: dict[str, object]) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


def without_file(files: dict[str, bytes], _manifest: dict[str, object]) -> None:
    del files[RECEIPT]


def without_documents(_files: dict[str, bytes], manifest: dict[str, object]) -> None:
    manifest["documents"] = []


def unknown_kind(_files: dict[str, bytes], manifest: dict[str, object]) -> None:
    manifest["documents"] = [
        {"kind": "invoice", "file": RECEIPT, "root": "Receipt", "version": "1.0"}
    ]


def registered_twice(_files: dict[str, bytes], manifest: dict[str, object]) -> None:
    one = {"kind": "receipt", "file": RECEIPT, "root": "Receipt", "version": "1.0"}
    manifest["documents"] = [one, dict(one)]


def two_of_one_namespace(files: dict[str, bytes], manifest: dict[str, object]) -> None:
    files["receipt/other.xsd"] = files[RECEIPT]
    schemas = manifest["schemas"]
    assert isinstance(schemas, list)
    schemas.append({"namespace": "urn:mrhub:receipt:1", "file": "receipt/other.xsd"})
    manifest["documents"] = [
        {
            "kind": "receipt",
            "file": RECEIPT,
            "root": "Receipt",
            "version": "1.0",
            "with": ["receipt/other.xsd"],
        }
    ]


COMMON = b'schemaLocation="../common/common-1.xsd"'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(without_file, "the file that the manifest names", id="missing file"),
        pytest.param(
            replaced(COMMON, b'schemaLocation="http://example.org/common.xsd"'),
            "import of urn:mrhub:common:1",
            id="import from elsewhere",
        ),
        pytest.param(
            replaced(COMMON, b'schemaLocation="../../../etc/passwd"'),
            "import of urn:mrhub:common:1",
            id="import from outside",
        ),
        pytest.param(replaced(COMMON, b""), "expected a schemaLocation", id="no location"),
        pytest.param(
            replaced(COMMON, b'schemaLocation="../signature/xades-profile.xsd"'),
            "with that namespace",
            id="location of another namespace",
        ),
        pytest.param(
            replaced(b'targetNamespace="urn:mrhub:receipt:1"', b'targetNamespace="urn:x:1"'),
            "namespace: expected urn:mrhub:receipt:1, found urn:x:1",
            id="another namespace than listed",
        ),
        pytest.param(
            replaced(b"<xs:simpleType", b'<xs:redefine schemaLocation="x.xsd"/><xs:simpleType'),
            "no redefinition",
            id="redefinition",
        ),
        pytest.param(
            replaced(b"<xs:schema", b"<!DOCTYPE xs:schema><xs:schema"),
            "no document type",
            id="document type",
        ),
        pytest.param(replaced(b"</xs:schema>", b""), "expected a schema", id="not well-formed"),
        pytest.param(
            replaced(b'type="c:SHA256"', b'type="c:SHA257"'), "that compiles", id="missing type"
        ),
        pytest.param(without_documents, "at least one document", id="nothing registered"),
        pytest.param(unknown_kind, "invoice", id="unknown kind"),
        pytest.param(registered_twice, "registered twice", id="registered twice"),
        pytest.param(two_of_one_namespace, "same namespace", id="two files of one namespace"),
    ],
)
def test_catalogue_that_is_not_whole_is_refused(change: Change, words: str) -> None:
    files, manifest = materials()
    change(files, manifest)

    with pytest.raises(SettingsError) as caught:
        rebuilt(files, manifest)

    assert caught.value.code == SettingsCode.CATALOGUE
    assert words in caught.value.findings[0].message


def test_catalogue_with_a_changed_file_is_refused() -> None:
    files, manifest = materials()
    files[RECEIPT] += b"\n"

    with pytest.raises(SettingsError, match="digest: expected"):
        Catalogue.build(files, json.dumps(manifest).encode())


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"schemas": [{}], "documents": []}'])
def test_manifest_that_is_not_one_is_refused(manifest: bytes) -> None:
    with pytest.raises(SettingsError) as caught:
        Catalogue.build({}, manifest)

    assert caught.value.code == SettingsCode.CATALOGUE


def test_manifest_names_every_schema_file_with_its_digest() -> None:
    files, manifest = materials()
    schemas = manifest["schemas"]
    assert isinstance(schemas, list)

    assert {one["file"]: one["sha256"] for one in schemas} == {
        name: sha256(data).hexdigest() for name, data in files.items()
    }


def test_digests_are_written_once(tmp_path: Path) -> None:
    (tmp_path / "a.xsd").write_bytes(b"<a/>")
    (tmp_path / "catalogue.json").write_text(
        '{"schemas": [{"file": "a.xsd", "sha256": ""}]}', encoding="utf-8"
    )

    assert write_digests(tmp_path)
    assert not write_digests(tmp_path)
    assert sha256(b"<a/>").hexdigest() in (tmp_path / "catalogue.json").read_text(encoding="utf-8")


def test_versions_of_one_document_live_side_by_side() -> None:
    files, manifest = materials()
    newer = "receipt/receipt-1.1.xsd"
    files[newer] = files[RECEIPT].replace(b'value="failed"', b'value="forwarded"')
    schemas, documents = manifest["schemas"], manifest["documents"]
    assert isinstance(schemas, list)
    assert isinstance(documents, list)
    schemas.append({"namespace": "urn:mrhub:receipt:1", "file": newer})
    documents.append({"kind": "receipt", "file": newer, "root": "Receipt", "version": "1.1"})
    catalogue = rebuilt(files, manifest)
    failed = (FOLDER / "receipt/samples/good/failed.xml").read_bytes()
    forwarded = failed.replace(b"<Stage>failed", b"<Stage>forwarded")
    later = forwarded.replace(b'schemaVersion="1.0"', b'schemaVersion="1.1"')

    assert examine(failed, catalogue).version == "1.0"
    assert examine(later, catalogue).version == "1.1"
    with pytest.raises(SchemaError, match="forwarded"):
        examine(forwarded, catalogue)


def test_catalogue_travels_to_another_process(catalogue: Catalogue) -> None:
    arrived = pickle.loads(pickle.dumps(catalogue))  # noqa: S301 - made a line above

    assert arrived == catalogue
    assert examine(ATTESTATION, arrived).kind == Kind.ATTESTATION


def test_every_kind_has_a_limit() -> None:
    assert set(LIMITS.max_bytes_per_kind) == set(Kind)
