"""From the entries of a trust list to values, and nothing is decided about them here.

- Reads the tree made from canonical signed octets, which gate 2 has found valid.
- What cannot be put into a value at all is refused here: a key certificate that does not
  parse, a service type that contradicts the extension, a history of another key, a path of
  certification that does not lead to the key.
- Each key certificate is parsed once; whoever has read it before can give it.

Source: ETSI TS 119 612 v2.4.1, clauses 5.4 to 5.6; `schemas/trust-list/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from lxml import etree

from exchange.codes.trust import TrustCode
from exchange.core.certificate import KeyCertificate, read_certificate, require_signing
from exchange.core.competence import Accreditation, AccreditationPeriod, AccreditationState, Scope
from exchange.core.lexical import collapsed
from exchange.core.model import BodyId, BodyRole, Custody, Economy, KeyRole, Kind
from exchange.core.signature_policy import STATEMENT
from exchange.core.trust_tree import (
    E,
    Parts,
    T,
    base64_octets,
    child,
    codes,
    instant,
    names,
    place,
    text,
)
from exchange.core.trust_values import (
    Body,
    BodyPeriod,
    BodyState,
    Capability,
    FormerName,
    KeyEntry,
    KeyPeriod,
    KeyStatus,
    LegalBasis,
    SignatureLevel,
    service_type,
)
from exchange.errors import Finding, SignatureError, TrustError

_SIGNS: Final = frozenset(KeyRole) - {KeyRole.TRANSPORT, KeyRole.CHECKPOINT}
"""Roles whose keys sign documents, and so are held to the policy of gate 3."""
_IDENTITY: Final = f"{T}ServiceDigitalIdentity"
KnownCertificates = Mapping[bytes, KeyCertificate]
"""Key certificates that this process has read before, by their octets."""
NONE_KNOWN: Final[KnownCertificates] = MappingProxyType({})


def known_certificates(bodies: Iterable[Body]) -> KnownCertificates:
    """Return the key certificates of these bodies, so that nobody parses them again."""
    return MappingProxyType(
        {
            one.der: one
            for body in bodies
            for key in body.keys
            for one in (key.certificate, *key.path)
        }
    )


def read_entry(provider: etree._Element, known: KnownCertificates = NONE_KNOWN) -> Body:
    """Return the body of one entry that is valid under our schema.

    Args:
        provider: A `TrustServiceProvider` element, on a list or alone.
        known: Key certificates that this process has read before.

    Raises:
        TrustError: An entry cannot be a value (`trust.key-certificate`, `trust.key-path`,
            `trust.key-service-type`, `trust.history-identity`, `trust.key-of-another-body`).
    """
    about = Parts(child(provider, f"{T}TSPInformation"))
    own = Parts(
        child(about.one(f"{T}TSPInformationExtensions"), f"{T}Extension", f"{E}BodyInformation")
    )
    body_id = BodyId(own.text(f"{E}BodyID"))
    economy = Economy(own.text(f"{E}Economy"))
    return Body(
        id=body_id,
        roles=frozenset(BodyRole(one) for one in own.texts(f"{E}Role")),
        names=names(about.one(f"{T}TSPName")),
        economy=economy,
        economies=frozenset({economy, *map(Economy, own.texts(f"{E}ServedEconomy"))}),
        time_zone=own.text(f"{E}TimeZone"),
        approval_number=own.optional(f"{E}ApprovalNumber"),
        cab_code=own.optional(f"{E}CABCode"),
        history=tuple(
            BodyPeriod(
                state=BodyState(collapsed(one.text)), since=instant(collapsed(one.get("since")))
            )
            for one in own.all(f"{E}State")
        ),
        former_names=tuple(
            FormerName(names=names(one), until=instant(collapsed(one.get("until"))))
            for one in own.all(f"{E}FormerName")
        ),
        predecessors=frozenset(map(BodyId, own.texts(f"{E}Predecessor"))),
        accreditations=tuple(map(_accreditation, own.all(f"{E}Accreditation"))),
        capabilities=tuple(map(_capability, own.all(f"{E}Capability"))),
        place=place(about.one(f"{T}TSPAddress"), about.one(f"{T}TSPInformationURI")),
        endpoint=own.optional(f"{E}Endpoint"),
        forbids_hub_custody=own.text(f"{E}ForbidsHubCustody") in ("true", "1"),
        keys=tuple(
            [_key(body_id, service, known) for service in child(provider, f"{T}TSPServices")]
        ),
    )


def read_bodies(root: etree._Element, known: KnownCertificates = NONE_KNOWN) -> tuple[Body, ...]:
    """Return the bodies of a list with their keys.

    Raises:
        TrustError: As `read_entry`.
    """
    return tuple(
        read_entry(provider, known)
        for provider in root.iterfind(f"{T}TrustServiceProviderList/{T}TrustServiceProvider")
    )


def _accreditation(element: etree._Element) -> Accreditation:
    own = Parts(element)
    valid_to = own.optional(f"{E}ValidTo")
    return Accreditation(
        kind=own.text(f"{E}Kind"),
        authority=BodyId(own.text(f"{E}Authority")),
        number=own.text(f"{E}Number"),
        standard=own.text(f"{E}Standard"),
        scope_codes=codes(own.all(f"{E}ScopeCode")),
        schemes=frozenset(own.texts(f"{E}Scheme")),
        valid_from=date.fromisoformat(own.text(f"{E}ValidFrom")),
        valid_to=None if valid_to is None else date.fromisoformat(valid_to),
        history=tuple(
            AccreditationPeriod(
                state=AccreditationState(collapsed(one.text)),
                since=date.fromisoformat(collapsed(one.get("since"))),
            )
            for one in own.all(f"{E}State")
        ),
    )


def _capability(element: etree._Element) -> Capability:
    own = Parts(element)
    return Capability(
        kind=Kind(own.text(f"{E}Kind")),
        schema=own.text(f"{E}Schema"),
        schemes=frozenset(own.texts(f"{E}Scheme")),
    )


def _key(body: BodyId, service: etree._Element, known: KnownCertificates) -> KeyEntry:
    about = Parts(child(service, f"{T}ServiceInformation"))
    own = Parts(
        child(about.one(f"{T}ServiceInformationExtensions"), f"{T}Extension", f"{E}KeyInformation")
    )
    role = KeyRole(own.text(f"{E}KeyRole"))
    owner = own.text(f"{E}BodyID")
    if owner != body:
        raise _fault(
            TrustCode.KEY_OF_ANOTHER_BODY, body, f"expected a key of {body}, found one of {owner}"
        )
    # Beside the present status there is a history or nothing.
    history = [Parts(one) for former in service[1:] for one in former]
    for one in (about, *history):
        found = one.text(f"{T}ServiceTypeIdentifier")
        if found != service_type(role):
            raise _fault(
                TrustCode.KEY_SERVICE_TYPE, body, f"expected {service_type(role)}, found {found}"
            )
    identity = child(about.one(_IDENTITY), f"{T}DigitalId", f"{T}X509Certificate")
    certificate = _certificate(body, role, identity, known)
    for one in history:
        named = child(one.one(_IDENTITY), f"{T}DigitalId", f"{T}X509SKI")
        if base64_octets(named) != certificate.key_id:
            raise _fault(
                TrustCode.HISTORY_IDENTITY,
                body,
                f"expected the identifier of key {certificate.key_id.hex()[:16]}…, found another",
            )
    return KeyEntry(
        body=body,
        role=role,
        custody=Custody(own.text(f"{E}Custody")),
        certificate=certificate,
        names=names(about.one(f"{T}ServiceName")),
        periods=_periods((about, *history)),
        scope=_scope(own.first(f"{E}Scope")),
        signs_until=instant(own.text(f"{E}SignsUntil")),
        accepted_until=instant(own.text(f"{E}AcceptedUntil")),
        legal=_legal(own.first(f"{E}LegalBasis")),
        path=_path(body, certificate, own.first(f"{E}CertificationPath"), known),
    )


def _legal(element: etree._Element | None) -> LegalBasis | None:
    if element is None:
        return None
    return LegalBasis(
        instrument=text(element, f"{E}Instrument"),
        level=SignatureLevel(text(element, f"{E}Level")),
    )


def _periods(newest_first: tuple[Parts, ...]) -> tuple[KeyPeriod, ...]:
    """Each status lasts until the one after it began; their order is a rule, TSL-08."""
    periods: list[KeyPeriod] = []
    end: datetime | None = None
    for one in newest_first:
        begin = instant(one.text(f"{T}StatusStartingTime"))
        periods.append(
            KeyPeriod(
                status=KeyStatus(one.text(f"{T}ServiceStatus")), not_before=begin, not_after=end
            )
        )
        end = begin
    return tuple(periods)


def _scope(element: etree._Element | None) -> Scope:
    if element is None:
        return Scope()
    own = Parts(element)
    return Scope(
        schemes=frozenset(own.texts(f"{E}Scheme")),
        standards=frozenset(own.texts(f"{E}Standard")),
        product_groups=codes(own.all(f"{E}ProductGroup")),
        economies=frozenset(map(Economy, own.texts(f"{E}Economy"))),
    )


def _certificate(
    body: BodyId, role: KeyRole, element: etree._Element, known: KnownCertificates
) -> KeyCertificate:
    """A key that can never sign is refused when it is listed, not when it is used."""
    certificate = _read(body, element, known)
    if role in _SIGNS:
        try:
            require_signing(certificate, STATEMENT.keys)
        except SignatureError as exc:
            raise _fault(TrustCode.KEY_CERTIFICATE, body, exc.findings[0].message) from exc
    # A checkpoint is a C2SP signed note, for which there is no other algorithm; and no
    # connection is made with the key that signs them.
    elif isinstance(certificate.public_key, Ed25519PublicKey) is not (role is KeyRole.CHECKPOINT):
        raise _fault(
            TrustCode.KEY_CERTIFICATE,
            body,
            f"expected {'an Ed25519' if role is KeyRole.CHECKPOINT else 'an EC or RSA'} key for "
            f"{role.value}, found {type(certificate.public_key).__name__}",
        )
    return certificate


def _path(
    body: BodyId,
    certificate: KeyCertificate,
    element: etree._Element | None,
    known: KnownCertificates,
) -> tuple[KeyCertificate, ...]:
    if element is None:
        return ()
    path = tuple(_read(body, one, known) for one in element)
    # Their signatures are judged when the key arrives and whenever revocation is asked.
    for below, above in pairwise((certificate, *path)):
        if not above.is_authority or below.issuer != above.subject:
            raise _fault(
                TrustCode.KEY_PATH,
                body,
                f"expected the authority {below.issuer[:80]}, found {above.subject[:80]}",
            )
    return path


def _read(body: BodyId, element: etree._Element, known: KnownCertificates) -> KeyCertificate:
    der = base64_octets(element)
    found = known.get(der)
    if found is not None:
        return found
    try:
        return read_certificate(der)
    except SignatureError as exc:
        raise _fault(TrustCode.KEY_CERTIFICATE, body, exc.findings[0].message) from exc


def _fault(code: TrustCode, body: BodyId, message: str) -> TrustError:
    return TrustError(
        Finding(
            code=code,
            path=f"/TrustServiceStatusList//TrustServiceProvider[{body}]",
            message=message,
        )
    )
