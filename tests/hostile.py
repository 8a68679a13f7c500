"""Hostile variants of a valid signed document, each with the point that it attacks.

`CASES` is the table: the point of the checklist, the code that refuses it, and a builder. A
case marked `core` is signed by the entitled signer over exactly these octets, so that plain
XML signature verifiers accept it, and only the profile is broken.

    for case in CASES:
        document = case.build(material)      # octets; refused with case.code
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from exchange.codes import Code
from tests.hostile_edits import wrap
from tests.hostile_keys import KEYS
from tests.hostile_material import Material, edited
from tests.hostile_octets import OCTETS
from tests.hostile_properties import PROPERTIES
from tests.hostile_structure import STRUCTURE, TAMPERED, WRAPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One hostile document."""

    name: str
    point: int
    """The point of the checklist that it attacks."""
    code: Code
    build: Callable[[Material], bytes]
    core: bool = False
    """Whether a plain XML signature verifier rightly calls it valid."""


def _cases() -> Iterator[Case]:
    for name, point, code, build in OCTETS:
        yield Case(name=name, point=point, code=code, build=build)
    for variant, code in WRAPPED.items():
        yield Case(name=f"wrapping {variant}", point=9, code=code, build=partial(wrap, variant))
    for name, point, code, edit, core in (*STRUCTURE, *PROPERTIES):
        yield Case(
            name=name, point=point, code=code, build=partial(edited, edit, again=core), core=core
        )
    for name, code, edit in TAMPERED:
        yield Case(name=name, point=18, code=code, build=partial(edited, edit))
    for name, point, code, build, core in KEYS:
        yield Case(name=name, point=point, code=code, build=build, core=core)


CASES: tuple[Case, ...] = tuple(_cases())
"""Every hostile document, in the order of the checklist's gates."""
