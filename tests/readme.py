"""Write the tables of README.md from the code: `make readme`.

Each table stands between two marks, `<!-- made: NAME -->` and `<!-- end -->`; what stands
between them is never written by hand. A test compares them.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

import yaml

from exchange import codes
from exchange.cli.commands import SECTIONS
from exchange.cli.exits import ExitCode
from exchange.cli.partner import PartnerFile
from exchange.codes import Code, every_code
from exchange.codes.rules import RuleCode
from exchange.core.actions.life import ACCREDITATION, BODY, BY, KEY, PROPOSAL
from exchange.core.algorithms import ALGORITHMS
from exchange.core.lifecycle import CHANGES, DELIVERY, FINAL, STATUS
from exchange.core.rules import schemes
from exchange.core.rules.register import rules_table
from exchange.service import trust_description
from exchange.settings import PREFIX, settings_table
from exchange.web.public.pages import OPENAPI
from tests.hostile import CASES

README: Final = Path(__file__).resolve().parent.parent / "README.md"
for _module in pkgutil.iter_modules(codes.__path__):
    importlib.import_module(f"{codes.__name__}.{_module.name}")

State = TypeVar("State", bound=StrEnum)
Move = TypeVar("Move", bound=StrEnum)

_PART: Final = re.compile(r"(<!-- made: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def commands() -> str:
    """Return every command, in the order of the help."""
    lines = ["| command | what it does |", "|---|---|"]
    for section in SECTIONS:
        lines.append(f"| **{section.title}** | |")
        lines += [f"| `exchange {c.name}` | {_cell(c.summary)} |" for c in section.commands]
    return "\n".join(lines)


def exits() -> str:
    """Return every exit code."""
    lines = ["| exit code | meaning |", "|---|---|"]
    return "\n".join((*lines, *(f"| {code.value} | {code.meaning} |" for code in ExitCode)))


def settings() -> str:
    """Return every setting with its default, unit and meaning."""
    lines = ["| setting | default | unit | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{row.name}` | `{row.default}` | {row.unit} | {_cell(row.text)} |"
        for row in settings_table()
    ]
    return "\n".join(
        (*lines, "", f"In the environment each is `{PREFIX}` and its name in capitals.")
    )


_ORDER: Final = tuple(
    f"{codes.__name__}.{name}"
    for name in (
        *("gates", "trust", "revocation", "existence"),
        *("rules", "status_changes", "receipts", "declarations", "notices"),
        *("verification", "search", "intake"),
        *("actions", "keys", "outside", "administration", "service", "store", "vault"),
    )
)


def _place(family: type[Code]) -> tuple[int, str]:
    """Return where the table of a family stands; those of schemes come behind the other rules."""
    module = family.__module__
    if module.startswith(schemes.__name__):
        return _ORDER.index(RuleCode.__module__), module
    return _ORDER.index(module), ""


def all_codes() -> str:
    """Return every code with its sentence and the next step, one table for each family."""
    families: dict[type[Code], list[Code]] = {}
    for code in every_code():
        families.setdefault(type(code), []).append(code)
    lines: list[str] = []
    for family in sorted(families, key=_place):
        title = (family.__doc__ or family.__name__).strip().splitlines()[0]
        lines += ["", f"**{title}**", "", "| code | what is wrong | next step |", "|---|---|---|"]
        lines += [
            f"| `{code.value}` | {_cell(code.summary)} | {_cell(code.remedy)} |"
            for code in families[family]
        ]
    return "\n".join(lines).strip()


def _diagram(moves: Iterable[tuple[str, str, str]], ends: Iterable[str]) -> str:
    """Return a state diagram that forges draw and people can read as it is."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {old} --> {new}: {act}" for old, act, new in moves]
    lines += [f"    {end} --> [*]" for end in sorted(ends)]
    return "\n".join((*lines, "```"))


def deliveries() -> str:
    """Return the life of a delivery."""
    moves = [
        (old.value, act.value, new.value)
        for old, acts in DELIVERY.items()
        for act, new in acts.items()
    ]
    return _diagram(moves, (state.value for state in FINAL))


def key_life() -> str:
    """Return the life of a trust key, and on whose word each move happens."""
    moves = [
        (old.value, f"{move.value} ({BY[move].value})", "[*]" if new is None else new.value)
        for old, acts in KEY.items()
        for move, new in acts.items()
    ]
    begin = ("[*]", "propose (one person)", next(iter(KEY)).value)
    return _diagram((begin, *moves), (state.value for state, acts in KEY.items() if not acts))


def proposal_life() -> str:
    """Return the life of a proposal."""
    return _life(PROPOSAL)


def body_life() -> str:
    """Return the life of a body."""
    return _life(BODY)


def accreditation_life() -> str:
    """Return the life of an accreditation."""
    return _life(ACCREDITATION)


def _life(table: Mapping[State, Mapping[Move, State]]) -> str:
    moves = [
        (old.value, move.value, new.value)
        for old, acts in table.items()
        for move, new in acts.items()
    ]
    return _diagram(moves, (state.value for state, acts in table.items() if not acts))


def statuses() -> str:
    """Return the life of an attestation."""
    acts: dict[tuple[str, str], list[str]] = {}
    for change, pairs in CHANGES.items():
        for old, new in pairs:
            acts.setdefault((old.value, new.value), []).append(change.value)
    moves = [(old, ", ".join(names), new) for (old, new), names in sorted(acts.items())]
    return _diagram(moves, (old.value for old, new in STATUS.items() if not new))


