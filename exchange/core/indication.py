"""Verdicts in the words of ETSI EN 319 102-1: each code has a sub-indication.

A table and nothing else; a test holds that every code of gates 1 to 4 and of key certificate
paths stands in it (of trust lists, only what gate 4 ends with). Where the standard has no
word of its own, the one stands here that its clause 5 would end in for the same cause.

Source: ETSI EN 319 102-1 v1.3.1, clause 5.1.3 and table 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from exchange.codes import Code
from exchange.codes.gates import PathCode, SchemaCode, SignatureCode, XMLCode
from exchange.codes.revocation import RevocationCode
from exchange.codes.trust import TrustCode
from exchange.core.model import Indication, SubIndication

_FAILED: Final = frozenset(
    {
        SubIndication.FORMAT_FAILURE,
        SubIndication.HASH_FAILURE,
        SubIndication.SIG_CRYPTO_FAILURE,
        SubIndication.REVOKED,
        SubIndication.EXPIRED,
        SubIndication.NOT_YET_VALID,
    }
)
"""Sub-indications of TOTAL-FAILED (table 5); all others are INDETERMINATE."""

_BY_WORD: Final[Mapping[SubIndication, tuple[Code, ...]]] = {
    SubIndication.FORMAT_FAILURE: (
        *XMLCode,
        *SchemaCode,
        SignatureCode.MISSING,
        SignatureCode.MULTIPLE,
        SignatureCode.MISPLACED,
        SignatureCode.STRUCTURE,
        SignatureCode.REFERENCES,
        SignatureCode.BASE64,
        SignatureCode.KEY_INFO,
        SignatureCode.PROPERTIES_SHAPE,
        SignatureCode.PROPERTIES_TARGET,
        SignatureCode.CONTENT,
    ),
    SubIndication.SIGNED_DATA_NOT_FOUND: (
        SignatureCode.REFERENCE_URI,
        SignatureCode.PROPERTIES_REFERENCE,
    ),
    SubIndication.SIG_CONSTRAINTS_FAILURE: (
        SignatureCode.CANONICALIZATION,
        SignatureCode.TRANSFORM,
        SignatureCode.PROPERTIES_MISSING,
        SignatureCode.SIGNING_TIME,
        SignatureCode.SIGNING_CERTIFICATE_MISSING,
        SignatureCode.DATA_OBJECT_FORMAT,
        PathCode.SIGNED_IN_FUTURE,
        TrustCode.KEY_OF_ANOTHER_BODY,
        TrustCode.SIGNED_IN_FUTURE,
        TrustCode.CUSTODY_FORBIDDEN,
    ),
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: (
        SignatureCode.SIGNATURE_METHOD,
        SignatureCode.DIGEST_METHOD,
        SignatureCode.CERTIFICATE_ALGORITHM,
        SignatureCode.KEY_MISMATCH,
        SignatureCode.WEAK_KEY,
    ),
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: (
        SignatureCode.CERTIFICATE_MISSING,
        SignatureCode.CERTIFICATE_UNREADABLE,
        SignatureCode.SIGNING_CERTIFICATE_MISMATCH,
    ),
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: (
        SignatureCode.CERTIFICATE_SERIAL,
        SignatureCode.CERTIFICATE_AUTHORITY,
        SignatureCode.CERTIFICATE_KEY_USAGE,
        SignatureCode.CERTIFICATE_PURPOSE,
        SignatureCode.CERTIFICATE_EXTENSION,
        TrustCode.KEY_ROLE,
        TrustCode.BODY_ROLE,
        TrustCode.BODY_NOT_ACTIVE,
        TrustCode.KEY_WITHDRAWN,
        TrustCode.KEY_SUSPENDED,
        RevocationCode.ON_HOLD,
        TrustCode.KEY_OUT_OF_SCOPE,
    ),
    SubIndication.SIG_CRYPTO_FAILURE: (SignatureCode.SIGNATURE_VALUE,),
    SubIndication.HASH_FAILURE: (
        SignatureCode.DIGEST_MISMATCH,
        SignatureCode.PROPERTIES_DIGEST_MISMATCH,
    ),
    SubIndication.NOT_YET_VALID: (
        SignatureCode.SIGNED_BEFORE_VALIDITY,
        PathCode.NOT_YET_VALID,
        TrustCode.KEY_NOT_YET_GRANTED,
    ),
    SubIndication.OUT_OF_BOUNDS_NO_POE: (
        TrustCode.SIGNED_OUTSIDE_PERIOD,
        TrustCode.NO_LONGER_ACCEPTED,
        RevocationCode.OUT_OF_VALIDITY,
    ),
    SubIndication.EXPIRED: (SignatureCode.SIGNED_AFTER_VALIDITY, PathCode.EXPIRED),
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: (
        PathCode.NOT_FOUND,
        TrustCode.NO_LIST,
        TrustCode.KEY_UNKNOWN,
    ),
    SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE: (PathCode.INVALID, RevocationCode.PATH),
    SubIndication.REVOKED: (
        PathCode.REVOKED,
        TrustCode.KEY_REVOKED,
        RevocationCode.REVOKED,
    ),
    SubIndication.TRY_LATER: (
        PathCode.REVOCATION_UNKNOWN,
        TrustCode.LIST_EXPIRED,
        RevocationCode.NOT_KNOWN,
    ),
}

SUB_INDICATIONS: Final[Mapping[Code, SubIndication]] = MappingProxyType(
    {code: word for word, codes in _BY_WORD.items() for code in codes}
)
"""The sub-indication of every code that a validation of a signature can end with."""


def sub_indication(code: Code) -> SubIndication:
    """Return the standard's word for a code.

    Raises:
        KeyError: The code says nothing about the validation of a signature.
    """
    return SUB_INDICATIONS[code]


def indication(word: SubIndication | None) -> Indication:
    """Return the main indication that a sub-indication belongs to; None has passed."""
    if word is None:
        return Indication.TOTAL_PASSED
    return Indication.TOTAL_FAILED if word in _FAILED else Indication.INDETERMINATE
