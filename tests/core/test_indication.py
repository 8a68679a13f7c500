"""Every code of a signature's validation has its word of ETSI EN 319 102-1."""

from __future__ import annotations

import pytest

from exchange.codes.gates import PathCode, SchemaCode, SignatureCode, XMLCode
from exchange.core.indication import SUB_INDICATIONS, indication, sub_indication
from exchange.core.model import Indication, SubIndication


def test_sub_indication_every_code_of_gates_one_to_three_and_of_paths_has_one() -> None:
    assert set(SUB_INDICATIONS) >= {*XMLCode, *SchemaCode, *SignatureCode, *PathCode}


@pytest.mark.parametrize(
    ("code", "word", "verdict"),
    [
        (SignatureCode.DIGEST_MISMATCH, SubIndication.HASH_FAILURE, Indication.TOTAL_FAILED),
        (
            SignatureCode.SIGNATURE_VALUE,
            SubIndication.SIG_CRYPTO_FAILURE,
            Indication.TOTAL_FAILED,
        ),
        (XMLCode.DOCTYPE, SubIndication.FORMAT_FAILURE, Indication.TOTAL_FAILED),
        (
            SignatureCode.WEAK_KEY,
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
            Indication.INDETERMINATE,
        ),
        (PathCode.REVOCATION_UNKNOWN, SubIndication.TRY_LATER, Indication.INDETERMINATE),
    ],
)
def test_sub_indication_known_faults_have_the_words_of_the_standard(
    code: SignatureCode | XMLCode | PathCode, word: SubIndication, verdict: Indication
) -> None:
    assert sub_indication(code) is word
    assert indication(word) is verdict


def test_indication_without_fault_is_passed() -> None:
    assert indication(None) is Indication.TOTAL_PASSED
