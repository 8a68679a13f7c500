"""The two kinds of vault, empty and ready to be opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from exchange.vault.device import TokenPlace
from exchange.vault.opening import VaultPlace, opened
from exchange.vault.vault import KeyKind, NewKey, Vault

PASS: Final = "correct horse battery staple"  # noqa: S105
NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)


def new_key(kind: KeyKind = KeyKind.EC_P256, hosts: tuple[str, ...] = ()) -> NewKey:
    """Return what the certificate of a key of a test says."""
    return NewKey(
        kind=kind,
        organisation="华信认证中心",
        economy="CN",
        not_before=NOW,
        not_after=NOW + timedelta(days=365),
        hosts=hosts,
    )


@pytest.fixture(params=["files", "token"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> VaultPlace:
    """Return the place of an empty vault, once for each kind."""
    token: TokenPlace | None = None
    if request.param == "token":
        token = request.getfixturevalue("token")
    return VaultPlace(folder=tmp_path / "vault", pass_phrase=PASS, token=token)


@pytest.fixture
async def vault(place: VaultPlace) -> AsyncIterator[Vault]:
    """Return an open vault without keys, once for each kind."""
    async with opened(place, create=True) as vault:
        yield vault