def partner_file() -> str:
    """Return what the file of a body's commands can say."""
    lines = ["| name | default | meaning |", "|---|---|---|"]
    for item in fields(PartnerFile):
        default = f"`{item.default}`" if item.default else "needed"
        lines.append(f"| `{item.name}` | {default} | {_cell(item.metadata['text'])} |")
    return "\n".join(lines)


def algorithms() -> str:
    """Return the algorithms that a signature may use."""
    lines = ["| name | identifier | source |", "|---|---|---|"]
    lines += [
        f"| `{row.name}` | `{row.uri}` | {_cell(row.source)} |"
        for row in ALGORITHMS.signatures.values()
    ]
    return "\n".join(lines)


_POINTS: Final = {
    1: "size before parsing, no compression",
    2: "no document type, in any disguise",
    3: "a parser that expands and fetches nothing",
    4: "UTF-8 and XML 1.0 only",
    5: "no comments, instructions or entities",
    6: "caps on attributes, namespaces, elements, depth; no xml: and xsi: attributes",
    7: "no canonical form, no acceptance",
    9: "one signature, last child of the root (wrapping)",
    10: "identifiers unique in every spelling",
    11: "the children of the signature, once each",
    12: "two references, no more and no fewer",
    13: "exclusive canonicalisation without parameters",
    14: "signature algorithms of the table, bound to the key",
    15: "digests of the table",
    16: "transforms exactly as allowed",
    18: "the first reference covers the root; nothing was changed",
    19: "no other form of reference",
    20: "the second is the signed properties of this signature",
    21: "the properties point at this signature",
    22: "strict Base64, exact lengths",
    23: "KeyInfo carries certificates and no other key",
    24: "SigningCertificateV2 names the key certificate used",
    26: "the key certificate may sign: usage, purpose, size, curve",
    28: "signature values of the only length, no zero",
    29: "signing time and data format, no unknown property",
    30: "unsigned properties carry no authority",
}
"""The points of the checklist that have hostile documents, in a few words each."""


def checklist() -> str:
    """Return each point of the checklist with its codes and its hostile documents."""
    lines = ["| point | what is checked | refused as | hostile documents |", "|---|---|---|---|"]
    for point in sorted({case.point for case in CASES}):
        cases = [case for case in CASES if case.point == point]
        refused = ", ".join(f"`{code}`" for code in sorted({case.code.value for case in cases}))
        lines.append(f"| {point} | {_POINTS[point]} | {refused} | {len(cases)} |")
    return "\n".join(lines)


def interface() -> str:
    """Return every call of the interface, from its own description."""
    described = yaml.safe_load(OPENAPI)
    lines = ["| call | what it does | when it goes well |", "|---|---|---|"]
    for path, calls in described["paths"].items():
        for method in ("get", "put", "post"):
            if method in calls:
                given = (str(status) for status in calls[method]["responses"])
                answers = ", ".join(status for status in given if status[0] in "23")
                summary = _cell(calls[method]["summary"])
                lines.append(f"| `{method.upper()} {path}` | {summary} | {answers} |")
    return "\n".join(lines)


def _java(path: str, first: str, last: str) -> str:
    """Return the lines of a tested Java program, from one that begins to one that ends."""
    lines = (README.parent / path).read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if first in line)
    end = next(number for number, line in enumerate(lines) if last in line and number > start)
    return "\n".join(("```java", textwrap.dedent("\n".join(lines[start:end])).rstrip(), "```"))


def java_jdk() -> str:
    """Return the recipe for the JDK alone; `tests/oracles` runs it."""
    return _java("tests/oracles/Oracle.java", "/** Signs a draft", "private static Document read")


def java_dss() -> str:
    """Return the settings for DSS; `make interop` runs them."""
    return _java(
        "tests/interop/Interop.java", "XAdESSignatureParameters parameters", "XAdESService service"
    )


def trust_description_example() -> str:
    """Return the format of the description that trust lists are built from."""
    found = re.search(r"```toml\n.*?```", trust_description.__doc__ or "", re.DOTALL)
    return found[0] if found else ""


PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "commands": commands,
    "exits": exits,
    "settings": settings,
    "codes": all_codes,
    "partner-file": partner_file,
    "algorithms": algorithms,
    "checklist": checklist,
    "interface": interface,
    "java-jdk": java_jdk,
    "java-dss": java_dss,
    "rules": rules_table,
    "trust-description": trust_description_example,
    "deliveries": deliveries,
    "statuses": statuses,
    "key-life": key_life,
    "proposal-life": proposal_life,
    "body-life": body_life,
    "accreditation-life": accreditation_life,
}


def rewritten(text: str) -> str:
    """Return the README with every made part made again."""
    return _PART.sub(lambda part: f"{part[1]}{PARTS[part[2]]()}\n{part[4]}", text)


def main() -> int:
    """Write the README again, and say whether anything changed."""
    before = README.read_text(encoding="utf-8")
    after = rewritten(before)
    README.write_text(after, encoding="utf-8")
    sys.stdout.write("README.md: " + ("unchanged\n" if before == after else "written again\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
