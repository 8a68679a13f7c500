"""Checkpoints: signed notes that others can read, and the promise not to forget."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.codes.store import LedgerCode, StoreCode
from exchange.core.checkpoint import (
    Checkpoint,
    checkpoint_body,
    key_hash,
    may_sign,
    read_checkpoint,
    read_verifier_key,
    signed_note,
    verifier_key,
    verify_note,
)
from exchange.errors import RejectedError, StoreError

# The example of the Go package golang.org/x/mod/sumdb/note, on which C2SP signed-note is built.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"  # noqa: E501
).encode()

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
NAME = "hub.example/ledger"
BODY = checkpoint_body(NAME, 1_700_000, b"\x11" * 32)
NOTE = signed_note(BODY, NAME, PUBLIC, KEY.sign(BODY))


def test_key_of_a_stranger_is_read_as_its_maker_wrote_it() -> None:
    name, public_key = read_verifier_key(PETER)

    assert name == "PeterNeumann"
    assert key_hash(name, public_key).hex() == "c74f20a3"
    assert verifier_key(name, public_key) == PETER


def test_signature_of_a_stranger_holds_though_the_text_is_no_checkpoint() -> None:
    name, public_key = read_verifier_key(PETER)

    with pytest.raises(RejectedError) as refused:
        verify_note(PETERS_NOTE, name=name, public_key=public_key)

    assert refused.value.code is LedgerCode.NOTE


def test_signature_of_a_stranger_over_other_text_does_not_hold() -> None:
    name, public_key = read_verifier_key(PETER)

    with pytest.raises(RejectedError) as refused:
        verify_note(PETERS_NOTE.replace(b"answer", b"result"), name=name, public_key=public_key)

    assert refused.value.code is LedgerCode.NOTE_SIGNATURE


def test_note_comes_back_as_it_was_signed() -> None:
    expected = Checkpoint(origin=NAME, size=1_700_000, root=b"\x11" * 32)

    assert verify_note(NOTE, name=NAME, public_key=PUBLIC) == expected
    assert read_checkpoint(NOTE) == expected
    root = base64.b64encode(b"\x11" * 32).decode()
    assert NOTE.decode().startswith(f"{NAME}\n1700000\n{root}\n\n— {NAME} ")


def test_lines_of_witnesses_are_ignored() -> None:
    witness = base64.b64encode(b"\x01\x02\x03\x04" + bytes(72)).decode()
    note = NOTE + f"— witness.example {witness}\n".encode()

    assert verify_note(note, name=NAME, public_key=PUBLIC).size == 1_700_000


def test_extension_lines_are_read_over() -> None:
    body = BODY + b"an extension\n"
    note = signed_note(body, NAME, PUBLIC, KEY.sign(body))

    assert verify_note(note, name=NAME, public_key=PUBLIC).size == 1_700_000


HOSTILE = {
    "empty": (b"", LedgerCode.NOTE),
    "no signature": (BODY, LedgerCode.NOTE),
    "no empty line": (NOTE.replace(b"\n\n", b"\n"), LedgerCode.NOTE),
    "not UTF-8": (NOTE.replace(b"hub", b"h\xffb"), LedgerCode.NOTE),
    "control character": (NOTE.replace(b"hub", b"h\x00b"), LedgerCode.NOTE),
    "cut": (NOTE[:-10], LedgerCode.NOTE),
    "hyphen": (NOTE.replace("—".encode(), b"-"), LedgerCode.NOTE),
    "larger size": (NOTE.replace(b"1700000", b"1700001"), LedgerCode.NOTE_SIGNATURE),
    "other root": (NOTE.replace(b"ERER", b"ERES", 1), LedgerCode.NOTE_SIGNATURE),
    "other name": (NOTE.replace(b"hub.", b"hob."), LedgerCode.NOTE_SIGNATURE),
    "far too long": (b"x" * 70_000 + NOTE, LedgerCode.NOTE),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_note_that_is_not_ours_is_refused(case: str) -> None:
    note, code = HOSTILE[case]

    with pytest.raises(RejectedError) as refused:
        verify_note(note, name=NAME, public_key=PUBLIC)

    assert refused.value.code is code


@pytest.mark.parametrize(
    "body",
    [
        f"{NAME}\n",
        f"{NAME}\n7\n",
        f"{NAME}\n07\n{'A' * 43}=\n",
        f"{NAME}\n-7\n{'A' * 43}=\n",
        f"{NAME}\n7\nAAAA\n",
        f"{NAME}\n7\n{'A' * 42}B=\n",
        f"{NAME}\n7\n!{'A' * 42}=\n",
        f"\n7\n{'A' * 43}=\n",
        f"other.example\n7\n{'A' * 43}=\n",
    ],
)
def test_signed_text_that_is_no_checkpoint_is_refused(body: str) -> None:
    note = signed_note(body.encode(), NAME, PUBLIC, KEY.sign(body.encode()))

    with pytest.raises(RejectedError) as refused:
        verify_note(note, name=NAME, public_key=PUBLIC)

    assert refused.value.code is LedgerCode.NOTE


@pytest.mark.parametrize("text", ["", "a+b", PETER[:-4], PETER.replace("c74f", "c74e"), "a b+0+A"])
def test_text_that_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(RejectedError):
        read_verifier_key(text)


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\nbreak"])
def test_origin_that_would_change_the_note_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="not a checkpoint"):
        checkpoint_body(origin, 1, bytes(32))


KEPT = Checkpoint(origin=NAME, size=10, root=b"\x0a" * 32)
MAY = [
    # kept, size now, root of the kept size now, signed before, what is said
    (None, 0, None, False, None),
    (None, 5, None, False, None),
    (None, 5, None, True, StoreCode.CHECKPOINT_MISSING),
    (KEPT, 10, KEPT.root, True, None),
    (KEPT, 99, KEPT.root, False, None),
    (KEPT, 9, None, True, StoreCode.BEHIND_CHECKPOINT),
    (KEPT, 0, None, False, StoreCode.BEHIND_CHECKPOINT),
    (KEPT, 10, b"\x0b" * 32, True, StoreCode.BEHIND_CHECKPOINT),
]


@pytest.mark.parametrize(("kept", "size", "root_then", "signed_before", "code"), MAY)
def test_ledger_that_forgot_something_is_not_signed(
    kept: Checkpoint | None,
    size: int,
    root_then: bytes | None,
    signed_before: bool,  # noqa: FBT001
    code: StoreCode | None,
) -> None:
    said = None
    try:
        may_sign(kept, size=size, root_then=root_then, signed_before=signed_before)
    except StoreError as exc:
        said = exc.code

    assert said is code
