"""The life of certificates: to which certificate a statement belongs, and who signed it.

- `register` gets a number for each certificate as its key, which makes its indexes small, and the
  token of its QR address.
- What was kept before is read once: which statements belong together and who signed them stands
  in the documents only.
"""

# ruff: noqa: S608  the parts of these questions are constants
from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from alembic import op

from exchange.core.limits import Limits
from exchange.core.model import Kind
from exchange.core.xml import parse
from exchange.errors import ExchangeError
from exchange.store import dictionaries
from exchange.store.columns import Instant, Number, Octets, String
from exchange.store.compression import Codec

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KINDS_BEFORE: Final = "'attestation', 'status-change', 'receipt', 'trust-list', 'action'"
_KINDS_SINCE: Final = f"{_KINDS_BEFORE}, 'declaration', 'notice', 'verification'"
_HOLDS_BEFORE: Final = "'waiting', 'released', 'refused'"
_HOLDS_SINCE: Final = f"{_HOLDS_BEFORE}, 'ahead'"
_STATUSES: Final = (
    "'draft', 'active', 'suspended', 'withdrawn', 'cancelled', 'expired', 'superseded'"
)
_LATER: Final = sa.text("subject <> sequence")
_AT_ONCE: Final = 500
_DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
_XADES: Final = "{http://uri.etsi.org/01903/v1.3.2#}"


