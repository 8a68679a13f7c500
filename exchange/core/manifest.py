"""The manifest of schemas with what the folders of schemes add to it.

- `catalogue.json` names the schemas and documents that are everybody's. Each scheme is a folder
  `schemes/<name>/` whose `scheme.json` is its entry in the register of schemes and names its own
  schema: no other file says that the scheme exists.
- A document of the manifest with `"schemes": true` is compiled with the schema of every scheme.
- Schemes stand in the order of their folders, so that the same files make the same octets.

    with_schemes(manifest, {"ccc": b'{"code": ..., "schema": {...}}'})

A manifest or entry of the wrong shape is passed on or refused as `SettingsError`; digests and
namespaces are checked by `exchange.core.schema`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from exchange.codes.service import SettingsCode
from exchange.errors import Finding, SettingsError

SCHEME_FILE: Final = "scheme.json"
"""What makes a folder the folder of a scheme."""
REGISTER_ID: Final = "MRHUB-SCHEME"
"""The code list that the entries of all schemes make."""

_OWN_FILE: Final = "schema"
"""The part of `scheme.json` that is about the catalogue and not about the register."""
_HEADING: Final = {
    "id": REGISTER_ID,
    "version": "1",
    "title": "Register of conformity assessment schemes",
    "source": "Own register, made of the entries in schemas/schemes; formats, validity and "
    "required fields from documents and rules, sections 9 and 12. A number pattern names its "
    "parts: cab is the code of the body, class the product class.",
    "licence": "Own list of this project; Apache-2.0 like the rest of it.",
}


def with_schemes(manifest: bytes, schemes: Mapping[str, bytes]) -> bytes:
    """Return the manifest of everything.

    Args:
        manifest: The octets of `catalogue.json`.
        schemes: The octets of each `scheme.json` by the name of its folder.

    Raises:
        SettingsError: One of them cannot be read.
    """
    listed = _object("catalogue.json", manifest)
    own = [_schema(name, data) for name, data in sorted(schemes.items())]
    try:
        listed["schemas"] = [*listed["schemas"], *own]
        for document in listed["documents"]:
            if document.pop("schemes", False):
                document["with"] = [*document.get("with", []), *(one["file"] for one in own)]
    except (KeyError, TypeError, AttributeError) as exc:
        raise _broken("catalogue.json", exc) from exc
    return json.dumps(listed, ensure_ascii=False, sort_keys=True).encode()


def register_of_schemes(schemes: Mapping[str, bytes]) -> bytes:
    """Return the code list that the entries of these schemes make.

    Args:
        schemes: The octets of each `scheme.json` by the name of its folder.

    Raises:
        SettingsError: One of them cannot be read.
    """
    items = []
    for name, data in sorted(schemes.items()):
        entry = _object(f"{name}/{SCHEME_FILE}", data)
        entry.pop(_OWN_FILE, None)
        items.append(entry)
    return json.dumps({**_HEADING, "items": items}, ensure_ascii=False, sort_keys=True).encode()


def _schema(name: str, data: bytes) -> dict[str, str]:
    file = f"{name}/{SCHEME_FILE}"
    try:
        own = _object(file, data)[_OWN_FILE]
        return {
            "namespace": str(own["namespace"]),
            "file": f"schemes/{name}/{own['file']}",
            "sha256": str(own["sha256"]),
        }
    except (KeyError, TypeError) as exc:
        raise _broken(file, exc) from exc


def _object(name: str, data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError as exc:
        raise _broken(name, exc) from exc
    if not isinstance(found, dict):
        raise _broken(name, TypeError(f"{type(found).__name__} in place of an object"))
    return found


def _broken(name: str, exc: Exception) -> SettingsError:
    return SettingsError(
        Finding(
            code=SettingsCode.CATALOGUE, path=name, message=f"expected a manifest, found {exc!r}"
        )
    )
