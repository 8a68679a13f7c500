"""What an officer wants, gathered into the changes of one proposal.

- Every entry starts from the one that stands at the hub; several wishes about one body add up.
- A key that an entry carries for the first time needs its proof of possession, found among the
  proofs by its fingerprint; evidence is added where it is there.
- An entry that came out as it was is no change.

A file of wishes is written like the description of trust lists, with what is wanted and no more:

```toml
[[lists]]                                   # the hub publishes a list for an economy
territory = "CN"
names = { en = "…" }                        # operator, place and scheme-names as there

[[bodies]]                                  # an entry, whole, as it shall stand; format as there
id = "CN-CB-0103"

[[bodies.keys]]
role = "attestation"
certificate = "cn-cb-0103.pem"              # beside this file; its proof is *.proof.toml

[[accreditations]]                          # one more for a body, or another in its place
body = "CN-CB-0103"
number = "CNAS C103-M"                      # and so on

[[administrators]]                          # as `exchange.service.enrolment` describes
```
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath

from exchange.codes.service import SettingsCode
from exchange.core.actions.values import (
    AdministratorChange,
    Arrival,
    BodyChange,
    Change,
    EntryDigest,
    Evidence,
    ListChange,
    ProofOfPossession,
)
from exchange.core.competence import Accreditation
from exchange.core.model import BodyId, Economy, Fingerprint, KeyRole
from exchange.core.trust_values import Body, KeyEntry, Operator
from exchange.errors import Finding, SettingsError
from exchange.service.arrivals import DescribedEvidence
from exchange.service.described import DescribedKey, assembled
from exchange.service.enrolment import ReadFile, read_administrator, read_pem
from exchange.service.redraft import accredited, find_key, only_key
from exchange.service.toml_table import Table, fault
from exchange.service.trust_description import read_accreditation, read_body, read_place


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a file wants."""

    lists: tuple[ListChange, ...]
    bodies: tuple[Body, ...]
    accreditations: tuple[tuple[BodyId, Accreditation], ...]
    administrators: tuple[AdministratorChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry as it stands at the hub."""

    body: Body
    digest: EntryDigest


def read_wishes(text: str, name: str, read_file: ReadFile) -> Wishes:
    """Return what a file wants.

    Args:
        text: TOML.
        name: What faults call it: its file name.
        read_file: Returns the octets of a file beside the text.

    Raises:
        SettingsError: It is not TOML, something is missing, unknown or malformed, or it wants
            nothing.
    """
    try:
        top = Table(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as exc:
        raise fault(name, f"expected TOML, found {exc}") from exc
    wishes = Wishes(
        lists=tuple(_list(one) for one in top.tables("lists")),
        bodies=tuple(_body(one, read_file) for one in top.tables("bodies")),
        accreditations=tuple(_accreditation(one) for one in top.tables("accreditations")),
        administrators=tuple(
            read_administrator(one, read_file) for one in top.tables("administrators")
        ),
    )
    top.done()
    if not (wishes.lists or wishes.bodies or wishes.accreditations or wishes.administrators):
        raise fault(name, "expected lists, bodies, accreditations or administrators, found none")
    return wishes


def _list(table: Table) -> ListChange:
    # A description of lists that are built from a file names the key; here the hub's own signs.
    table.take("signer", str, "")
    change = ListChange(
        territory=Economy(table.take("territory", str)),
        operator=Operator(
            names=table.names("names"),
            scheme_names=table.names("scheme-names"),
            place=read_place(table.table("place")),
        ),
    )
    table.done()
    return change


def _body(table: Table, read_file: ReadFile) -> Body:
    described = read_body(table)
    certificates = [
        read_pem(read_file(certificate_file(key)), f"{table.path} {key.name}")
        for key in described.keys
    ]
    return assembled(described, certificates)


def certificate_file(key: DescribedKey) -> str:
    """Return the name of the file with a key certificate: as described, or after the key."""
    return key.certificate or f"{key.name.replace('/', '-')}.pem"


def proof_file(certificate: str) -> str:
    """Return the name of the file with the proof of possession of a key certificate."""
    return f"{PurePath(certificate).with_suffix('')}.proof.toml"


def _accreditation(table: Table) -> tuple[BodyId, Accreditation]:
    body = BodyId(table.take("body", str))
    return body, read_accreditation(table)


@dataclass(slots=True, kw_only=True)
class Drafting:
    """The entries of one proposal while it is written."""

    at: datetime
    """Now: which keys are meant by their role alone."""
    listed: Mapping[BodyId, Listed]
    """The entries at the hub, as far as they are needed."""
    _bodies: dict[BodyId, Body] = field(default_factory=dict)
    _others: list[Change] = field(default_factory=list)

    def body(self, body: BodyId) -> Body:
        """Return an entry as it stands in the draft, or at the hub.

        Raises:
            SettingsError: There is no such body.
        """
        if body in self._bodies:
            return self._bodies[body]
        if body not in self.listed:
            raise _fault(body, "the hub has no entry of this body")
        return self.listed[body].body

    def key(self, name: str) -> tuple[Body, KeyEntry]:
        """Return the key that a person means, with its body.

        Args:
            name: `BODY/ROLE` for the only granted key of a role, or the beginning of a
                fingerprint.

        Raises:
            SettingsError: There is none, or more than one.
        """
        body_id, slash, role = name.partition("/")
        if slash:
            body = self.body(BodyId(body_id))
            try:
                return body, only_key(body, KeyRole(role), self.at)
            except ValueError as exc:
                raise _fault(name, f"there is no key role {role!r}") from exc
        digits = name.replace(":", "").lower()
        bodies = [
            self.body(known)
            for known in {*self.listed, *self._bodies}
            if any(k.fingerprint.hex().startswith(digits) for k in self.body(known).keys)
        ]
        if len(bodies) != 1:
            found = "none" if not bodies else ", ".join(sorted(one.id for one in bodies))
            raise _fault(name, f"expected one body with a key that begins so, found {found}")
        return bodies[0], find_key(bodies[0], digits)

    def stand(self, body: Body) -> None:
        """Let an entry stand so."""
        self._bodies[body.id] = body

    def change(self, body: BodyId, verb: Callable[[Body], Body]) -> None:
        """Change an entry by a verb.

        Raises:
            SettingsError: There is no such body, or the verb makes no sense on it.
        """
        self.stand(verb(self.body(body)))

    def take(self, wishes: Wishes) -> None:
        """Add what a file wants.

        Raises:
            SettingsError: It wants an accreditation for a body that is not there.
        """
        self._others += wishes.lists
        for body in wishes.bodies:
            self.stand(body)
        for body_id, accreditation in wishes.accreditations:
            self.stand(accredited(self.body(body_id), accreditation))
        self._others += wishes.administrators

    def add(self, change: AdministratorChange | ListChange) -> None:
        """Add a change that is about no entry."""
        self._others.append(change)

    def changes(
        self,
        proofs: Mapping[Fingerprint, ProofOfPossession],
        evidence: Iterable[DescribedEvidence] = (),
    ) -> tuple[Change, ...]:
        """Return the changes of the proposal: lists first, then entries, then persons.

        Raises:
            SettingsError: Nothing would change, or a key arrives without its proof; every such
                key is named.
        """
        known = tuple(evidence)
        missing: list[Finding] = []
        entries: list[Change] = []
        for body_id, body in self._bodies.items():
            before = self.listed.get(body_id)
            if before is not None and before.body == body:
                continue
            old = {key.fingerprint for key in before.body.keys} if before is not None else set()
            new = [key for key in body.keys if key.fingerprint not in old]
            missing += [_unproven(body, key) for key in new if key.fingerprint not in proofs]
            entries.append(
                BodyChange(
                    body=body,
                    base=before.digest if before is not None else None,
                    arrivals=tuple(
                        Arrival(
                            fingerprint=key.fingerprint,
                            proof=proofs[key.fingerprint],
                            evidence=evidence_for(key.fingerprint, known),
                        )
                        for key in new
                        if key.fingerprint in proofs
                    ),
                )
            )
        if missing:
            raise SettingsError(*missing)
        lists = [one for one in self._others if isinstance(one, ListChange)]
        persons = [one for one in self._others if isinstance(one, AdministratorChange)]
        if not (lists or entries or persons):
            raise _fault("", "everything stands as it is wanted already")
        return (*lists, *entries, *persons)


def evidence_for(fingerprint: Fingerprint, known: tuple[DescribedEvidence, ...]) -> Evidence | None:
    """Return the first evidence that is about a key, or `None` where there is none."""
    for one in known:
        if not one.fingerprints or fingerprint in one.fingerprints:
            return one.evidence
    return None


def _unproven(body: Body, key: KeyEntry) -> Finding:
    return Finding(
        code=SettingsCode.CHANGE,
        path=f"{body.id}/{key.role.value}",
        message=f"no proof of possession of {key.fingerprint.hex()[:16]}…; whoever holds the "
        "key makes one with `exchange keys generate --proof`, or give it with --proof",
    )


def _fault(path: str, message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.CHANGE, path=path, message=message))
