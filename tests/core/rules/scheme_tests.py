"""What holds for every scheme; the tests of a scheme say what is its own.

Example:
    class TestOrganic(SchemeTests):
        rules = SCHEME
        provocations = PROVOCATIONS
        boundaries = BOUNDARIES

`tests/core/rules/schemes/conftest.py` hands out samples, provocations and boundaries one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from exchange.core.rules.scheme_rules import SchemeRules
from exchange.service.materials import schemas_folder
from tests.core.rules.provoking import Provocation, broken_by, findings_of
from tests.world import make_world


class SchemeTests:
    """The samples of a scheme pass, each of its rules is broken alone, and boundaries hold."""

    rules: ClassVar[SchemeRules]
    provocations: ClassVar[tuple[Provocation, ...]]
    boundaries: ClassVar[tuple[Any, ...]]
    """Cases of a sample and the texts to change in it."""

    @classmethod
    def samples(cls) -> list[Path]:
        """Return the good samples, which the hub has nothing to say about."""
        name = cls.rules.scheme.rpartition(":")[2]
        return sorted((schemas_folder() / "schemes" / name / "samples" / "good").glob("*.xml"))

    def test_good_certificate_passes_all_gates_without_a_finding(self, good: Path) -> None:
        assert findings_of(make_world(), good.read_bytes()) == ()

    def test_rule_broken_alone_is_the_only_finding(self, provocation: Provocation) -> None:
        findings = broken_by(provocation)

        assert all(finding.path.startswith("/") and finding.message for finding in findings)

    def test_last_value_that_is_allowed_is_accepted(
        self, sample: str, changes: Mapping[str, str]
    ) -> None:
        world = make_world()

        assert findings_of(world, world.draft(sample, changes=changes)) == ()

    def test_every_rule_of_the_scheme_is_provoked(self) -> None:
        assert {one.code for one in self.provocations} == {
            code for rule in self.rules.rules for code in rule.codes
        }
