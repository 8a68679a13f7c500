"""What the folders of schemes add to the manifest, and what they cannot."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import pytest

from exchange.codes.service import SettingsCode
from exchange.core.manifest import register_of_schemes, with_schemes
from exchange.errors import SettingsError
from exchange.service import materials

MANIFEST = json.dumps(
    {
        "schemas": [{"namespace": "urn:a", "file": "a.xsd", "sha256": "0"}],
        "documents": [{"kind": "attestation", "schemes": True, "with": ["b.xsd"]}, {"kind": "x"}],
    }
).encode()


def entry(code: str) -> bytes:
    return json.dumps(
        {"code": code, "schema": {"namespace": code, "file": f"{code}.xsd", "sha256": "1"}}
    ).encode()


def test_schemes_stand_behind_the_others_in_the_order_of_their_folders() -> None:
    whole = json.loads(with_schemes(MANIFEST, {"tea": entry("tea"), "rice": entry("rice")}))

    assert [one["file"] for one in whole["schemas"]] == [
        "a.xsd",
        "schemes/rice/rice.xsd",
        "schemes/tea/tea.xsd",
    ]
    first, second = whole["documents"]
    assert first["with"] == ["b.xsd", "schemes/rice/rice.xsd", "schemes/tea/tea.xsd"]
    assert "with" not in second


def test_same_folders_make_the_same_octets() -> None:
    some = {"tea": entry("tea"), "rice": entry("rice")}

    assert with_schemes(MANIFEST, some) == with_schemes(
        MANIFEST, dict(sorted(some.items(), reverse=True))
    )


def test_register_of_schemes_says_nothing_about_schemas() -> None:
    register = json.loads(register_of_schemes({"tea": entry("tea"), "rice": entry("rice")}))

    assert register["id"] == "MRHUB-SCHEME"
    assert register["items"] == [{"code": "rice"}, {"code": "tea"}]


@pytest.mark.parametrize(
    ("manifest", "scheme", "place"),
    [
        pytest.param(b"{", entry("tea"), "catalogue.json", id="no manifest"),
        pytest.param(b"[]", entry("tea"), "catalogue.json", id="a list"),
        pytest.param(b"{}", entry("tea"), "catalogue.json", id="a manifest without schemas"),
        pytest.param(MANIFEST, b"", "tea/scheme.json", id="an empty entry"),
        pytest.param(MANIFEST, b"[]", "tea/scheme.json", id="an entry that is a list"),
        pytest.param(MANIFEST, b"{}", "tea/scheme.json", id="an entry without a schema"),
        pytest.param(MANIFEST, b'{"schema": "x"}', "tea/scheme.json", id="a schema that is a word"),
    ],
)
def test_what_cannot_be_read_is_named(manifest: bytes, scheme: bytes, place: str) -> None:
    with pytest.raises(SettingsError) as caught:
        with_schemes(manifest, {"tea": scheme})

    assert caught.value.code == SettingsCode.CATALOGUE
    assert caught.value.findings[0].path == place


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of schemas of a release of its own."""
    copytree(materials.schemas_folder(), tmp_path / "schemas")
    monkeypatch.setattr(materials, "_PACKAGE", tmp_path / "exchange")
    return tmp_path / "schemas"


def test_folder_without_an_entry_is_no_scheme(release: Path) -> None:
    (release / "schemes" / "ccc" / "scheme.json").unlink()

    catalogue, lists = materials.load_catalogue(), materials.load_code_lists()

    assert "schemes/ccc/ccc-1.xsd" not in catalogue.files
    assert lists.scheme("urn:mrhub:scheme:ccc", "1") is None
    assert "CCC-CLASS" not in lists.lists


def test_schema_of_a_scheme_is_held_to_its_digest(release: Path) -> None:
    schema = release / "schemes" / "ccc" / "ccc-1.xsd"
    schema.write_bytes(schema.read_bytes() + b"\n")

    with pytest.raises(SettingsError) as caught:
        materials.load_catalogue()

    assert caught.value.findings[0].path == "schemes/ccc/ccc-1.xsd"
    assert [path.parent.name for path, _ in materials.other_digests(release)] == ["ccc"]
    assert materials.write_digests(release)
    assert not materials.write_digests(release)
    materials.load_catalogue()
    assert sha256(schema.read_bytes()).hexdigest() in (
        (schema.parent / "scheme.json").read_text(encoding="utf-8")
    )


def test_another_scheme_changes_the_digest_of_the_catalogue(release: Path) -> None:
    before = materials.load_catalogue()
    entry_file = release / "schemes" / "ccc" / "scheme.json"
    entry_file.rename(entry_file.with_suffix(".bak"))

    assert materials.load_catalogue() != before
    assert materials.load_catalogue().digest != before.digest


@pytest.mark.parametrize("name", ["cn-ccc-kettle", "kr-qms-transition"])
def test_good_sample_is_found_in_the_folder_of_its_scheme(name: str) -> None:
    assert materials.good_sample("attestation", name).is_file()


def test_good_sample_that_is_missing_or_stands_twice_is_refused(release: Path) -> None:
    here = materials.good_sample("attestation", "cn-ccc-kettle")
    there = release / "schemes" / "management-systems" / "samples" / "good" / here.name
    there.write_bytes(here.read_bytes())

    for name in ("cn-ccc-kettle", "moon-rock"):
        with pytest.raises(SettingsError):
            materials.good_sample("attestation", name)
