"""Every recorded conversation, through the step loop, without a network. L28: the same in every language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import leaving_nothing
from vector_player import Player, cases

_CASES = list(cases())


@pytest.fixture(autouse=True)
def nothing_is_left() -> None:
    """Not a thousand times: once, below."""


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left_by_all() -> Iterator[None]:
    with leaving_nothing():
        yield


def test_there_are_vectors() -> None:
    assert _CASES


@pytest.mark.parametrize("vector", [vector for _, vector in _CASES], ids=[name for name, _ in _CASES])
def test_l28_vector(vector: dict[str, Any]) -> None:
    Player(vector).play()
