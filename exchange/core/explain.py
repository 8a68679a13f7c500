"""Why is a document not valid, in words? And what does it say, as typed values?

lxml decides and this module explains: xmlschema, slower by a factor of a hundred, names
what was expected at each place and gives every value its type. Rules:

- nothing is decided here: who calls this has the verdict of `exchange.core.schema` already;
- the octets and the number of findings are limited by the caller, who also stops the time,
  for instance by running this in a worker process;
- every schema of the catalogue is compiled from the same octets as the deciding ones; what
  is not in the catalogue is blocked.

Importing this module takes a third of a second, since xmlschema does; nothing on the road of
a document imports it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

import xmlschema
from elementpath.datatypes import Date10, DateTime10
from lxml import etree
from xmlschema.validators.exceptions import (
    XMLSchemaChildrenValidationError,
    XMLSchemaValidationError,
)

from exchange.codes.gates import SchemaCode
from exchange.codes.service import SettingsCode
from exchange.core.limits import Limits
from exchange.core.schema import XS, Catalogue, DocumentSchema
from exchange.core.schema_words import code_at, plain, quote, readable_path
from exchange.core.xml import parse
from exchange.errors import Finding, SchemaError, SettingsError, Severity

_LONGEST_MESSAGE: Final = 600
_COMPILED_KEPT: Final = 16


def explain(
    data: bytes, catalogue: Catalogue, *, max_bytes: int, max_findings: int
) -> tuple[Finding, ...]:
    """Return why the document is not valid, one finding for a place; nothing where it is valid.

    Args:
        data: The octets that gate 2 refused.
        catalogue: The catalogue that it was held against.
        max_bytes: Largest document that is explained; of a larger one only that is said.
        max_findings: Most findings returned.

    Raises:
        MalformedError: The octets never passed gate 1.
    """
    if len(data) > max_bytes:
        return (
            Finding(
                code=SchemaCode.TOO_LARGE,
                message=f"explained up to {max_bytes} octets, found {len(data)}",
                severity=Severity.INFORMATION,
            ),
        )
    root = parse(data, Limits(max_bytes=max_bytes)).root
    document = catalogue.find(root)
    if document is None:
        return ()
    # xmlschema types what it reads by a protocol that the stubs of lxml do not meet.
    tree: Any = root
    faults = _compiled(catalogue, document).iter_errors(tree)
    return tuple(
        islice(_one_for_each_place(_finding(root, fault) for fault in faults), max_findings)
    )


def typed_view(data: bytes, catalogue: Catalogue) -> Mapping[str, Any]:
    """Return what a valid document says, with plain names and typed values.

    Attributes are `@name`, the text beside them is `$`; what may repeat is a list. Numbers
    are `int` or `Decimal`, days `date`, instants aware `datetime`.

    Raises:
        MalformedError: The octets never passed gate 1.
        SchemaError: The document is not registered or not valid.
    """
    root = parse(data, Limits(max_bytes=max(len(data), 1))).root
    document = catalogue.find(root)
    if document is None:
        raise SchemaError(
            Finding(
                code=SchemaCode.UNKNOWN_DOCUMENT,
                message="expected the root element of a registered schema, found another",
            )
        )
    compiled = _compiled(catalogue, document)
    tree: Any = root
    try:
        view = compiled.decode(tree, decimal_type=None, datetime_types=True, strip_namespaces=True)
    except XMLSchemaValidationError as exc:
        raise SchemaError(_finding(root, exc)) from exc
    if not isinstance(view, dict):
        raise SchemaError(
            Finding(code=SchemaCode.INVALID, message="expected a document with content")
        )
    return MappingProxyType({name: _plain(value) for name, value in view.items()})


def second_opinion(catalogue: Catalogue) -> None:
    """Compile every registered document with xmlschema too.

    Raises:
        SettingsError: xmlschema refuses a schema that libxml2 compiles.
    """
    for document in catalogue.documents:
        _compiled(catalogue, document)


@lru_cache(maxsize=_COMPILED_KEPT)
def _compiled(catalogue: Catalogue, document: DocumentSchema) -> xmlschema.XMLSchema10:
    """Return the schema of one document, compiled from the octets of the catalogue.

    Locations are taken out, because every imported namespace is given beside it.
    """
    sources: list[Any] = [
        _without_locations(catalogue.files[one]) for one in catalogue.closure(document)
    ]
    try:
        return xmlschema.XMLSchema10(sources, use_fallback=False, allow="none", defuse="always")
    except xmlschema.XMLSchemaException as exc:
        raise SettingsError(
            Finding(
                code=SettingsCode.CATALOGUE,
                path=document.files[0],
                message=f"expected a schema that xmlschema compiles, found {exc}"[
                    :_LONGEST_MESSAGE
                ],
            )
        ) from exc


def _without_locations(data: bytes) -> str:
    root = etree.fromstring(data)
    for reference in root.iter(f"{{{XS}}}import"):
        reference.attrib.pop("schemaLocation", None)
    return etree.tostring(root, encoding="unicode")


def _one_for_each_place(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what follows from the first fault of a value."""
    seen: set[str] = set()
    for finding in findings:
        if finding.path not in seen:
            seen.add(finding.path)
            yield finding


def _finding(root: etree._Element, fault: XMLSchemaValidationError) -> Finding:
    # A fault of order stands at the parent; the child that is too much is the better place.
    place: Any = getattr(fault, "invalid_child", None)
    place = fault.elem if place is None else place
    element = place if isinstance(place, etree._Element) else root
    return Finding(
        code=code_at(element), path=readable_path(element), message=_message(fault, element)
    )


def _message(fault: XMLSchemaValidationError, element: etree._Element) -> str:
    if isinstance(fault, XMLSchemaChildrenValidationError):
        expected = _names(fault.expected or ())
        found = fault.invalid_tag
        return (
            f"expected {expected or 'nothing more'}, found "
            f"{'nothing more' if found is None else quote(found.rpartition('}')[2])}"
        )
    reason = plain(fault.reason or "another form")
    text = fault.obj if isinstance(fault.obj, str) else (element.text or "").strip()
    return f"expected another value: {reason}, found {quote(text)!r}"[:_LONGEST_MESSAGE]


def _names(expected: Any) -> str:
    names = [one.local_name or "an element of a registered scheme" for one in expected]
    return names[0] if len(names) == 1 else "one of " + ", ".join(names) if names else ""


def _plain(value: Any) -> Any:
    """Return values of the standard library instead of those of elementpath."""
    if isinstance(value, DateTime10):
        return datetime(
            value.year,
            value.month,
            value.day,
            value.hour,
            value.minute,
            value.second,
            value.microsecond,
            tzinfo=UTC,
        )
    if isinstance(value, Date10):
        return date(value.year, value.month, value.day)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(one) for one in value]
    return value
