"""What a catalogue must be: whole, unchanged, several versions side by side."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from exchange.codes.service import SettingsCode
from exchange.core.limits import Limits
from exchange.core.model import Kind
from exchange.core.schema import Catalogue
from exchange.errors import SchemaError, SettingsError
from exchange.service.materials import load_catalogue, schemas_folder, write_digests
from tests.core.schema_samples import examine

FOLDER = schemas_folder()
ATTESTATION = (
    FOLDER / "schemes/management-systems/samples/good/sa-qms-construction.xml"
).read_bytes()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def materials() -> tuple[dict[str, bytes], dict[str, object]]:
    files = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*.xsd")
    }
    manifest = json.loads(load_catalogue().manifest)
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
    assert set(Limits().max_bytes_per_kind) == set(Kind)
