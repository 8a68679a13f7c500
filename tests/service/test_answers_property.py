"""Whatever octets come back, reading them gives a fact, a proof, or one error of the house."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from asn1crypto import tsp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.core.revocation_facts import RevocationSource
from exchange.errors import PeerError, TrustError
from exchange.service.revocation_answers import made_at, read_answer, read_list
from exchange.service.revocation_questions import Asked, request_about
from exchange.service.time_stamps import by_time_stamp, read_anchors
from tests.pki_certomancer import NOW, CertomancerPki, make_pki
from tests.proofs import DOCUMENT, request

NONCE = b"\x07" * 32


@cache
def pki() -> CertomancerPki:
    return make_pki(Path(mkdtemp()))


@cache
def asked() -> Asked:
    return Asked(certificate=pki().certificate("revoked"), above=pki().path("revoked"))


@cache
def bases() -> tuple[bytes, ...]:
    answer = pki().time_stamp(request())
    token: bytes = tsp.TimeStampResp.load(answer)["time_stamp_token"].dump()
    return (
        pki().ocsp("issuing", request_about(asked(), NONCE)),
        pki().crl("issuing"),
        answer,
        token,
    )


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a good answer with octets changed, cut, doubled or put in."""
    data = bytearray(draw(st.sampled_from(bases())))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["change", "cut", "double", "insert"])):
            case "change":
                data[at] = draw(st.integers(0, 255))
            case "cut":
                del data[at : at + draw(st.integers(1, 40))]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
            case _:
                data[at:at] = draw(st.binary(min_size=1, max_size=8))
        if not data:
            break
    return bytes(data)


@given(data=mutated())
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_changed_answers_end_in_a_fact_or_in_an_error_of_ours(data: bytes) -> None:
    with suppress(PeerError):
        read_answer(data, asked(), nonce=NONCE, at=NOW)
    with suppress(PeerError):
        read_list(data, asked(), at=NOW)
    with suppress(TrustError):
        by_time_stamp(data, DOCUMENT, (pki().der("root"), pki().der("issuing")), now=NOW)
    with suppress(TrustError):
        read_anchors((data,))
    for source in RevocationSource:
        made_at(data, source)


@given(data=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_octets_are_no_answer(data: bytes) -> None:
    with pytest.raises(PeerError):
        read_answer(data, asked(), nonce=None, at=NOW)
    with pytest.raises(PeerError):
        read_list(data, asked(), at=NOW)
