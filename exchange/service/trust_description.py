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
root = "5f1c…"                              # SHA-256 of the off-line root's key certificate,
                                            # where root.xml delegates to the signer; optional
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
former-names = [{ names = { en = "…" }, until = 2024-06-01T00:00:00Z }]  # newest first
predecessors = ["CN-CB-0099"]               # whose attestations it may change the status of
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
legal = { instrument = "…", level = "advanced" }   # or basic, qualified,
                                            # advanced-on-qualified-certificate; left out: none
issuers = ["ca.pem", "anchor.pem"]          # authorities above it, its issuer first; optional

[bodies.keys.scope]                         # a group left out, or empty, allows nothing
schemes = ["urn:mrhub:scheme:management-systems"]
standards = ["ISO 9001"]
product-groups = ["IAF-ID1:19"]
economies = ["*"]                           # of the holders; * for every economy
```
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from exchange.core.competence import Accreditation, AccreditationPeriod, AccreditationState, Scope
from exchange.core.model import BodyId, BodyRole, Custody, Economy, Fingerprint, KeyRole, Kind
from exchange.core.trust_values import (
    BodyPeriod,
    BodyState,
    Capability,
    FormerName,
    KeyPeriod,
    KeyStatus,
    LegalBasis,
    Operator,
    Place,
    SignatureLevel,
)
from exchange.service.described import DescribedBody, DescribedKey, DescribedList, Description
from exchange.service.toml_table import Table, fault
from exchange.vault.vault import KeyKind, KeyName, key_name

_STATUSES: Final[Mapping[str, KeyStatus]] = {one.name.lower(): one for one in KeyStatus}


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
    pinned = _fingerprint(operator)
    description = Description(
        location=operator.take("location", str),
        valid_for=timedelta(days=operator.take("valid-days", int)),
        history_period=timedelta(days=operator.take("history-days", int)),
        root=read_list(operator),
        lists=tuple(read_list(one) for one in top.tables("lists")),
        bodies=tuple(read_body(one) for one in top.tables("bodies")),
        pinned=pinned,
    )
    top.done()
    return description


def _fingerprint(table: Table) -> Fingerprint | None:
    text: str | None = table.take("root", str, None)
    if text is None:
        return None
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        octets = b""
    if len(octets) != sha256().digest_size:
        raise fault(f"{table.path}.root", "expected 64 hexadecimal digits")
    return Fingerprint(octets)


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
        former_names=tuple(_former_name(one) for one in table.tables("former-names")),
        predecessors=frozenset(BodyId(text) for text in table.texts("predecessors")),
    )
    table.done()
    return described


def _former_name(table: Table) -> FormerName:
    former = FormerName(names=table.names("names"), until=table.instant("until"))
    table.done()
    return former


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
        legal=read_legal(table),
        issuers=table.texts("issuers"),
    )
    table.done()
    return described


def read_legal(table: Table) -> LegalBasis | None:
    """Return the legal basis of a key; left out, no law gives its signatures a level."""
    if "legal" not in table:
        return None
    legal = table.table("legal")
    basis = LegalBasis(
        instrument=legal.take("instrument", str), level=legal.choice("level", SignatureLevel)
    )
    legal.done()
    return basis


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
