"""Examination against its floor and against strangers, document by document in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from exchange.core.examine import examine, examine_together
from exchange.core.rules.judge import judge
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.signing import complete, prepare
from exchange.core.trust import establish
from exchange.core.xml import parse
from exchange.service.materials import schemas_folder
from tests.bench.corpus import Corpus
from tests.bench.figures import BATCH, Row, microseconds, singly
from tests.bench.floor import Floor, public_keys, sign_floor
from tests.bench.strangers import Stranger

FLOOR = "floor"
GATES = "gates 1 to 4"
WHOLE = "whole examination"
ALONE = "whole examination, one by one"
STRANGER = "signxml XAdES and lxml"
SIGN_FLOOR = "sign floor"
SIGN = "sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The rows, and what other figures are made of, in microseconds."""

    rows: list[Row]
    whole: float
    sign: float
    floor: float


def measure(corpus: Corpus, *, rounds: int) -> Examined:
    """Return the figures about examination and signing."""
    schema = _schema()
    floor = Floor(schema=schema, keys=public_keys(list(corpus.signed)))
    stranger = Stranger(schema=schema)
    snapshot, at = corpus.snapshot, corpus.made_at

    def gates(batch: Sequence[bytes]) -> object:
        parsed = [parse(data, snapshot.limits) for data in batch]
        conforming = [conform(one, snapshot.catalogue, snapshot.limits) for one in parsed]
        signed = [verify(one, snapshot.algorithms) for one in conforming]
        return [establish(one, snapshot, at) for one in signed]

    work: dict[str, Callable[[Sequence[bytes]], object]] = {
        FLOOR: singly(floor.verify),
        GATES: gates,
        WHOLE: lambda batch: examine_together(batch, snapshot, [at] * len(batch)),
        ALONE: singly(lambda data: examine(data, snapshot, at)),
        STRANGER: singly(stranger.verify),
    }
    taken = microseconds(work, corpus.signed, rounds=rounds)
    signing = _signing(corpus, rounds)
    gates_alone = _each_gate(corpus, rounds)
    rows = [*_examination(taken, corpus.signed), gates_alone, *_signing_rows(signing)]
    return Examined(rows=rows, whole=taken[WHOLE], sign=signing[SIGN], floor=taken[FLOOR])


def _schema() -> etree.XMLSchema:
    """Return one compiled schema for attestations with the particulars of their scheme."""
    imports = "".join(
        f'<xs:import namespace="urn:mrhub:{name}:1" schemaLocation="{place}-1.xsd"/>'
        for name, place in (
            ("attestation", "attestation/attestation"),
            ("scheme:management-systems", "schemes/management-systems/management-systems"),
        )
    )
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text, base_url=f"{schemas_folder()}/all.xsd"))


def _examination(taken: dict[str, float], documents: Sequence[bytes]) -> list[Row]:
    size = mean(len(data) for data in documents)
    lowest, highest = min(map(len, documents)), max(map(len, documents))
    floor = taken[FLOOR]
    return [
        Row(
            what="documents",
            figure=f"{len(documents)} different ones",
            remark=f"{lowest} to {highest} bytes, {size:.0f} on average",
        ),
        Row(
            what="floor: parse, XSD, canonical forms, digests, ECDSA P-256",
            figure=f"{floor:.0f} µs",
            remark="what no verifier can leave out",
        ),
        _ratio(GATES, taken, "of the floor's speed; at least 60 %, aim 75 %"),
        _ratio(WHOLE, taken, "of the floor's speed; at least 45 %, aim 55 %"),
        _ratio(ALONE, taken, f"of the floor's speed; a worker takes up to {BATCH} together"),
        Row(
            what=STRANGER,
            figure=f"{taken[STRANGER]:.0f} µs",
            remark=f"neither trust nor rules; the whole examination is "
            f"{taken[STRANGER] / taken[WHOLE]:.2f} times as fast (at least 2)",
        ),
    ]


def _each_gate(corpus: Corpus, rounds: int) -> Row:
    """Return what each gate costs alone, over what the gates before it have made."""
    snapshot, at = corpus.snapshot, corpus.made_at
    parsed = {data: parse(data, snapshot.limits) for data in corpus.signed}
    conforming = {
        data: conform(one, snapshot.catalogue, snapshot.limits) for data, one in parsed.items()
    }
    signed = {data: verify(one, snapshot.algorithms) for data, one in conforming.items()}
    trusted = {data: establish(one, snapshot, at) for data, one in signed.items()}
    work: dict[str, Callable[[bytes], object]] = {
        "parse": lambda data: parse(data, snapshot.limits),
        "schema": lambda data: conform(parsed[data], snapshot.catalogue, snapshot.limits),
        "signature": lambda data: verify(conforming[data], snapshot.algorithms),
        "trust": lambda data: establish(signed[data], snapshot, at),
        "rules": lambda data: judge(trusted[data], snapshot, at),
    }
    gates = {name: singly(gate) for name, gate in work.items()}
    taken = microseconds(gates, corpus.signed, rounds=rounds)
    return Row(
        what="each gate alone",
        figure=" + ".join(f"{value:.0f}" for value in taken.values()) + " µs",
        remark=", ".join(taken),
    )


def _ratio(name: str, taken: dict[str, float], remark: str) -> Row:
    return Row(
        what=name,
        figure=f"{taken[name]:.0f} µs",
        remark=f"{taken[FLOOR] / taken[name]:.0%} {remark}",
    )


def _signing(corpus: Corpus, rounds: int) -> dict[str, float]:
    key = ec.generate_private_key(ec.SECP256R1())
    listed = corpus.snapshot.trust.by_fingerprint.values()
    certificates = [next(iter(listed)).key.certificate.der]

    def sign(draft: bytes) -> bytes:
        to_sign = prepare(draft, certificates=certificates, signed_at=corpus.made_at)
        return complete(to_sign, to_sign.algorithm.sign(key, to_sign.octets))

    work: dict[str, Callable[[Sequence[bytes]], object]] = {
        SIGN_FLOOR: singly(lambda draft: sign_floor(draft, key)),
        SIGN: singly(sign),
    }
    return microseconds(work, [data for _, data in corpus.drafts], rounds=rounds)


def _signing_rows(taken: dict[str, float]) -> list[Row]:
    return [
        Row(
            what="floor of signing: parse, canonical forms, digests, ECDSA P-256",
            figure=f"{taken[SIGN_FLOOR]:.0f} µs",
        ),
        Row(
            what=SIGN,
            figure=f"{taken[SIGN]:.0f} µs",
            remark=f"{taken[SIGN_FLOOR] / taken[SIGN]:.0%} of its floor's speed; at least 60 %",
        ),
    ]
