"""Keys that were made elsewhere, as people bring them: files of every form, good and bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from exchange.codes.vault import VaultCode
from exchange.vault.vault import KeyName
from tests.pki import Signer, make_signer

SECRET: Final = "made elsewhere"  # noqa: S105
STATUS: Final = KeyName("CN-CB-0103/status")
CHECKPOINT: Final = KeyName("XX-HUB-01/checkpoint-2027")
TRANSPORT: Final = KeyName("CN-CB-0103/transport")


def key_pem(
    signer: Signer, secret: str | None = None, form: PrivateFormat = PrivateFormat.PKCS8
) -> bytes:
    """Return a private key in PEM, encrypted where a secret is given."""
    encryption: KeySerializationEncryption = NoEncryption()
    if secret is not None:
        encryption = BestAvailableEncryption(secret.encode())
    return signer.key.private_bytes(Encoding.PEM, form, encryption)


def key_der(signer: Signer) -> bytes:
    """Return a private key in PKCS#8, DER."""
    return signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def chain_pem(signer: Signer) -> bytes:
    """Return the certificates in PEM, leaf first."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in (signer.certificate, *signer.issuers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """Files that a vault takes."""

    name: str
    key: KeyName
    kind: str
    files: Callable[[Signer], tuple[bytes, ...]]
    """The key first."""
    secret: str | None = None
    issued: bool = False
    """Whether an authority stands above the key certificate."""

    def signer(self) -> Signer:
        """Return the key and certificate behind the files."""
        authority = make_signer(number=7, subject="Authority", authority=True)
        return make_signer(self.kind, issuer=authority if self.issued else None)


GOOD: Final = (
    Good(
        name="pkcs8 in clear and its certificate in one file",
        key=STATUS,
        kind="p256",
        files=lambda one: (key_pem(one) + chain_pem(one),),
    ),
    Good(
        name="the certificate first and the key after it",
        key=STATUS,
        kind="p256",
        files=lambda one: (chain_pem(one) + key_pem(one),),
    ),
    Good(
        name="encrypted pkcs8 and the certificate beside it",
        key=STATUS,
        kind="p384",
        files=lambda one: (key_pem(one, SECRET), chain_pem(one)),
        secret=SECRET,
    ),
    Good(
        name="everything in der",
        key=STATUS,
        kind="p256",
        files=lambda one: (key_der(one), one.der),
    ),
    Good(
        name="the older form of openssl",
        key=STATUS,
        kind="rsa3072",
        files=lambda one: (key_pem(one, form=PrivateFormat.TraditionalOpenSSL), chain_pem(one)),
    ),
    Good(
        name="a path in the wrong order",
        key=STATUS,
        kind="p256",
        files=lambda one: (
            key_pem(one),
            one.issuers[0].public_bytes(Encoding.PEM) + one.certificate.public_bytes(Encoding.PEM),
        ),
        issued=True,
    ),
    Good(
        name="ed25519 for checkpoints",
        key=CHECKPOINT,
        kind="ed25519",
        files=lambda one: (key_pem(one) + chain_pem(one),),
    ),
    Good(
        name="a transport key",
        key=TRANSPORT,
        kind="p256",
        files=lambda one: (key_pem(one) + chain_pem(one),),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """Files that no vault takes, and why."""

    name: str
    code: VaultCode
    said: str
    files: Callable[[], tuple[bytes, ...]]
    key: KeyName = STATUS
    secret: str | None = None


def whole(kind: str = "p256", **properties: object) -> bytes:
    """Return key and certificate in one file."""
    signer = make_signer(kind, **properties)  # type: ignore[arg-type]  # as the caller named them
    return key_pem(signer) + chain_pem(signer)


BAD: Final = (
    Bad(name="nothing", code=VaultCode.IMPORT, said="private key", files=lambda: (b"",)),
    Bad(name="noise", code=VaultCode.IMPORT, said="private key", files=lambda: (b"\x30\x03abc",)),
    Bad(
        name="a file of another size than any key",
        code=VaultCode.IMPORT,
        said="at most",
        files=lambda: (b"x" * 100_000,),
    ),
    Bad(
        name="a certificate alone",
        code=VaultCode.IMPORT,
        said="private key",
        files=lambda: (chain_pem(make_signer()),),
    ),
    Bad(
        name="a key alone",
        code=VaultCode.IMPORT,
        said="found none",
        files=lambda: (key_pem(make_signer()),),
    ),
    Bad(
        name="a certificate of another key",
        code=VaultCode.IMPORT,
        said="of other keys",
        files=lambda: (key_pem(make_signer()), chain_pem(make_signer(number=1))),
    ),
    Bad(
        name="a certificate too many",
        code=VaultCode.IMPORT,
        said="stands above none",
        files=lambda: (whole(), chain_pem(make_signer(number=1, subject="Stranger"))),
    ),
    Bad(
        name="a certificate that is none",
        code=VaultCode.IMPORT,
        said="cannot be read",
        files=lambda: (
            key_pem(make_signer()),
            b"-----BEGIN CERTIFICATE-----\nMAMC\n-----END CERTIFICATE-----\n",
        ),
    ),
    Bad(
        name="an encrypted key without its pass phrase",
        code=VaultCode.PASS_PHRASE,
        said="is encrypted",
        files=lambda: (key_pem(make_signer(), SECRET),),
    ),
    Bad(
        name="an encrypted key with another pass phrase",
        code=VaultCode.PASS_PHRASE,
        said="does not open",
        files=lambda: (key_pem(make_signer(), SECRET),),
        secret="a guess",  # noqa: S106
    ),
    Bad(
        name="a pass phrase for a key in clear",
        code=VaultCode.PASS_PHRASE,
        said="is not encrypted",
        files=lambda: (whole(),),
        secret="needless",  # noqa: S106
    ),
    Bad(
        name="a short rsa key",
        code=VaultCode.IMPORT,
        said="3072 bits or more, found 2048",
        files=lambda: (whole("rsa2048"),),
    ),
    Bad(
        name="a curve of blockchains",
        code=VaultCode.IMPORT,
        said="found secp256k1",
        files=lambda: (whole("secp256k1"),),
    ),
    Bad(
        name="a curve that is too long for the table",
        code=VaultCode.IMPORT,
        said="found secp521r1",
        files=lambda: (whole("p521"),),
    ),
    Bad(
        name="the key of an authority",
        code=VaultCode.IMPORT,
        said="certification authority",
        files=lambda: (whole(authority=True),),
    ),
    Bad(
        name="a certificate for servers only",
        code=VaultCode.IMPORT,
        said="extended key usage",
        files=lambda: (whole(purposes=("1.3.6.1.5.5.7.3.1",)),),
    ),
    Bad(
        name="a certificate that may not sign",
        code=VaultCode.IMPORT,
        said="key usage",
        files=lambda: (whole(may_sign=False),),
    ),
    Bad(
        name="ed25519 for another role than checkpoints",
        code=VaultCode.ALGORITHM,
        said="ed25519 is for checkpoints",
        files=lambda: (whole("ed25519"),),
    ),
    Bad(
        name="an ecdsa key for checkpoints",
        code=VaultCode.ALGORITHM,
        said="ed25519 is for checkpoints",
        files=lambda: (whole(),),
        key=CHECKPOINT,
    ),
    Bad(
        name="a name that is none",
        code=VaultCode.KEY_NAME,
        said="expected body/role",
        files=lambda: (whole(),),
        key=KeyName("CN-CB-0103/boss"),
    ),
)
