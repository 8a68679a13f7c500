"""What libxml2 says about an invalid document, in the words of the house.

libxml2 names a place as `/*/*[3]` and an element as `{urn:…}Name`. Here a place is a path
of plain names such as `/Attestation/Site[2]/Name`, and a message says *expected … found …*.
Values are cut, so that a message never echoes a document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from lxml import etree

from exchange.codes.gates import SchemaCode
from exchange.errors import Finding

DS_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"

_LONGEST_QUOTE: Final = 200
_LONGEST_MESSAGE: Final = 600
_LONGEST_RAW: Final = 4_000
_BROAD: Final = "SCHEMAV_CVC_DATATYPE_VALID_1_2_1"
"""Says only that a value is not of its type; a facet error before it has said why."""
_SUBJECT: Final = re.compile(r"^Element '([^']*)'(?:, attribute '([^']*)')?: ", re.DOTALL)
_MISSING_ATTRIBUTE: Final = re.compile(r"The attribute '([^']*)' is required but missing\.$")
_STEP: Final = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<number>[0-9]+)\])?")
_NAMESPACE: Final = re.compile(r"\{[^{}\s]*:[^{}\s]*\}")

_Words = Callable[[re.Match[str], str], str]


def _names(listed: str) -> str:
    names = [name.strip().rpartition("}")[2] for name in listed.split(",")]
    return names[0] if len(names) == 1 else "one of " + ", ".join(names)


def quote(value: str) -> str:
    """Return the value, cut where it is long."""
    return value if len(value) <= _LONGEST_QUOTE else value[:_LONGEST_QUOTE] + "…"


_TABLE: Final[tuple[tuple[re.Pattern[str], _Words], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (
            r"This element is not expected\. Expected is (?:one of )?\( (.*) \)\.$",
            lambda m, name: f"expected {_names(m[1])}, found {name}",
        ),
        (
            r"This element is not expected\.$",
            lambda _, name: f"expected nothing more, found {name}",
        ),
        (
            r"Missing child element\(s\)\. Expected is (?:one of )?\( (.*) \)\.$",
            lambda m, name: f"expected {_names(m[1])} in {name}, found nothing more",
        ),
        (
            r"\[facet 'pattern'\] The value '(.*)' is not accepted by the pattern '(.*)'\.$",
            lambda m, _: f"expected a value of the pattern {quote(m[2])}, found {quote(m[1])!r}",
        ),
        (
            r"\[facet 'enumeration'\] The value '(.*)' is not an element of the set \{(.*)\}\.$",
            lambda m, _: f"expected one of {quote(m[2])}, found {quote(m[1])!r}",
        ),
        (
            (
                r"\[facet 'maxLength'\] The value has a length of '(\d+)'; this exceeds the "
                r"allowed maximum length of '(\d+)'\.$"
            ),
            lambda m, _: f"length: expected at most {m[2]}, found {m[1]}",
        ),
        (
            (
                r"\[facet 'minLength'\] The value has a length of '(\d+)'; this underruns the "
                r"allowed minimum length of '(\d+)'\.$"
            ),
            lambda m, _: f"length: expected at least {m[2]}, found {m[1]}",
        ),
        (
            (
                r"\[facet 'length'\] The value has a length of '(\d+)'; this differs from the "
                r"allowed length of '(\d+)'\.$"
            ),
            lambda m, _: f"length: expected {m[2]}, found {m[1]}",
        ),
        (
            (
                r"\[facet '(maxInclusive|minInclusive)'\] The value '(.*)' is (?:greater|less) "
                r"than the (?:maximum|minimum) value allowed \('(.*)'\)\.$"
            ),
            lambda m, _: (
                f"expected at {'most' if m[1].startswith('max') else 'least'} "
                f"{quote(m[3])}, found {quote(m[2])}"
            ),
        ),
        (
            (
                r"'(.*)' is not a valid value of the (?:local )?(?:atomic|list|union) type"
                r"(?: '(.*)')?\.$"
            ),
            lambda m, _: (
                f"expected a value of the type {(m[2] or 'given').rpartition('}')[2]}, "
                f"found {quote(m[1])!r}"
            ),
        ),
        (
            r"The attribute '(.*)' is required but missing\.$",
            lambda m, _: f"expected the attribute {_names(m[1])}, found none",
        ),
        (
            r"The attribute '(.*)' is not allowed\.$",
            lambda m, _: f"expected no attribute {quote(m[1])}, found one",
        ),
        (
            r"Duplicate key-sequence \['(.*)'\] in (?:unique|key) identity-constraint",
            lambda m, _: f"expected each value once, found {quote(m[1])!r} again",
        ),
        (
            r"No match found for key-sequence \['(.*)'\] of keyref",
            lambda m, _: f"expected the key of something in this document, found {quote(m[1])!r}",
        ),
        (
            r"No matching global element declaration available, but demanded by the strict",
            lambda _, name: f"expected an element of a registered scheme, found {name}",
        ),
        (
            r"Character content (?:other than whitespace )?is not allowed",
            lambda _, __: "expected no text here, found some",
        ),
        (
            r"Element content is not allowed",
            lambda _, __: "expected text only, found an element",
        ),
        (
            # libxml2 cuts what it says about a very long value, so that the end is missing.
            r"\[facet '(\w+)'\] The value '(.*)$",
            lambda m, _: f"expected a value that fits the {m[1]}, found {quote(m[2])!r}",
        ),
    )
)


def findings_of(
    root: etree._Element, log: Iterable[etree._LogEntry], limit: int
) -> tuple[Finding, ...]:
    """Return up to `limit` findings for the faults of one document, in document order."""
    findings: list[Finding] = []
    last: tuple[str, str] | None = None
    for entry in log:
        subject = _SUBJECT.match(entry.message)
        attribute = _attribute(entry.message, subject)
        place = (entry.path or "", attribute)
        if entry.type_name == _BROAD and place == last:
            continue
        last = place
        element = (
            _find(root, entry.path) if entry.path else _find_by_line(root, subject, entry.line)
        )
        text = _shorten(entry.message if subject is None else entry.message[subject.end() :])
        name = _named(_local(element) if subject is None else subject[1], text)
        findings.append(
            Finding(
                code=code_at(element),
                path=readable_path(element) + (f"/@{attribute}" if attribute else ""),
                message=_message(text.strip(), name) + f" (line {entry.line})",
            )
        )
        if len(findings) == limit:
            break
    # The shared schema said no, so there is a fault even if the list is empty.
    return tuple(findings) or (
        Finding(
            code=SchemaCode.INVALID, path=readable_path(root), message="expected a valid document"
        ),
    )


def readable_path(element: etree._Element) -> str:
    """Return the path of an element by plain names, numbered where a name stands twice."""
    steps = []
    for one in _with_ancestors(element):
        parent = one.getparent()
        name = _local(one)
        if parent is not None:
            before = sum(1 for _ in one.itersiblings(str(one.tag), preceding=True))
            if before or next(one.itersiblings(str(one.tag)), None) is not None:
                name += f"[{before + 1}]"
        steps.append(name)
    return "/" + "/".join(reversed(steps))


def code_at(element: etree._Element) -> SchemaCode:
    """Return the code of a fault at this element: a signature has its own."""
    in_signature = any(one.tag == DS_SIGNATURE for one in _with_ancestors(element))
    return SchemaCode.SIGNATURE_SHAPE if in_signature else SchemaCode.INVALID


def plain(text: str) -> str:
    """Return a sentence of a library without namespaces, full stop and capital letter."""
    bare = _NAMESPACE.sub("", text).rstrip(".")
    return bare[:1].lower() + bare[1:]


def _message(text: str, name: str) -> str:
    for pattern, words in _TABLE:
        found = pattern.match(text)
        if found is not None:
            return words(found, name)[:_LONGEST_MESSAGE]
    return quote(plain(text))


def _named(name: str, text: str) -> str:
    """Return the local name, with its namespace where the same name is expected of another."""
    namespace, _, local = name.removeprefix("{").rpartition("}")
    if f"}}{local} " in text or f"}}{local}," in text:
        return f"{quote(local)} of {quote(namespace) or 'no namespace'}"
    return quote(local)


def _shorten(text: str) -> str:
    """Cut the middle of a message that quotes a very long value, which would cost time."""
    if len(text) <= _LONGEST_RAW:
        return text
    return text[: _LONGEST_RAW // 2] + "…" + text[-_LONGEST_RAW // 2 :]


def _local(element: etree._Element) -> str:
    return quote(etree.QName(element).localname)


def _with_ancestors(element: etree._Element) -> Iterable[etree._Element]:
    yield element
    yield from element.iterancestors()


def _find(root: etree._Element, path: str) -> etree._Element:
    """Follow a path as libxml2 writes it; an element of a default namespace is `*` there."""
    element = root
    for step in path.split("/")[2:]:
        found = _STEP.fullmatch(step)
        if found is None:
            return element
        alike = islice(_alike(element, found["name"]), int(found["number"] or 1) - 1, None)
        child = next(alike, None)
        if child is None:
            return element
        element = child
    return element


def _alike(element: etree._Element, step: str) -> Iterator[etree._Element]:
    """Give the children that a step counts: all for `*`, else those of one prefix and name."""
    if step == "*":
        yield from element.iterchildren("*")
        return
    prefix, _, local = step.rpartition(":")
    for child in element.iterchildren(f"{{*}}{local}"):
        if (child.prefix or "") == prefix:
            yield child


def _find_by_line(root: etree._Element, subject: re.Match[str] | None, line: int) -> etree._Element:
    """Find what a keyref complains about, for which libxml2 gives no path."""
    if subject is None:
        return root
    return next((one for one in root.iter(subject[1]) if one.sourceline == line), root)


def _attribute(message: str, subject: re.Match[str] | None) -> str:
    """Return the attribute that a message is about, or nothing."""
    missing = _MISSING_ATTRIBUTE.search(message)
    name = missing[1] if missing else "" if subject is None else subject[2] or ""
    return name.rpartition("}")[2]
