"""A time-stamp is read: since when a stranger's authority says that octets exist.

Rules, in order (RFC 3161, section 2.4.2; RFC 5816; checklist point 30):
 1. the token is signed data over a TSTInfo with exactly one signer;
 2. the imprint is that of the octets, by SHA-256 or stronger;
 3. the signed attributes name the content, its digest and the signer's key certificate, and
    the signature over them holds;
 4. that certificate is for time-stamping and nothing else, critically, and a path leads from
    it to an anchor that the reader has given, valid at the time of the stamp;
 5. where the reader gives revocation lists, the authority's key was not revoked. When it was
    given up for a harmless reason, what it had stamped before stays; when it may have been
    stolen, nothing does, because whoever has it can stamp any time (RFC 3161, section 4);
 6. the time is not in the future. The accuracy that the authority states is added to it: what
    counts is the latest instant that the stamp leaves open.

The certificate may be named by SHA-1 in the older form of the attribute: it only says which
of the certificates is meant, and the signature covers the attribute.

Plain functions; what is written as if it waited is run to its end here, so they are called from
outside an event loop, or in a thread.

Example:
    >>> by_time_stamp(token, document, anchors, now=now).at
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import new as new_digest
from hashlib import sha256
from typing import Any, Final

from asn1crypto import cms, pem, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.sig_validate import DefaultSignatureValidator

from exchange.codes.existence import ExistenceCode
from exchange.core.certificate import read_certificate
from exchange.core.existence import Existence, ProofKind, existence_fault, require_past
from exchange.core.limits import KIB
from exchange.core.model import MessageDigest
from exchange.core.periods import in_zulu
from exchange.core.revocation_facts import RevocationStatus
from exchange.errors import PeerError, SignatureError, TrustError
from exchange.service.lazily_read import MALFORMED
from exchange.service.revocation_answers import read_list
from exchange.service.revocation_questions import Asked

MAX_TOKEN: Final = 64 * KIB
"""Longest token that is read, in bytes; real ones have 1 to 8 KB."""
_DIGESTS: Final = frozenset({"sha256", "sha384", "sha512"})
_WEAK: Final = frozenset({"md2", "md5", "sha1", "sha224"})
_HARMLESS: Final = frozenset({"superseded", "affiliation_changed", "cessation_of_operation"})
"""Reasons after which earlier stamps stay good. Source: RFC 3161, section 4, point 1."""


def by_time_stamp(
    token: bytes,
    document: bytes,
    anchors: Sequence[bytes],
    *,
    now: datetime,
    revocation_lists: Sequence[bytes] = (),
) -> Existence:
    """Return since when a time-stamp proves that a document exists.

    Args:
        token: A time-stamp token, or the whole answer of the authority, DER.
        document: The octets that were stamped.
        anchors: DER certificates of time-stamping authorities' anchors; at least one.
        now: The instant of judgement.
        revocation_lists: DER lists of the authorities above the time-stamping authority; those
            of others say nothing. None leaves its revocation unasked.

    Raises:
        TrustError: It proves nothing about these octets.
    """
    if len(token) > MAX_TOKEN:
        raise _unreadable(f"expected at most {MAX_TOKEN} octets, found {len(token)}")
    if not anchors:
        raise existence_fault(ExistenceCode.AUTHORITY, "expected an anchor, found none")
    try:
        signed, info = _read(token)  # 1
        _require_imprint(info, document)  # 2
        signer = _require_signature(signed)  # 3
        made_at, latest = _times(info)
        asked = _require_authority(signer, signed, anchors, made_at)  # 4
        subject = str(signer.subject.human_friendly)
    except (*MALFORMED, SignatureError) as exc:
        raise _unreadable(type(exc).__name__) from exc
    for octets in revocation_lists:
        _require_not_lost(asked, octets, made_at, now)  # 5
    require_past(made_at, now)  # 6
    return Existence(
        kind=ProofKind.TIME_STAMP,
        at=latest,
        by=subject,
        digest=MessageDigest(sha256(document).digest()),
    )


def read_anchors(files: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the DER certificates in PEM and DER files.

    Raises:
        TrustError: A file holds none.
    """
    found: list[bytes] = []
    for octets in files:
        try:
            armoured = pem.detect(octets)
            each = (
                [der for _, _, der in pem.unarmor(octets, multiple=True)] if armoured else [octets]
            )
            for der in each:
                asn1_x509.Certificate.load(der, strict=True)
        except MALFORMED as exc:
            raise _unreadable("expected an anchor in PEM or DER, found something else") from exc
        found += each
    return tuple(found)


