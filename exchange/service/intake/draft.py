"""A row becomes a draft: one builder for every scheme, in the order of its schema.

Steps:
 1. cells and constants of the mapping are put where their fields say;
 2. what the trust list and the register of schemes know about the body and the scheme is added
    where the mapping says nothing (`exchange.service.intake.known`);
 3. what is only structure follows: keys inside the document, roles of parties by their place,
    the identity of the certificate from its body and number;
 4. a certificate older than the hub gets its mark (element TakenOver);
 5. the document is written; what the schema needs and nobody gave is named field by field.

- No fact is invented: dates, assessments, decisions come from the row or the mapping.
- The same row gives the same document, whenever it is made: DocumentID follows from body,
  number, revision and content, so a row that is sent twice is one statement.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from exchange.codes.intake import IntakeCode
from exchange.core.periods import in_zulu
from exchange.core.trust_values import Body
from exchange.errors import Finding, Severity
from exchange.service.intake.cells import values_of
from exchange.service.intake.declared import Element
from exchange.service.intake.elements import Node, Writer
from exchange.service.intake.fields import ATTESTATION, COMMON, FieldPath
from exchange.service.intake.known import Known
from exchange.service.intake.mapping import SITE, Constant, SheetMapping
from exchange.service.intake.rows import Row

_NAMESPACE: Final = uuid.UUID("c2f0a9d6-6b0e-5c39-9a55-2f7d0c1b8e41")
"""Of the document ids that bulk intake gives; never changed, or a second run would double."""
_ROLES: Final[Mapping[str, str]] = {
    "Holder": "holder",
    "Applicant": "applicant",
    "Manufacturer": "manufacturer",
    "SchemeOwner": "scheme-owner",
    "IssuingBody": "issuing-body",
    "Factory": "factory",
}
_KEYS: Final[Mapping[str, tuple[str, str]]] = {
    SITE: ("SiteID", "S"),
    "Requirement": ("RequirementID", "R"),
    "Assessment": ("AssessmentID", "A"),
}
_NUMBER: Final = "CertificateNumber"
_REFERENCE: Final = "{CertificateNumber}"
_ID: Final = "\x00document"
_INSTANT: Final = "\x00instant"
_UNTIL_OWN: Final = "\x00today"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What became of a row."""

    row: int
    number: str
    """The certificate number, as far as it was there."""
    revision: str
    data: bytes | None
    """The unsigned attestation; `None` when the row cannot become one."""
    document_id: str
    findings: tuple[Finding, ...]
    """Faults and remarks; paths are columns or fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafter:
    """Makes drafts from rows; the same for a whole file."""

    mapping: SheetMapping
    known: Known
    body: Body
    issued_at: datetime
    """When the intake was begun: the issue time of every document of it."""
    today: date
    """That day in the zone of the body."""

    def draft(self, row: Row) -> Drafted:
        """Return what becomes of one row."""
        root, findings = Node(), list(row.findings)
        self._fill(root, row, findings)  # 1
        for constant in self.mapping.constants:
            _put_constant(root, constant, self._is_idle(root, constant))
        self.known.add(root, self.mapping.languages)  # 2
        number, revision = root.text(_NUMBER), root.text("Revision") or "0"
        self._structure(root, number)  # 3
        self._take_over(root)  # 4
        _refer(root, number)
        data = self._written(root, findings)  # 5
        fatal = any(one.severity is Severity.FATAL for one in findings)
        document_id = ""
        if data is not None and not fatal:
            data, document_id = self._identified(data, number, revision)
        return Drafted(
            row=row.number,
            number=number,
            revision=revision,
            data=None if fatal or data is None else data.encode(),
            document_id=document_id,
            findings=tuple(findings),
        )

    def _fill(self, root: Node, row: Row, findings: list[Finding]) -> None:
        sites = self.mapping.sites
        for column in self.mapping.columns:
            if sites is not None and column.path.steps[0].name == SITE:
                continue
            for value in values_of(column, row):
                _take(root, column.path, value, findings)
        if sites is None:
            return
        for which, one in enumerate(row.sites, 1):
            for column in self.mapping.columns:
                if column.path.steps[0].name == SITE:
                    path = _numbered(column.path, which)
                    for value in values_of(column, one):
                        _take(root, path, value, findings)

    def _is_idle(self, root: Node, constant: Constant) -> bool:
        """Tell whether a constant waits for a column beside it that has no value here."""
        steps = constant.path.steps[:-1]
        beside = any(one.path.steps[: len(steps)] == steps for one in self.mapping.columns)
        return bool(steps) and beside and not root.find(constant.path)

    def _structure(self, root: Node, number: str) -> None:
        header = root.below("Header", 1)
        header.set_default("DocumentID", "", _ID)
        header.set_default("DocumentType", "UNCL1001", "2")
        header.set_default("DocumentFunction", "UNCL1225", "9")
        header.set_default("IssueDateTime", "", _INSTANT)
        if not header.has("Language"):
            for language in self.mapping.languages:
                header.put("Language", 1, "", language)
        header.set_default("Issuer", _identifier_scheme(self.body.id), self.body.id)
        if number:
            place = f"{self.body.id.lower()}:{quote(number, safe='-._~')}"
            root.set_default("AttestationID", "", f"urn:mrhub:certificate:{place}")
        root.set_default("Revision", "", "0")
        kind = "testing" if self.mapping.fields.scheme.id.endswith(":test-report") else None
        root.set_default("AttestationType", "MRHUB-ATTESTATION-TYPE", kind or "certification")
        root.set_default("AssessorLevel", "MRHUB-ASSESSOR-LEVEL", "3rdParty")
        _keys(root, self.mapping.fields.root, self.mapping.fields.lists)
        for which, requirement in root.children.get("Requirement", {}).items():
            requirement.set_default("Kind", "MRHUB-REQUIREMENT-KIND", "standard")
            for assessment in root.children.get("Assessment", {}).values():
                if not assessment.has("RequirementRef") or which > 1:
                    assessment.put("RequirementRef", which, "", requirement.text("RequirementID"))
        for which, site in root.children.get(SITE, {}).items():
            site.set_default("Role", "MRHUB-SITE-ROLE", "main" if which == 1 else "additional")

    def _take_over(self, root: Node) -> None:
        before = self.mapping.taken_over_before
        decided = root.below("Decision", 1).text("DecisionDate")
        if before is None or not decided or decided >= before.isoformat():
            return
        mark, validity = root.below("TakenOver", 1), root.below("Validity", 1)
        first = validity.text("OriginalIssueDate") or validity.text("IssueDate")
        if first:
            mark.set_default("OriginalDate", "", first)
        mark.set_default("OriginalRevision", "", root.text("Revision"))
        status = root.below("Status", 1).text("Code")
        if status:
            mark.set_default("OriginalStatus", "MRHUB-STATUS", status)
        mark.set_default("TakenOverOn", "", _UNTIL_OWN)

    def _written(self, root: Node, findings: list[Finding]) -> str | None:
        fields = self.mapping.fields
        name = fields.scheme.particulars.partition("}")[2]
        writer = Writer(particulars=name)
        writer.write(fields.root, root, "")
        findings += (
            Finding(
                code=IntakeCode.MISSING,
                path=_where(self.mapping, path),
                message=f"expected a value for {path}, found none",
            )
            for path in writer.missing
        )
        return None if writer.missing else "".join(writer.parts)

    def _identified(self, text: str, number: str, revision: str) -> tuple[str, str]:
        """Put in what follows from the content, and what says when it was made."""
        seed = "\n".join((self.body.id, number, revision, sha256(text.encode()).hexdigest()))
        name = str(uuid.uuid5(_NAMESPACE, seed))
        document_id = f"urn:uuid:{name}"
        space = self.mapping.fields.scheme.particulars[1:].partition("}")[0]
        for mark, value in (
            (_ID, document_id),
            (_INSTANT, in_zulu(self.issued_at)),
            (_UNTIL_OWN, self.today.isoformat()),
        ):
            text = text.replace(mark, value)
        head = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Attestation xmlns="{ATTESTATION}" '
            f'xmlns:c="{COMMON}" xmlns:p="{space}" '
            f'Id="A-{name}" schemaVersion="1.0">'
        )
        return f"{head}{text}</Attestation>", document_id


def _take(root: Node, path: FieldPath, value: str | Finding, findings: list[Finding]) -> None:
    if isinstance(value, Finding):
        findings.append(value)
        return
    last = path.steps[-1]
    root.at(path).put(last.name, last.which, path.extra, value)


def _numbered(path: FieldPath, which: int) -> FieldPath:
    first, *rest = path.steps
    return FieldPath(
        steps=(type(first)(name=first.name, which=which), *rest),
        extra=path.extra,
        element=path.element,
    )


def _put_constant(root: Node, constant: Constant, is_idle: bool) -> None:  # noqa: FBT001
    if is_idle:
        return
    node, last = root.at(constant.path), constant.path.steps[-1]
    given = node.values.get(last.name, {}).get(last.which, [])
    # A column that has a value comes first; texts in other languages stand beside it.
    if any(extra == constant.path.extra for extra, _ in given) and constant.path.element.most == 1:
        return
    node.put(last.name, last.which, constant.path.extra, constant.text)


def _identifier_scheme(body: str) -> str:
    kind = body.split("-")[1]
    return "CAB" if kind == "CB" else kind


def _keys(node: Node, element: Element, lists: Mapping[str, str], path: str = "") -> None:
    """Give parties the role of their place, and repeated parts their keys."""
    for name, numbered in node.children.items():
        declared = element.child(name)
        if declared is None:
            continue
        for which, child in numbered.items():
            if name in _ROLES and declared.child("Role") is not None:
                child.set_default("Role", "MRHUB-PARTY-ROLE", _ROLES[name])
            if name in _KEYS:
                key, letter = _KEYS[name]
                child.set_default(key, "", f"{letter}{which}")
            if declared.child("Sequence") is not None:
                child.set_default("Sequence", "", str(which))
            _keys(child, declared, lists, f"{path}/{name}")


def _refer(node: Node, number: str) -> None:
    """Put the certificate number where a constant asks for it."""
    written = quote(number, safe="-._~")
    for numbered in node.values.values():
        for texts in numbered.values():
            texts[:] = [(extra, text.replace(_REFERENCE, written)) for extra, text in texts]
    for children in node.children.values():
        for child in children.values():
            _refer(child, number)


def _where(mapping: SheetMapping, path: str) -> str:
    """Return the column that a missing field would come from, or the field itself."""
    plain = re.sub(r"#[0-9]+", "", path)
    columns = [one.column for one in mapping.columns if one.path.text == plain]
    return columns[0] if columns else path
