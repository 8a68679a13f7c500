"""What is wrong, or will be soon, with the keys of a vault: each key with its findings.

- The vault itself is looked at first, as at opening: permissions, pass phrase, and whether key
  and certificate belong together.
- Then each key certificate, by what its role demands, and the entry of the trust lists that
  names it, where lists are given. A key that stands on no list is no fault: it may be new.
- Everything that was found is told at once; nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from exchange.codes.keys import KeyCode
from exchange.codes.vault import VaultCode
from exchange.core.certificate import KeyCertificate, read_certificate, signing_certificate
from exchange.core.expiry import HeldKey, expiring
from exchange.core.key_path import key_finding
from exchange.core.key_requirements import require_usable
from exchange.core.model import KeyRole
from exchange.core.periods import in_zulu
from exchange.core.signature_policy import STATEMENT
from exchange.core.trust_index import Listed, Trust
from exchange.errors import Finding, Severity, SignatureError, TrustError
from exchange.vault.vault import KeyName, Vault, split_name


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedKey:
    """One key of the vault, looked at."""

    name: KeyName
    certificate: KeyCertificate
    listed: Listed | None
    """Its entry on the lists that were given."""
    findings: tuple[Finding, ...]

    @property
    def is_usable(self) -> bool:
        """Whether nothing was found that keeps it from being used."""
        return all(one.severity is not Severity.FATAL for one in self.findings)


async def check_keys(vault: Vault, trust: Trust | None, at: datetime) -> tuple[CheckedKey, ...]:
    """Look at every key of a vault.

    Args:
        vault: Open.
        trust: The lists to compare with; `None` where none are given.
        at: Now, aware UTC.

    Raises:
        VaultError: The vault itself is not as it should be; every fault in a finding.
    """
    await vault.check()
    checked = []
    for name in vault.names():
        chain = tuple(read_certificate(der) for der in await vault.certificates(name))
        listed = trust.by_fingerprint.get(chain[0].fingerprint) if trust is not None else None
        checked.append(
            CheckedKey(
                name=name,
                certificate=chain[0],
                listed=listed,
                findings=(
                    *_certificate(name, chain, listed, at),
                    *(_entry(name, listed, at) if trust is not None else ()),
                    *_end(name, chain[0], at),
                ),
            )
        )
    return tuple(checked)


def _certificate(
    name: KeyName, chain: tuple[KeyCertificate, ...], listed: Listed | None, at: datetime
) -> Iterator[Finding]:
    """What the role of the key demands; of names and economies only where the body is known."""
    leaf, path = chain[0], chain[1:]
    _, role = split_name(name)
    try:
        if listed is not None:
            require_usable(leaf, body=listed.body, role=role, at=at, listed={}, path=path)
            return
        if not leaf.not_before <= at < leaf.not_after:
            yield key_finding(
                KeyCode.EXPIRED,
                f"expected {in_zulu(at)} inside its validity, found "
                f"{in_zulu(leaf.not_before)} to {in_zulu(leaf.not_after)}",
            )
        if role not in {KeyRole.TRANSPORT, KeyRole.CHECKPOINT}:
            signing_certificate(leaf.der, STATEMENT.keys)
    except (TrustError, SignatureError) as error:
        yield from error.findings


def _entry(name: KeyName, listed: Listed | None, at: datetime) -> Iterator[Finding]:
    body, role = split_name(name)
    if listed is None:
        yield _warning(VaultCode.UNLISTED, f"{name} stands on none of the lists")
        return
    key = listed.key
    if (key.body, key.role) != (body, role):
        yield Finding(
            code=VaultCode.LISTED_OTHERWISE,
            message=f"expected the {role.value} key of {body}, found it listed as the "
            f"{key.role.value} key of {key.body}",
        )
    status = key.status_at(at)
    if status is None or status.name != "GRANTED" or at >= key.signs_until:
        said = "begins later" if status is None else status.name.lower()
        if status is not None and at >= key.signs_until:
            said = f"signed until {in_zulu(key.signs_until)}"
        yield _warning(VaultCode.NOT_IN_FORCE, f"{name} does not sign now: {said}")


def _end(name: KeyName, leaf: KeyCertificate, at: datetime) -> Iterator[Finding]:
    held = HeldKey(name=name, certificate=leaf)
    for one in expiring(Trust.build(()), at, held=(held,)):
        if one.threshold:
            yield _warning(
                VaultCode.ENDS_SOON, f"{name} ends in {one.days_left} days, {in_zulu(one.ends_at)}"
            )


def _warning(code: VaultCode, message: str) -> Finding:
    return replace(Finding(code=code, message=message), severity=Severity.WARNING)
