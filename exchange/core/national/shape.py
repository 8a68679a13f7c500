"""Which elements a trust list consists of, in which order: annex C of the standard as a table.

- The order counts: a list whose elements stand otherwise was made by something that does not
  know the standard, or was put together from several.
- An element that is not in the table is refused and not skipped: it could say that what we
  read does not hold.
- What lies below the elements in the table (addresses, policies, the content of extensions) is
  for people, or is judged where it is read.
- Versions 5 and 6 have the same elements.

Source: ETSI TS 119 612 v2.1.1 and v2.4.1, annex C; tests hold the table against both schemas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from exchange.codes.outside import NationalCode
from exchange.core.trust_values import TSL
from exchange.errors import Finding

T: Final = f"{{{TSL}}}"
_MOST: Final = 20
"""Faults named at once; a list of another standard has thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A child element: its name, and how often it stands there."""

    name: str
    least: int = 1
    many: bool = False


def _parts(text: str) -> tuple[Part, ...]:
    """Read a row of the table: `?` may be missing, `*` any number, `+` one or more."""
    return tuple(
        Part(name=word.rstrip("?*+"), least=0 if word[-1] in "?*" else 1, many=word[-1] in "*+")
        for word in text.split()
    )


SHAPES: Final[Mapping[str, tuple[Part, ...]]] = {
    "TrustServiceStatusList": _parts("SchemeInformation TrustServiceProviderList?"),
    "SchemeInformation": _parts(
        "TSLVersionIdentifier TSLSequenceNumber TSLType SchemeOperatorName SchemeOperatorAddress "
        "SchemeName SchemeInformationURI StatusDeterminationApproach SchemeTypeCommunityRules? "
        "SchemeTerritory PolicyOrLegalNotice? HistoricalInformationPeriod PointersToOtherTSL? "
        "ListIssueDateTime NextUpdate DistributionPoints? SchemeExtensions?"
    ),
    "SchemeOperatorName": _parts("Name+"),
    "SchemeName": _parts("Name+"),
    "PointersToOtherTSL": _parts("OtherTSLPointer+"),
    "OtherTSLPointer": _parts("ServiceDigitalIdentities? TSLLocation AdditionalInformation?"),
    "ServiceDigitalIdentities": _parts("ServiceDigitalIdentity+"),
    "NextUpdate": _parts("dateTime?"),
    "TrustServiceProviderList": _parts("TrustServiceProvider+"),
    "TrustServiceProvider": _parts("TSPInformation TSPServices"),
    "TSPInformation": _parts(
        "TSPName TSPTradeName? TSPAddress TSPInformationURI TSPInformationExtensions?"
    ),
    "TSPName": _parts("Name+"),
    "TSPServices": _parts("TSPService+"),
    "TSPService": _parts("ServiceInformation ServiceHistory?"),
    "ServiceInformation": _parts(
        "ServiceTypeIdentifier ServiceName ServiceDigitalIdentity ServiceStatus "
        "StatusStartingTime SchemeServiceDefinitionURI? ServiceSupplyPoints? "
        "TSPServiceDefinitionURI? ServiceInformationExtensions?"
    ),
    "ServiceHistory": _parts("ServiceHistoryInstance*"),
    "ServiceHistoryInstance": _parts(
        "ServiceTypeIdentifier ServiceName ServiceDigitalIdentity ServiceStatus "
        "StatusStartingTime ServiceInformationExtensions?"
    ),
    "ServiceName": _parts("Name+"),
    "ServiceDigitalIdentity": _parts("DigitalId*"),
}
"""Children of each element in their order. SchemeTerritory is optional in the schema and
mandatory by clause 5.3.10."""

_TEXTS: Final = frozenset(
    {
        "TSLVersionIdentifier", "TSLSequenceNumber", "TSLType", "SchemeTerritory",
        "HistoricalInformationPeriod", "ListIssueDateTime", "dateTime", "TSLLocation",
        "ServiceTypeIdentifier", "ServiceStatus", "StatusStartingTime", "Name",
    }
)  # fmt: skip
"""Elements with a text and nothing else: half of a text, read as the whole, says another thing."""


def shape_faults(root: etree._Element) -> tuple[Finding, ...]:
    """Return where a list is not built as the table says; twenty faults at most.

    Args:
        root: TrustServiceStatusList, its signature taken out.
    """
    found: list[Finding] = []
    for fault in _below(root, f"/{etree.QName(root).localname}"):
        found.append(fault)
        if len(found) == _MOST:
            break
    return tuple(found)


def _below(element: etree._Element, path: str) -> Iterator[Finding]:
    name = str(element.tag).removeprefix(T)
    children = list(element.iterchildren("*"))
    if name in _TEXTS and children:
        message = f"expected a text, found {_shown([str(children[0].tag)], 0)}"
        yield Finding(code=NationalCode.STRUCTURE, path=path, message=message)
    parts = SHAPES.get(name)
    if parts is None:
        return
    fault = _order(parts, [str(child.tag) for child in children])
    if fault is not None:
        yield Finding(code=NationalCode.STRUCTURE, path=path, message=fault)
        return
    counts: dict[str, int] = {}
    for child in children:
        name = etree.QName(child).localname
        counts[name] = counts.get(name, 0) + 1
        yield from _below(child, f"{path}/{name}[{counts[name]}]")


def _order(parts: tuple[Part, ...], found: list[str]) -> str | None:
    """Say what is wrong with the children, or nothing when they are the ones expected."""
    at = 0
    for part in parts:
        start = at
        while at < len(found) and found[at] == T + part.name and (part.many or at == start):
            at += 1
        if at - start < part.least:
            return f"expected {part.name}, found {_shown(found, at)}"
    if at < len(found):
        return f"expected nothing more, found {_shown(found, at)}"
    return None


def _shown(found: list[str], at: int) -> str:
    return found[at].rpartition("}")[2][:60] if at < len(found) else "nothing"
