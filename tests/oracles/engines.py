"""Three engines that nobody here wrote, asked whether the core of a signature holds.

*Core-valid* means: reference digests and signature value hold with the given key. Shape,
policy, properties and paths are left to the caller by all of them.
"""

from __future__ import annotations

import concurrent.futures
import os
import shutil
import ssl
import subprocess
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import pytest
import xmlsec
from lxml import etree
from signxml.exceptions import InvalidDigest, InvalidSignature
from signxml.verifier import SignatureConfiguration, XMLVerifier

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_SECONDS = 60
"""Longest time that all documents together may take an engine."""
_MOST_ATTRIBUTES = 1000


class Verdict(StrEnum):
    """What an engine says."""

    VALID = "valid"
    INVALID = "invalid"
    UNABLE = "unable"
    """It cannot run the algorithm, cannot find the signature, or refuses to look."""


Engine = Callable[[bytes, bytes], Verdict]
"""A document and a DER key certificate in, a verdict out."""


def too_costly(data: bytes) -> str | None:
    """Return why a document is kept from the engines: libxmlsec takes 16 s for the first."""
    if data.count(b'=""') > _MOST_ATTRIBUTES:
        return "canonicalisation is quadratic in the attributes of an element"
    if len(data) > 1024 * 1024:
        return "larger than any document of the road"
    return None


def by_xmlsec(data: bytes, certificate: bytes) -> Verdict:
    """Ask libxmlsec, the key pinned."""
    try:
        root = etree.fromstring(data)
        node = xmlsec.tree.find_node(root, xmlsec.constants.NodeSignature)
        if node is None:
            return Verdict.UNABLE
        xmlsec.tree.add_ids(root, ["Id", "ID", "id"])
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertDer)
        context.verify(node)
    except xmlsec.VerificationError:
        return Verdict.INVALID
    except (xmlsec.Error, etree.LxmlError, ValueError, TypeError):
        return Verdict.UNABLE
    return Verdict.VALID


def by_signxml(data: bytes, certificate: bytes) -> Verdict:
    """Ask signxml, the key pinned and the signature as a child of the root element."""
    try:
        root = etree.fromstring(data)
        references = len(root.findall(f"./{_DS}Signature/{_DS}SignedInfo/{_DS}Reference"))
        pinned = certificate_pem(certificate)
        expect = SignatureConfiguration(
            location="./", expect_references=references, require_x509=True
        )
        XMLVerifier().verify(root, x509_cert=pinned, expect_config=expect)
    except InvalidDigest:
        return Verdict.INVALID
    except InvalidSignature as exc:
        return Verdict.INVALID if "Signature verification failed" in str(exc) else Verdict.UNABLE
    except Exception:  # noqa: BLE001 - signxml raises whatever it stumbles over
        return Verdict.UNABLE
    return Verdict.VALID


def certificate_pem(der: bytes) -> str:
    """Return a key certificate in PEM."""
    return ssl.DER_cert_to_PEM_cert(der)


def in_time(engine: Engine, pairs: Sequence[tuple[bytes, bytes]]) -> list[Verdict]:
    """Ask an engine about documents, all within a time-box."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as worker:
        job = worker.submit(lambda: [engine(data, certificate) for data, certificate in pairs])
        return job.result(timeout=_SECONDS)


def java() -> str:
    """Return the path of java; skip aloud where it is missing, and fail in CI."""
    found = shutil.which("java")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("java is missing; in CI every oracle has to run")
        pytest.skip("java is missing: the JDK's second opinion is left out")
    return found


def by_java(folder: Path, documents: Mapping[str, tuple[bytes, bytes]]) -> dict[str, Verdict]:
    """Ask the JDK about documents, one process for all.

    Args:
        folder: Where documents are written for it.
        documents: By name, the octets and the DER key certificate.
    """
    lines = []
    names = {}
    for number, (name, (data, certificate)) in enumerate(documents.items()):
        file, key = folder / f"{number}.xml", folder / f"{number}.der"
        file.write_bytes(data)
        key.write_bytes(certificate)
        names[str(file)] = name
        lines.append(f"{file}\t{key}\n")
    program = Path(__file__).with_name("Oracle.java")
    answer = subprocess.run(
        [java(), "-XX:TieredStopAtLevel=1", str(program), "verify"],
        input="".join(lines),
        capture_output=True,
        text=True,
        timeout=_SECONDS * 2,
        check=True,
    )
    verdicts = {}
    for line in answer.stdout.splitlines():
        file_name, word, _ = line.split("\t", 2)
        verdicts[names[file_name]] = {
            "VALID": Verdict.VALID,
            "INVALID": Verdict.INVALID,
        }.get(word, Verdict.UNABLE)
    return verdicts
