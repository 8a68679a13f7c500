"""The table of hostile keys and signature values."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from lxml import etree

from exchange.codes import Code
from exchange.codes.gates import SignatureCode as S
from tests.hostile_material import MORE, D, Material, P, one, resign, signature, write
from tests.pki import Signer, make_signer


def _by(m: Material, signer: Signer, algorithm: str | None = None) -> bytes:
    """Return the document signed by a signer whom our own signing would refuse."""
    root = etree.fromstring(m.signed)
    sig = signature(root)
    one(sig, f"{D}X509Certificate").text = base64.b64encode(signer.der).decode()
    cert = one(sig, f"{P}Cert")
    digest = base64.b64encode(hashlib.sha256(signer.der).digest()).decode()
    one(cert, f"{D}DigestValue").text = digest
    cert.remove(one(cert, f"{P}IssuerSerialV2"))
    if isinstance(signer.key, rsa.RSAPrivateKey):
        one(sig, f"{D}SignatureMethod").set("Algorithm", algorithm or f"{MORE}rsa-sha256")
        algorithm = algorithm or f"{MORE}rsa-sha256"
    if isinstance(signer.key, ec.EllipticCurvePrivateKey) and signer.key.key_size == 256:
        algorithm = f"{MORE}ecdsa-sha256"
    if algorithm:
        one(sig, f"{D}SignatureMethod").set("Algorithm", algorithm)
        resign(root, signer, algorithm)
    return write(root)


def _negative_serial(m: Material) -> bytes:
    """Return the document with a key certificate whose serial number was made negative."""
    der = m.signer.der
    marker = b"\x02\x02\x12\x67"
    assert marker in der
    forged = der.replace(marker, b"\x02\x02\x92\x67", 1)
    return m.signed.replace(base64.b64encode(der), base64.b64encode(forged))


def _der_signature(m: Material) -> bytes:
    root = etree.fromstring(m.signed)
    info = etree.tostring(signature(root)[0], method="c14n", exclusive=True)
    key = m.signer.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    value = key.sign(info, ec.ECDSA(hashes.SHA256()))
    signature(root)[1].text = base64.b64encode(value).decode()
    return write(root)


def _hmac_of_certificate(m: Material) -> bytes:
    """Return a signature made with the public key certificate as an HMAC key."""
    root = etree.fromstring(m.signed)
    sig = signature(root)
    one(sig, f"{D}SignatureMethod").set("Algorithm", f"{MORE}hmac-sha256")
    info = etree.tostring(sig[0], method="c14n", exclusive=True)
    value = hmac.digest(m.signer.der, info, "sha256")
    sig[1].text = base64.b64encode(value).decode()
    return write(root)


def _short_salt(m: Material) -> bytes:
    """Return an RSASSA-PSS signature whose salt is not as long as the digest."""
    signer = make_signer("rsa3072")
    uri = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
    root = etree.fromstring(signer.sign(m.draft, algorithm=uri))
    info = etree.tostring(signature(root)[0], method="c14n", exclusive=True)
    assert isinstance(signer.key, rsa.RSAPrivateKey)
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=0)
    value = signer.key.sign(info, pss, hashes.SHA256())
    signature(root)[1].text = base64.b64encode(value).decode()
    return write(root)


def _issued_with_sha1(m: Material) -> bytes:
    """Return the document by a key certificate that says that SHA-1 made it."""
    signer = make_signer("rsa3072")
    sha256, sha1 = (bytes.fromhex("2a864886f70d0101" + last) for last in ("0b", "05"))
    forged = x509.load_der_x509_certificate(signer.der.replace(sha256, sha1))
    return _by(m, replace(signer, certificate=forged))


def _relative_namespace(m: Material) -> bytes:
    return m.signed.replace(b"<m:Amount>", b'<r:x xmlns:r="relative"/><m:Amount>', 1)


_TLS_SERVER = "1.3.6.1.5.5.7.3.1"
KEYS: tuple[tuple[str, int, Code, Callable[[Material], bytes], bool], ...] = (
    ("namespace without canonical form", 7, S.CONTENT, _relative_namespace, False),
    ("HMAC with the key certificate", 14, S.SIGNATURE_METHOD, _hmac_of_certificate, False),
    (
        "key of an authority",
        26,
        S.CERTIFICATE_AUTHORITY,
        lambda m: _by(m, make_signer(authority=True)),
        True,
    ),
    (
        "key for encryption",
        26,
        S.CERTIFICATE_KEY_USAGE,
        lambda m: _by(m, make_signer(may_sign=False)),
        True,
    ),
    (
        "key without usage",
        26,
        S.CERTIFICATE_KEY_USAGE,
        lambda m: _by(m, make_signer(may_sign=None)),
        True,
    ),
    (
        "key of a TLS server",
        26,
        S.CERTIFICATE_PURPOSE,
        lambda m: _by(m, make_signer(purposes=(_TLS_SERVER,))),
        True,
    ),
    (
        "key of a TLS client",
        26,
        S.CERTIFICATE_PURPOSE,
        lambda m: _by(m, make_signer(purposes=("1.3.6.1.5.5.7.3.2",))),
        True,
    ),
    ("issued with SHA-1", 26, S.CERTIFICATE_ALGORITHM, _issued_with_sha1, True),
    (
        "unknown critical extension",
        26,
        S.CERTIFICATE_EXTENSION,
        lambda m: _by(m, make_signer(critical="1.2.3.4.5")),
        True,
    ),
    ("RSA of 1024 bits", 26, S.WEAK_KEY, lambda m: _by(m, make_signer("rsa1024")), True),
    ("RSA of 2048 bits", 26, S.WEAK_KEY, lambda m: _by(m, make_signer("rsa2048")), True),
    ("P-521", 26, S.WEAK_KEY, lambda m: _by(m, make_signer("p521")), False),
    ("secp256k1", 26, S.WEAK_KEY, lambda m: _by(m, make_signer("secp256k1")), True),
    ("brainpool", 26, S.WEAK_KEY, lambda m: _by(m, make_signer("brainpool")), True),
    ("Ed25519", 26, S.KEY_MISMATCH, lambda m: _by(m, make_signer("ed25519")), False),
    ("negative serial number", 26, S.CERTIFICATE_SERIAL, _negative_serial, False),
    ("ECDSA in DER", 28, S.SIGNATURE_VALUE, _der_signature, False),
    ("RSASSA-PSS with a short salt", 28, S.SIGNATURE_VALUE, _short_salt, False),
)
