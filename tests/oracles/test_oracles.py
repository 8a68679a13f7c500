"""Second opinions: what we accept every engine calls valid, what any calls invalid we refuse."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from exchange.core.algorithms import ALGORITHMS, SignatureAlgorithm
from exchange.core.foreign import check
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.signature_policy import FOREIGN
from exchange.core.xml import FOREIGN_READING, parse
from exchange.errors import RejectedError
from tests.hostile import CASES
from tests.hostile_material import DRAFT, LIMITS, material
from tests.oracles.engines import (
    Engine,
    Verdict,
    by_java,
    by_signxml,
    by_xmlsec,
    in_time,
    java,
    too_costly,
)
from tests.pki import make_signer
from tests.world import catalogue_and_lists

_MATERIAL = material()
_SAMPLES = sorted(
    (Path(__file__).resolve().parent.parent.parent / "schemas").glob("**/samples/good/*.xml")
)
_KINDS = {"secp256r1": "p256", "secp384r1": "p384"}


def _good() -> dict[str, tuple[bytes, bytes]]:
    """Return a draft signed with every algorithm of the table, and every good sample."""
    found = {}
    signer = make_signer()
    for sample in _SAMPLES:
        name = f"{sample.parent.parent.parent.name}/{sample.name}"
        found[name] = (signer.sign(sample.read_bytes()), signer.der)
    for row in ALGORITHMS.signatures.values():
        signer = make_signer(_KINDS.get(row.curve or "", "rsa3072"))
        found[row.name] = (signer.sign(DRAFT, algorithm=row.uri), signer.der)
    return found


def _hostile() -> dict[str, tuple[bytes, bytes]]:
    """Return the hostile documents that the engines can afford to look at."""
    found = {}
    for case in CASES:
        data = case.build(_MATERIAL)
        if too_costly(data) is None:
            found[case.name] = (data, _MATERIAL.signer.der)
    return found


@pytest.mark.parametrize("engine", [by_xmlsec, by_signxml])
def test_good_documents_are_core_valid_for_the_engines_in_process(engine: Engine) -> None:
    good = _good()

    verdicts = dict(zip(good, in_time(engine, list(good.values())), strict=True))

    assert verdicts == dict.fromkeys(good, Verdict.VALID)


def test_good_documents_are_core_valid_for_the_jdk(tmp_path: Path) -> None:
    good = _good()

    assert by_java(tmp_path, good) == dict.fromkeys(good, Verdict.VALID)


def test_hostile_documents_whatever_any_engine_calls_invalid_is_refused(tmp_path: Path) -> None:
    """And where we alone refuse, the table of cases names the point of the checklist."""
    documents = _hostile()
    verdicts = {
        "xmlsec": dict(zip(documents, in_time(by_xmlsec, list(documents.values())), strict=True)),
        "signxml": dict(zip(documents, in_time(by_signxml, list(documents.values())), strict=True)),
        "jdk": by_java(tmp_path, documents),
    }
    accepted = set()
    for name, (data, _) in documents.items():
        try:
            check(parse(data, LIMITS, reading=FOREIGN_READING), policy=FOREIGN)
        except RejectedError:
            continue
        accepted.add(name)

    disputed = {
        (engine, name)
        for engine, found in verdicts.items()
        for name in accepted
        if found[name] is Verdict.INVALID and not _other_key(name)
    }
    alone = {
        name for found in verdicts.values() for name, word in found.items() if word is Verdict.VALID
    }
    points = {case.name: case.point for case in CASES}

    assert disputed == set()
    assert len(alone) >= 60, "the table of cases that only we refuse has shrunk"
    assert all(points[name] in range(1, 36) for name in alone)


def _other_key(name: str) -> bool:
    """Return whether a case is signed with another key than the pinned one."""
    return name in {"RSA of 2048 bits", "key of a TLS client"}


@pytest.mark.parametrize("row", ALGORITHMS.signatures.values(), ids=lambda row: row.name)
def test_recipe_a_document_signed_by_the_jdk_alone_is_accepted(
    row: SignatureAlgorithm, tmp_path: Path
) -> None:
    signer = make_signer(_KINDS.get(row.curve or "", "rsa3072"))
    (tmp_path / "draft.xml").write_bytes(_SAMPLES[0].read_bytes())
    (tmp_path / "certificate.der").write_bytes(signer.der)
    (tmp_path / "key.pk8").write_bytes(
        signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    )
    program = Path(__file__).with_name("Oracle.java")
    names = ["draft.xml", "key.pk8", "certificate.der", row.uri, "2026-11-22T10:00:00Z", "out.xml"]
    subprocess.run(
        [java(), "-XX:TieredStopAtLevel=1", str(program), "sign", *names],
        cwd=tmp_path,
        timeout=120,
        check=True,
    )

    parsed = parse((tmp_path / "out.xml").read_bytes(), LIMITS)
    signed = verify(conform(parsed, catalogue_and_lists()[0], LIMITS), ALGORITHMS)

    assert signed.certificate.der == signer.der
    assert signed.signature_algorithm == row.uri
