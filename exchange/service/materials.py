"""What travels with every release: the schemas with their catalogue, and the code lists.

In a wheel they are the package data `exchange/schemas`; in a checkout they are the folder
`schemas` beside the package. Nothing else is ever looked at.

    python -m exchange.service.materials        writes the digests into catalogue.json again
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.core.code_lists import CodeLists
from exchange.core.schema import Catalogue
from exchange.errors import Finding, SettingsError

_PACKAGE: Final = Path(__file__).resolve().parent.parent
_MANIFEST: Final = "catalogue.json"


def schemas_folder() -> Path:
    """Return the folder of the shared schemas.

    Raises:
        SettingsError: The release is not whole: neither place has a catalogue.
    """
    for folder in (_PACKAGE / "schemas", _PACKAGE.parent / "schemas"):
        if (folder / _MANIFEST).is_file():
            return folder
    raise SettingsError(
        Finding(
            code=SettingsCode.CATALOGUE,
            path=_MANIFEST,
            message="expected the folder of shared schemas in the release, found none",
        )
    )


def load_catalogue() -> Catalogue:
    """Return the catalogue of this release, compiled.

    Raises:
        SettingsError: A schema is missing or is not the one that the manifest names.
    """
    folder = schemas_folder()
    manifest = _read(folder / _MANIFEST)
    files = {
        path.relative_to(folder).as_posix(): _read(path) for path in sorted(folder.rglob("*.xsd"))
    }
    return Catalogue.build(files, manifest)


def load_code_lists() -> CodeLists:
    """Return the code lists of this release.

    Raises:
        SettingsError: A list cannot be read or contradicts itself.
    """
    folder = schemas_folder() / "code-lists"
    return CodeLists.build({path.name: _read(path) for path in sorted(folder.glob("*.json"))})


def write_digests(folder: Path) -> bool:
    """Write the digest of every schema file into the manifest; tell whether one changed."""
    manifest = folder / _MANIFEST
    before = manifest.read_text(encoding="utf-8")
    listed = json.loads(before)
    for one in listed["schemas"]:
        one["sha256"] = sha256((folder / one["file"]).read_bytes()).hexdigest()
    after = json.dumps(listed, indent=2, ensure_ascii=False) + "\n"
    if after == before:
        return False
    manifest.write_text(after, encoding="utf-8")
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise SettingsError(
            Finding(
                code=SettingsCode.FILE,
                path=path.name,
                message=f"expected a readable file, found {exc.strerror}",
            )
        ) from exc


if __name__ == "__main__":
    sys.stdout.write(
        "catalogue.json written\n" if write_digests(schemas_folder()) else "nothing to write\n"
    )