def _read(token: bytes) -> tuple[Any, Any]:
    """Return the signed data and what it says (rule 1)."""
    content = _content(token)
    if content["content_type"].native != "signed_data":
        raise _unreadable(f"expected signed data, found {content['content_type'].native}")
    signed = content["content"]
    inside = signed["encap_content_info"]
    if inside["content_type"].native != "tst_info":
        raise _unreadable(f"expected a TSTInfo, found {inside['content_type'].native}")
    if len(signed["signer_infos"]) != 1:
        raise _unreadable(f"expected one signer, found {len(signed['signer_infos'])}")
    return signed, tsp.TSTInfo.load(inside["content"].contents, strict=True)


def _content(token: bytes) -> Any:
    """Return the token of an answer, or the token itself."""
    try:
        answer = tsp.TimeStampResp.load(token, strict=True)
        status = answer["status"]["status"].native
    except MALFORMED:
        return cms.ContentInfo.load(token, strict=True)
    if status not in {"granted", "granted_with_mods"}:
        raise _unreadable(f"the authority has answered {status}")
    return answer["time_stamp_token"]


def _require_imprint(info: Any, document: bytes) -> None:
    imprint = info["message_imprint"]
    digest = imprint["hash_algorithm"]["algorithm"].native
    if digest not in _DIGESTS:
        raise existence_fault(ExistenceCode.WEAK, f"expected SHA-256 or stronger, found {digest}")
    found = imprint["hashed_message"].native
    expected = new_digest(digest, document).digest()
    if not hmac.compare_digest(found, expected):
        raise existence_fault(
            ExistenceCode.ANOTHER_DOCUMENT, f"expected {expected.hex()}, found {found.hex()}"
        )


def _require_signature(signed: Any) -> Any:
    """Return the key certificate whose signature holds over the token (rule 3)."""
    info = signed["signer_infos"][0]
    digest = info["digest_algorithm"]["algorithm"].native
    if digest not in _DIGESTS or info["signature_algorithm"].hash_algo not in _DIGESTS:
        raise existence_fault(ExistenceCode.WEAK, f"expected SHA-256 or stronger, found {digest}")
    attributes: dict[str, Any] = {}
    for one in info["signed_attrs"]:
        name = one["type"].native
        if name in attributes or len(one["values"]) != 1:
            raise _unreadable(f"expected one value of {name}, found several")
        attributes[name] = one["values"][0]
    signer = _certificate(signed, info["sid"])
    content = signed["encap_content_info"]["content"].contents
    held = (
        attributes["content_type"].native == "tst_info"
        and attributes["message_digest"].native == new_digest(digest, content).digest()
        and _names(attributes, signer)
    )
    if not held:
        raise existence_fault(
            ExistenceCode.SIGNATURE, "the signed attributes are about something else"
        )
    try:
        DefaultSignatureValidator().validate_signature(
            signature=info["signature"].native,
            # What is signed is the set itself, not its place in the structure.
            signed_data=info["signed_attrs"].untag().dump(),
            public_key_info=signer.public_key,
            signature_algorithm=info["signature_algorithm"],
        )
    except (InvalidSignature, UnsupportedAlgorithm) as exc:
        raise existence_fault(ExistenceCode.SIGNATURE, "the signature does not hold") from exc
    return signer