def upgrade() -> None:
    """Apply the step."""
    _change_check("statements", "kind", _KINDS_BEFORE, _KINDS_SINCE)
    _change_check("holds", "state", _HOLDS_BEFORE, _HOLDS_SINCE)
    op.create_table(
        "signers",
        sa.Column("id", Number, autoincrement=False, nullable=False),
        sa.Column("fingerprint", Octets, nullable=False),
        sa.Column("issuer", String, nullable=False),
        sa.CheckConstraint("length(fingerprint) = 32", name=op.f("signers_fingerprint_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("signers_key")),
        sqlite_strict=True,
    )
    op.create_index(
        "signers_fingerprint_issuer_unique", "signers", ["fingerprint", "issuer"], unique=True
    )
    op.add_column("holds", sa.Column("place", Number))
    op.add_column("statements", sa.Column("subject", Number))
    op.add_column("statements", sa.Column("signer", Number))
    op.create_index(
        "statements_subject",
        "statements",
        ["subject"],
        sqlite_where=_LATER,
        postgresql_where=_LATER,
    )
    op.create_index("statements_signer", "statements", ["signer"])
    _read_again()
    _rebuild(_register_since, _FILL_SINCE)
    op.create_table(
        "former_numbers",
        sa.Column("certificate_number", String, nullable=False),
        sa.Column("certificate", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate"], ["register.first"], name=op.f("former_numbers_certificate_exists")
        ),
        sa.PrimaryKeyConstraint(
            "certificate_number", "certificate", name=op.f("former_numbers_key")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("former_numbers_certificate", "former_numbers", ["certificate"])


def downgrade() -> None:
    """Take the step back, unless something needs it: history is never dropped."""
    for what, question in (
        (
            "declarations, notices and verifications",
            f"SELECT count(*) FROM statements WHERE kind NOT IN ({_KINDS_BEFORE})",
        ),
        (
            "changes ahead of their turn",
            f"SELECT count(*) FROM holds WHERE state NOT IN ({_HOLDS_BEFORE})",
        ),
        ("former numbers", "SELECT count(*) FROM former_numbers"),
    ):
        if op.get_bind().execute(sa.text(question)).scalar_one():
            raise RuntimeError(f"expected a database without {what}, found some")
    op.drop_table("former_numbers")
    _rebuild(_register_before, _FILL_BEFORE)
    op.drop_index("statements_signer", "statements")
    op.drop_index("statements_subject", "statements")
    op.drop_column("statements", "signer")
    op.drop_column("statements", "subject")
    op.drop_table("signers")
    op.drop_column("holds", "place")
    _change_check("holds", "state", _HOLDS_SINCE, _HOLDS_BEFORE)
    _change_check("statements", "kind", _KINDS_SINCE, _KINDS_BEFORE)


# The register, built anew: its key is a number now.

_ALIKE: Final = (
    "attestation_id, issuer, certificate_number, scheme, revision, statement, status, since, "
    "expires_at, changes, taken_over, parts"
)
_FILL_SINCE: Final = {
    # 128 bits that nobody can guess; PostgreSQL makes 122 at a time, so two are mixed.
    "sqlite": f"INSERT INTO register (first, {_ALIKE}, token) SELECT coalesce((SELECT subject "
    f"FROM statements WHERE sequence = statement), statement), {_ALIKE}, randomblob(16) "
    "FROM register_before",
    "postgresql": f"INSERT INTO register (first, {_ALIKE}, token) SELECT coalesce((SELECT "
    f"subject FROM statements WHERE sequence = statement), statement), {_ALIKE}, substring("
    "sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FROM 1 FOR 16) "
    "FROM register_before",
}
_FILL_BEFORE: Final = dict.fromkeys(
    ("sqlite", "postgresql"),
    f"INSERT INTO register ({_ALIKE}) SELECT {_ALIKE} FROM register_before",
)


def _rebuild(make: Callable[[], None], fill: dict[str, str]) -> None:
    op.execute("CREATE TABLE register_before AS SELECT * FROM register")
    op.drop_table("register")
    make()
    op.execute(fill[op.get_bind().dialect.name])
    op.drop_table("register_before")


def _columns() -> Iterator[sa.Column[Any] | sa.Constraint]:
    yield sa.Column("attestation_id", String, nullable=False)
    yield sa.Column("issuer", String, nullable=False)
    yield sa.Column("certificate_number", String, nullable=False)
    yield sa.Column("scheme", String, nullable=False)
    yield sa.Column("revision", Number, nullable=False)
    yield sa.Column("statement", Number, nullable=False)
    yield sa.Column("status", String, nullable=False)
    yield sa.Column("since", Instant, nullable=False)
    yield sa.Column("expires_at", Instant, nullable=True)
    yield sa.Column("changes", Number, nullable=False)
    yield sa.Column("taken_over", Number, nullable=False)
    yield sa.Column("parts", String, nullable=False, server_default="[]")
    yield sa.CheckConstraint(f"status IN ({_STATUSES})", name=op.f("register_status_known"))
    yield sa.CheckConstraint("taken_over IN (0, 1)", name=op.f("register_taken_over_known"))
    yield sa.ForeignKeyConstraint(
        ["statement"], ["statements.sequence"], name=op.f("register_statement_exists")
    )


def _register_since() -> None:
    op.create_table(
        "register",
        sa.Column("first", Number, autoincrement=False, nullable=False),
        *_columns(),
        sa.Column("token", Octets, nullable=False),
        sa.Column("successor", Number, nullable=True),
        sa.Column("predecessor", Number, nullable=True),
        sa.Column("gap", String, nullable=True),
        sa.CheckConstraint("length(token) = 16", name=op.f("register_token_length")),
        sa.PrimaryKeyConstraint("first", name=op.f("register_key")),
        sqlite_strict=True,
    )
    op.create_index(
        "register_attestation_id_issuer_unique",
        "register",
        ["attestation_id", "issuer"],
        unique=True,
    )
    op.create_index("register_certificate_number", "register", ["certificate_number"])
    op.create_index("register_token_unique", "register", ["token"], unique=True)


def _register_before() -> None:
    op.create_table(
        "register",
        *_columns(),
        sa.PrimaryKeyConstraint("attestation_id", "issuer", name=op.f("register_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("register_certificate_number", "register", ["certificate_number"])
    op.create_index("register_statement", "register", ["statement"])


# What stands in the documents only.


class _Named(NamedTuple):
    """What a document says about its certificate."""

    attestation_id: str | None
    latest: bytes | None
    """Of a status change: the content digest of the revision that it is about."""
    certificate: bytes | None
    """The fingerprint of the key certificate that signed it."""


def _read_again() -> None:
    """Fill `statements.subject` and `statements.signer`, in the order of the commits.

    Of a document that was removed or cannot be read nothing is known: it stays without.
    """
    connection = op.get_bind()
    codec = Codec()
    dictionaries.load(connection, codec)
    certificates: dict[tuple[str, str], int] = {}
    revisions: dict[bytes, int] = {}
    signers: dict[tuple[bytes, str], int] = {}
    after = -1
    while rows := connection.execute(_NEXT, {"after": after}).all():
        filled = []
        for row in rows:
            named = _named(b"" if row.body is None else codec.unpack(row.body))
            subject = None
            if row.kind == Kind.ATTESTATION:
                key = (row.issuer, named.attestation_id or f"#{row.sequence}")
                subject = certificates.setdefault(key, row.sequence)
                revisions[row.content_digest] = subject
            elif row.kind == Kind.STATUS_CHANGE:
                subject = revisions.get(named.latest or b"")
            signer = None
            if named.certificate is not None:
                who = (named.certificate, row.issuer)
                signer = signers.setdefault(who, len(signers) + 1)
            filled.append({"which": row.sequence, "subject_": subject, "signer_": signer})
        connection.execute(_SAY, filled)
        after = rows[-1].sequence
    if signers:
        connection.execute(
            _SIGNERS.insert(),
            [
                {"id": number, "fingerprint": fingerprint, "issuer": issuer}
                for (fingerprint, issuer), number in signers.items()
            ],
        )


_SIGNERS: Final = sa.table(
    "signers",
    sa.column("id", Number),
    sa.column("fingerprint", Octets),
    sa.column("issuer", String),
)
_STATEMENTS: Final = sa.table(
    "statements",
    sa.column("sequence", Number),
    sa.column("content_digest", Octets),
    sa.column("kind", String),
    sa.column("issuer", String),
    sa.column("body", Octets),
    sa.column("subject", Number),
    sa.column("signer", Number),
)
_NEXT: Final = (
    sa.select(
        _STATEMENTS.c.sequence,
        _STATEMENTS.c.content_digest,
        _STATEMENTS.c.kind,
        _STATEMENTS.c.issuer,
        _STATEMENTS.c.body,
    )
    .where(_STATEMENTS.c.sequence > sa.bindparam("after"))
    .order_by(_STATEMENTS.c.sequence)
    .limit(_AT_ONCE)
)
_SAY: Final = (
    sa.update(_STATEMENTS)
    .where(_STATEMENTS.c.sequence == sa.bindparam("which"))
    .values(subject=sa.bindparam("subject_"), signer=sa.bindparam("signer_"))
)


def _named(data: bytes) -> _Named:
    try:
        root = parse(data, Limits()).root
    except ExchangeError:
        return _Named(None, None, None)
    latest = root.findtext("{*}AttestationRef/{*}Digest")
    claimed = root.findtext(f".//{_XADES}CertDigest/{_DS}DigestValue")
    certificates = [
        sha256(b64decode(one.text or "")).digest() for one in root.iter(f"{_DS}X509Certificate")
    ]
    # The one that signed is named by its digest; the others are its chain.
    signing = [one for one in certificates if claimed and one == b64decode(claimed)]
    return _Named(
        root.findtext("{*}AttestationID"),
        None if latest is None else b64decode(latest),
        next(iter(signing or certificates), None),
    )


def _change_check(table: str, column: str, before: str, since: str) -> None:
    """Let a column have other values, without copying a table that may be large."""
    if op.get_bind().dialect.name == "postgresql":
        name = op.f(f"{table}_{column}_known")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, f"{column} IN ({since})")
        return
    # As in step 0003: https://sqlite.org/lang_altertable.html, section 7, the simpler steps.
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) "
        "WHERE type = 'table' AND name = ? AND instr(sql, ?)",
        (f"{column} IN ({before})", f"{column} IN ({since})", table, f"{column} IN ({before})"),
    ).rowcount
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=RESET")
    if changed != 1:
        raise RuntimeError(f"expected the constraint on {table}.{column}, found another")
