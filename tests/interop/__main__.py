"""`make interop`: DSS judges every good sample that we signed, and signs what we judge.

Prints a table and exits with 0 when every sample is BASELINE-B for DSS and everything that
DSS signed with the settings of the recipe is accepted here. DSS comes from Maven Central, as
Maven itself finds it; where that cannot be reached the command says so and exits with 1.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from rich.console import Console
from rich.table import Table

from exchange.core.algorithms import ALGORITHMS, SignatureAlgorithm
from exchange.core.limits import Limits
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.xml import parse
from exchange.errors import RejectedError
from exchange.service.materials import load_catalogue
from tests.pki import Signer, make_signer

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent.parent
_BUILD = _ROOT / "build" / "interop"
_SECONDS = 600
_TIME = "2026-11-22T10:00:00Z"
_KINDS = {"secp256r1": "p256", "secp384r1": "p384"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One document and what the other side says of it."""

    direction: str
    sample: str
    algorithm: str
    verdict: str
    holds: bool


def _signer(row: SignatureAlgorithm) -> Signer:
    return make_signer(_KINDS.get(row.curve or "", "rsa3072"))


def _samples() -> list[Path]:
    """Return every good sample of the schemas."""
    return sorted((_ROOT / "schemas").glob("**/samples/good/*.xml"))


def _libraries() -> Path:
    """Return the folder with DSS, fetched by Maven on the first run."""
    folder = _BUILD / "libraries"
    if not folder.is_dir():
        subprocess.run(
            [
                "mvn",
                "-q",
                "-B",
                f"-Dinterop.build={_BUILD}",
                "dependency:copy-dependencies",
                f"-DoutputDirectory={folder}",
            ],
            cwd=_HERE,
            timeout=_SECONDS,
            check=True,
        )
    return folder


def _dss(verb: str, lines: Iterable[str]) -> Iterator[list[str]]:
    """Run DSS over lines of names; yield the fields of its answers."""
    answer = subprocess.run(
        ["java", "-cp", f"{_libraries()}/*", str(_HERE / "Interop.java"), verb],
        input="\n".join(lines) + "\n",
        stdout=subprocess.PIPE,
        text=True,
        timeout=_SECONDS,
        check=True,
    )
    for line in answer.stdout.splitlines():
        yield line.split("\t")


def _judged_by_dss(folder: Path) -> Iterator[Trial]:
    """Sign every good sample with every algorithm, and let DSS judge."""
    names: dict[str, tuple[str, str]] = {}
    lines = []
    for row in ALGORITHMS.signatures.values():
        signer = _signer(row)
        key = folder / f"{row.name}.der"
        key.write_bytes(signer.der)
        for sample in _samples():
            file = folder / f"{row.name}-{sample.parent.parent.parent.name}-{sample.name}"
            file.write_bytes(signer.sign(sample.read_bytes(), algorithm=row.uri))
            names[str(file)] = (sample.name, row.name)
            lines.append(f"{file}\t{key}")
    for file_name, level, indication, *errors in _dss("validate", lines):
        sample_name, algorithm = names[file_name]
        passed = indication == "TOTAL_PASSED"
        yield Trial(
            direction="we sign, DSS judges",
            sample=sample_name,
            algorithm=algorithm,
            verdict=f"{level} {indication}" + ("" if passed else f" {' '.join(errors)}"),
            holds=level == "XAdES-BASELINE-B" and passed,
        )


def _signed_by_dss(folder: Path) -> Iterator[Trial]:
    """Let DSS sign every good sample with the settings of the recipe, and judge."""
    jobs: list[tuple[Path, str, str]] = []
    lines = []
    for row in ALGORITHMS.signatures.values():
        signer = _signer(row)
        key, secret = folder / f"{row.name}.der", folder / f"{row.name}.pk8"
        key.write_bytes(signer.der)
        secret.write_bytes(
            signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        )
        for sample in _samples():
            file = folder / f"dss-{row.name}-{sample.parent.parent.parent.name}-{sample.name}"
            lines.append("\t".join([str(sample), str(secret), str(key), row.uri, _TIME, str(file)]))
            jobs.append((file, sample.name, row.name))
    for _ in _dss("sign", lines):
        continue
    catalogue, limits = load_catalogue(), Limits()
    for file, sample_name, algorithm in jobs:
        try:
            parsed = parse(file.read_bytes(), limits)
            verify(conform(parsed, catalogue, limits), ALGORITHMS)
            verdict, holds = "accepted", True
        except RejectedError as exc:
            verdict, holds = str(exc), False
        yield Trial(
            direction="DSS signs, we judge",
            sample=sample_name,
            algorithm=algorithm,
            verdict=verdict,
            holds=holds,
        )


def main() -> int:
    """Print the table; return the exit code."""
    console = Console()
    if not _samples():
        console.print("no good samples below schemas/: nothing to judge")
        return 1
    with TemporaryDirectory() as name:
        folder = Path(name)
        try:
            trials = [*_judged_by_dss(folder), *_signed_by_dss(folder)]
        except (OSError, subprocess.SubprocessError) as exc:
            console.print(f"DSS could not be run: {exc}")
            return 1
    table = Table("direction", "algorithm", "samples", "verdict", title="Interoperability with DSS")
    for direction in dict.fromkeys(trial.direction for trial in trials):
        for row in ALGORITHMS.signatures.values():
            group = [t for t in trials if (t.direction, t.algorithm) == (direction, row.name)]
            words = " / ".join(sorted({trial.verdict for trial in group}))
            table.add_row(direction, row.name, str(len(group)), words)
    console.print(table)
    failed = [trial for trial in trials if not trial.holds]
    for trial in failed[:20]:
        console.print(f"{trial.direction}: {trial.sample}, {trial.algorithm}: {trial.verdict}")
    console.print(f"{len(trials) - len(failed)} of {len(trials)} hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
