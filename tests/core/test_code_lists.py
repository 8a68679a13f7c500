"""Code lists: membership by day, registers, origins."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from exchange.codes.service import SettingsCode
from exchange.core.code_lists import CodeLists
from exchange.core.model import Status
from exchange.errors import SettingsError
from exchange.service.materials import code_list_files, load_catalogue, load_code_lists
from tests.core.schema_samples import good_samples, label

TODAY = date(2026, 11, 22)
MANAGEMENT_SYSTEMS = "urn:mrhub:scheme:management-systems"
CCC = "urn:mrhub:scheme:ccc"


@pytest.fixture(scope="module")
def lists() -> CodeLists:
    return load_code_lists()


def files() -> dict[str, bytes]:
    return code_list_files()


@pytest.mark.parametrize(
    ("list_id", "code", "on", "expected"),
    [
        ("IAF-ID1", "39", TODAY, True),
        ("IAF-ID1", "40", TODAY, False),
        ("IAF-ID1", "03", TODAY, False),
        ("IAF-ID2", "1", TODAY, False),
        ("ISO3166-1", "KZ", TODAY, True),
        ("ISO3166-1", "XG", TODAY, True),
        ("ISO3166-1", "UK", TODAY, False),
        ("HS", "85", TODAY, True),
        ("HS", "851679", TODAY, True),
        ("HS", "850000", TODAY, False),
        ("CCC-CLASS", "0901", TODAY, True),
        ("CCC-CLASS", "0901", date(2001, 1, 1), False),
        ("CCC-CLASS", "9999", TODAY, False),
        ("REC20", "KGM", TODAY, True),
        ("REC20", "kgm", TODAY, False),
        ("UNCL1001", "2", TODAY, True),
        ("MRHUB-REASON", "", TODAY, False),
    ],
)
def test_code_is_on_its_list_or_not(
    list_id: str, code: str, on: date, lists: CodeLists, *, expected: bool
) -> None:
    assert lists.contains(list_id, code, on) is expected


def test_iaf_sectors_are_thirty_nine(lists: CodeLists) -> None:
    assert set(lists.lists["IAF-ID1"].items) == {str(number) for number in range(1, 40)}


def test_every_list_states_origin_terms_and_version() -> None:
    for name, data in files().items():
        content = json.loads(data)
        assert content["source"], name
        assert content["licence"], name
        assert content["version"], name
        assert content["title"], name
        assert len(data) < 400_000, name


def test_versions_change_with_the_content_of_a_list(lists: CodeLists) -> None:
    changed = files()
    name = "code-lists/reasons.json"
    changed[name] = changed[name].replace(b"An error", b"One error")
    other = CodeLists.build(changed)

    assert set(other.versions) == set(lists.versions)
    assert {one for one in other.versions if other.versions[one] != lists.versions[one]} == {
        "MRHUB-REASON"
    }


def test_statuses_are_those_of_the_model(lists: CodeLists) -> None:
    known = {status: lists.status(status) for status in Status}

    assert [status for status, entry in known.items() if entry and entry.valid_for_recognition] == [
        Status.ACTIVE
    ]
    assert all(entry is not None and entry.others["CertSearch"] for entry in known.values())
    assert lists.status("paused") is None


def test_scheme_register_names_particulars_that_the_catalogue_has(lists: CodeLists) -> None:
    catalogue = load_catalogue()
    names = {
        f"{{{etree.fromstring(data).get('targetNamespace')}}}{element.get('name')}"
        for data in catalogue.files.values()
        for element in etree.fromstring(data).iterchildren("{*}element")
    }

    assert {scheme.particulars for scheme in lists.schemes()} <= names
    assert {(scheme.id, scheme.version) for scheme in lists.schemes()} >= {
        (MANAGEMENT_SYSTEMS, "1"),
        (CCC, "1"),
    }


def test_ccc_number_pattern_names_its_parts(lists: CodeLists) -> None:
    scheme = lists.scheme(CCC, "1")
    assert scheme is not None
    assert scheme.number_pattern is not None

    parts = re.fullmatch(scheme.number_pattern, "2016010901123456")

    assert parts is not None
    assert parts.groupdict() == {"year": "2016", "cab": "01", "class": "0901", "serial": "123456"}


@pytest.mark.parametrize(
    ("scheme_id", "number", "expected"),
    [
        (MANAGEMENT_SYSTEMS, "ISO 9001", True),
        (MANAGEMENT_SYSTEMS, "ГОСТ Р ИСО 9001", True),
        (MANAGEMENT_SYSTEMS, "ISO 9002", False),
        (MANAGEMENT_SYSTEMS, "", False),
        (CCC, "GB 4943.1", True),
        (CCC, "IEC 62368-1", False),
    ],
)
def test_scheme_certifies_against_its_standards_only(
    scheme_id: str, number: str, lists: CodeLists, *, expected: bool
) -> None:
    scheme = lists.scheme(scheme_id, "1")

    assert scheme is not None
    assert scheme.certifies(number) is expected


def test_unknown_entries_are_none(lists: CodeLists) -> None:
    assert lists.scheme(CCC, "2") is None
    assert lists.standard("ISO 9001", "1999") is None
    assert lists.arrangement("EA-MLA") is None


@pytest.mark.parametrize(
    ("number", "edition", "on", "expected"),
    [
        ("ISO 9001", "2015", TODAY, True),
        ("ISO 9001", "2008", date(2015, 9, 14), True),
        ("ISO 9001", "2008", date(2018, 9, 14), True),
        ("ISO 9001", "2008", date(2018, 9, 15), False),
        ("ISO/IEC 27001", "2013", date(2025, 10, 31), True),
        ("ISO/IEC 27001", "2013", date(2025, 11, 1), False),
        ("GB 4706.1", "2005", date(2026, 8, 1), False),
    ],
)
def test_edition_is_usable_until_it_is_withdrawn_and_its_transition_ends(
    number: str, edition: str, on: date, lists: CodeLists, *, expected: bool
) -> None:
    found = lists.standard(number, edition)

    assert found is not None
    assert found.usable(on) is expected


def test_national_adoption_names_what_it_is_identical_to(lists: CodeLists) -> None:
    found = lists.standard("GB/T 19001", "2016")

    assert found is not None
    assert found.identical_to == ("ISO 9001", "2015")


@pytest.mark.parametrize(
    ("arrangement", "authority", "scope", "on", "expected"),
    [
        ("GAC-MRA", "CN-AB-CNAS", "ISO/IEC 17021-1", TODAY, True),
        ("GAC-MRA", "CN-AB-CNAS", "ISO/IEC 17021-1", date(2025, 12, 31), False),
        ("GAC-MRA", "CN-AB-CNAS", "ISO/IEC 17024", TODAY, False),
        ("IAF-MLA", "PT-AB-IPAC", "ISO/IEC 17021-1", date(2024, 5, 6), True),
        ("IAF-MLA", "RU-AB-RUSACC", "ISO/IEC 17021-1", TODAY, False),
        ("ILAC-MRA", "RU-AB-RUSACC", "ISO/IEC 17025", date(2017, 7, 10), False),
        ("ILAC-MRA", "RU-AB-RUSACC", "ISO/IEC 17025", date(2017, 7, 11), True),
        ("IAF-MLA", "XG-AB-GAC", "ISO/IEC 17065", TODAY, True),
        ("IAF-MLA", "XG-AB-GAC", "ISO/IEC 17021-1", TODAY, False),
        ("IAF-MLA", "GE-AB-GAC", "ISO/IEC 17021-1", TODAY, True),
        ("IAF-MLA", "IR-AB-NACI", "ISO/IEC 17021-1", TODAY, False),
    ],
)
def test_arrangement_recognises_its_signatories_for_their_scopes_and_days(
    arrangement: str, authority: str, scope: str, on: date, lists: CodeLists, *, expected: bool
) -> None:
    found = lists.arrangement(arrangement)

    assert found is not None
    assert found.is_global
    assert found.recognises(authority, scope, on) is expected


@pytest.mark.parametrize("sample", good_samples(), ids=label)
def test_every_code_of_a_good_sample_is_on_its_list(sample: Path, lists: CodeLists) -> None:
    codes = [
        (one.get("listID", ""), one.text or "")
        for one in etree.fromstring(sample.read_bytes()).iter("{*}*")
        if "listID" in one.attrib
    ]

    # A commodity code may be longer than the stem that the Harmonized System gives it.
    assert [
        (list_id, code)
        for list_id, code in codes
        if not lists.contains(list_id, code[:6] if list_id == "HS" else code, TODAY)
    ] == []


def broken(name: str, data: bytes) -> dict[str, bytes]:
    return {**files(), name: data}


ITEM = b'{"id": "X", "version": "1", "source": "s", "licence": "l", "items": [%s]}'


@pytest.mark.parametrize(
    "content",
    [
        broken("x.json", b""),
        broken("x.json", b"[]"),
        broken("x.json", ITEM % b""),
        broken("x.json", ITEM % b'{"code": "a"}'),
        broken("x.json", ITEM % b'{"code": "a", "name": {"fr": "a"}}'),
        broken("x.json", ITEM % b'{"code": "a", "name": {"en": "a"}, "valid_from": "2026-02-30"}'),
        broken("x.json", ITEM.replace(b'"l"', b'""') % b'{"code": "a", "name": {"en": "a"}}'),
        broken("x.json", files()["code-lists/reasons.json"]),
        broken(
            "schemes.json",
            files()["schemes.json"].replace(b"(?P<year>", b"((?P<year>"),
        ),
        broken(
            "code-lists/standards.json",
            files()["code-lists/standards.json"].replace(b"2004", b"2015"),
        ),
        {},
        {name: data for name, data in files().items() if name != "schemes.json"},
    ],
    ids=[
        "no JSON",
        "no object",
        "empty list",
        "no name",
        "no English name",
        "no such day",
        "no terms",
        "id twice",
        "pattern that is none",
        "edition twice",
        "no files",
        "register missing",
    ],
)
def test_lists_that_cannot_be_used_are_refused(content: dict[str, bytes]) -> None:
    with pytest.raises(SettingsError) as caught:
        CodeLists.build(content)

    assert caught.value.code == SettingsCode.CODE_LISTS
