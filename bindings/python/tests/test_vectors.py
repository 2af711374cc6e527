"""Every recorded conversation, through the step loop, without a network. L28: the same in every language."""

from __future__ import annotations

from typing import Any

import pytest

from vector_player import Player, cases

_CASES = list(cases())


def test_there_are_vectors() -> None:
    assert _CASES


@pytest.mark.parametrize("vector", [vector for _, vector in _CASES], ids=[name for name, _ in _CASES])
def test_l28_vector(vector: dict[str, Any]) -> None:
    Player(vector).play()
