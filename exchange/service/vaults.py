"""Which vault the settings name: encrypted files, or a PKCS#11 token with files beside it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from exchange.settings import Settings
from exchange.vault.device import TokenPlace
from exchange.vault.opening import VaultPlace, opened
from exchange.vault.vault import Vault


def vault_place(settings: Settings) -> VaultPlace:
    """Return where the vault of the settings is, and what opens it."""
    return VaultPlace(
        folder=settings.vault_dir,
        pass_phrase=settings.vault_passphrase,
        token=TokenPlace(
            module=settings.vault_module,
            token=settings.vault_token,
            pin=settings.vault_pin,
            seconds=settings.vault_seconds,
        )
        if settings.vault_module
        else None,
    )


def open_vault(settings: Settings) -> AbstractAsyncContextManager[Vault]:
    """Open the vault of the settings until the block ends.

    Raises:
        VaultError: It is not there, others can read it, or the pass phrase or PIN is wrong.
    """
    return opened(vault_place(settings))
