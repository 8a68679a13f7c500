"""Opening the vault that the settings name: a folder of files, or a token with a folder beside.

- Without a module every key is a file. With one, every key is in the token, but transport keys:
  the TLS library reads keys from files only, so these stay in the folder.
- Which part keeps a key follows from its role alone, so no name can be in both. A signing key
  that lies in the folder beside a token is refused: it would be forgotten there.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from exchange.codes.vault import VaultCode
from exchange.core.algorithms import SignatureAlgorithm
from exchange.core.model import KeyRole
from exchange.errors import Finding, VaultError
from exchange.vault.device import TokenPlace
from exchange.vault.files import FileVault
from exchange.vault.pkcs11 import PKCS11Vault
from exchange.vault.vault import Brought, KeyName, NewKey, Vault, split_name


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultPlace:
    """Where a vault is, and what opens it."""

    folder: Path | None
    """Of the files; `None` where a token keeps everything and no connection is opened."""
    pass_phrase: str = field(default="", repr=False)
    """Of the files in the folder."""
    token: TokenPlace | None = None
    """Keeps everything but transport keys, where there is one."""


class TokenWithFiles:
    """A token for what is signed, and files for connections."""

    __slots__ = ("_files", "_token")

    def __init__(self, token: PKCS11Vault, files: FileVault) -> None:
        """Compose two open vaults.

        Raises:
            VaultError: The files hold another key than transport keys.
        """
        stray = [key for key in files.names() if split_name(key)[1] is not KeyRole.TRANSPORT]
        if stray:
            raise VaultError(
                *(
                    Finding(
                        code=VaultCode.LOCATION,
                        message=f"{key}: expected in the token, found in the folder beside it",
                    )
                    for key in stray
                )
            )
        self._token = token
        self._files = files

    def __repr__(self) -> str:
        """Say how many keys there are, and nothing else."""
        return f"<TokenWithFiles with {len(self.names())} keys>"

    def names(self) -> tuple[KeyName, ...]:
        """Return the names of all keys, in order."""
        return tuple(sorted((*self._token.names(), *self._files.names())))

    async def sign(self, key: KeyName, octets: bytes, algorithm: SignatureAlgorithm) -> bytes:
        """Return the signature value over the octets, as it stands in the document."""
        return await self._keeper(key).sign(key, octets, algorithm)

    async def sign_note(self, key: KeyName, octets: bytes) -> bytes:
        """Return the Ed25519 signature of a checkpoint key over the octets of a note."""
        return await self._keeper(key).sign_note(key, octets)

    async def certificates(self, key: KeyName) -> tuple[bytes, ...]:
        """Return the key certificates, leaf first, DER."""
        return await self._keeper(key).certificates(key)

    async def public_key(self, key: KeyName) -> bytes:
        """Return the DER SubjectPublicKeyInfo; for a checkpoint key its 32 raw octets."""
        return await self._keeper(key).public_key(key)

    async def generate(self, key: KeyName, new: NewKey) -> tuple[bytes, ...]:
        """Make a key with a self-issued key certificate and keep both."""
        return await self._keeper(key).generate(key, new)

    async def import_key(self, key: KeyName, brought: Brought) -> tuple[bytes, ...]:
        """Keep a key that was made elsewhere, once."""
        return await self._keeper(key).import_key(key, brought)

    async def check(self) -> None:
        """Look again at the token and at the files."""
        findings: list[Finding] = []
        for part in (self._token, self._files):
            try:
                await part.check()
            except VaultError as error:
                findings.extend(error.findings)
        if findings:
            raise VaultError(*findings)

    def identify(self, context: ssl.SSLContext, key: KeyName) -> None:
        """Let a TLS context present a transport key."""
        self._keeper(key).identify(context, key)

    def _keeper(self, key: KeyName) -> Vault:
        """Return the part that keeps keys of this role."""
        return self._files if split_name(key)[1] is KeyRole.TRANSPORT else self._token


@asynccontextmanager
async def opened(place: VaultPlace, *, create: bool = False) -> AsyncIterator[Vault]:
    """Open a vault until the block ends.

    Args:
        place: Where it is, and what opens it.
        create: Make its folder where there is none.

    Raises:
        VaultError: It is not there, others can read it, or the pass phrase or PIN is wrong.
    """
    files = None
    if place.folder is not None:
        begin = FileVault.create if create else FileVault.open
        files = await begin(place.folder, place.pass_phrase)
    if place.token is None:
        if files is None:
            raise VaultError(
                Finding(code=VaultCode.LOCATION, message="expected a folder or a token")
            )
        yield files
        return
    token = await PKCS11Vault.open(place.token)
    try:
        yield token if files is None else TokenWithFiles(token, files)
    finally:
        await token.close()
