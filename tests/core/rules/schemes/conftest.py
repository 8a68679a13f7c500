"""Hands what a scheme has to the tests that every scheme shares."""

from __future__ import annotations

import pytest

from tests.core.rules.scheme_tests import SchemeTests


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give one test for each good sample, provocation and boundary of the scheme."""
    scheme = metafunc.cls
    if scheme is None or not issubclass(scheme, SchemeTests):
        return
    if "good" in metafunc.fixturenames:
        metafunc.parametrize("good", scheme.samples(), ids=lambda path: path.stem)
    if "provocation" in metafunc.fixturenames:
        named = [f"{one.code.value}: {one.name}" for one in scheme.provocations]
        metafunc.parametrize("provocation", scheme.provocations, ids=named)
    if "changes" in metafunc.fixturenames:
        metafunc.parametrize(("sample", "changes"), scheme.boundaries)
