"""Gate 2: is this one of the shared documents, in a version that we know?

Rules, in order:

1. the root element and its `schemaVersion` name a registered document (SCH-00);
2. the document is not larger than the limit for its kind;
3. it is valid against that version, signature shape included (SCH-01).

The catalogue is closed. Nothing is ever fetched: libxml2 asks for a schema by a location
that this module checked before, and gets octets whose digest stands in the manifest.
libxml2 itself ignores an import that it cannot resolve and later fails with an unrelated
message or not at all, so every import is checked here by location and by namespace.

A document that carries the particulars of a scheme is validated with those of this scheme alone,
so that what it costs does not grow with the number of schemes.

lxml decides, in less than 0.1 ms; `exchange.core.explain` asks xmlschema for a second opinion
and for words. Several threads may use one compiled schema, but its list of faults would mix
theirs, and a second pass to make the list alone would double what a hostile document costs:
so each thread compiles its own.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from threading import Lock, local
from types import MappingProxyType
from typing import Any, Final, Self

from lxml import etree

from exchange.codes.gates import SchemaCode
from exchange.codes.service import SettingsCode
from exchange.core.limits import Limits
from exchange.core.model import Kind
from exchange.core.schema_words import findings_of
from exchange.core.xml import Parsed
from exchange.errors import Finding, SchemaError, SettingsError

XS: Final = "http://www.w3.org/2001/XMLSchema"
VERSION_ATTRIBUTE: Final = "schemaVersion"
MAX_FINDINGS: Final = 20
"""Faults reported for one document; the first is usually the cause of the others."""

_SCHEME: Final = "catalogue:/"
_COMPILING: Final = Lock()
_ATTEMPTS: Final = 20
"""lxml lends libxml2 one loader for all threads, and whoever ends parsing takes it back: a thread
that compiles meanwhile loses imports without a word, and would refuse for ever what lies in their
namespaces (measured). So one compiles at a time, and again where a file was not asked for."""
_LONGEST_QUOTE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSchema:
    """One registered document: a kind, a root element and a version."""

    kind: Kind
    """What is learned from it."""
    root: str
    """The root element in Clark notation."""
    version: str
    """The schema version; equal to `schemaVersion` unless the root element carries none."""
    files: tuple[str, ...]
    """The schemas that are compiled together: its own first, then the particulars' ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conforming:
    """A document that has the shape of its kind; who signed it is still unknown."""

    parsed: Parsed
    """The document; the tree is the one that was validated."""
    kind: Kind
    """The kind that its root element names."""
    version: str
    """The schema version under which it is valid."""


