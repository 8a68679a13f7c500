"""The person's own signature: who says an action, and over exactly what.

- A person signs a few lines of text that a screen can show, and never an XML document: the hub
  that shall act, the action, the person, the time, and the digest of the word.
- The first line is of this purpose alone, so that no signature made for something else counts.
- The word is named by the SHA-256 digest of the exclusive canonical form of its element.

```
urn:mrhub:action:1 person
hub XX-HUB-01
action urn:uuid:…
person XX-HUB-01/li-wei
made-at 2026-11-22T10:00:00Z
word <64 hexadecimal digits>
```

Each line ends with a line feed. The signature is ECDSA over P-256 with SHA-256 or over P-384
with SHA-384, `r || s` of fixed length.

Example:
    >>> draft = Action(..., signature=None)
    >>> signature = key.sign(person_octets(draft))
    >>> data = write_action(replace(draft, signature=signature))
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from exchange.codes.actions import ActionCode
from exchange.core.actions.values import Action, Administrator
from exchange.core.actions.writing import word_element
from exchange.core.algorithms import ALGORITHMS
from exchange.core.periods import in_zulu
from exchange.core.xml import canonical
from exchange.errors import Finding, RuleError

PURPOSE: Final = "urn:mrhub:action:1 person"
"""The first line of what a person signs."""


def word_digest(action: Action) -> bytes:
    """Return the digest by which a person's signature names the word, 32 bytes."""
    return sha256(canonical(word_element(action.word))).digest()


def person_octets(action: Action, digest: bytes | None = None) -> bytes:
    """Return what the person signs.

    Args:
        action: With person and made_at; its signature is not looked at.
        digest: `SealedAction.word_digest`, where the document was read; computed otherwise.

    Raises:
        RuleError: The action names no person (`action.person-missing`).
    """
    if action.person is None:
        raise _refused(ActionCode.PERSON_MISSING, "expected the person who says it, found none")
    return (
        f"{PURPOSE}\nhub {action.hub}\naction {action.action_id}\nperson {action.person}\n"
        f"made-at {in_zulu(action.made_at)}\nword {(digest or word_digest(action)).hex()}\n"
    ).encode()


def verify_person(
    action: Action, administrator: Administrator, digest: bytes | None = None
) -> None:
    """Check that an action carries the signature of a person who is known.

    Args:
        action: As it was read.
        administrator: Who the state of trust says that the person is.
        digest: `SealedAction.word_digest`, where the document was read; computed otherwise.

    Raises:
        RuleError: It is somebody else, another key, or the signature does not hold
            (`action.person-missing`, `action.person-key`, `action.person-signature`).
    """
    if action.person is None or action.signature is None:
        raise _refused(ActionCode.PERSON_MISSING, "expected a person's signature, found none")
    if action.person != administrator.person or action.key != administrator.fingerprint:
        raise _refused(
            ActionCode.PERSON_KEY,
            f"expected the key of {administrator.person}, "
            f"{administrator.fingerprint.hex()[:16]}…, found "
            f"{(action.key or b'').hex()[:16]}… of {action.person}",
        )
    key = administrator.certificate.public_key
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise _refused(ActionCode.PERSON_KEY, "expected a key on curve P-256 or P-384")
    try:
        ALGORITHMS.for_key(key).verify(key, action.signature, person_octets(action, digest))
    except (InvalidSignature, LookupError) as exc:
        raise _refused(
            ActionCode.PERSON_SIGNATURE,
            f"expected a signature by {action.person} over word "
            f"{(digest or word_digest(action)).hex()[:16]}…, found another",
        ) from exc


def _refused(code: ActionCode, message: str) -> RuleError:
    return RuleError(Finding(code=code, path="/Action/Person", message=message))
