"""What `propose`, `revoke` and `rehearse` share: options of an officer made into a draft.

- Every option makes the entry as it shall stand, from the one that stands at the hub now.
- A key is named `BODY/ROLE`, or by the first eight or more digits of its fingerprint.
- Files are read here and nowhere else: certificates, proofs, evidence, wishes.
"""

from __future__ import annotations

import base64
import binascii
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from exchange.cli.administrator import Administration
from exchange.codes.service import PeerCode, SettingsCode
from exchange.core.actions.entries import entry_digest
from exchange.core.actions.values import (
    Activation,
    Administrator,
    AdministratorChange,
    AdministratorRole,
    EntryDigest,
    Evidence,
    PersonId,
    ProofOfPossession,
    Propose,
)
from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.competence import AccreditationState, Scope
from exchange.core.limits import Limits
from exchange.core.model import BodyId, Fingerprint
from exchange.core.trust_reading import read_entry
from exchange.core.trust_values import BodyState, KeyStatus
from exchange.core.xml import parse
from exchange.errors import Finding, PeerError, SettingsError, SignatureError
from exchange.service import redraft
from exchange.service.arrivals import DescribedEvidence, read_evidence, read_proof
from exchange.service.enrolment import ReadFile, read_enrolment, read_pem
from exchange.service.toml_table import Table
from exchange.service.trust_description import read_scope
from exchange.service.trust_wishes import (
    Drafting,
    Listed,
    Wishes,
    evidence_for,
    proof_file,
    read_wishes,
)

OVERLAP: Final = timedelta(days=14)
"""How long an old key signs beside the new one, by default."""
LATE: Final = timedelta(days=90)
"""How long late arrivals under a retired key are accepted, by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Everything that the options of one command say."""

    reason: str
    on: datetime | None = None
    when_fetched: bool = False
    files: tuple[Path, ...] = ()
    rotate: tuple[str, Path] | None = None
    overlap: timedelta = OVERLAP
    late: timedelta = LATE
    retire: tuple[str, ...] = ()
    revoke: tuple[str, ...] = ()
    restore: tuple[str, ...] = ()
    rescope: tuple[str, Path] | None = None
    end: tuple[str, ...] = ()
    rename: tuple[str, str] | None = None
    successor: tuple[str, str] | None = None
    accreditation: tuple[str, str, str] | None = None
    enrol: tuple[Path, ...] = ()
    discharge: tuple[str, ...] = ()
    proofs: tuple[Path, ...] = ()
    evidence: tuple[Path, ...] = ()


async def propose_word(administration: Administration, wanted: Wanted, at: datetime) -> Propose:
    """Return the word that proposes what is wanted, made from the entries at the hub now.

    Raises:
        SettingsError: It makes no sense, or a file that it needs is missing.
        PeerError: The hub cannot be reached.
    """
    wishes = [read_wishes(_text(path), path.name, _beside(path)) for path in wanted.files]
    state = await administration.client.state()
    drafting = Drafting(at=at, listed=await _listed(administration, state, wanted, wishes))
    start = wanted.on or at
    for one in wishes:
        drafting.take(one)
    _draft_keys(drafting, wanted, start)
    _draft_bodies(drafting, wanted, start)
    _draft_persons(drafting, wanted, state)
    return Propose(
        changes=drafting.changes(_proofs(wanted), _evidence(wanted.evidence)),
        activation=Activation(at=start, when_fetched=wanted.when_fetched),
        reason=wanted.reason,
    )


def _draft_keys(drafting: Drafting, wanted: Wanted, start: datetime) -> None:
    if wanted.rotate is not None:
        name, path = wanted.rotate
        body, old = drafting.key(name)
        new = redraft.successor_of(old, _certificate(path), begins=start)
        last = min(old.signs_until, start + wanted.overlap)
        drafting.stand(
            redraft.rotated(body, old, new, signs_until=last, accepted_until=last + wanted.late)
        )
    for name in wanted.retire:
        body, key = drafting.key(name)
        drafting.stand(
            redraft.retired(body, key, signs_until=start, accepted_until=start + wanted.late)
        )
    for name in wanted.revoke:
        body, key = drafting.key(name)
        drafting.stand(redraft.marked(body, key, KeyStatus.REVOKED, start))
    if wanted.rescope is not None:
        name, path = wanted.rescope
        body, key = drafting.key(name)
        drafting.stand(redraft.rescoped(body, key, _scope(path)))


def _draft_bodies(drafting: Drafting, wanted: Wanted, start: datetime) -> None:
    for name in wanted.restore:
        if name in drafting.listed:
            drafting.change(
                BodyId(name), lambda one: redraft.standing(one, BodyState.ACTIVE, start)
            )
        else:
            body, key = drafting.key(name)
            drafting.stand(redraft.marked(body, key, KeyStatus.GRANTED, start))
    for name in wanted.end:
        drafting.change(BodyId(name), lambda one: redraft.standing(one, BodyState.ENDED, start))
    if wanted.rename is not None:
        name, text = wanted.rename
        names = _names(text)
        drafting.change(BodyId(name), lambda one: redraft.renamed(one, names))
    if wanted.successor is not None:
        name, former = wanted.successor
        drafting.change(BodyId(name), lambda one: redraft.succeeding(one, BodyId(former)))
    if wanted.accreditation is not None:
        name, number, text = wanted.accreditation
        state, day = _accreditation_state(text), start.date()
        drafting.change(BodyId(name), lambda one: redraft.reaccredited(one, number, state, day))


def _draft_persons(drafting: Drafting, wanted: Wanted, state: Mapping[str, Any]) -> None:
    for path in wanted.enrol:
        for change in read_enrolment(_text(path), path.name, _beside(path)):
            drafting.add(change)
    for person in wanted.discharge:
        drafting.add(AdministratorChange(administrator=_enrolled(state, person), removed=True))


