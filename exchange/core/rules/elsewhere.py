"""The rules that gate 5 does not decide because something else does.

- Gates 1 to 4 decide what must hold before there is content to judge; they have codes of their
  own.
- The register decides, inside the transaction, what only it knows.
- Receipts and trust lists are read and judged by their own modules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from exchange.codes import Code
from exchange.codes.declarations import DeclarationCode
from exchange.codes.gates import SchemaCode, SignatureCode, XMLCode
from exchange.codes.notices import NoticeCode
from exchange.codes.receipts import ReceiptCode
from exchange.codes.rules import RuleCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.codes.trust import TrustCode
from exchange.core.rules.entry import Decided, Rule
from exchange.errors import Severity

_F: Final = Severity.FATAL
_W: Final = Severity.WARNING

_REGISTER: Final = "exchange.core.admission"
_TRUST_LISTS: Final = "exchange.core.trustlist"
_RECEIPTS: Final = "exchange.core.receipt"


def _decided(rule_id: str, summary: str, where: str, *codes: Code, severity: Severity = _F) -> Rule:
    return Rule(
        id=rule_id,
        severity=severity,
        summary=summary,
        source="documents and rules, section 10",
        decided=Decided.ELSEWHERE,
        where=where,
        codes=codes,
    )


def _own(rule_id: str, summary: str, code: Code) -> Rule:
    return replace(
        _decided(rule_id, summary, _REGISTER, code),
        source=f"{rule_id}, this project's own; issue 4",
    )


DECIDED_ELSEWHERE: Final = (
    _decided(
        "STC-08",
        "Whoever received a certificate is told of each change; who has not acknowledged after "
        "24 hours is asked about",
        "exchange.service.escalation",
        NoticeCode.STC_08,
    ),
    _decided(
        "DCL-04",
        "A declaration confirms a later instant than the one before it about the scheme",
        "exchange.core.declarations",
        DeclarationCode.DCL_04,
    ),
    _decided(
        "DCL-05",
        "The number of active certificates is the one that the register here counts",
        "exchange.service.declarations",
        DeclarationCode.DCL_05,
        severity=_W,
    ),
    _decided(
        "SYN-01",
        "The document is well-formed UTF-8 XML without declarations, instructions or comments",
        "exchange.core.xml",
        XMLCode.SYNTAX,
        XMLCode.ENCODING,
        XMLCode.DOCTYPE,
        XMLCode.PROCESSING_INSTRUCTION,
    ),
    _decided(
        "SYN-02",
        "The limits of size, depth, elements and attributes are kept",
        "exchange.core.xml",
        XMLCode.TOO_LARGE,
        XMLCode.TOO_DEEP,
        XMLCode.TOO_MANY_ELEMENTS,
        XMLCode.TOO_MANY_ATTRIBUTES,
    ),
    _decided(
        "SYN-03",
        "No element is empty unless the schema says so, and none is all blanks of any script",
        "exchange.core.schema, exchange.core.document.cursor",
        SchemaCode.INVALID,
    ),
    _decided(
        "SCH-00",
        "Root element and version name a registered schema, of a kind that travels as a message",
        "exchange.core.schema, exchange.core.document.read",
        SchemaCode.UNKNOWN_DOCUMENT,
        RuleCode.SCH_00,
    ),
    _decided(
        "SCH-01",
        "The document is valid against that schema version, resolved from the closed catalogue",
        "exchange.core.schema",
        SchemaCode.INVALID,
    ),
    _decided(
        "HDR-01",
        "DocumentID is unused; the same content again is a duplicate",
        _REGISTER,
        RuleCode.HDR_01,
    ),
    _decided(
        "HDR-06",
        "What Replaces names exists, has the same issuer and that digest",
        _REGISTER,
        RuleCode.HDR_06,
    ),
    _decided(
        "SIG-01",
        "There is exactly one signature, the last child of the root, by the issuer",
        "exchange.core.signature, exchange.core.trust",
        SignatureCode.MISSING,
        SignatureCode.MULTIPLE,
        SignatureCode.MISPLACED,
        TrustCode.KEY_OF_ANOTHER_BODY,
    ),
    _decided(
        "SIG-02",
        "The reference covers the root, enveloped and with exclusive canonicalisation only",
        "exchange.core.signature",
        SignatureCode.REFERENCES,
        SignatureCode.REFERENCE_URI,
        SignatureCode.TRANSFORM,
        SignatureCode.CANONICALIZATION,
    ),
    _decided(
        "SIG-03",
        "Algorithms are in the table: no SHA-1, no RSA below 3072, no HMAC",
        "exchange.core.signature",
        SignatureCode.SIGNATURE_METHOD,
        SignatureCode.DIGEST_METHOD,
        SignatureCode.WEAK_KEY,
    ),
    _decided(
        "SIG-04",
        "The signature value and all reference digests verify",
        "exchange.core.signature",
        SignatureCode.SIGNATURE_VALUE,
        SignatureCode.DIGEST_MISMATCH,
        SignatureCode.PROPERTIES_DIGEST_MISMATCH,
    ),
    _decided(
        "SIG-05",
        "SigningCertificateV2 is signed and matches the key certificate used",
        "exchange.core.signature",
        SignatureCode.SIGNING_CERTIFICATE_MISSING,
        SignatureCode.SIGNING_CERTIFICATE_MISMATCH,
    ),
    _decided(
        "SIG-06",
        "SigningTime lies within the key certificate's validity and not in the future",
        "exchange.core.signature, exchange.core.trust",
        SignatureCode.SIGNED_BEFORE_VALIDITY,
        SignatureCode.SIGNED_AFTER_VALIDITY,
        TrustCode.SIGNED_IN_FUTURE,
        TrustCode.SIGNED_OUTSIDE_PERIOD,
    ),
    _decided(
        "SIG-07",
        "The key is on a trust list in force, for a role that signs this kind of document",
        "exchange.core.trust",
        TrustCode.KEY_UNKNOWN,
        TrustCode.KEY_ROLE,
        TrustCode.BODY_ROLE,
        TrustCode.LIST_EXPIRED,
    ),
    _decided(
        "SIG-08",
        "The key was not revoked at the proof time, as far as the trust list says; revocation "
        "by certification authorities waits for issue 3",
        "exchange.core.trust",
        TrustCode.KEY_REVOKED,
        TrustCode.KEY_SUSPENDED,
        TrustCode.KEY_WITHDRAWN,
    ),
    _decided(
        "ATT-01",
        "AttestationID is unique per issuer and stays the same across revisions",
        _REGISTER,
        RuleCode.ATT_01,
    ),
    _decided(
        "ATT-03",
        "Revision is one higher than the last; what is taken over begins where it stood",
        _REGISTER,
        RuleCode.ATT_03,
    ),
    _decided(
        "RCP-01",
        "The receipt is about the octets that were sent",
        _RECEIPTS,
        ReceiptCode.RCP_01,
    ),
    _decided(
        "RCP-02",
        "The receipt follows the last receipt of the same message",
        _RECEIPTS,
        ReceiptCode.RCP_02,
    ),
    _decided("RCP-03", "Stage and outcome fit each other", _RECEIPTS, ReceiptCode.RCP_03),
    _decided("RCP-04", "It is produced after the arrival", _RECEIPTS, ReceiptCode.RCP_04),
    _decided(
        "RCP-05",
        "A refusal has a fatal finding, an acceptance has none",
        _RECEIPTS,
        ReceiptCode.RCP_05,
    ),
    _decided(
        "RCP-06",
        "A signature that did not pass has a sub-indication",
        _RECEIPTS,
        ReceiptCode.RCP_06,
    ),
    _decided(
        "RCP-07",
        "The receipt names the snapshot: policy, trust lists and code lists used",
        "exchange.core.schema",
        SchemaCode.INVALID,
    ),
    _decided(
        "TSL-01",
        "SequenceNumber rises; a lower one, or the same with other content, is a rollback",
        _TRUST_LISTS,
        TrustCode.LIST_ROLLBACK,
    ),
    _decided(
        "TSL-02",
        "The list is signed by a key that is pinned or announced by the list before",
        _TRUST_LISTS,
        TrustCode.LIST_SIGNER,
    ),
    _decided(
        "TSL-03",
        "NextUpdate lies ahead; after it new decisions are put off",
        _TRUST_LISTS,
        TrustCode.LIST_EXPIRED,
    ),
    _decided(
        "TSL-04",
        "NextUpdate is at most six months after the issue",
        _TRUST_LISTS,
        TrustCode.LIST_LONG_LIVED,
        severity=_W,
    ),
    _decided(
        "TSL-05",
        "Pointers name the signers of the other list and form no loop",
        _TRUST_LISTS,
        TrustCode.POINTER_SIGNERS,
        TrustCode.POINTER_LOOP,
        TrustCode.DUPLICATE_POINTER,
    ),
    _decided(
        "TSL-06",
        "The version identifier of the list is known",
        _TRUST_LISTS,
        TrustCode.LIST_VERSION,
    ),
    _decided(
        "TSL-07",
        "Participant ids are unique and their economy is valid",
        f"{_TRUST_LISTS}, exchange.core.snapshot",
        TrustCode.DUPLICATE_BODY,
        TrustCode.BODY_ECONOMY,
    ),
    _decided(
        "TSL-08",
        "Histories are ordered, newest first and without overlap",
        _TRUST_LISTS,
        TrustCode.HISTORY_ORDER,
    ),
    _decided(
        "TSL-09",
        "A digital identity belongs to one participant only",
        _TRUST_LISTS,
        TrustCode.KEY_SHARED,
    ),
    _decided(
        "TSL-10",
        "Withdrawn keys stay listed for the history period",
        _TRUST_LISTS,
        TrustCode.KEY_DISAPPEARED,
    ),
    _decided(
        "TSL-11",
        "Capabilities name registered schemas",
        _TRUST_LISTS,
        TrustCode.CAPABILITY_UNKNOWN,
    ),
    _decided(
        "STC-01",
        "A status change names a known attestation and the digest of its latest revision",
        _REGISTER,
        StatusChangeCode.STC_01,
    ),
    _decided(
        "STC-02",
        "Sequence numbers follow each other; across a gap a restriction takes effect at once, and "
        "anything else is held for 24 hours",
        _REGISTER,
        StatusChangeCode.STC_02,
    ),
    _decided(
        "STC-09",
        "Only the issuer, its successor or its authority changes a status",
        _REGISTER,
        StatusChangeCode.STC_09,
    ),
    _own(
        "TRF-01",
        "A transfer takes over an active certificate of another body by its latest revision",
        StatusChangeCode.TRF_01,
    ),
    _own(
        "TRF-02",
        "A transfer that ends a certificate names the attestation that took it over",
        StatusChangeCode.TRF_02,
    ),
)
"""Rules of other gates and of the register."""
