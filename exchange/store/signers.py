"""Who signed what: each key certificate stands once, and statements name it by a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from exchange.core.entry import Statement
from exchange.core.model import BodyId, Fingerprint
from exchange.store.batch import Batch
from exchange.store.tables import SIGNERS

_KNOWN: Final = select(SIGNERS.c.id, SIGNERS.c.fingerprint, SIGNERS.c.issuer).where(
    SIGNERS.c.fingerprint.in_(bindparam("fingerprints", expanding=True))
)


@dataclass(slots=True)
class Signers:
    """The numbers of those who signed the statements of one transaction."""

    numbers: dict[tuple[Fingerprint, BodyId], int] = field(default_factory=dict)
    last: int = 0

    @classmethod
    def gather(cls, connection: Connection, statements: Sequence[Statement]) -> Signers:
        """Read the numbers that there are."""
        wanted = {(s.signer, s.issuer) for s in statements if s.signer is not None}
        if not wanted:
            return cls()
        rows = connection.execute(_KNOWN, {"fingerprints": list({one for one, _ in wanted})})
        known = {(Fingerprint(r.fingerprint), BodyId(r.issuer)): int(r.id) for r in rows}
        if wanted <= known.keys():
            return cls(known)
        return cls(known, connection.execute(select(func.max(SIGNERS.c.id))).scalar_one() or 0)

    def number(self, statement: Statement, batch: Batch) -> int | None:
        """Return the number of who signed a statement; a new one is added to the batch."""
        if statement.signer is None:
            return None
        key = (statement.signer, statement.issuer)
        if key not in self.numbers:
            self.last += 1
            self.numbers[key] = self.last
            batch.signers.append(
                {"id": self.last, "fingerprint": statement.signer, "issuer": statement.issuer}
            )
        return self.numbers[key]
