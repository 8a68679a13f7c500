"""Elements in the making: a tree that is filled in any order and written in that of the schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from exchange.service.intake.declared import Element, Extra
from exchange.service.intake.fields import ATTESTATION, COMMON, PARTICULARS, FieldPath, split_extra


@dataclass(slots=True)
class Node:
    """One element in the making."""

    children: dict[str, dict[int, Node]] = field(default_factory=dict)
    values: dict[str, dict[int, list[tuple[str, str]]]] = field(default_factory=dict)
    """Texts with their attributes, by name and number."""

    def below(self, name: str, which: int) -> Node:
        """Return a child, made where there is none."""
        return self.children.setdefault(name, {}).setdefault(which, Node())

    def has(self, name: str) -> bool:
        """Tell whether there is a child of this name."""
        return name in self.values or name in self.children

    def text(self, name: str) -> str:
        """Return the first value of a child, or nothing."""
        return next((text for each in self.values.get(name, {}).values() for _, text in each), "")

    def put(self, name: str, which: int, extra: str, text: str) -> None:
        """Add a value."""
        self.values.setdefault(name, {}).setdefault(which, []).append((extra, text))

    def set_default(self, name: str, extra: str, text: str) -> None:
        """Add a value where there is none."""
        if not self.has(name):
            self.put(name, 1, extra, text)

    def at(self, path: FieldPath) -> Node:
        """Return the element that a value stands in."""
        node = self
        for step in path.steps[:-1]:
            node = node.below(step.name, step.which)
        return node

    def find(self, path: FieldPath) -> bool:
        """Tell whether the element that a value would stand in is there already."""
        node = self
        for step in path.steps[:-1]:
            found = node.children.get(step.name, {}).get(step.which)
            if found is None:
                return False
            node = found
        return True


_PREFIXES: Final = {ATTESTATION: "", COMMON: "c:"}
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff\x00]")


@dataclass(slots=True, kw_only=True)
class Writer:
    """Writes elements in the order of the schema."""

    particulars: str
    """Name of the element of the scheme inside `SchemeParticulars`."""
    missing: list[str] = field(default_factory=list)
    """Paths that the schema needs and that have no value."""
    parts: list[str] = field(default_factory=list)

    def write(self, element: Element, node: Node, path: str) -> None:
        """Write the children of an element."""
        for child in element.children:
            if child.name.startswith("@"):
                continue
            below = f"{path}/{child.name}" if path else child.name
            tag = self._tag(child)
            if child.children:
                self._elements(child, node.children.get(child.name, {}), tag, below)
            else:
                self._values(child, node.values.get(child.name, {}), tag, below)

    def _elements(self, child: Element, numbered: Mapping[int, Node], tag: str, path: str) -> None:
        if not numbered:
            if child.is_required:
                self.missing += _needed(child, path)
            return
        inner = f"p:{self.particulars}" if path == PARTICULARS else ""
        for which in sorted(numbered):
            node = numbered[which]
            if not (node.children or node.values) and not child.is_required:
                continue
            here = path if which == 1 else f"{path}#{which}"
            attributes = self._attributes(child, node, here)
            self.parts.append(f"<{tag}><{inner}{attributes}>" if inner else f"<{tag}{attributes}>")
            self.write(child, node, here)
            self.parts.append(f"</{inner}></{tag}>" if inner else f"</{tag}>")

    def _attributes(self, element: Element, node: Node, path: str) -> str:
        """Return the attributes of an element with children."""
        written = ""
        for one in element.children:
            if one.name.startswith("@"):
                text = node.text(one.name)
                if text:
                    written += f" {one.name[1:]}={quoteattr(_NOT_XML.sub(chr(0xFFFD), text))}"
                elif one.is_required:
                    self.missing.append(f"{path}/{one.name}")
        return written

    def _values(
        self,
        child: Element,
        numbered: Mapping[int, Iterable[tuple[str, str]]],
        tag: str,
        path: str,
    ) -> None:
        if not numbered:
            if child.is_required:
                self.missing.append(path)
            return
        for which in sorted(numbered):
            for extra, text in numbered[which]:
                # A character that XML cannot hold is left to the gates, as a sign that all see.
                shown = escape(_NOT_XML.sub("\ufffd", text))
                self.parts.append(f"<{tag}{_attributes(child, extra)}>{shown}</{tag}>")

    def _tag(self, child: Element) -> str:
        return f"{_PREFIXES.get(child.namespace, 'p:')}{child.name}"


def _needed(element: Element, path: str) -> Iterator[str]:
    """Yield the values that a missing element would need."""
    found = False
    for child in element.children:
        if child.is_required:
            found = True
            below = f"{path}/{child.name}"
            if child.children:
                yield from _needed(child, below)
            else:
                yield below
    if not found:
        yield path


def _attributes(child: Element, extra: str) -> str:
    plain, named = split_extra(extra)
    written = "".join(f" {name}={quoteattr(text)}" for name, text in named.items())
    return _unnamed(child, plain) + written


def _unnamed(child: Element, extra: str) -> str:
    if not child.extras or not extra:
        return ""
    name = child.extras[0]
    first, _, second = extra.partition(":")
    if name is Extra.SCHEME and second:
        return f" schemeID={quoteattr(first)} schemeAgencyID={quoteattr(second)}"
    if name is Extra.UNIT and second:
        return f" unitCode={quoteattr(first)} bound={quoteattr(second)}"
    return f" {name.value}={quoteattr(extra)}"