class _Gate(local):
    """A document schema, compiled once in each thread that meets it (1 to 2 ms)."""

    def __init__(self, document: DocumentSchema, files: Mapping[str, bytes]) -> None:
        self.document = document
        with _COMPILING:
            self.compiled = _compile(document, files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The closed set of schemas; two with the same manifest are the same."""

    digest: str
    """Hexadecimal SHA-256 of the manifest, which holds the digest of every file."""
    documents: tuple[DocumentSchema, ...] = field(compare=False)
    """Every registered document, in the order of the manifest."""
    namespaces: Mapping[str, str] = field(compare=False, repr=False)
    """The namespace of every file."""
    files: Mapping[str, bytes] = field(compare=False, repr=False)
    """The octets of every schema file, by its path below `schemas/`."""
    manifest: bytes = field(compare=False, repr=False)
    """The octets of `catalogue.json`."""
    _gates: Mapping[tuple[str, str | None], _Gate] = field(compare=False, repr=False)
    _gates_of_schemes: Mapping[tuple[str, str | None, str], _Gate] = field(
        compare=False, repr=False
    )
    """The same documents with the particulars of one scheme alone, by its namespace."""

    @classmethod
    def build(cls, files: Mapping[str, bytes], manifest: bytes) -> Self:
        """Return the catalogue, every schema compiled.

        Args:
            files: The octets of each schema by its path relative to the manifest.
            manifest: The octets of `catalogue.json`.

        Raises:
            SettingsError: A file is missing, has another digest or namespace than the
                manifest says, imports something unmapped, or does not compile.
        """
        try:
            listed = json.loads(manifest)
            namespaces = {one["file"]: one["namespace"] for one in listed["schemas"]}
            digests = {one["file"]: one["sha256"] for one in listed["schemas"]}
            registered = [
                (_document(one, namespaces), one.get("unversioned", False))
                for one in listed["documents"]
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise _broken("catalogue.json", f"expected a manifest, found {exc!r}") from exc
        if not registered:
            raise _broken("catalogue.json", "expected at least one document, found none")
        for name, digest in digests.items():
            if name not in files:
                raise _broken(name, "expected the file that the manifest names, found none")
            found = sha256(files[name]).hexdigest()
            if found != digest:
                raise _broken(name, f"digest: expected {digest}, found {found}")
        imports = {name: _imports(name, files[name], namespaces) for name in namespaces}
        gates: dict[tuple[str, str | None], _Gate] = {}
        of_schemes: dict[tuple[str, str | None, str], _Gate] = {}
        for document, unversioned in registered:
            _check_closure(document, imports, namespaces)
            key = (document.root, None if unversioned else document.version)
            if key in gates:
                raise _broken(document.files[0], f"{document.root}: registered twice")
            gates[key] = _Gate(document, {n: files[n] for n in _closure(document.files, imports)})
            own, *others = document.files
            for other in others:
                of_schemes[*key, namespaces[other]] = _Gate(
                    replace(document, files=(own, other)),
                    {n: files[n] for n in _closure((own, other), imports)},
                )
        return cls(
            digest=sha256(manifest).hexdigest(),
            documents=tuple(document for document, _ in registered),
            namespaces=MappingProxyType(namespaces),
            files=MappingProxyType({name: files[name] for name in namespaces}),
            manifest=manifest,
            _gates=MappingProxyType(gates),
            _gates_of_schemes=MappingProxyType(of_schemes),
        )

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[dict[str, bytes], bytes]]:
        """Travel to another process as octets; compiled schemas are built again there."""
        return type(self).build, (dict(self.files), self.manifest)

    def find(self, root: etree._Element) -> DocumentSchema | None:
        """Return the document that this root element names, or None."""
        gate = self._gates.get((str(root.tag), root.get(VERSION_ATTRIBUTE)))
        return None if gate is None else gate.document

    def closure(self, document: DocumentSchema) -> tuple[str, ...]:
        """Return every file that is compiled for one document, imported ones first."""
        imports = {name: _imports(name, self.files[name], self.namespaces) for name in self.files}
        return _closure(document.files, imports)


def conform(parsed: Parsed, catalogue: Catalogue, limits: Limits) -> Conforming:
    """Return the document with the kind and version that its schema gives it.

    Args:
        parsed: What gate 1 let through.
        catalogue: The registered schemas.
        limits: The largest document of each kind.

    Raises:
        SchemaError: It is not registered, too large for its kind, or not valid; with up
            to `MAX_FINDINGS` findings in document order.
    """
    root = parsed.root
    gate = catalogue._gates.get((str(root.tag), root.get(VERSION_ATTRIBUTE)))
    if gate is None:
        raise SchemaError(_unknown(root, catalogue))
    document = gate.document
    if len(parsed.data) > limits.max_bytes_per_kind[document.kind]:
        raise SchemaError(
            Finding(
                code=SchemaCode.TOO_LARGE,
                path=f"/{etree.QName(root).localname}",
                message=f"size: expected at most {limits.max_bytes_per_kind[document.kind]} "
                f"octets, found {len(parsed.data)}",
            )
        )
    if len(document.files) > 1:
        gate = _gate_of_scheme(root, catalogue) or gate
    compiled = gate.compiled
    if not compiled(root):
        raise SchemaError(*findings_of(root, compiled.error_log, MAX_FINDINGS))
    return Conforming(parsed=parsed, kind=document.kind, version=document.version)


def _gate_of_scheme(root: etree._Element, catalogue: Catalogue) -> _Gate | None:
    """Return the gate with the particulars that stand in the document, or None.

    libxml2 prepares every uniqueness constraint of every schema it was given anew for each
    document, so that ten schemes cost a sixth of the whole gate. Particulars stand last, before the
    signature alone; whatever else stands there meets the gate that has all schemes, and nothing
    that one of them lets in is kept out by another.
    """
    version = root.get(VERSION_ATTRIBUTE)
    for part in root[-2:]:
        for inner in part[:1]:
            namespace, _, _ = str(inner.tag)[1:].partition("}")
            found = catalogue._gates_of_schemes.get((str(root.tag), version, namespace))
            if found is not None:
                return found
    return None


def _unknown(root: etree._Element, catalogue: Catalogue) -> Finding:
    name = etree.QName(root)
    versions = sorted(
        document.version for document in catalogue.documents if document.root == root.tag
    )
    if versions:
        found = root.get(VERSION_ATTRIBUTE)
        message = f"{VERSION_ATTRIBUTE}: expected one of {', '.join(versions)}, found " + (
            "none" if found is None else found[:_LONGEST_QUOTE]
        )
    else:
        message = (
            "expected the root element of a registered schema, found "
            f"{name.localname[:_LONGEST_QUOTE]} of "
            f"{(name.namespace or 'no namespace')[:_LONGEST_QUOTE]}"
        )
    return Finding(
        code=SchemaCode.UNKNOWN_DOCUMENT,
        path=f"/{name.localname[:_LONGEST_QUOTE]}",
        message=message,
    )


def _broken(name: str, message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.CATALOGUE, path=name, message=message))


def _document(entry: Mapping[str, object], namespaces: Mapping[str, str]) -> DocumentSchema:
    own = str(entry["file"])
    others = entry.get("with", [])
    if not isinstance(others, list):
        raise TypeError(f"{own}: expected a list of files under with")
    return DocumentSchema(
        kind=Kind(str(entry["kind"])),
        root=f"{{{namespaces[own]}}}{entry['root']}",
        version=str(entry["version"]),
        files=(own, *(str(name) for name in others)),
    )


def _imports(name: str, data: bytes, namespaces: Mapping[str, str]) -> tuple[str, ...]:
    """Return the files that one schema imports or includes, each checked."""
    if b"<!DOCTYPE" in data:
        raise _broken(name, "expected no document type, found one")
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as exc:
        raise _broken(name, f"expected a schema, found {exc}") from exc
    if root.tag != f"{{{XS}}}schema":
        raise _broken(name, f"expected a schema, found {root.tag!s}")
    own = root.get("targetNamespace", "")
    if own != namespaces[name]:
        raise _broken(name, f"namespace: expected {namespaces[name]}, found {own}")
    if next(root.iter(f"{{{XS}}}redefine"), None) is not None:
        raise _broken(name, "expected no redefinition, found one")
    found = []
    for reference in root.iter(f"{{{XS}}}import", f"{{{XS}}}include"):
        is_import = reference.tag == f"{{{XS}}}import"
        wanted = reference.get("namespace", "") if is_import else own
        location = reference.get("schemaLocation")
        if location is None:
            raise _broken(name, f"import of {wanted}: expected a schemaLocation, found none")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), location))
        if namespaces.get(target) != wanted:
            raise _broken(
                name,
                f"import of {wanted}: expected a file of the catalogue with that namespace, "
                f"found {location}",
            )
        found.append(target)
    return tuple(found)


def _closure(files: Collection[str], imports: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the files and all that they import, imported ones first."""
    done: dict[str, None] = {}
    waiting: set[str] = set()

    def visit(name: str) -> Iterator[str]:
        if name in done or name in waiting:
            return
        waiting.add(name)
        for other in imports[name]:
            yield from visit(other)
        done[name] = None
        yield name

    return tuple(one for name in files for one in visit(name))


def _check_closure(
    document: DocumentSchema,
    imports: Mapping[str, tuple[str, ...]],
    namespaces: Mapping[str, str],
) -> None:
    """Refuse two files of one namespace in one compilation.

    libxml2 silently leaves the second out, so the schema would mean less than it says.
    """
    for name in document.files:
        if name not in imports:
            raise _broken(name, f"{document.root}: expected a file of the catalogue, found none")
    seen: dict[str, str] = {}
    for name in _closure(document.files, imports):
        other = seen.setdefault(namespaces[name], name)
        if other != name:
            raise _broken(name, f"{document.root}: {other} has the same namespace")


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )


