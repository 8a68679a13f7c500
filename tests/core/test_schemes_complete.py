"""A scheme is whole, or this says what is missing of it.

Every folder below `schemas/schemes` and every file of rules is looked at, whatever the catalogue
knows: a folder that nobody finished is found here and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from lxml import etree

from exchange.core.rules import schemes
from exchange.core.rules.entry import Decided
from exchange.core.rules.scheme_files import ALL_SCHEMES
from exchange.core.rules.scheme_rules import SchemeRules
from exchange.core.schema import XS
from exchange.core.sentences import LANGUAGES
from exchange.service.materials import load_code_lists, schemas_folder
from tests.core.schema_samples import bad_samples, good_samples

FOLDER: Final = schemas_folder() / "schemes"
TESTS: Final = Path(__file__).resolve().parent / "rules" / "schemes"
RULES: Final = Path(schemes.__path__[0])
NUMBERS: Final = ("PartyID", "PostalCode", "ApprovalNumber", "CABCode")
ENOUGH_GOOD: Final = 6
ENOUGH_BAD: Final = 12

IN_FOLDERS: Final = {path.name for path in FOLDER.iterdir() if path.is_dir()}
IN_RULES: Final = {
    path.stem.replace("_", "-") for path in RULES.glob("*.py") if path.stem != "__init__"
}
WANTED: Final = {
    "ccc", "green-product", "management-systems", "organic", "premium-product", "railway",
    "regional-brand", "same-line", "service", "test-report",
}  # fmt: skip
"""The schemes of documents and rules, section 9, and this project's own for test reports."""
NAMES: Final = sorted(IN_FOLDERS | IN_RULES | WANTED)


def entry_of(name: str) -> dict[str, Any]:
    """Return what the folder of a scheme says about it; nothing where there is no file."""
    path = FOLDER / name / "scheme.json"
    found: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    return found


def rules_of(name: str) -> SchemeRules | None:
    """Return the rules of a scheme, if it has a file of them."""
    return next((one for one in ALL_SCHEMES if one.scheme == f"urn:mrhub:scheme:{name}"), None)


def of_the_folder(name: str, folder: Path) -> Iterator[str]:
    """Yield what is missing of the entry and of the schema."""
    entry = entry_of(name)
    own = entry.get("schema", {})
    schema = folder / f"{name}-1.xsd"
    if not entry:
        yield "scheme.json"
    elif entry["code"] != f"urn:mrhub:scheme:{name}":
        yield f"scheme.json: the code urn:mrhub:scheme:{name}"
    if not schema.is_file():
        yield schema.name
        return
    if entry and own.get("file") != schema.name:
        yield f"scheme.json: {schema.name} under schema.file"
    if entry and own.get("sha256") != sha256(schema.read_bytes()).hexdigest():
        yield "scheme.json: the digest of its schema (python -m exchange.service.materials)"
    tree = etree.parse(schema)
    if tree.getroot().get("targetNamespace") != f"urn:mrhub:scheme:{name}:1":
        yield f"{schema.name}: the namespace urn:mrhub:scheme:{name}:1"
    sheet = folder / "README.md"
    if not sheet.is_file():
        yield "README.md, the sheet for people"
        return
    text = sheet.read_text(encoding="utf-8")
    for element in tree.iter(f"{{{XS}}}element"):
        element_name = element.get("name")
        if element_name is not None and not re.search(rf"\b{element_name}\b", text):
            yield f"README.md: the element {element_name}"


def of_the_names(name: str) -> Iterator[str]:
    """Yield the languages in which a scheme has no name."""
    named = entry_of(name).get("name")
    if named is not None:
        missed = [language for language in LANGUAGES if not named.get(language, "").strip()]
        yield from (f"scheme.json: its name in {language}" for language in missed)


def of_the_samples(folder: Path) -> Iterator[str]:
    """Yield what is missing of the samples."""
    good = [path for path in good_samples() if path.is_relative_to(folder)]
    bad = {sample.path for sample in bad_samples() if sample.path.is_relative_to(folder)}
    found = set((folder / "samples" / "bad").glob("*.xml"))
    if len(good) < ENOUGH_GOOD:
        yield f"{ENOUGH_GOOD - len(good)} good samples"
    if len(bad) < ENOUGH_BAD:
        yield f"{ENOUGH_BAD - len(bad)} bad samples"
    for path in sorted(found ^ bad):
        yield f"samples/bad: {path.name} both as a file and in expected.tsv"


