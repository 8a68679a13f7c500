"""What a forger would try, for readers to see it refused.

Neither needs a key: both start from a genuine signed document.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from lxml import etree

_DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"


def tampered(signed: bytes, before: str, after: str) -> bytes:
    """Return the document with one text changed after it was signed.

    Raises:
        ValueError: The text is not in the document.
    """
    old = before.encode()
    if old not in signed:
        raise ValueError("the text to change is not in the document")
    return signed.replace(old, after.encode())


def wrapped(signed: bytes, before: str, after: str) -> bytes:
    """Return a forged document that carries the genuine one inside its own signature.

    The signature still holds, over the original that was moved into a `ds:Object`; a
    verifier that checks it there and reads the values here is deceived (signature wrapping,
    McIntosh and Austel, 2005).
    """
    forged = etree.fromstring(tampered(signed, before, after))
    original = etree.fromstring(signed)
    original.remove(_child(original, "Signature"))
    signature = _child(forged, "Signature")
    carrier = etree.SubElement(signature, f"{_DS}Object")
    carrier.append(deepcopy(original))
    forged.set("Id", f"{original.get('Id')}-x")
    reference = _child(_child(signature, "SignedInfo"), "Reference")
    reference.set("URI", f"#{original.get('Id')}")
    return etree.tostring(forged, encoding="UTF-8", xml_declaration=True)


def _child(parent: etree._Element, name: str) -> etree._Element:
    found = parent.find(f"{_DS}{name}")
    if found is None:
        raise ValueError(f"the document has no {name}")
    return found
