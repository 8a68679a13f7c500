"""The samples that travel with the schemas, as tables for tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange.core.limits import Limits
from exchange.core.schema import Catalogue, Conforming, conform
from exchange.core.xml import parse
from exchange.service.materials import schemas_folder

LIMITS = Limits()

_PLACES = ("*/samples/good", "schemes/*/samples/good")
_BAD_PLACES = ("*/samples/bad", "schemes/*/samples/bad")

SIGNATURE = (Path(__file__).parent / "signature_shape.xml").read_text(encoding="utf-8").strip()
"""A ds:Signature of the allowed shape; nothing in it was ever signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadSample:
    """A draft that breaks the schema for one reason."""

    path: Path
    code: str
    place: str

    def __str__(self) -> str:
        """Name it in test reports."""
        return label(self.path)


def good_samples() -> tuple[Path, ...]:
    """Return every good sample of every kind."""
    return tuple(
        path for place in _PLACES for path in sorted(schemas_folder().glob(f"{place}/*.xml"))
    )


def bad_samples() -> tuple[BadSample, ...]:
    """Return every bad sample that a table of expectations names."""
    return tuple(
        BadSample(path=table.parent / name, code=code, place=place)
        for place in _BAD_PLACES
        for table in sorted(schemas_folder().glob(f"{place}/expected.tsv"))
        for name, code, place in (
            line.split("\t")
            for line in table.read_text(encoding="utf-8").splitlines()
            if not line.startswith("#")
        )
    )


def label(sample: Path) -> str:
    """Name a good sample in test reports."""
    return f"{sample.parts[-4]}/{sample.stem}"


def kind_of(sample: Path) -> str:
    """Return the kind of a sample; those of a scheme are attestations."""
    is_of_scheme = sample.parents[3] == schemas_folder() / "schemes"
    return "attestation" if is_of_scheme else sample.parts[-4]


def with_signature(draft: bytes, signature: str) -> bytes:
    """Return the draft with a signature as its last child."""
    head, mark, tail = draft.decode().rpartition("</")
    return (head + signature + mark + tail).encode()


def examine(data: bytes, catalogue: Catalogue, limits: Limits = LIMITS) -> Conforming:
    """Take octets through gates 1 and 2."""
    return conform(parse(data, limits), catalogue, limits)
