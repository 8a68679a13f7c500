"""Declarations: the tree of elements as the schemas declare it, in their order.

Only the closed set of schemas is read, and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lxml import etree

from exchange.codes.intake import IntakeCode
from exchange.errors import Finding, SettingsError

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
MANY: Final = 1_000_000
"""How often an element may be repeated that may be repeated without end."""


class Extra(StrEnum):
    """The attribute that a value cannot be without."""

    LANGUAGE = "xml:lang"
    SCHEME = "schemeID"
    LIST = "listID"
    UNIT = "unitCode"
    ALGORITHM = "algorithm"
    BOUND = "bound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element as its schema declares it."""

    name: str
    namespace: str
    type_name: str
    """`Day`, `Name`, `Code`, `Party` and so on; empty for a type without a name."""
    is_required: bool
    most: int
    children: tuple[Element, ...] = ()
    extras: tuple[Extra, ...] = ()
    others: tuple[str, ...] = ()
    """Further attributes, by name."""
    needed: tuple[str, ...] = ()
    """Those of them that a value cannot be without."""

    def child(self, name: str) -> Element | None:
        """Return the declaration of a child."""
        return next((one for one in self.children if one.name == name), None)


def with_children(element: Element, children: tuple[Element, ...]) -> Element:
    """Return the same declaration with other children."""
    return Element(
        name=element.name,
        namespace=element.namespace,
        type_name=element.type_name,
        is_required=element.is_required,
        most=element.most,
        children=children,
        extras=element.extras,
        others=element.others,
        needed=element.needed,
    )


class Schemas:
    """Reads declarations of the closed set of schemas; nothing is fetched."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Know every type and root element of the files."""
        self._types: dict[tuple[str, str], etree._Element] = {}
        self._roots: dict[tuple[str, str], etree._Element] = {}
        for data in files.values():
            schema = etree.fromstring(data)
            space = schema.get("targetNamespace") or ""
            for one in schema:
                name = one.get("name")
                if name and one.tag in {f"{_XS}complexType", f"{_XS}simpleType"}:
                    self._types[space, name] = one
                elif name and one.tag == f"{_XS}element":
                    self._roots[space, name] = one

    def root(self, space: str, name: str) -> Element:
        """Return the declaration of a root element.

        Raises:
            SettingsError: There is none.
        """
        declared = self._roots.get((space, name))
        if declared is None:
            message = f"expected a schema with {name} of {space}, found none"
            raise SettingsError(Finding(code=IntakeCode.MAPPING, path="scheme", message=message))
        whole = self._element(declared, space, is_choice=False)
        return with_children(
            whole, tuple(one for one in whole.children if not one.name.startswith("@"))
        )

    def _element(self, declared: etree._Element, space: str, *, is_choice: bool) -> Element:
        name, written = declared.get("name") or "", declared.get("type") or ""
        home, local = _resolved(declared, written, space)
        defined = self._types.get((home, local)) if written else None
        if defined is None:
            defined = next((one for one in declared if str(one.tag).endswith("Type")), None)
            home = space
        children: list[Element] = []
        extras: list[Extra] = []
        others: dict[str, bool] = {}
        if defined is not None:
            self._walk(defined, home, children, extras, is_choice=False)
            _attributes(defined, home, self._types, others)
        if children:
            children += (
                Element(name=f"@{one}", namespace="", type_name="", is_required=needed, most=1)
                for one, needed in others.items()
            )
            others = {}
        most = declared.get("maxOccurs", "1")
        return Element(
            name=name,
            namespace=space,
            type_name=local,
            is_required=not is_choice and declared.get("minOccurs", "1") != "0",
            most=MANY if most == "unbounded" else int(most),
            children=tuple(children),
            extras=tuple(extras),
            others=tuple(others),
            needed=tuple(name for name, is_needed in others.items() if is_needed),
        )

    def _walk(
        self,
        node: etree._Element,
        space: str,
        children: list[Element],
        extras: list[Extra],
        *,
        is_choice: bool,
    ) -> None:
        """Take up children and attributes, those of the base first."""
        for one in node:
            tag = str(one.tag).removeprefix(_XS)
            if tag == "element" and one.get("name"):
                children.append(self._element(one, space, is_choice=is_choice))
            elif tag == "attribute":
                named = (one.get("ref") or one.get("name") or "").strip()
                if one.get("use") == "required" and named in set(Extra):
                    extras.append(Extra(named))
            elif tag in {"extension", "restriction"}:
                home, local = _resolved(one, one.get("base") or "", space)
                base = self._types.get((home, local))
                if base is not None:
                    self._walk(base, home, children, extras, is_choice=False)
                self._walk(one, space, children, extras, is_choice=is_choice)
            elif tag in {"sequence", "choice", "complexContent", "simpleContent", "complexType"}:
                optional = is_choice or tag == "choice" or one.get("minOccurs") == "0"
                self._walk(one, space, children, extras, is_choice=optional)


def _attributes(
    node: etree._Element,
    space: str,
    types: Mapping[tuple[str, str], etree._Element],
    found: dict[str, bool],
) -> None:
    """Take up the attributes of a type and of its base, beside those that need no name."""
    for one in node:
        tag = str(one.tag).removeprefix(_XS)
        name = (one.get("ref") or one.get("name") or "").strip()
        if tag == "attribute" and name not in {*Extra, "schemeAgencyID"} - {Extra.BOUND}:
            found[name] = one.get("use") == "required"
        elif tag in {"extension", "restriction"}:
            home, local = _resolved(one, one.get("base") or "", space)
            base = types.get((home, local))
            if base is not None:
                _attributes(base, home, types, found)
            _attributes(one, space, types, found)
        elif tag in {"simpleContent", "complexContent"}:
            _attributes(one, space, types, found)


def _resolved(node: etree._Element, written: str, space: str) -> tuple[str, str]:
    prefix, colon, local = written.rpartition(":")
    if not colon:
        return node.nsmap.get(None) or space, written
    return node.nsmap.get(prefix) or "", local
