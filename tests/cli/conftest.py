from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support import Org


@pytest.fixture(scope="session")
def tls_org() -> Iterator[Org]:
    org = Org()
    yield org
    assert org.stop() == 0


@pytest.fixture
def org(tls_org: Org) -> Org:
    """A simulated org over TLS, as it is at its start."""
    tls_org.control("reset", {})
    return tls_org