def of_the_rules(name: str) -> Iterator[str]:
    """Yield what is missing of the rules and of their tests."""
    file = name.replace("-", "_")
    rules = rules_of(name)
    test = TESTS / f"test_{file}.py"
    if rules is None:
        yield f"exchange/core/rules/schemes/{file}.py"
    elif not rules.rules:
        yield f"{file}.py: rules"
    if not test.is_file():
        yield f"tests/core/rules/schemes/{test.name}"
    if rules is None:
        return
    if rules.particulars != entry_of(name).get("particulars"):
        yield "scheme.json: the particulars that its rules read"
    said = test.read_text(encoding="utf-8") if test.is_file() else ""
    for rule in rules.rules:
        if rule.decided is not Decided.HERE or not rule.source.startswith(rule.id):
            yield f"{rule.id}: a source that begins with its identifier"
        for code in rule.codes:
            if not re.search(rf"Code\.{code.name}\b", said):
                yield f"{test.name}: a test that provokes {code.value}"


def missing(name: str) -> list[str]:
    """Return everything that a scheme lacks, in words."""
    folder = FOLDER / name
    return [
        *of_the_folder(name, folder),
        *of_the_names(name),
        *of_the_samples(folder),
        *of_the_rules(name),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_scheme_is_whole(name: str) -> None:
    lacking = missing(name)

    assert not lacking, f"{name} lacks\n" + "\n".join(lacking)


@pytest.mark.parametrize("name", sorted(WANTED))
def test_scheme_has_a_name_of_its_own_in_every_language(name: str) -> None:
    named = entry_of(name)["name"]

    assert list(named) == ["en", "zh", "ru", "ar", "fr", "es"]
    assert set(named) == set(LANGUAGES)
    # A name in another language is a translation, never the English one again.
    assert len(set(named.values())) == len(LANGUAGES)


@pytest.mark.parametrize("name", sorted(WANTED))
def test_sheet_of_a_scheme_says_what_in_it_is_a_proposal(name: str) -> None:
    sheet = (FOLDER / name / "README.md").read_text(encoding="utf-8")

    assert re.search(r"proposals?\s+of\s+this\s+project", sheet)


@pytest.mark.parametrize("name", ["change-types", "permanence", "reasons", "statuses"])
def test_what_readers_are_told_of_a_status_has_a_name_in_every_language(name: str) -> None:
    items = json.loads((schemas_folder() / "code-lists" / f"{name}.json").read_bytes())["items"]

    lacking = [
        f"{one['code']} in {language}"
        for one in items
        for language in LANGUAGES
        if not one["name"].get(language, "").strip()
    ]
    assert items
    assert not lacking, lacking


def test_scheme_that_nobody_began_lacks_everything() -> None:
    assert missing("moon-rock") == [
        "scheme.json",
        "moon-rock-1.xsd",
        "6 good samples",
        "12 bad samples",
        "exchange/core/rules/schemes/moon_rock.py",
        "tests/core/rules/schemes/test_moon_rock.py",
    ]


def test_good_samples_of_attestations_have_names_of_their_own() -> None:
    places: dict[str, list[str]] = {}
    for path in good_samples():
        if path.is_relative_to(FOLDER) or path.parts[-4] == "attestation":
            places.setdefault(path.stem, []).append(path.parts[-4])

    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_register_of_schemes_is_that_of_the_folders() -> None:
    registered = {scheme.id for scheme in load_code_lists().schemes()}

    assert registered == {entry_of(name)["code"] for name in IN_FOLDERS if entry_of(name)}


def test_issuing_body_has_the_same_numbers_and_post_code_in_every_sample() -> None:
    said: dict[str, set[tuple[str, ...]]] = {}
    for path in good_samples():
        found = etree.parse(path).find("{*}IssuingBody")
        if found is not None:
            own = [one for name in NUMBERS for one in found.iter(f"{{*}}{name}")]
            place = tuple(one.text or "" for one in own)
            said.setdefault(place[0], set()).add(place)

    assert len(said) > 5
    assert {body: several for body, several in said.items() if len(several) > 1} == {}
