"""What travels with every release: the schemas with their catalogue, and the code lists.

In a wheel they are the package data `exchange/schemas`; in a checkout they are the folder
`schemas` beside the package. Nothing else is ever looked at.

- A scheme is a folder `schemes/<name>/` with a `scheme.json`: its schema, its entry in the
  register of schemes and its own code lists are found there. A folder without that file is none.
- `good_sample` finds a sample by its name, wherever it stands.

    python -m exchange.service.materials            writes the digests of all schemas again
    python -m exchange.service.materials --check    names the files whose digest is another
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.core.code_lists import CodeLists
from exchange.core.manifest import SCHEME_FILE, register_of_schemes, with_schemes
from exchange.core.schema import Catalogue
from exchange.errors import Finding, SettingsError

_PACKAGE: Final = Path(__file__).resolve().parent.parent
_MANIFEST: Final = "catalogue.json"
_REGISTER: Final = "schemes.json"
_DIGEST: Final = re.compile(r'("sha256"\s*:\s*")[^"]*(")')


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
    manifest = with_schemes(_read(folder / _MANIFEST), _schemes(folder))
    files = {
        path.relative_to(folder).as_posix(): _read(path) for path in sorted(folder.rglob("*.xsd"))
    }
    return Catalogue.build(files, manifest)


def load_code_lists() -> CodeLists:
    """Return the code lists of this release.

    Raises:
        SettingsError: A list cannot be read or contradicts itself.
    """
    return CodeLists.build(code_list_files())


def code_list_files() -> dict[str, bytes]:
    """Return the octets of every code list by its file: everybody's, and those of the schemes.

    The register of schemes is not a file: it is made of what the folders say.

    Raises:
        SettingsError: A list or the entry of a scheme cannot be read.
    """
    folder = schemas_folder()
    schemes = _schemes(folder)
    paths = [
        *sorted((folder / "code-lists").glob("*.json")),
        *(
            path
            for name in schemes
            for path in sorted((folder / "schemes" / name / "code-lists").glob("*.json"))
        ),
    ]
    files = {path.relative_to(folder).as_posix(): _read(path) for path in paths}
    return {**files, _REGISTER: register_of_schemes(schemes)}


def good_sample(kind: str, name: str) -> Path:
    """Return where the good sample with this name stands.

    Args:
        kind: The folder of the document, such as `attestation`; samples of an attestation may
            stand in the folder of their scheme.
        name: The name of the file, without its suffix.

    Raises:
        SettingsError: There is none, or there are two.
    """
    folder = schemas_folder()
    places = [folder / kind]
    if kind == "attestation":
        places += sorted((folder / "schemes").iterdir())
    found = [path for place in places if (path := place / "samples/good" / f"{name}.xml").is_file()]
    if len(found) != 1:
        raise SettingsError(
            Finding(
                code=SettingsCode.FILE,
                path=f"{kind}/{name}",
                message=f"expected one good sample of that name, found {len(found)}",
            )
        )
    return found[0]


def other_digests(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield every manifest whose digests are not those of its schemas, with what it should say."""
    manifest = folder / _MANIFEST
    before = manifest.read_text(encoding="utf-8")
    listed = json.loads(before)
    for one in listed["schemas"]:
        one["sha256"] = sha256((folder / one["file"]).read_bytes()).hexdigest()
    after = json.dumps(listed, indent=2, ensure_ascii=False) + "\n"
    if after != before:
        yield manifest, after
    for name in _schemes(folder):
        entry = folder / "schemes" / name / SCHEME_FILE
        before = entry.read_text(encoding="utf-8")
        schema = entry.parent / json.loads(before)["schema"]["file"]
        digest = sha256(schema.read_bytes()).hexdigest()
        after = _DIGEST.sub(rf"\g<1>{digest}\g<2>", before, count=1)
        if after != before:
            yield entry, after


def write_digests(folder: Path) -> bool:
    """Write the digest of every schema file into its manifest; tell whether one changed."""
    changed = list(other_digests(folder))
    for path, text in changed:
        path.write_text(text, encoding="utf-8")
    return bool(changed)


def _schemes(folder: Path) -> dict[str, bytes]:
    """Return the entry of every scheme by the name of its folder, in the order of names."""
    return {
        path.parent.name: _read(path) for path in sorted(folder.glob(f"schemes/*/{SCHEME_FILE}"))
    }


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


def _main(words: list[str]) -> int:
    """Write the digests, or name what is not as it should be; the exit code."""
    folder = schemas_folder()
    if words == ["--check"]:
        wrong = [path.relative_to(folder).as_posix() for path, _ in other_digests(folder)]
        sys.stdout.writelines(f"{name}: another digest\n" for name in wrong)
        return 1 if wrong else 0
    changed = write_digests(folder)
    sys.stdout.write("digests written\n" if changed else "nothing to write\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
