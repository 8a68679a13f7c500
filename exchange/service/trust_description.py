"""The description that trust lists are made from: a TOML file that a person writes.

- It names operators, bodies, accreditations, capabilities and keys; never a private key.
- A key's certificate is the PEM file that it names, or `<body>-<role>.pem` beside the
  description, or else comes from the vault.
- Every name that the format does not know is a fault: a misspelt scope must not mean none.

```toml
[operator]                                  # publishes the list of lists
territory = "XX"
signer = "XX-HUB-01/list"                   # the key that signs it, in the vault
location = "https://hub.example/v1/trust-lists/"
valid-days = 90                             # from issue to next update
history-days = 3653                         # withdrawn keys stay listed
names = { en = "Demo hub" }
scheme-names = { en = "List of lists" }

[operator.place]
street = "…"
locality = "…"
economy = "XX"
contact = "mailto:…"
information = "https://…"

[[lists]]                                   # one for each economy
territory = "CN"
signer = "CN-AB-CNAS/list"
names = { en = "…", zh = "…" }              # place and scheme-names as above

[[bodies]]
id = "CN-CB-0103"
roles = ["certification-body"]
time-zone = "Asia/Shanghai"
since = 2020-01-01T00:00:00Z
names = { zh = "…", en = "…" }              # place as above
serves = ["HK"]                             # further economies; optional, as all that follows
approval-number = "CNCA-R-2002-103"
cab-code = "03"
states = [{ state = "suspended", since = 2026-05-01T00:00:00Z }]      # newest first
endpoint = "https://127.0.0.1:8443"
forbids-hub-custody = true

[[bodies.accreditations]]
authority = "CN-AB-CNAS"
number = "CNAS C103-M"
standard = "ISO/IEC 17021-1"
schemes = ["urn:mrhub:scheme:management-systems"]
scope-codes = ["IAF-ID1:19"]
valid-from = 2020-01-01
valid-to = 2030-12-31                       # optional; last valid day
kind = "accreditation"                      # optional; and states as above, with days

[[bodies.capabilities]]
kind = "attestation"
schema = "urn:mrhub:attestation:1"
schemes = ["urn:mrhub:scheme:ccc"]

[[bodies.keys]]
role = "attestation"
custody = "own"                             # or "hub"
kept-by = "XX-HUB-01"                       # whose vault keeps it; optional, the body's own
kind = "ec-p256"                            # for keys that are made from this description
hosts = ["127.0.0.1", "localhost"]          # transport keys
certificate = "cn-cb-0103.pem"              # optional, beside this file
name = "CN-CB-0103/attestation-2027"        # optional, where a role has several keys
since = 2024-01-01T00:00:00Z                # optional, since the body is listed
signs-until = 2028-01-01T00:00:00Z
accepted-until = 2028-04-01T00:00:00Z
states = [{ status = "suspended", since = 2026-05-01T00:00:00Z }]     # newest first

[bodies.keys.scope]                         # a group left out, or empty, allows nothing
schemes = ["urn:mrhub:scheme:management-systems"]
standards = ["ISO 9001"]
product-groups = ["IAF-ID1:19"]
economies = ["*"]                           # of the holders; * for every economy
```
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from exchange.core.certificate import KeyCertificate
from exchange.core.competence import Accreditation, AccreditationPeriod, AccreditationState, Scope
from exchange.core.model import BodyId, BodyRole, Custody, Economy, KeyRole, Kind
from exchange.core.trust_values import (
    Body,
    BodyPeriod,
    BodyState,
    Capability,
    KeyEntry,
    KeyPeriod,
    KeyStatus,
    Operator,
    Place,
)
from exchange.service.toml_table import Table, fault
from exchange.vault.vault import KeyKind, KeyName, key_name

_STATUSES: Final[Mapping[str, KeyStatus]] = {one.name.lower(): one for one in KeyStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedKey:
    """One key of a body, without its certificate."""

    name: KeyName
    role: KeyRole
    custody: Custody
    kept_by: BodyId
    kind: KeyKind
    hosts: tuple[str, ...]
    certificate: str | None
    """File name of the key certificate, PEM; `None` to take it from the vault."""
    periods: tuple[KeyPeriod, ...]
    signs_until: datetime
    accepted_until: datetime
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedBody:
    """One body, with keys that have no certificates yet."""

    id: BodyId
    roles: frozenset[BodyRole]
    names: Mapping[str, str]
    economy: Economy
    serves: frozenset[Economy]
    time_zone: str
    approval_number: str | None
    cab_code: str | None
    history: tuple[BodyPeriod, ...]
    accreditations: tuple[Accreditation, ...]
    capabilities: tuple[Capability, ...]
    place: Place
    endpoint: str | None
    forbids_hub_custody: bool
    keys: tuple[DescribedKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedList:
    """One list: whose it is and who signs it."""

    territory: Economy
    signer: KeyName
    operator: Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Everything that the lists of a hub say."""

    root: DescribedList
    """The list of lists."""
    location: str
    """Where the lists are found; a file name is appended."""
    valid_for: timedelta
    history_period: timedelta
    lists: tuple[DescribedList, ...]
    bodies: tuple[DescribedBody, ...]


