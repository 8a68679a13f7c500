"""From a declaration to its XML, unsigned: the body signs it with its status key.

Source: `schemas/declaration/declaration-1.xsd`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from exchange.core.document.declaration import DeclaredScheme
from exchange.core.model import BodyId, DocumentId
from exchange.core.periods import in_zulu

NAMESPACE: Final = "urn:mrhub:declaration:1"


def write_declaration(
    *,
    document_id: DocumentId,
    issuer: BodyId,
    issued_at: datetime,
    as_of: datetime,
    schemes: Iterable[DeclaredScheme],
) -> bytes:
    """Return the unsigned XML of a declaration, UTF-8."""
    kind = issuer.split("-")[1] if "-" in issuer else ""
    identifier = "CAB" if kind == "CB" else kind
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f'<RegisterDeclaration xmlns="{NAMESPACE}" xmlns:c="urn:mrhub:common:1" ',
        'Id="declaration" schemaVersion="1.0"><Header>',
        f"<c:DocumentID>{document_id}</c:DocumentID>",
        '<c:DocumentType listID="MRHUB-DOCUMENT">declaration</c:DocumentType>',
        '<c:DocumentFunction listID="UNCL1225">9</c:DocumentFunction>',
        f"<c:IssueDateTime>{in_zulu(issued_at)}</c:IssueDateTime>",
        "<c:Language>en</c:Language>",
        f'<c:Issuer schemeID="{escape(identifier)}">{escape(issuer)}</c:Issuer>',
        f"</Header><AsOf>{in_zulu(as_of)}</AsOf>",
    ]
    for one in schemes:
        parts += (
            f"<Scheme><SchemeID>{escape(one.scheme_id)}</SchemeID>",
            f"<Disclosure>{one.disclosure}</Disclosure><Coverage>{one.coverage}</Coverage>",
        )
        if one.certificates is not None:
            parts.append(f"<CertificateCount>{one.certificates}</CertificateCount>")
        parts.append("</Scheme>")
    return "".join((*parts, "</RegisterDeclaration>")).encode()
