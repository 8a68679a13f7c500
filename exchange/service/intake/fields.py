"""Fields: every place of an attestation that a column can fill, read from the schemas themselves.

- The tree of elements comes from the schema of attestations and that of the scheme, in their
  order, so that a new scheme has its fields without a line of code.
- A field is written as a path below `Attestation`: `Validity/IssueDate`, `Holder/Name@zh`,
  `Holder/PartyID@USCC`, `Site#2/Address/City`, `SchemeParticulars/AuditType`.
- What follows `@` is the attribute that a value needs: the language of a text, the scheme of an
  identifier (`@NATIONAL:KZ` names its agency), the list of a code, the unit of an amount;
  further attributes follow by name: `@GRM,perUnitCode=KGM`. An attribute of an element with
  children is a field of its own: `SchemeParticulars/KeyIndicator/@better`.
- The list of a code need not be said where its name or the samples of the schemes tell it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from lxml import etree

from exchange.codes.intake import IntakeCode
from exchange.core.code_lists import CodeLists
from exchange.core.registers import SchemeEntry
from exchange.core.schema import Catalogue
from exchange.errors import Finding, SettingsError
from exchange.service.intake.declared import Element, Extra, Schemas, with_children
from exchange.service.materials import schemas_folder

ATTESTATION: Final = "urn:mrhub:attestation:1"
COMMON: Final = "urn:mrhub:common:1"
PARTICULARS: Final = "SchemeParticulars"
_STEP: Final = re.compile(r"(@?[A-Za-z][A-Za-z0-9]*)(?:#([1-9][0-9]{0,3}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a path: a name, and which of several, from 1."""

    name: str
    which: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPath:
    """A place in an attestation."""

    steps: tuple[Step, ...]
    extra: str = ""
    """What stands behind `@`."""
    element: Element
    """The declaration of the last step."""

    @property
    def text(self) -> str:
        """The path without its numbers and its attribute."""
        return "/".join(step.name for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeFields:
    """All fields of one scheme."""

    scheme: SchemeEntry
    root: Element
    lists: Mapping[str, str]
    """The list that a code is of, by path."""

    def path(self, written: str) -> FieldPath:
        """Return the place that a path names.

        Raises:
            SettingsError: There is no such place.
        """
        # An attribute of an element with children is a last step of its own: `…/@better`.
        path, _, extra = (written, "", "") if "/@" in written else written.partition("@")
        steps: list[Step] = []
        element = self.root
        for part in path.split("/"):
            found = _STEP.fullmatch(part)
            below = None if found is None else element.child(found[1])
            if found is None or below is None:
                raise _unknown(written, part, element)
            which = int(found[2] or 1)
            if which > below.most:
                raise _unknown(written, part, element)
            steps.append(Step(name=found[1], which=which))
            element = below
        if element.children:
            raise _unknown(written, "", element)
        _require_attributes(written, extra, element)
        return FieldPath(steps=tuple(steps), extra=extra, element=element)

    def each(self) -> Iterator[tuple[str, Element, bool]]:
        """Yield every field with its path, and whether it is needed whatever else is given."""
        yield from _each(self.root, "", is_needed=True)


def split_extra(extra: str) -> tuple[str, Mapping[str, str]]:
    """Return what follows `@`: the attribute without a name, and the named ones."""
    parts = [one for one in extra.split(",") if one]
    named = dict(one.split("=", 1) for one in parts if "=" in one)
    return next((one for one in parts if "=" not in one), ""), named


def _require_attributes(written: str, extra: str, element: Element) -> None:
    """Let pass a value with every attribute that it needs, and with none that it cannot have."""
    named = split_extra(extra)[1]
    missing = [one for one in element.needed if one not in named]
    unknown = [one for one in named if one not in element.others]
    if missing or unknown:
        wanted = ",".join(f"{one}=…" for one in element.needed) or ", ".join(element.others)
        raise SettingsError(
            Finding(
                code=IntakeCode.MAPPING_FIELD,
                path=written[:200],
                message=f"expected behind @ {wanted or 'no name'}, found {extra[:60]!r}",
            )
        )


def _each(element: Element, path: str, *, is_needed: bool) -> Iterator[tuple[str, Element, bool]]:
    for child in element.children:
        below = f"{path}/{child.name}" if path else child.name
        needed = is_needed and child.is_required
        if child.children:
            yield from _each(child, below, is_needed=needed)
        else:
            yield below, child, needed


def scheme_fields(catalogue: Catalogue, code_lists: CodeLists, scheme_id: str) -> SchemeFields:
    """Return the fields of a scheme, by its id or the last word of it.

    Raises:
        SettingsError: No such scheme is registered.
    """
    known = {entry.id: entry for entry in code_lists.schemes()}
    entry = known.get(scheme_id) or known.get(f"urn:mrhub:scheme:{scheme_id}")
    if entry is None:
        names = ", ".join(sorted(one.removeprefix("urn:mrhub:scheme:") for one in known))
        raise _fault("scheme", f"expected one of {names}, found {scheme_id[:60]!r}")
    reader = Schemas(catalogue.files)
    particulars = etree.QName(entry.particulars)
    root = reader.root(ATTESTATION, "Attestation")
    inner = reader.root(particulars.namespace or "", particulars.localname)
    children = tuple(
        _placed(child, inner) if child.name == PARTICULARS else child for child in root.children
    )
    whole = with_children(root, children)
    lists = _lists(whole, code_lists, entry)
    return SchemeFields(scheme=entry, root=whole, lists=lists)


def _placed(child: Element, inner: Element) -> Element:
    """Return `SchemeParticulars` with the children of the scheme's own element."""
    return with_children(child, inner.children)


_LISTS: Final[Mapping[str, str]] = {
    "Header/DocumentType": "UNCL1001",
    "Header/DocumentFunction": "UNCL1225",
    "Status/Code": "MRHUB-STATUS",
    "TakenOver/OriginalStatus": "MRHUB-STATUS",
    "Mark/Code": "MRHUB-MARK",
    "Authorisation/Kind": "MRHUB-AUTHORISATION-KIND",
    "Authorisation/Standard": "MRHUB-ACCREDITATION-STANDARD",
    "Requirement/Kind": "MRHUB-REQUIREMENT-KIND",
    "Evidence/Kind": "MRHUB-EVIDENCE-KIND",
    "RelatedAttestation/Relation": "MRHUB-RELATION",
    "Site/Role": "MRHUB-SITE-ROLE",
    "Site/Activity": "IAF-ID1",
    "Object/ManagementSystem/SectorCode": "IAF-ID1",
    "Object/Product/CommodityCode": "HS",
}


def _lists(root: Element, code_lists: CodeLists, entry: SchemeEntry) -> Mapping[str, str]:
    """Return the list of every code whose list is certain."""
    known = set(code_lists.versions)
    sampled = _sampled(entry.id.rpartition(":")[2])
    found: dict[str, str] = {}
    for path, element, _ in _each(root, "", is_needed=True):
        if Extra.LIST not in element.extras:
            continue
        parent, _, name = path.rpartition("/")
        dashed = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).upper()
        guesses = (
            _LISTS.get(path),
            sampled.get(path),
            "MRHUB-ACTOR-ROLE" if name == "Role" and parent.endswith("edBy") else None,
            "MRHUB-PARTY-ROLE" if name == "Role" else None,
            "MRHUB-CONTACT-KIND" if parent.endswith("Contact") else None,
            f"MRHUB-{dashed}",
        )
        chosen = next((one for one in guesses if one in known), None)
        if chosen is not None:
            found[path] = chosen
    return found