def read_description(text: str) -> Description:
    """Return the description that a TOML file holds.

    Raises:
        SettingsError: It is not TOML, or something in it is missing, unknown or malformed.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise fault("", f"expected TOML, found {exc}") from exc
    top = Table(values, "description")
    operator = top.table("operator")
    description = Description(
        location=operator.take("location", str),
        valid_for=timedelta(days=operator.take("valid-days", int)),
        history_period=timedelta(days=operator.take("history-days", int)),
        root=read_list(operator),
        lists=tuple(read_list(one) for one in top.tables("lists")),
        bodies=tuple(read_body(one) for one in top.tables("bodies")),
    )
    top.done()
    return description


def read_list(table: Table) -> DescribedList:
    """Return one list that a table describes."""
    described = DescribedList(
        territory=Economy(table.take("territory", str)),
        signer=KeyName(table.take("signer", str)),
        operator=Operator(
            names=table.names("names"),
            scheme_names=table.names("scheme-names"),
            place=read_place(table.table("place")),
        ),
    )
    table.done()
    return described


def read_place(table: Table) -> Place:
    """Return where somebody is found, as a table describes it."""
    place = Place(
        street=table.take("street", str),
        locality=table.take("locality", str),
        economy=Economy(table.take("economy", str)),
        contact=table.take("contact", str),
        information=table.take("information", str),
    )
    table.done()
    return place


def read_body(table: Table) -> DescribedBody:
    """Return one body that a table describes, with its keys."""
    body_id = BodyId(table.take("id", str))
    economy = Economy(body_id[:2])
    since = table.instant("since")
    states = [
        BodyPeriod(state=one.choice("state", BodyState), since=one.instant("since"))
        for one in table.tables("states")
    ]
    described = DescribedBody(
        id=body_id,
        roles=frozenset(_role(table, text) for text in table.texts("roles")),
        names=table.names("names"),
        economy=economy,
        serves=frozenset({economy, *(Economy(text) for text in table.texts("serves"))}),
        time_zone=table.take("time-zone", str),
        approval_number=table.take("approval-number", str, None),
        cab_code=table.take("cab-code", str, None),
        history=(*states, BodyPeriod(state=BodyState.ACTIVE, since=since)),
        accreditations=tuple(read_accreditation(one) for one in table.tables("accreditations")),
        capabilities=tuple(_capability(one) for one in table.tables("capabilities")),
        place=read_place(table.table("place")),
        endpoint=table.take("endpoint", str, None),
        forbids_hub_custody=table.take("forbids-hub-custody", bool, default=False),
        keys=tuple(_key(one, body_id, since) for one in table.tables("keys")),
    )
    table.done()
    return described


def _role(table: Table, text: str) -> BodyRole:
    try:
        return BodyRole(text)
    except ValueError as exc:
        raise fault(f"{table.path}.roles", f"unknown role {text!r}") from exc


def read_accreditation(table: Table) -> Accreditation:
    """Return one accreditation that a table describes."""
    valid_from = table.day("valid-from")
    states = [
        AccreditationPeriod(state=one.choice("state", AccreditationState), since=one.day("since"))
        for one in table.tables("states")
    ]
    accreditation = Accreditation(
        kind=table.take("kind", str, "accreditation"),
        authority=BodyId(table.take("authority", str)),
        number=table.take("number", str),
        standard=table.take("standard", str),
        scope_codes=table.codes("scope-codes"),
        schemes=frozenset(table.texts("schemes")),
        valid_from=valid_from,
        valid_to=table.optional_day("valid-to"),
        history=(
            *states,
            AccreditationPeriod(state=AccreditationState.ACTIVE, since=valid_from),
        ),
    )
    table.done()
    return accreditation


def _capability(table: Table) -> Capability:
    capability = Capability(
        kind=table.choice("kind", Kind),
        schema=table.take("schema", str),
        schemes=frozenset(table.texts("schemes")),
    )
    table.done()
    return capability


def _key(table: Table, body: BodyId, since: datetime) -> DescribedKey:
    role: KeyRole = table.choice("role", KeyRole)
    described = DescribedKey(
        name=KeyName(table.take("name", str, key_name(body, role))),
        role=role,
        custody=table.choice("custody", Custody, Custody.OWN.value),
        kept_by=BodyId(table.take("kept-by", str, body)),
        kind=table.choice("kind", KeyKind, KeyKind.EC_P256.value),
        hosts=table.texts("hosts"),
        certificate=table.take("certificate", str, None),
        periods=_periods(table, table.instant("since", since)),
        signs_until=table.instant("signs-until"),
        accepted_until=table.instant("accepted-until"),
        scope=read_scope(table.table("scope")),
    )
    table.done()
    return described


def read_scope(table: Table) -> Scope:
    """Return the scope that a table describes; a group left out, or empty, allows nothing."""
    scope = Scope(
        schemes=frozenset(table.texts("schemes")),
        standards=frozenset(table.texts("standards")),
        product_groups=table.codes("product-groups"),
        economies=frozenset(Economy(text) for text in table.texts("economies")),
    )
    table.done()
    return scope


def assembled(described: DescribedBody, certificates: Sequence[KeyCertificate]) -> Body:
    """Return the entry of a described body with the certificates of its keys.

    Args:
        described: The body.
        certificates: One for each of its keys, in their order.
    """
    return Body(
        id=described.id,
        roles=described.roles,
        names=described.names,
        economy=described.economy,
        economies=described.serves,
        time_zone=described.time_zone,
        approval_number=described.approval_number,
        cab_code=described.cab_code,
        history=described.history,
        accreditations=described.accreditations,
        capabilities=described.capabilities,
        place=described.place,
        endpoint=described.endpoint,
        forbids_hub_custody=described.forbids_hub_custody,
        keys=tuple(
            KeyEntry(
                body=described.id,
                role=key.role,
                custody=key.custody,
                certificate=certificate,
                names=MappingProxyType({"en": f"{described.id} {key.role.value}"}),
                periods=key.periods,
                scope=key.scope,
                signs_until=key.signs_until,
                accepted_until=key.accepted_until,
            )
            for key, certificate in zip(described.keys, certificates, strict=True)
        ),
    )


def _periods(table: Table, since: datetime) -> tuple[KeyPeriod, ...]:
    """Granted since the beginning, then as the states say, newest first."""
    begun = [
        (one.choice("status", _STATUSES.__getitem__), one.instant("since"))
        for one in table.tables("states")
    ]
    periods: list[KeyPeriod] = []
    end: datetime | None = None
    for status, begin in (*begun, (KeyStatus.GRANTED, since)):
        periods.append(KeyPeriod(status=status, not_before=begin, not_after=end))
        end = begin
    return tuple(periods)
