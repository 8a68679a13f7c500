"""A key for a partner, drafted from another operator's list: without scope, and without trust.

- The service must be granted on its list, by its newest status and at the instant asked about.
- Either the service's own end-entity key certificate is taken, or the partner's, which a
  certification authority of the service has issued; that authority then stands in the path.
- A key that can never work here is refused now and not when it is used; all faults are named.
- The scope is empty and no legal basis is given: both are for two persons to give, whatever the
  service is called. An empty scope allows nothing.

Example:
    >>> drafted = candidate_key(service, body=BodyId("AT-CB-0042"), role=KeyRole.ATTESTATION,
    ...                         at=now, certificate=der)
    >>> drafted.scope.is_empty, len(drafted.path)
    (True, 1)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from exchange.codes.outside import NationalCode
from exchange.codes.trust import TrustCode
from exchange.core.certificate import KeyCertificate, read_certificate, signing_certificate
from exchange.core.competence import Scope
from exchange.core.model import BodyId, Custody, KeyRole
from exchange.core.national.values import GRANTING, NationalList, NationalService, called
from exchange.core.periods import covers, in_zulu
from exchange.core.signature_policy import STATEMENT
from exchange.core.trust_values import KeyEntry, KeyPeriod, KeyStatus
from exchange.errors import ExchangeError, Finding, TrustError

_CONNECTS: Final = KeyRole.TRANSPORT


def candidate_key(
    service: NationalService,
    *,
    body: BodyId,
    role: KeyRole,
    at: datetime,
    certificate: bytes | None = None,
) -> KeyEntry:
    """Return an entry for a partner's key as two persons may propose and complete it.

    Args:
        service: The service that vouches for the key.
        body: Whom the key shall speak for.
        role: What it shall be used for.
        at: Now, aware UTC; the entry begins then.
        certificate: The partner's key certificate, DER; without one, the service's own.

    Raises:
        TrustError: With every fault: `national.not-granted`, `national.no-key`,
            `national.not-issued`, `trust.key-certificate`.
    """
    faults = list(_not_granted(service, at))
    path: tuple[KeyCertificate, ...] = ()
    chosen = None
    if certificate is None:
        chosen = _own(service, role, at)
        if chosen is None:
            faults.append(
                _fault(
                    NationalCode.NO_KEY,
                    service,
                    f"expected an end-entity key certificate of {called(service.names)[:60]} "
                    f"that can be a {role.value} key, found none",
                )
            )
    else:
        try:
            chosen = _usable(certificate, role, at)
        except ExchangeError as exc:
            faults.append(_fault(TrustCode.KEY_CERTIFICATE, service, exc.findings[0].message))
        path = _issuers(service, certificate)
        if not path:
            faults.append(
                _fault(
                    NationalCode.NOT_ISSUED,
                    service,
                    f"expected a key certificate issued by {called(service.names)[:60]}",
                )
            )
    if faults or chosen is None:
        raise TrustError(*faults)
    return KeyEntry(
        body=body,
        role=role,
        custody=Custody.OWN,
        certificate=chosen,
        names=service.names,
        periods=(KeyPeriod(status=KeyStatus.GRANTED, not_before=at, not_after=None),),
        scope=Scope(),
        signs_until=chosen.not_after,
        accepted_until=chosen.not_after,
        path=path,
    )


def service_numbered(one: NationalList, number: int) -> NationalService:
    """Return the service that people point at by its number.

    Raises:
        TrustError: The list has none of this number (`national.no-such-service`).
    """
    for service in one.services:
        if service.number == number:
            return service
    raise TrustError(
        Finding(
            code=NationalCode.NO_SUCH_SERVICE,
            message=f"expected 1 to {len(one.services)}, found {number}",
        )
    )


def _not_granted(service: NationalService, at: datetime) -> Iterator[Finding]:
    status = service.status_at(at)
    if status not in GRANTING or not service.is_granted:
        found = "a critical extension" if service.unknown_critical else (status or "none yet")
        yield _fault(
            NationalCode.NOT_GRANTED,
            service,
            f"expected granted at {in_zulu(at)}, found {found[:100]}",
        )


def _own(service: NationalService, role: KeyRole, at: datetime) -> KeyCertificate | None:
    """Return the first end-entity key certificate of the service that can work."""
    for one in service.certificates:
        try:
            return _usable(one.der, role, at)
        except ExchangeError:
            continue
    return None


def _usable(der: bytes, role: KeyRole, at: datetime) -> KeyCertificate:
    """Hold a key certificate against what its role demands.

    Raises:
        ExchangeError: It can never work, or it does not work at this instant.
    """
    found = read_certificate(der) if role is _CONNECTS else signing_certificate(der, STATEMENT.keys)
    if found.is_authority or not covers(found.not_before, found.not_after, at):
        raise TrustError(
            Finding(
                code=TrustCode.KEY_CERTIFICATE,
                message=f"expected an end-entity key certificate valid at {in_zulu(at)}, found "
                f"one from {in_zulu(found.not_before)} until {in_zulu(found.not_after)}",
            )
        )
    return found


def _issuers(service: NationalService, der: bytes) -> tuple[KeyCertificate, ...]:
    """Return the authority of the service that has issued a key certificate, if one has."""
    try:
        leaf = x509.load_der_x509_certificate(der)
    except ValueError:
        return ()
    for authority in service.certificates:
        if not authority.is_authority:
            continue
        try:
            leaf.verify_directly_issued_by(x509.load_der_x509_certificate(authority.der))
        except (ValueError, TypeError, InvalidSignature):
            continue
        return (authority,)
    return ()


def _fault(code: NationalCode | TrustCode, service: NationalService, message: str) -> Finding:
    return Finding(code=code, path=f"//TSPService[{service.number}]", message=message)
