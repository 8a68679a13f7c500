"""From the elements of another operator's list to values; every value that is none is named.

- Reads the tree made from canonical signed octets, after `shape` has found it whole.
- A key certificate that cannot be read costs its service that key and the list nothing:
  national lists carry key certificates of twenty years.
- A value that the reading needs (a number, a time, the order of a history) costs the list.

Source: ETSI TS 119 612 v2.4.1, clauses 5.3 to 5.6; XML Schema part 2 for numbers and times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from lxml import etree

from exchange.codes.outside import NationalCode
from exchange.codes.trust import TrustCode
from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.lexical import collapsed, octets
from exchange.core.model import Fingerprint
from exchange.core.national.shape import T
from exchange.core.national.values import (
    NationalPointer,
    NationalService,
    Provider,
    ServicePeriod,
)
from exchange.errors import ExchangeError, Finding, Severity

_ROOT: Final = "/TrustServiceStatusList"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_TERRITORY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_QUALIFICATIONS: Final = (
    "{http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#}Qualifications"
)
_ADDITIONAL: Final = f"{T}AdditionalServiceInformation"
_UNDERSTOOD: Final = frozenset(
    {
        _ADDITIONAL,
        _QUALIFICATIONS,
        f"{T}ExpiredCertsRevocationInfo",
        "{http://uri.etsi.org/02231/v2/additionaltypes#}TakenOverBy",
    }
)
"""Extensions of clause 5.5.9. They narrow what a qualified signature is, and no key is taken
from a list for that: two persons give every key its scope and its legal basis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The scheme information of a list (clause 5.3)."""

    version: int
    sequence: int
    type: str
    territory: str
    operator_names: Mapping[str, str]
    scheme_names: Mapping[str, str]
    issued_at: datetime
    next_update: datetime | None
    """`None` for a closed list (clause 5.3.15)."""
    pointers: tuple[NationalPointer, ...]


class Reading:
    """One reading of one list, with what was found wrong on the way."""

    def __init__(self, root: etree._Element) -> None:
        """Begin with the root element of a list whose shape is right."""
        self._root = root
        self.faults: list[Finding] = []
        """What costs the list."""
        self.warnings: list[Finding] = []
        """What costs a service one key."""

    def heading(self) -> Heading:
        """Return the scheme information."""
        scheme = _one(self._root, "SchemeInformation")
        path = f"{_ROOT}/SchemeInformation"
        territory = _text(scheme, "SchemeTerritory")
        if not _TERRITORY.fullmatch(territory):
            self._fault(f"{path}/SchemeTerritory", "two capital letters", territory)
        issued_at = self._time(scheme, "ListIssueDateTime", path)
        following = _one(scheme, "NextUpdate")
        next_update = None
        if len(following):
            next_update = self._time(following, "dateTime", f"{path}/NextUpdate")
            if next_update <= issued_at:
                self._fault(f"{path}/NextUpdate", "a time after the issue", str(next_update))
        for extension in scheme.iterfind(f"{T}SchemeExtensions/{T}Extension"):
            if _is_critical(extension):
                self.faults.append(
                    Finding(
                        code=NationalCode.EXTENSION,
                        path=f"{path}/SchemeExtensions",
                        message="expected no critical extension of the whole list",
                    )
                )
        return Heading(
            version=self._number(scheme, "TSLVersionIdentifier", path),
            sequence=self._number(scheme, "TSLSequenceNumber", path),
            type=_text(scheme, "TSLType"),
            territory=territory,
            operator_names=_names(_one(scheme, "SchemeOperatorName")),
            scheme_names=_names(_one(scheme, "SchemeName")),
            issued_at=issued_at,
            next_update=next_update,
            pointers=tuple(
                NationalPointer(
                    location=_text(one, "TSLLocation"),
                    signers=frozenset(
                        Fingerprint(sha256(der).digest())
                        for der in self._ders(one.iterfind(f"{T}ServiceDigitalIdentities"), path)
                    ),
                )
                for one in scheme.iterfind(f"{T}PointersToOtherTSL/{T}OtherTSLPointer")
            ),
        )

    def providers(self) -> tuple[Provider, ...]:
        """Return the providers with their services, numbered through."""
        found: list[Provider] = []
        number = 0
        for element in self._root.iterfind(f"{T}TrustServiceProviderList/{T}TrustServiceProvider"):
            services = []
            for service in element.iterfind(f"{T}TSPServices/{T}TSPService"):
                number += 1
                services.append(self._service(service, number))
            names = _names(_one(_one(element, "TSPInformation"), "TSPName"))
            found.append(Provider(names=names, services=tuple(services)))
        return tuple(found)

    def _service(self, element: etree._Element, number: int) -> NationalService:
        about = _one(element, "ServiceInformation")
        path = f"{_ROOT}//TSPService[{number}]"
        certificates: list[KeyCertificate] = []
        unreadable = 0
        for der in self._ders([_one(about, "ServiceDigitalIdentity")], path):
            try:
                certificates.append(read_certificate(der))
            except ExchangeError as error:
                unreadable += 1
                self.warnings.append(
                    Finding(
                        code=NationalCode.CERTIFICATE,
                        path=path,
                        message=error.findings[0].message,
                        severity=Severity.WARNING,
                    )
                )
        extensions = list(about.iterfind(f"{T}ServiceInformationExtensions/{T}Extension"))
        return NationalService(
            number=number,
            type=_text(about, "ServiceTypeIdentifier"),
            names=_names(_one(about, "ServiceName")),
            periods=self._periods(
                [about, *element.iterfind(f"{T}ServiceHistory/{T}ServiceHistoryInstance")], path
            ),
            certificates=tuple(certificates),
            unreadable=unreadable,
            further=tuple(
                collapsed(uri.text)
                for one in extensions
                for uri in one.iterfind(f"{_ADDITIONAL}/{T}URI")
            ),
            unknown_critical=any(
                _is_critical(one) and not _UNDERSTOOD.issuperset(str(child.tag) for child in one)
                for one in extensions
            ),
        )

    def _periods(self, newest_first: list[etree._Element], path: str) -> tuple[ServicePeriod, ...]:
        periods = tuple(
            ServicePeriod(
                status=_text(one, "ServiceStatus"),
                since=self._time(one, "StatusStartingTime", path),
            )
            for one in newest_first
        )
        # Two that begin at once are seen (the British list of 2019): the older lasted no time.
        if any(newer.since < older.since for newer, older in pairwise(periods)):
            self.faults.append(
                Finding(
                    code=TrustCode.HISTORY_ORDER,
                    path=path,
                    message="expected the history in descending order of its starting times",
                )
            )
        return periods

    def _ders(self, elements: Iterable[etree._Element], path: str) -> list[bytes]:
        """Return the octets of every key certificate below some elements."""
        found = []
        for element in elements:
            for one in element.iter(f"{T}X509Certificate"):
                try:
                    found.append(octets(one.text or ""))
                except ValueError:
                    self._fault(path, "Base64", collapsed(one.text))
        return found

    def _number(self, parent: etree._Element, name: str, path: str) -> int:
        text = _text(parent, name)
        if not _NUMBER.fullmatch(text) or int(text) == 0:
            self._fault(f"{path}/{name}", "a positive number", text)
            return 0
        return int(text)

    def _time(self, parent: etree._Element, name: str, path: str) -> datetime:
        text = _text(parent, name)
        if _TIME.fullmatch(text):
            try:
                return datetime.fromisoformat(text).astimezone(UTC)
            except (ValueError, OverflowError):
                pass
        self._fault(f"{path}/{name}", "a time with a zone", text)
        return _EPOCH

    def _fault(self, path: str, expected: str, found: str) -> None:
        self.faults.append(
            Finding(
                code=NationalCode.VALUE,
                path=path,
                message=f"expected {expected}, found {found[:60]!r}",
            )
        )


def _is_critical(extension: etree._Element) -> bool:
    return collapsed(extension.get("Critical")) in {"true", "1"}


def _one(element: etree._Element, name: str) -> etree._Element:
    found = element.find(T + name)
    if found is None:
        # The shape demands the element, so this is our own fault and not the list's.
        msg = f"{name} is missing from a list whose shape is right"
        raise LookupError(msg)
    return found


def _text(element: etree._Element, name: str) -> str:
    return collapsed(_one(element, name).text)


def _names(element: etree._Element) -> Mapping[str, str]:
    return MappingProxyType({one.get(_LANG, ""): collapsed(one.text) for one in element})
