"""For every rule of gate 5 a document that breaks it and nothing else."""

from __future__ import annotations

from typing import Final

from tests.core.rules.provocations_of_links import LINKS
from tests.core.rules.provocations_of_objects import OBJECTS
from tests.core.rules.provocations_of_persons import PERSONS

PROVOCATIONS: Final = (*PERSONS, *OBJECTS, *LINKS)
