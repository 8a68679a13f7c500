"""A partner's key from another operator's list: no scope, a path, and every fault at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

import pytest

from exchange.codes import Code
from exchange.codes.outside import NationalCode
from exchange.codes.trust import TrustCode
from exchange.core.model import BodyId, Fingerprint, KeyRole
from exchange.core.national.candidates import candidate_key, service_numbered
from exchange.core.national.lists import read_national_list
from exchange.core.national.values import NationalService
from exchange.core.trust_values import KeyEntry, KeyStatus
from exchange.errors import TrustError
from tests.national import WITHDRAWN, draft, list_signer, service
from tests.pki import Signer, make_signer

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BODY: Final = BodyId("NZ-CB-0007")
CA: Final = make_signer(number=930, authority=True, subject="Signing CA")
PARTNER: Final = make_signer(number=931, subject="Partner", issuer=CA)
STRANGER: Final = make_signer(number=932, subject="Stranger")


def listed(*services: str) -> tuple[NationalService, ...]:
    operator = list_signer()
    pin = Fingerprint(sha256(operator.der).digest())
    data = operator.sign(draft(services=services))
    return read_national_list(data, pinned={pin}, at=NOW).services


def candidate(
    one: NationalService, certificate: Signer | None = None, *, at: datetime = NOW
) -> KeyEntry:
    der = None if certificate is None else certificate.der
    return candidate_key(one, body=BODY, role=KeyRole.ATTESTATION, at=at, certificate=der)


def test_the_key_that_a_listed_authority_has_issued_comes_with_its_path() -> None:
    (one,) = listed(service(STRANGER.der, CA.der))

    key = candidate(one, PARTNER)

    assert (key.body, key.role, key.certificate.der) == (BODY, KeyRole.ATTESTATION, PARTNER.der)
    assert [above.der for above in key.path] == [CA.der]
    assert key.scope.is_empty
    assert key.legal is None
    assert (key.status, key.signs_from) == (KeyStatus.GRANTED, NOW)
    assert key.signs_until == key.accepted_until == key.certificate.not_after


def test_the_first_key_of_the_service_that_can_work_is_taken_when_none_is_given() -> None:
    (one,) = listed(service(CA.der, STRANGER.der, PARTNER.der))

    key = candidate(one)

    assert (key.certificate.der, key.path) == (STRANGER.der, ())


@pytest.mark.parametrize(
    ("one", "certificate", "codes"),
    [
        (service(CA.der, status=WITHDRAWN), PARTNER, [NationalCode.NOT_GRANTED]),
        (service(CA.der, since="2026-12-01T00:00:00Z"), PARTNER, [NationalCode.NOT_GRANTED]),
        (service(CA.der), None, [NationalCode.NO_KEY]),
        (service(CA.der), STRANGER, [NationalCode.NOT_ISSUED]),
        (
            service(CA.der),
            make_signer("rsa2048", number=933, issuer=CA),
            [TrustCode.KEY_CERTIFICATE],
        ),
        (
            service(CA.der),
            make_signer(number=934, issuer=CA, not_after=NOW - timedelta(days=1)),
            [TrustCode.KEY_CERTIFICATE],
        ),
        (
            service(CA.der, status=WITHDRAWN),
            make_signer("secp256k1", number=935),
            [NationalCode.NOT_GRANTED, TrustCode.KEY_CERTIFICATE, NationalCode.NOT_ISSUED],
        ),
    ],
    ids=["withdrawn", "not yet", "only a CA", "not issued", "weak", "ended", "everything"],
)
def test_a_key_is_refused_with_every_fault(
    one: str, certificate: Signer | None, codes: list[Code]
) -> None:
    (found,) = listed(one)

    with pytest.raises(TrustError) as caught:
        candidate(found, certificate)

    assert [finding.code for finding in caught.value.findings] == codes


def test_octets_that_are_no_key_certificate_are_refused() -> None:
    (one,) = listed(service(CA.der))

    with pytest.raises(TrustError) as caught:
        candidate_key(one, body=BODY, role=KeyRole.ATTESTATION, at=NOW, certificate=b"\x30\x00")

    assert [f.code for f in caught.value.findings] == [
        TrustCode.KEY_CERTIFICATE,
        NationalCode.NOT_ISSUED,
    ]


def test_people_point_at_a_service_by_its_number() -> None:
    operator = list_signer()
    pin = Fingerprint(sha256(operator.der).digest())
    data = operator.sign(draft(services=(service(CA.der), service(STRANGER.der))))
    one = read_national_list(data, pinned={pin}, at=NOW)

    assert service_numbered(one, 2).certificates[0].der == STRANGER.der
    with pytest.raises(TrustError) as caught:
        service_numbered(one, 3)
    assert caught.value.code is NationalCode.NO_SUCH_SERVICE