def _enrolled(state: Mapping[str, Any], person: str) -> Administrator:
    """Return a person as the hub has them enrolled."""
    people = state.get("administrators")
    for one in people if isinstance(people, list) else ():
        if isinstance(one, dict) and one.get("person") == person:
            try:
                return Administrator(
                    person=PersonId(person),
                    body=BodyId(one["body"]),
                    role=AdministratorRole(one["role"]),
                    name=str(one["name"]),
                    certificate=read_certificate(base64.b64decode(one["certificate"])),
                    identity=bytes.fromhex(one["identity"]),
                )
            except (KeyError, TypeError, ValueError, SignatureError) as exc:
                raise _broken(f"the hub's word on {person} cannot be read") from exc
    raise _fault(person, "the hub has no such administrator")


async def _listed(
    administration: Administration,
    state: Mapping[str, Any],
    wanted: Wanted,
    wishes: Iterable[Wishes],
) -> Mapping[BodyId, Listed]:
    """Return the entries that the wishes are about, as they stand at the hub."""
    bodies = state.get("bodies")
    known = [one for one in bodies if isinstance(one, dict)] if isinstance(bodies, list) else []
    named = {str(name) for name in _names_of(wanted, wishes)}
    digits = {name.replace(":", "").lower() for name in named}
    found: dict[BodyId, Listed] = {}
    for one in known:
        body_id = BodyId(str(one.get("id")))
        keys = [str(key.get("fingerprint", "")) for key in one.get("keys", ())]
        if body_id in named or any(k.startswith(d) for k in keys for d in digits if d):
            found[body_id] = _entry(await administration.client.entry(body_id))
    return found


def _names_of(wanted: Wanted, wishes: Iterable[Wishes]) -> Iterable[str]:
    """Yield every body, and every beginning of a fingerprint, that is named."""
    keys = [*wanted.retire, *wanted.revoke, *wanted.restore]
    keys += [one[0] for one in (wanted.rotate, wanted.rescope) if one is not None]
    for name in keys:
        yield name.partition("/")[0]
    yield from wanted.end
    for pair in (wanted.rename, wanted.accreditation):
        if pair is not None:
            yield pair[0]
    if wanted.successor is not None:
        yield from wanted.successor
    for one in wishes:
        yield from (body.id for body in one.bodies)
        yield from (body for body, _ in one.accreditations)


def _entry(values: Mapping[str, Any]) -> Listed:
    """Return an entry that the hub has sent, its digest held against its octets."""
    try:
        data = base64.b64decode(values["entry"], validate=True)
        digest = bytes.fromhex(values["digest"])
    except (KeyError, TypeError, ValueError, binascii.Error) as exc:
        raise _broken("an entry lacks its octets or its digest") from exc
    body = read_entry(parse(data, Limits()).root)
    if entry_digest(body) != digest:
        raise _broken(f"the entry of {body.id} has another digest than the hub says")
    return Listed(body=body, digest=EntryDigest(digest))


def _proofs(wanted: Wanted) -> dict[Fingerprint, ProofOfPossession]:
    """Return every proof that was given, or lies beside a certificate or a file of wishes."""
    paths = [*wanted.proofs]
    if wanted.rotate is not None:
        paths.append(Path(proof_file(str(wanted.rotate[1]))))
    for folder in {path.parent for path in wanted.files}:
        paths += sorted(folder.glob("*.proof.toml"))
    return dict(read_proof(_text(path), path.name) for path in paths if path.exists())


def _evidence(paths: Iterable[Path]) -> tuple[DescribedEvidence, ...]:
    return tuple(read_evidence(_text(path), path.name, _beside(path)) for path in paths)


def given_evidence(
    paths: Iterable[Path], fingerprints: Iterable[Fingerprint]
) -> tuple[tuple[Fingerprint, Evidence], ...]:
    """Return the evidence of these files for keys that still wait for it.

    Raises:
        SettingsError: A file is missing or malformed.
    """
    known = _evidence(paths)
    found = ((one, evidence_for(one, known)) for one in fingerprints)
    return tuple((one, evidence) for one, evidence in found if evidence is not None)


def _scope(path: Path) -> Scope:
    try:
        return read_scope(Table(tomllib.loads(_text(path)), path.name))
    except tomllib.TOMLDecodeError as exc:
        raise _fault(str(path), f"expected TOML, found {exc}") from exc


def _accreditation_state(text: str) -> AccreditationState:
    try:
        return AccreditationState(text)
    except ValueError as exc:
        known = ", ".join(one.value for one in AccreditationState)
        raise _fault("--accreditation", f"expected one of {known}, found {text!r}") from exc


def _names(text: str) -> dict[str, str]:
    """Read names by language: `en=New name; zh=新名`."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        language, equals, name = part.partition("=")
        if not (equals and language.strip() and name.strip()):
            raise _fault("--rename", f"expected LANGUAGE=NAME; …, found {text!r}")
        found[language.strip()] = name.strip()
    return found


def _certificate(path: Path) -> KeyCertificate:
    return read_pem(_octets(path), str(path))


def _beside(path: Path) -> ReadFile:
    return lambda name: _octets(path.parent / name)


def _text(path: Path) -> str:
    try:
        return _octets(path).decode()
    except UnicodeDecodeError as exc:
        raise _fault(str(path), "expected a text in UTF-8") from exc


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise _fault(str(path), f"cannot be read: {exc.strerror}") from exc


def _fault(path: str, message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.CHANGE, path=path, message=message))


def _broken(message: str) -> PeerError:
    return PeerError(Finding(code=PeerCode.NO_RECEIPT, message=message))