@lru_cache(maxsize=16)
def _sampled(name: str) -> Mapping[str, str]:
    """Return the lists that the good samples of a scheme use, where they agree on one."""
    folder = schemas_folder() / "schemes" / name / "samples" / "good"
    found: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*.xml")) if folder.is_dir() else ():
        _collect(path, found)
    return {path: lists.pop() for path, lists in found.items() if len(lists) == 1}


def _collect(file: Path, found: dict[str, set[str]]) -> None:
    root = etree.parse(file).getroot()
    for element in root.iter("*"):
        listed = element.get("listID")
        if listed is None:
            continue
        names = [etree.QName(one).localname for one in element.iterancestors()][:-1][::-1]
        names.append(etree.QName(element).localname)
        if names[0] == PARTICULARS:
            del names[1]
        found.setdefault("/".join(names), set()).add(listed)


def _unknown(written: str, part: str, element: Element) -> SettingsError:
    listed = ", ".join(one.name for one in element.children) or "nothing below it"
    where = f"below {element.name}" if part else f"{element.name} is no single value; below it"
    return SettingsError(
        Finding(
            code=IntakeCode.MAPPING_FIELD,
            path=written[:200],
            message=f"{where}: expected one of {listed}, found {part[:60]!r}",
        )
    )


def _fault(path: str, message: str) -> SettingsError:
    return SettingsError(Finding(code=IntakeCode.MAPPING, path=path, message=message))
