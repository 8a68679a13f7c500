"""Trust lists before strangers: ours under the published schema, theirs under ours.

What the signature engine says of each foreign list stands in `test_signature_vectors`; here
is what parser, schemas and list reader say. Nobody's list but our own profile decides
anything on the road, so every one of them is refused there with a code.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import xmlschema
from lxml import etree

from exchange.codes import Code
from exchange.codes.gates import SchemaCode, XMLCode
from exchange.core.foreign import FOREIGN_LIMITS, check
from exchange.core.model import Fingerprint
from exchange.core.signature_policy import FOREIGN
from exchange.core.trust_list_writing import write_list
from exchange.core.trustlist import read_list
from exchange.core.xml import parse
from exchange.errors import RejectedError
from exchange.service.materials import schemas_folder
from exchange.vault.vault import KeyKind
from tests.core.test_trust_delegation import OFFLINE, delegation
from tests.core.test_trust_entries import full
from tests.core.test_trustlist import ROOT_KEY, as_draft
from tests.world import ISSUER, START, World

PUBLISHED: Final = "etsi/specs-trusted-list/ts_119612v020401_xsd.xsd"
PLACES: Final = {
    "http://www.w3.org/TR/2008/REC-xmldsig-core-20080610/xmldsig-core-schema.xsd": (
        "etsi/specs-xmldsig/xmldsig-core-schema.xsd"
    ),
    "http://www.w3.org/2001/xml.xsd": "etsi/specs-xmldsig/xml.xsd",
}
TSL: Final = {"tsl": "http://uri.etsi.org/02231/v2#"}

FOREIGN_LISTS: Final[tuple[tuple[str, bool, Code], ...]] = (
    # file, valid under the published schema, and the code that our road refuses it with
    ("samples-mra/mra-lotl.xml", True, SchemaCode.INVALID),
    ("samples-mra/mra-zz-tl.xml", True, SchemaCode.INVALID),
    ("samples-tl/AT.xml", True, SchemaCode.INVALID),
    ("samples-tl/BE.xml", True, SchemaCode.INVALID),
    ("samples-tl/CY.xml", True, SchemaCode.INVALID),
    ("samples-tl/CZ_broken-sig.xml", True, SchemaCode.INVALID),
    ("samples-tl/CZ_two-sigs.xml", False, SchemaCode.INVALID),
    ("samples-tl/DK.xml", True, SchemaCode.INVALID),
    ("samples-tl/FI.xml", True, XMLCode.ENCODING),
    ("samples-tl/IE.xml", True, SchemaCode.INVALID),
    ("samples-tl/LU.xml", True, SchemaCode.INVALID),
    ("samples-tl/MT.xml", True, SchemaCode.INVALID),
    ("samples-tl/UK.xml", True, SchemaCode.INVALID),
    ("samples-tl/eu-lotl-broken-sig.xml", True, SchemaCode.INVALID),
    ("samples-tl/mra-zz-tl.xml", True, SchemaCode.INVALID),
    ("samples-tl/peru-lotl.xml", True, SchemaCode.INVALID),
    ("samples-tl/tl-ecdsa-brainpool.xml", False, XMLCode.TOO_MANY_NAMESPACES),
    ("samples-tl/tl-empty.xml", False, SchemaCode.INVALID),
)
HOLDING: Final = ("samples-tl/AT.xml", "samples-tl/FI.xml", "samples-tl/peru-lotl.xml")
"""Lists of today's algorithms: their signatures hold, judged at their own date."""


class _Beside(etree.Resolver):
    """Finds what the published schemas import among the fixtures; nothing is fetched."""

    def __init__(self, fixtures: Path) -> None:
        super().__init__()
        self._fixtures = fixtures

    def resolve(self, system_url: str | None, _public_id: str | None, context: object, /) -> Any:
        place = PLACES.get(system_url or "")
        if place is None:
            return None
        return self.resolve_filename(str(self._fixtures / place), context)


def published(fixtures: Path) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Beside(fixtures))
    return etree.XMLSchema(etree.parse(fixtures / PUBLISHED, parser))


def test_our_lists_are_valid_under_the_published_schema(world: World, fixtures: Path) -> None:
    schema = published(fixtures)

    for file, data in world.files.items():
        root = etree.fromstring(data)
        assert schema.validate(root), (file, schema.error_log.last_error)
        root.remove(root[-1])
        assert schema.validate(root), (file, "unsigned")


def test_our_lists_with_everything_are_valid_under_the_published_schema(
    world: World, fixtures: Path
) -> None:
    """Legal bases, paths, former names and predecessors, and the delegation of a root."""
    world.vault.add(OFFLINE, KeyKind.EC_P384)
    schema = published(fixtures)
    one = next(one for one in world.lists if one.territory == "CN" and one.bodies)
    bodies = tuple(full(body) if body.id == ISSUER else body for body in one.bodies)

    for data in (
        write_list(replace(as_draft(one), bodies=bodies)),
        delegation(world, ROOT_KEY),
    ):
        assert schema.validate(etree.fromstring(data)), schema.error_log.last_error


@pytest.mark.parametrize("name", ["economy", "successor", "hub", "list-of-lists", "delegation"])
def test_samples_are_valid_under_the_published_schema(fixtures: Path, name: str) -> None:
    sample = schemas_folder() / "trust-list" / "samples" / "good" / f"{name}.xml"
    schema = published(fixtures)

    assert schema.validate(etree.parse(sample)), schema.error_log.last_error


def test_our_lists_are_valid_for_a_second_validator(world: World, fixtures: Path) -> None:
    schema = xmlschema.XMLSchema(
        str(fixtures / PUBLISHED),
        locations=[
            ("http://www.w3.org/2000/09/xmldsig#", str(fixtures / PLACES[next(iter(PLACES))])),
            ("http://www.w3.org/XML/1998/namespace", str(fixtures / "etsi/specs-xmldsig/xml.xsd")),
        ],
        allow="local",
    )

    assert schema.is_valid(world.files["CN.xml"].decode())
    assert not schema.is_valid(world.files["CN.xml"].decode().replace("TSLTag=", "tsltag="))


@pytest.mark.parametrize(("name", "valid", "code"), FOREIGN_LISTS, ids=str)
def test_list_of_another_operator(
    world: World,
    fixtures: Path,
    name: str,
    valid: bool,  # noqa: FBT001
    code: Code,
) -> None:
    data = (fixtures / "etsi" / name).read_bytes()

    parsed = parse(data, FOREIGN_LIMITS, reading=FOREIGN.reading)

    assert published(fixtures).validate(parsed.root) is valid
    with pytest.raises(RejectedError) as caught:
        read_list(
            data,
            catalogue=world.catalogue,
            limits=world.limits,
            algorithms=world.algorithms,
            pinned={Fingerprint(bytes(32))},
            at=START,
        )
    assert caught.value.code is code


@pytest.mark.parametrize("name", HOLDING)
def test_signature_of_another_operator_holds_at_its_own_date(fixtures: Path, name: str) -> None:
    data = (fixtures / "etsi" / name).read_bytes()

    checked = check(parse(data, FOREIGN_LIMITS, reading=FOREIGN.reading), policy=FOREIGN)

    scheme = "tsl:SchemeInformation/tsl:"
    issued = _instant(checked.root.findtext(f"{scheme}ListIssueDateTime", "", TSL))
    until = _instant(checked.root.findtext(f"{scheme}NextUpdate/tsl:dateTime", "", TSL))
    assert checked.signed_at is not None
    assert issued - timedelta(days=30) <= checked.signed_at < until
    assert checked.certificate.not_before <= checked.signed_at <= checked.certificate.not_after


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
