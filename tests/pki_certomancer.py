"""A public-key infrastructure as nations run them: root, issuing authority, OCSP, CRL, TSA.

Certomancer makes everything in this process, from one description, for any instant; its
services are served on 127.0.0.1. What an attacker between the hub and the authority would put
in the place of an answer is put there with `instead`.

    async with certomancer_pki(folder) as pki:
        chain = pki.chain("good")
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import tsp as asn1_tsp
from asn1crypto.crl import CRLReason
from certomancer.registry import ArchLabel, CertLabel, PKIArchitecture, ServiceLabel
from certomancer.registry.config import CertomancerConfig
from certomancer.registry.issued.general import RevocationStatus
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from exchange.core.certificate import KeyCertificate, read_certificate

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
"""The instant at which the services answer unless a test says otherwise."""
REVOKED_AT = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
"""When `revoked` and `held` were."""
LEAVES = ("good", "revoked", "held", "unlisted", "by-list", "below-revoked", "ended")
"""`ended` was valid until an hour before the clock of a new world."""
_KEYS = ("root", "issuing", "second", "responder", "list-issuer", "tsa", *LEAVES)

Answer = Callable[[bytes], bytes | web.StreamResponse]


@dataclass(slots=True)
class CertomancerPki:
    """What was made, and the services that answer for it."""

    arch: PKIArchitecture
    folder: Path
    now: datetime = NOW
    instead: dict[str, Answer] = field(default_factory=dict)
    """By path: what is answered in place of the authority, made from the request's body."""
    asked: list[str] = field(default_factory=list)
    """Paths that were asked, in order."""

    def der(self, label: str) -> bytes:
        """Return a certificate."""
        made: bytes = self.arch.get_cert(CertLabel(label)).dump()
        return made

    def certificate(self, label: str) -> KeyCertificate:
        """Return a certificate as the hub reads it."""
        return read_certificate(self.der(label))

    def path(self, label: str) -> tuple[KeyCertificate, ...]:
        """Return the authorities above a key certificate, the issuer first."""
        issuing = "second" if label == "below-revoked" else "issuing"
        return (self.certificate(issuing), self.certificate("root"))

    def private_key(self, label: str) -> ec.EllipticCurvePrivateKey:
        """Return the private key of a certificate."""
        key = load_der_private_key((self.folder / f"{label}.der").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def revoke(self, label: str, since: datetime | None, reason: str = "key_compromise") -> None:
        """Revoke a certificate; `None` lets the authority forget a revocation."""
        status = None if since is None else RevocationStatus(since, CRLReason(reason))
        # A description cannot change, and an authority's mind can.
        object.__setattr__(self.arch.get_cert_spec(CertLabel(label)), "revocation", status)

    def ocsp(self, label: str, request: bytes, at: datetime | None = None) -> bytes:
        """Return what a responder says at an instant."""
        responder = self.arch.service_registry.summon_responder(ServiceLabel(label), at or self.now)
        answered: bytes = responder.build_ocsp_response(asn1_ocsp.OCSPRequest.load(request)).dump()
        return answered

    def crl(self, label: str, at: datetime | None = None) -> bytes:
        """Return a revocation list as of an instant."""
        made: bytes = self.arch.service_registry.get_crl(ServiceLabel(label), at or self.now).dump()
        return made

    def time_stamp(self, request: bytes, at: datetime | None = None) -> bytes:
        """Return what the time-stamping authority answers."""
        authority = self.arch.service_registry.summon_timestamper(
            ServiceLabel("tsa"), at or self.now
        )
        answered: bytes = authority.request_tsa_response(asn1_tsp.TimeStampReq.load(request)).dump()
        return answered

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked.append(request.path)
        _, _, kind, label, *_ = request.path.split("/")
        made: bytes | web.StreamResponse
        if (instead := self.instead.get(request.path)) is not None:
            made = instead(body)
        elif kind == "ocsp":
            made = self.ocsp(label, body)
        elif kind == "crls":
            made = self.crl(label)
        else:
            made = self.time_stamp(body)
        return made if isinstance(made, web.StreamResponse) else web.Response(body=made)


OCSP = "/pki/ocsp/issuing"
CRL = "/pki/crls/issuing/latest.crl"
ROOT_CRL = "/pki/crls/root/latest.crl"


@asynccontextmanager
async def certomancer_pki(folder: Path) -> AsyncIterator[CertomancerPki]:
    """Serve a whole infrastructure until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        pki = make_pki(folder, f"http://127.0.0.1:{port}")
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", pki._serve)
        runner = web.AppRunner(application)
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            yield pki
        finally:
            await runner.cleanup()


def make_pki(folder: Path, prefix: str = "http://pki.invalid") -> CertomancerPki:
    """Make keys and certificates; nothing is served."""
    for label in _KEYS:
        key = ec.generate_private_key(ec.SECP256R1())
        (folder / f"{label}.der").write_bytes(
            key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        )
    config = CertomancerConfig(_description(prefix), key_search_dir=str(folder))
    return CertomancerPki(arch=config.get_pki_arch(ArchLabel("pki")), folder=folder)


def _usage(*names: str) -> dict[str, Any]:
    return {
        "id": "key_usage",
        "critical": True,
        "smart-value": {"schema": "key-usage", "params": list(names)},
    }


def _purpose(name: str) -> dict[str, Any]:
    return {"id": "extended_key_usage", "critical": True, "value": [name]}


def _points(*repos: str) -> dict[str, Any]:
    return {
        "id": "crl_distribution_points",
        "smart-value": {
            "schema": "crl-dist-url",
            "params": {"crl-repo-names": list(repos)},
        },
    }


def _asking(*responders: str) -> dict[str, Any]:
    return {
        "id": "authority_information_access",
        "smart-value": {
            "schema": "aia-urls",
            "params": {"ocsp-responder-names": list(responders)},
        },
    }


def _authority(**more: Any) -> dict[str, Any]:
    return {
        "issuer": "root",
        "validity": {
            "valid-from": "2020-01-01T00:00:00+0000",
            "valid-to": "2040-01-01T00:00:00+0000",
        },
        "extensions": [
            {"id": "basic_constraints", "critical": True, "value": {"ca": True}},
            _usage("key_cert_sign", "crl_sign"),
            _points("root"),
        ],
        **more,
    }


def _description(prefix: str) -> dict[str, Any]:
    """Return the description, as certomancer wants it."""
    long = {"valid-from": "2020-01-01T00:00:00+0000", "valid-to": "2040-01-01T00:00:00+0000"}
    short = {"valid-from": "2026-01-01T00:00:00+0000", "valid-to": "2028-01-01T00:00:00+0000"}
    since = REVOKED_AT.strftime("%Y-%m-%dT%H:%M:%S+0000")
    both = [_usage("digital_signature", "non_repudiation"), _asking("issuing"), _points("issuing")]
    description: dict[str, Any] = {
        "external-url-prefix": prefix,
        "keysets": {"keys": {"keys": {label: {"path": f"{label}.der"} for label in _KEYS}}},
        "pki-architectures": {
            "pki": {
                "keyset": "keys",
                "entity-defaults": {"country-name": "CN", "organization-name": "Test Authority"},
                "entities": {
                    **{label: {"common-name": label} for label in _KEYS},
                    **{
                        label: {
                            "country-name": "CN",
                            "organization-name": "Certification Body 0103",
                            "common-name": label,
                        }
                        for label in LEAVES
                    },
                },
                "certs": {
                    "root": {
                        "subject": "root",
                        "issuer": "root",
                        "validity": long,
                        "extensions": [
                            {"id": "basic_constraints", "critical": True, "value": {"ca": True}},
                            _usage("key_cert_sign", "crl_sign"),
                        ],
                    },
                    "issuing": _authority(subject="issuing"),
                    "second": _authority(
                        subject="second",
                        revocation={"revoked-since": since, "reason": "ca_compromise"},
                    ),
                    "responder": {
                        "subject": "responder",
                        "issuer": "issuing",
                        "validity": long,
                        "extensions": [
                            _usage("digital_signature"),
                            _purpose("ocsp_signing"),
                            {"id": "ocsp_no_check"},
                        ],
                    },
                    "tsa": {
                        "subject": "tsa",
                        "issuer": "issuing",
                        "validity": long,
                        "extensions": [
                            _usage("digital_signature"),
                            _purpose("time_stamping"),
                            _points("issuing"),
                        ],
                    },
                    **{
                        label: {
                            "subject": label,
                            "issuer": "second" if label == "below-revoked" else "issuing",
                            "validity": short,
                            "extensions": both,
                        }
                        for label in LEAVES
                    },
                },
                "services": {
                    "ocsp": {
                        "issuing": {
                            "for-issuer": "issuing",
                            "responder-cert": "responder",
                            "signing-key": "responder",
                            "validity-period": {"hours": 1},
                        },
                    },
                    "crl-repo": {
                        label: {
                            "for-issuer": label,
                            "signing-key": label,
                            "simulated-update-schedule": "P1D",
                        }
                        for label in ("root", "issuing", "second")
                    },
                    "time-stamping": {"tsa": {"signing-key": "tsa", "signing-cert": "tsa"}},
                },
            }
        },
    }
    certificates = description["pki-architectures"]["pki"]["certs"]
    certificates["revoked"]["revocation"] = {"revoked-since": since, "reason": "key_compromise"}
    certificates["held"]["revocation"] = {"revoked-since": since, "reason": "certificate_hold"}
    signs = both[0]
    certificates["ended"]["validity"] = {**short, "valid-to": "2026-11-22T08:00:00+0000"}
    certificates["by-list"]["extensions"] = [signs, _points("issuing")]
    certificates["below-revoked"]["extensions"] = [signs, _points("second")]
    certificates["unlisted"]["extensions"] = [signs]
    return description