class _Closed(etree.Resolver):
    """Serves the octets of the catalogue, and nothing else."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self._files = files
        self.unmapped: list[str] = []
        self.served: set[str] = set()

    def resolve(self, system_url: str | None, _public_id: str | None, context: object, /) -> Any:
        """Return the octets of a file of the catalogue.

        lxml does not export the type of what this returns.
        """
        location = system_url or ""
        data = self._files.get(location.removeprefix(_SCHEME))
        if data is None:
            self.unmapped.append(location)
            # An empty document: left alone, lxml would try the file system.
            return self.resolve_empty(context)
        self.served.add(location.removeprefix(_SCHEME))
        return self.resolve_string(data, context, base_url=location)


def _compile(document: DocumentSchema, files: Mapping[str, bytes]) -> etree.XMLSchema:
    """Compile a driver that imports the document's own schema and its particulars."""
    driver = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
    for name in document.files:
        etree.SubElement(
            driver,
            f"{{{XS}}}import",
            namespace=etree.fromstring(files[name], _parser()).get("targetNamespace", ""),
            schemaLocation=_SCHEME + name,
        )
    for _ in range(_ATTEMPTS):
        closed = _Closed(files)
        parser = _parser()
        parser.resolvers.add(closed)
        try:
            tree = etree.fromstring(etree.tostring(driver), parser, base_url=_SCHEME + "driver.xsd")
            compiled = etree.XMLSchema(tree)
        except etree.XMLSchemaParseError as exc:
            fault = f"expected a schema that compiles, found {exc}"
        else:
            fault = f"unmapped import: {', '.join(closed.unmapped)}"
            if closed.served == files.keys() and not closed.unmapped:
                return compiled
        if closed.served == files.keys() or closed.unmapped:
            break
    raise _broken(document.files[0], fault)
