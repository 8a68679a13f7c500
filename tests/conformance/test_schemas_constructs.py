"""Shared schemas avoid what divides validators, and every one keeps a place for a signature."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from exchange.service.materials import load_catalogue, schemas_folder

XS = "http://www.w3.org/2001/XMLSchema"
FOLDER = schemas_folder()
SCHEMAS = sorted(FOLDER.rglob("*.xsd"))
TYPES = {f"xs:{name}" for name in ("anyURI", "IDREF", "IDREFS", "ENTITY", "QName", "NOTATION")}
ASSERTIONS = ("assert", "assertion", "alternative", "openContent", "override")


def identify(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


@pytest.mark.parametrize("path", SCHEMAS, ids=identify)
def test_schema_avoids_types_on_which_validators_disagree(path: Path) -> None:
    root = etree.parse(path).getroot()

    used = {
        str(value)
        for element in root.iter("{*}*")
        for name, value in element.attrib.items()
        if name in {"type", "base", "itemType"}
    }

    assert root.nsmap.get("xs") == XS
    assert used & TYPES == set()


@pytest.mark.parametrize("path", SCHEMAS, ids=identify)
def test_schema_has_no_category_escapes_nor_digits_of_every_script(path: Path) -> None:
    patterns = [element.get("value", "") for element in etree.parse(path).iter(f"{{{XS}}}pattern")]

    for escape in (r"\p", r"\P", r"\w", r"\W", r"\d", r"\D"):
        assert [pattern for pattern in patterns if escape in pattern] == []


@pytest.mark.parametrize("path", SCHEMAS, ids=identify)
def test_schema_is_of_version_one_and_opens_with_its_purpose(path: Path) -> None:
    root = etree.parse(path).getroot()

    assert [
        name for name in ASSERTIONS if next(root.iter(f"{{{XS}}}{name}"), None) is not None
    ] == []
    assert root.find(f"{{{XS}}}annotation/{{{XS}}}documentation") is not None


def test_every_signed_root_has_its_signature_as_last_child() -> None:
    catalogue = load_catalogue()

    for document in catalogue.documents:
        schema = etree.fromstring(catalogue.files[document.files[0]])
        root = schema.find(f"{{{XS}}}element[@name='{etree.QName(document.root).localname}']")
        assert root is not None
        sequence = root.find(f".//{{{XS}}}sequence")
        if sequence is None:
            sequence = schema.find(
                f"{{{XS}}}complexType[@name='{root.get('type')}']/{{{XS}}}sequence"
            )
        assert sequence is not None
        assert sequence[-1].get("ref") == "ds:Signature", document.root


SHEETS = sorted(
    path for path in SCHEMAS if path.parent.name not in {"common", "signature", "trust-list"}
)


@pytest.mark.parametrize("path", SHEETS, ids=identify)
def test_sheet_for_people_has_a_row_for_every_element(path: Path) -> None:
    sheet = (path.parent / "README.md").read_text(encoding="utf-8")
    tree = etree.parse(path)

    elements = [
        (element.get("name") or element.get("ref") or "", bounds(element))
        for element in tree.iter(f"{{{XS}}}element")
        if element.getparent() is not tree.getroot()
    ]

    assert elements
    rows = said_in(sheet)
    missing = [
        (name, much)
        for name, much in elements
        if f"| {name} | {much}" not in sheet and much not in rows.get(name, set())
    ]
    assert missing == []


def said_in(sheet: str) -> dict[str, set[str]]:
    """Return how often each element may stand, as the tables of a sheet say it.

    A row may name several elements, and may say in which one they stand before the number.
    """
    found: dict[str, set[str]] = {}
    for line in sheet.splitlines():
        if not line.startswith("| "):
            continue
        names, *cells = (cell.strip() for cell in line.strip("| ").split(" | "))
        for name in names.split(", "):
            found.setdefault(name, set()).update(cells[:2])
    return found


def bounds(element: etree._Element) -> str:
    least = element.get("minOccurs") or "1"
    most = element.get("maxOccurs") or "1"
    return least if least == most else f"{least} to {'n' if most == 'unbounded' else most}"