def _certificate(signed: Any, named: Any) -> Any:
    for one in signed["certificates"]:
        certificate = one.chosen
        if not isinstance(certificate, asn1_x509.Certificate):
            continue
        if named.name == "issuer_and_serial_number":
            issued = named.chosen
            if (
                certificate.issuer == issued["issuer"]
                and certificate.serial_number == issued["serial_number"].native
            ):
                return certificate
        elif certificate.key_identifier == named.chosen.native:
            return certificate
    raise existence_fault(
        ExistenceCode.SIGNATURE, "expected the signer's key certificate in the token, found none"
    )


def _names(attributes: dict[str, Any], signer: Any) -> bool:
    """Tell whether the signed attributes name this key certificate."""
    der = signer.dump()
    newer = attributes.get("signing_certificate_v2")
    if newer is not None:
        first = newer["certs"][0]
        digest = first["hash_algorithm"]["algorithm"].native
        return digest in _DIGESTS and first["cert_hash"].native == new_digest(digest, der).digest()
    older = attributes["signing_certificate"]["certs"][0]
    name = new_digest("sha1", der, usedforsecurity=False).digest()
    return bool(older["cert_hash"].native == name)


def _times(info: Any) -> tuple[datetime, datetime]:
    """Return when the stamp was made, and the latest instant that its accuracy leaves open."""
    made_at: datetime = info["gen_time"].native
    accuracy = info["accuracy"].native or {}
    return made_at, made_at + timedelta(
        seconds=accuracy.get("seconds") or 0,
        milliseconds=accuracy.get("millis") or 0,
        microseconds=accuracy.get("micros") or 0,
    )


def _require_authority(signer: Any, signed: Any, anchors: Sequence[bytes], at: datetime) -> Asked:
    """Return the key certificate of a believed authority, with those above it (rule 4)."""
    purposes = signer.extended_key_usage_value
    alone = purposes is not None and purposes.native == ["time_stamping"]
    usage = signer.key_usage_value
    signs = usage is None or {"digital_signature", "non_repudiation"} & usage.native
    if not (alone and signs and "extended_key_usage" in signer.critical_extensions):
        raise existence_fault(
            ExistenceCode.AUTHORITY, "expected a key certificate for time-stamping and nothing else"
        )
    carried = [one.chosen for one in signed["certificates"]]
    try:
        validator = CertificateValidator(
            signer,
            intermediate_certs=[
                one for one in carried if isinstance(one, asn1_x509.Certificate) and one != signer
            ],
            validation_context=ValidationContext(
                trust_roots=[asn1_x509.Certificate.load(der) for der in anchors],
                moment=at,
                allow_fetching=False,
                revocation_mode="soft-fail",
                weak_hash_algos=_WEAK,
            ),
        )
        # What it is for was looked at above, more strictly than the library does.
        path = asyncio.run(validator.async_validate_path())
    except (PathError, ValidationError) as exc:
        text = " ".join(str(exc).split())[:200]
        raise existence_fault(ExistenceCode.AUTHORITY, text or type(exc).__name__) from exc

    leaf, *above = [read_certificate(one.dump()) for one in reversed(list(path))]
    return Asked(certificate=leaf, above=tuple(above))


def _require_not_lost(asked: Asked, octets: bytes, made_at: datetime, now: datetime) -> None:
    """Refuse the stamps of a key that others may have had (rule 5)."""
    try:
        fact = read_list(octets, asked, at=now)
    except PeerError:
        # The list of another authority, or none: it tells nothing of this key.
        return
    if fact.status is not RevocationStatus.REVOKED:
        return
    before = fact.revoked_at is not None and made_at < fact.revoked_at
    if not (before and fact.reason in _HARMLESS):
        raise existence_fault(
            ExistenceCode.KEY_LOST,
            f"expected an authority whose key was never lost, found {fact.reason} since "
            f"{in_zulu(fact.revoked_at or made_at)}",
        )


def _unreadable(message: str) -> TrustError:
    return existence_fault(ExistenceCode.UNREADABLE, message)
